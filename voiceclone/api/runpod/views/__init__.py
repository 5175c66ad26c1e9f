"""The routes below ``/v2/{endpoint_id}``."""
