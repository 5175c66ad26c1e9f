from django.urls import path

from voiceclone.dashboard.views import (
    keys,
    overview,
    public,
    speeches,
    voices,
    webhooks,
    workspace,
)

_WEBHOOK = "dashboard/webhooks/<slug:webhook_id>"

urlpatterns = [
    path("", public.home, name="home"),
    path("pricing", public.pricing, name="pricing"),
    path("dashboard/", overview.dashboard, name="dashboard"),
    path("dashboard/credits", overview.credits, name="dashboard-credits"),
    path("dashboard/keys", keys.keys, name="dashboard-keys"),
    path("dashboard/keys/<slug:key_id>/revoke", keys.revoke_key, name="dashboard-key-revoke"),
    path("dashboard/speak", speeches.speak, name="dashboard-speak"),
    path("dashboard/speeches", speeches.speeches, name="dashboard-speeches"),
    path("dashboard/speeches/<slug:speech_id>", speeches.speech, name="dashboard-speech"),
    path("dashboard/voices", voices.voices, name="dashboard-voices"),
    path("dashboard/webhooks", webhooks.webhooks, name="dashboard-webhooks"),
    path(_WEBHOOK, webhooks.webhook, name="dashboard-webhook"),
    path(f"{_WEBHOOK}/switch", webhooks.switch, name="dashboard-webhook-switch"),
    path(f"{_WEBHOOK}/delete", webhooks.delete, name="dashboard-webhook-delete"),
    path(f"{_WEBHOOK}/test", webhooks.test, name="dashboard-webhook-test"),
    path(f"{_WEBHOOK}/rotate", webhooks.rotate, name="dashboard-webhook-rotate"),
    path(
        f"{_WEBHOOK}/deliveries/<slug:delivery_id>/redeliver",
        webhooks.send_again,
        name="dashboard-webhook-redeliver",
    ),
    path("dashboard/workspace", workspace.workspace, name="dashboard-workspace"),
    path("dashboard/workspace/choose", workspace.choose, name="dashboard-workspace-choose"),
    path("dashboard/workspace/language", workspace.language, name="dashboard-workspace-language"),
    path("dashboard/workspace/export", workspace.export, name="dashboard-workspace-export"),
    path("dashboard/workspace/erase", workspace.erase, name="dashboard-workspace-erase"),
]
