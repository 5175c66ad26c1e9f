"""The WSGI application, for gunicorn and the embedded server."""

import os

from django.core.wsgi import get_wsgi_application

from voiceclone.api.content_type import PlainContentType

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceclone.settings")
application = PlainContentType(get_wsgi_application())
