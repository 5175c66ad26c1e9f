from django.urls import path

from voiceclone.api.runpod.views.endpoints import HealthView, PurgeQueueView
from voiceclone.api.runpod.views.jobs import CancelView, StatusSyncView, StatusView, StreamView
from voiceclone.api.runpod.views.running import RetryView, RunSyncView, RunView

urlpatterns = [
    path("<slug:endpoint_id>/run", RunView.as_view()),
    path("<slug:endpoint_id>/runsync", RunSyncView.as_view()),
    path("<slug:endpoint_id>/status/<str:job_id>", StatusView.as_view()),
    path("<slug:endpoint_id>/status-sync/<str:job_id>", StatusSyncView.as_view()),
    path("<slug:endpoint_id>/stream/<str:job_id>", StreamView.as_view()),
    path("<slug:endpoint_id>/cancel/<str:job_id>", CancelView.as_view()),
    path("<slug:endpoint_id>/retry/<str:job_id>", RetryView.as_view()),
    path("<slug:endpoint_id>/health", HealthView.as_view()),
    path("<slug:endpoint_id>/purge-queue", PurgeQueueView.as_view()),
]
