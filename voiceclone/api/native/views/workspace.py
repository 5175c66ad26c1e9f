from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from accounts.operations import set_default_language
from voiceclone.api.authentication import workspace_of
from voiceclone.api.native import documentation as doc
from voiceclone.api.native.inputs import WorkspacePatch
from voiceclone.api.native.responses import workspace_body
from voiceclone.api.native.views.base import NativeView, json_object


class WorkspaceView(NativeView):
    """The workspace that the key belongs to."""

    scope = Scope.SPEECH

    @doc.workspace
    def get(self, request: Request) -> Response:
        """Show the workspace and its default language."""
        return Response(workspace_body(workspace_of(request)))

    @doc.workspace_change
    def patch(self, request: Request) -> Response:
        """Change the workspace's default language."""
        body = WorkspacePatch(data=json_object(request), partial=True)
        body.is_valid(raise_exception=True)
        workspace = workspace_of(request)
        if "defaultLanguage" in body.validated_data:
            with transaction.atomic():
                set_default_language(
                    workspace=workspace, language=body.validated_data["defaultLanguage"]
                )
        return Response(workspace_body(workspace))
