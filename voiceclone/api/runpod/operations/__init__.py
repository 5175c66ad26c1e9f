"""What an ``input`` may ask for; each operation submits a job, or knows the answer at once."""
