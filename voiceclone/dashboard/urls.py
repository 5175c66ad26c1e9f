from django.urls import path

from voiceclone.dashboard.views import keys, overview, public, speeches, voices

urlpatterns = [
    path("", public.home, name="home"),
    path("pricing", public.pricing, name="pricing"),
    path("dashboard/", overview.dashboard, name="dashboard"),
    path("dashboard/workspace", overview.choose_workspace, name="dashboard-workspace"),
    path("dashboard/credits", overview.credits, name="dashboard-credits"),
    path("dashboard/keys", keys.keys, name="dashboard-keys"),
    path("dashboard/keys/<slug:key_id>/revoke", keys.revoke_key, name="dashboard-key-revoke"),
    path("dashboard/speak", speeches.speak, name="dashboard-speak"),
    path("dashboard/speeches", speeches.speeches, name="dashboard-speeches"),
    path("dashboard/speeches/<slug:speech_id>", speeches.speech, name="dashboard-speech"),
    path("dashboard/voices", voices.voices, name="dashboard-voices"),
]
