from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import Scope, Workspace
from voiceclone.api.native.inputs import MAX_TEXT_BYTES
from voices.models import VoiceType
from voices.queries import voices_for


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


class SpeakForm(forms.Form):
    """A text to speak and the voice to speak it in."""

    voice = forms.ChoiceField()
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


def _choices(workspace: Workspace, kind: VoiceType) -> list[tuple[str, str]]:
    voices = voices_for(workspace, kind=kind).order_by("title", "pk")
    return [(one.pk, one.title or "Untitled voice") for one in voices if one.can_speak]
