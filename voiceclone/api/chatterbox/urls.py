from django.urls import path

from voiceclone.api.chatterbox.views import TextToSpeechView, VoiceCloningView

urlpatterns = [
    path("voice-cloning", VoiceCloningView.as_view()),
    path("text-to-speech", TextToSpeechView.as_view()),
]
