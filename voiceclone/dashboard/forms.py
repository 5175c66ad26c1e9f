import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils import timezone

from accounts.models import Scope, Workspace
from inference.fetch.errors import FetchError
from inference.fetch.target import MAX_URL_CHARS, read_target
from inference.jobs.idempotency import Once, fingerprint
from speech.models import EventType
from voiceclone.api.native.inputs import MAX_TEXT_BYTES
from voices.languages import language_choices
from voices.models import VoiceType
from voices.queries import voices_for
from voices.titles import by_title


class KeyForm(forms.Form):
    """What a new API key is to be."""

    name = forms.CharField(
        max_length=100, help_text="What will use it, such as “billing report” or “phone line”."
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=Scope.choices,
        initial=list(Scope.values),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
    )
    expires = forms.DateField(
        label="Last day of use",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="The key stops at the end of this day (UTC). Without one it lasts.",
    )

    def clean_expires(self) -> date | None:
        """Refuse a day that has gone by."""
        day: date | None = self.cleaned_data["expires"]
        if day is not None and day < timezone.now().date():
            raise forms.ValidationError("This day is in the past.")
        return day

    def expires_at(self) -> datetime | None:
        """Return the moment at which the key stops."""
        day: date | None = self.cleaned_data["expires"]
        if day is None:
            return None
        try:
            return datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)
        except OverflowError:  # the last day there is
            return None


class LanguageField(forms.ChoiceField):
    """One of the languages that the engine speaks, or "" for none; ``empty`` says what that is."""

    def __init__(self, *, empty: str) -> None:
        super().__init__(required=False, choices=lambda: [("", empty), *language_choices()])


class DefaultLanguageForm(forms.Form):
    """What texts of the workspace are spoken in."""

    language = LanguageField(empty="Found from the text")

    def __init__(self, data: QueryDict | None = None, *, workspace: Workspace) -> None:
        current = workspace.default_language or ""
        super().__init__(data, initial={"language": current})
        field = self.fields["language"]
        assert isinstance(field, forms.ChoiceField)
        if not field.valid_value(current):  # such as a region that was set through the API
            choices = [("", "Found from the text"), *language_choices(), (current, current)]
            field.choices = choices


class OnceForm(forms.Form):
    """A form that does its work once, however often the same page of it is sent."""

    token = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Ask for another try where there is no token to know the page by."""
        if self.errors.pop("token", None):
            self.renew()
            raise forms.ValidationError("The form did not arrive whole. Send it again.")
        return self.cleaned_data

    def renew(self) -> None:
        """Be another form from now on: sent again, it does its work again."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        data[self.add_prefix("token")] = str(uuid.uuid4())
        self.data = data

    def refuse_reuse(self) -> None:
        """Say that the page had been sent with other contents; the next try counts."""
        self.renew()
        self.add_error(
            None,
            "This form was sent before, with other contents. Send it once more to have these too.",
        )

    def once(self, path: str) -> Once:
        """Return how a valid form is recognised when it comes again."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "token"}
        return Once(
            key=f"dashboard:{self.cleaned_data['token']}",
            api_key="dashboard",
            fingerprint=fingerprint("POST", path, said, {}),
        )


class SpeakForm(OnceForm):
    """A text to speak, the voice to speak it in, and perhaps the language."""

    voice = forms.ChoiceField()
    language = LanguageField(empty="The voice's or the workspace's, or found from the text")
    text = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 7, "data-bytes": MAX_TEXT_BYTES}),
        help_text=f"At most {MAX_TEXT_BYTES} bytes in UTF-8; each byte costs one credit.",
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["voice"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("Your voices", _choices(workspace, VoiceType.USER)),
            ("System voices", _choices(workspace, VoiceType.SYSTEM)),
        ]

    def clean_text(self) -> str:
        """Undo the line ends that browsers send, which would cost a credit each."""
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        size = len(text.encode())
        if size > MAX_TEXT_BYTES:
            raise forms.ValidationError(
                f"The text is {size} bytes long; at most {MAX_TEXT_BYTES} can be spoken at once."
            )
        return text


class WebhookForm(OnceForm):
    """Where to send events, and which."""

    url = forms.CharField(
        label="URL",
        max_length=MAX_URL_CHARS,
        widget=forms.URLInput(attrs={"placeholder": "https://example.com/hooks"}),
        help_text="An http or https address of a public host; redirects are not followed.",
    )
    events = forms.MultipleChoiceField(
        label="What it is told of",
        choices=EventType.choices,
        initial=list(EventType.values),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
    )
    description = forms.CharField(max_length=200, required=False)

    def clean_url(self) -> str:
        """Refuse what nothing would be sent to, as far as that shows without a look-up."""
        url: str = self.cleaned_data["url"]
        try:
            read_target(url, allowed=settings.ALLOWED_FETCH_HOSTS)
        except FetchError as error:
            raise forms.ValidationError(error.message) from error
        return url


class EraseForm(forms.Form):
    """That somebody means it, and means this workspace."""

    workspace = forms.CharField(widget=forms.HiddenInput)
    name = forms.CharField(
        label="Its name",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, workspace: Workspace, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._workspace = workspace
        self.fields["workspace"].initial = workspace.pk

    def clean_name(self) -> str:
        """Refuse another name than the workspace's."""
        name: str = self.cleaned_data["name"]
        if name != self._workspace.name.strip():
            raise forms.ValidationError("This is not the name of the workspace.")
        return name

    def clean(self) -> dict[str, Any]:
        """Refuse a page of another workspace: one may have gone to another in the meantime."""
        if self.cleaned_data.get("workspace") != self._workspace.pk:
            raise forms.ValidationError("You have gone to another workspace since. Look again.")
        return self.cleaned_data


def _choices(workspace: Workspace, kind: VoiceType) -> list[tuple[str, str]]:
    voices = voices_for(workspace, kind=kind).order_by(by_title(), "pk")
    return [(one.pk, one.title or "Untitled voice") for one in voices if one.can_speak]
