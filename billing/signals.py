from django.dispatch import Signal

charged = Signal()
"""Sent with ``workspace=``, ``before=`` and ``after=`` (credits that can be spent) inside the
transaction that charges."""
