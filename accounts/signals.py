from django.dispatch import Signal

workspace_created = Signal()
"""Sent with ``workspace=`` inside the transaction that made it; a receiver's error undoes it."""
