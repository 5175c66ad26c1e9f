"""The Venice dialect's views."""
