"""Waiting without threads: an ASGI application in front of the WSGI one.

Views are synchronous and run in threads. Where one returns what to wait for (see
``voiceclone.api.waiting``), its thread goes back and the event loop waits instead.
"""
