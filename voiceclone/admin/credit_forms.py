"""What staff says of credits to be granted or taken back."""

import uuid
from typing import Any, Self

from django import forms

MAX_AMOUNT = 10_000_000


class CreditForm(forms.Form):
    """An amount and a reason. The token, made for each preview, makes it happen once."""

    amount = forms.IntegerField(
        min_value=1, max_value=MAX_AMOUNT, help_text=f"Credits, from 1 to {MAX_AMOUNT:,}."
    )
    reason = forms.CharField(max_length=500, widget=forms.TextInput(attrs={"size": 60}))
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_token(self) -> uuid.UUID | None:
        """Take what is no token for none: it is then previewed again."""
        try:
            return uuid.UUID(self.cleaned_data["token"])
        except ValueError:
            return None

    def hidden(self) -> Self:
        """Return what the preview's button sends: this form as it was filled in, with a token."""
        shown = type(self)(initial={**self.cleaned_data, "token": uuid.uuid4()})
        for field in shown.fields.values():
            field.widget = forms.HiddenInput()
        return shown

    def again(self) -> Self:
        """Return the form to be changed once more."""
        return type(self)(initial={**self.cleaned_data, "token": None})

    def words(self) -> list[tuple[Any, str]]:
        """Return each field's label and what was chosen, for a reader."""
        words = []
        for name, field in self.fields.items():
            value = self.cleaned_data[name]
            if name in {"amount", "token"}:
                continue
            choices = dict(getattr(field, "choices", ()))
            said = str(choices.get(value, value))
            words.append((self[name].label, {"True": "Yes", "False": "No"}.get(said, said)))
        return words


class GrantForm(CreditForm):
    """Credits to be granted."""

    balance = forms.ChoiceField(
        choices=[
            ("permanent", "Permanent: never lapse"),
            ("regular", "Regular: lapse at the wallet's next reset"),
        ],
    )
    field_order = ("balance", "amount", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "Kept beside the entry: a ticket, an invoice, a promise."


class TakeBackForm(CreditForm):
    """Credits to be taken back."""

    source = forms.ChoiceField(
        label="From",
        choices=[
            ("permanent", "Permanent credits"),
            ("regular", "Regular credits"),
            ("both", "Both: permanent credits first, then regular ones"),
        ],
    )
    up_to = forms.BooleanField(
        label="Take what is there where that is less",
        required=False,
        help_text="Otherwise nothing is taken where the balance holds less than the amount.",
    )
    field_order = ("source", "amount", "up_to", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "reason"
        ].help_text = "The customer reads it, and it is kept for good: name an invoice, no person."
