from inference.topics import Topic

moved = Topic("live")
"""Told with a job's id whenever its live stream has moved."""

ENDED_SECONDS = 60
"""How long a stream is kept after its end, for readers that are slow."""
