"""The WSGI application, under the ASGI one or alone in a gunicorn."""

import os

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from voiceclone.api.content_type import PlainContentType

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceclone.settings")
try:
    application = PlainContentType(get_wsgi_application())
except ImproperlyConfigured as error:
    raise SystemExit(f"voiceclone: {error}") from None

# isort: split
# What is imported from here on reads models, which the line above loads.
from voiceclone.running.metrics import start_metrics

start_metrics()
