"""Customers' programs as they would write them; the tests run each in a process of its own.

They are told where the service is by ``BASE`` (ends in ``/v2``), ``ENDPOINT`` and ``KEY``.
"""
