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

urlpatterns = [
    path("v1/voice-clone", VoiceCloneView.as_view()),
    path("v1/voice-clone/quote", VoiceCloneQuoteView.as_view()),
    path("v1/voices", VoicesView.as_view()),
    path("v1/voices/<str:voice_id>", VoiceView.as_view()),
    path("v1/tts", TtsView.as_view()),
    path("v1/tts/quote", TtsQuoteView.as_view()),
    path("v1/tts/<str:speech_id>", SpeechView.as_view()),
    path("v1/tts/<str:speech_id>/cancel", SpeechCancelView.as_view()),
    path("v1/credits", CreditsView.as_view()),
    path("v1/credits/ledger", LedgerView.as_view()),
    path("user/credits", UserCreditsView.as_view()),
]
