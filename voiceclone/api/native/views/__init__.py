"""The native dialect's views; each makes one domain call."""
