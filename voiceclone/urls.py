"""Every address of the service."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from voiceclone import files, health

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("files/<str:token>/<str:name>", files.serve),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("api/", include("voiceclone.api.native.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("voiceclone.dashboard.urls")),
]

handler400 = "voiceclone.api.fallbacks.bad_request"
handler403 = "voiceclone.api.fallbacks.permission_denied"
handler404 = "voiceclone.api.fallbacks.not_found"
handler500 = "voiceclone.api.fallbacks.server_error"
