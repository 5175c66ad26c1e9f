"""The project: what people and programs see over HTTP, and the processes that run it."""

__version__ = "0.1.0"
