from django.urls import path

from voiceclone.api.venice.views.models import ModelsView, ModelView
from voiceclone.api.venice.views.speech import SpeechView
from voiceclone.api.venice.views.voices import VoicesView

urlpatterns = [
    path("audio/speech", SpeechView.as_view()),
    path("audio/voices", VoicesView.as_view()),
    path("models", ModelsView.as_view()),
    path("models/<str:model_id>", ModelView.as_view()),
]
