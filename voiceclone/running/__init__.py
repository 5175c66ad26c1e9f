"""What runs beside the web: the worker's threads and the scheduler's ticks."""
