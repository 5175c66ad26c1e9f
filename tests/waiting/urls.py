from django.urls import path

from tests.waiting.views import WaitingView
from voiceclone import urls
from voiceclone.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [path("api/waiting", WaitingView.as_view()), *urls.urlpatterns]
