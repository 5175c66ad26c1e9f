from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Scope
from voiceclone.api.authentication import workspace_of
from voiceclone.api.venice import documentation as doc
from voiceclone.api.venice.catalogue import model_called, models_of_type
from voiceclone.api.venice.errors import ApiError
from voiceclone.api.venice.inputs import ModelsQuery
from voiceclone.api.venice.responses import model_body, model_list
from voiceclone.api.venice.views.base import VeniceView


class ModelsView(VeniceView):
    """The models."""

    operations = {"GET": "Models"}
    scope = Scope.SPEECH

    @doc.models
    def get(self, request: Request) -> Response:
        """List the models, each with its voices and whether handles can be made for it."""
        query = ModelsQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        models = models_of_type(query.validated_data["type"])
        return Response(model_list(models, workspace_of(request)))


class ModelView(VeniceView):
    """One model."""

    operations = {"GET": "Model"}
    scope = Scope.SPEECH

    @doc.model
    def get(self, request: Request, model_id: str) -> Response:
        """Show a model."""
        model = model_called(model_id)
        if model is None:
            raise ApiError(404, "model_not_found", "The model does not exist", param="model")
        return Response(model_body(model, workspace_of(request)))
