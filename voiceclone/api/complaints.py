from typing import Any


def first_sentence(detail: Any, field: str = "") -> str:
    """Return the first of a serializer's complaints, naming its field where it must."""
    while isinstance(detail, (dict, list)) and detail:
        if isinstance(detail, dict):
            name, detail = next(iter(detail.items()))
            field = field if name == "non_field_errors" else str(name)
        else:
            detail = detail[0]
    text = str(detail)
    stands_alone = getattr(detail, "code", "") == "worded" or field.lower() in text.lower()
    return text if stands_alone else f"{field}: {text}"
