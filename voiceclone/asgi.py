"""The ASGI application, for uvicorn and the embedded server: waiting requests hold no thread."""

from django.conf import settings

from voiceclone.wsgi import application as wsgi_application

# isort: split
# What is imported from here on reads models, which the line above loads.
from voiceclone.front.application import Front

application = Front(wsgi_application, threads=settings.WEB_THREADS)
