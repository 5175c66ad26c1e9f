from django.urls import path

from voiceclone.api.native.views.credits import CreditsView, LedgerView, UserCreditsView
from voiceclone.api.native.views.speech import (
    SpeechCancelView,
    SpeechView,
    TtsQuoteView,
    TtsView,
)
from voiceclone.api.native.views.voices import (
    VoiceCloneQuoteView,
    VoiceCloneView,
    VoicesView,
    VoiceView,
)
from voiceclone.api.native.views.watermark import WatermarkDetectView
from voiceclone.api.native.views.webhooks import (
    DeliveriesView,
    RedeliverView,
    WebhookSecretView,
    WebhooksView,
    WebhookTestView,
    WebhookView,
    WorkspaceSecretView,
)
from voiceclone.api.native.views.workspace import WorkspaceView

urlpatterns = [
    path("v1/voice-clone", VoiceCloneView.as_view()),
    path("v1/voice-clone/quote", VoiceCloneQuoteView.as_view()),
    path("v1/voices", VoicesView.as_view()),
    path("v1/voices/<str:voice_id>", VoiceView.as_view()),
    path("v1/tts", TtsView.as_view()),
    path("v1/tts/quote", TtsQuoteView.as_view()),
    path("v1/tts/<str:speech_id>", SpeechView.as_view()),
    path("v1/tts/<str:speech_id>/cancel", SpeechCancelView.as_view()),
    path("v1/watermark/detect", WatermarkDetectView.as_view()),
    path("v1/workspace", WorkspaceView.as_view()),
    path("v1/credits", CreditsView.as_view()),
    path("v1/credits/ledger", LedgerView.as_view()),
    path("v1/webhooks", WebhooksView.as_view()),
    path("v1/webhooks/rotate-secret", WorkspaceSecretView.as_view()),
    path("v1/webhooks/<str:webhook_id>", WebhookView.as_view()),
    path("v1/webhooks/<str:webhook_id>/rotate-secret", WebhookSecretView.as_view()),
    path("v1/webhooks/<str:webhook_id>/test", WebhookTestView.as_view()),
    path("v1/webhooks/<str:webhook_id>/deliveries", DeliveriesView.as_view()),
    path(
        "v1/webhooks/<str:webhook_id>/deliveries/<str:delivery_id>/redeliver",
        RedeliverView.as_view(),
    ),
    path("user/credits", UserCreditsView.as_view()),
]
