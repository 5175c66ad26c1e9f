"""Every address of the service."""

from django.contrib import admin
from django.urls import include, path

from voiceclone import files
from voiceclone.api import schema_views

urlpatterns = [
    path("files/<str:token>/<str:name>", files.serve),
    path("api/schema", schema_views.schema, name="schema"),
    path("api/docs", schema_views.docs, name="docs"),
    path("api/v1/", include("voiceclone.api.venice.urls")),
    path("api/", include("voiceclone.api.native.urls")),
    path("v1/", include("voiceclone.api.venice.urls")),
    path("v1/chatterbox/", include("voiceclone.api.chatterbox.urls")),
    path("v2/", include("voiceclone.api.runpod.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("voiceclone.dashboard.urls")),
]

handler400 = "voiceclone.api.fallbacks.bad_request"
handler403 = "voiceclone.api.fallbacks.permission_denied"
handler404 = "voiceclone.api.fallbacks.not_found"
handler500 = "voiceclone.api.fallbacks.server_error"
