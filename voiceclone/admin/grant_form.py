import uuid
from typing import Self

from django import forms

MAX_GRANT = 10_000_000


class GrantForm(forms.Form):
    """Credits to be granted."""

    balance = forms.ChoiceField(
        choices=[
            ("permanent", "Permanent: never lapse"),
            ("regular", "Regular: lapse at the wallet's next reset"),
        ],
    )
    amount = forms.IntegerField(
        min_value=1, max_value=MAX_GRANT, help_text=f"Credits, from 1 to {MAX_GRANT:,}."
    )
    reason = forms.CharField(
        max_length=500,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text="Kept beside the entry: a ticket, an invoice, a promise.",
    )


class ConfirmedGrantForm(GrantForm):
    """A grant that was looked at; its token makes it happen once, however often it is sent."""

    token = forms.UUIDField()

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for field in self.fields.values():
            field.widget = forms.HiddenInput()

    @classmethod
    def of(cls, form: GrantForm) -> Self:
        """Return what the preview of ``form`` sends when it is confirmed."""
        return cls(initial={**form.cleaned_data, "token": uuid.uuid4()})
