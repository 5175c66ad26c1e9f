"""Signs of currencies, by the currency's name and after the amount."""

import re
import unicodedata
from functools import lru_cache
from sys import maxunicode
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.numbers import get_currency_name

from inference.text.names import KANA

_CODES: Final = {
    "$": "USD", "£": "GBP", "¥": "JPY", "֏": "AMD", "؋": "AFN", "৲": "BDT", "৳": "BDT",
    "૱": "INR", "௹": "INR", "฿": "THB", "៛": "KHR", "꠸": "INR", "﷼": "IRR", "₠": "XEU",
    "₡": "CRC", "₢": "BRE", "₣": "FRF", "₤": "ITL", "₦": "NGN", "₧": "ESP", "₨": "INR",
    "₩": "KRW", "₪": "ILS", "₫": "VND", "€": "EUR", "₭": "LAK", "₮": "MNT", "₯": "GRD",
    "₱": "PHP", "₲": "PYG", "₳": "ARA", "₴": "UAH", "₵": "GHS", "₸": "KZT", "₹": "INR",
    "₺": "TRY", "₼": "AZN", "₽": "RUB", "₾": "GEL", "\u20c0": "KGS", "\U0001ecb0": "INR",
}  # fmt: skip
# Of these CLDR has no name.
_NAMES: Final = {
    "¢": "cent", "₥": "mill", "₰": "pfennig", "₶": "livre", "₷": "spesmilo", "₻": "mark",
    "₿": "bitcoin", "¤": "", "৻": "ganda", "߾": "dorome", "߿": "taman",
    "\U00011fdd": "kacu", "\U00011fde": "panam", "\U00011fdf": "pon", "\U00011fe0": "varakan",
    "\U0001e2ff": "ngun",
}  # fmt: skip
# As people say them, where CLDR's names tell one country's from another's.
_ENGLISH: Final = {
    "$": ("dollar", "dollars"), "£": ("pound", "pounds"), "¥": ("yen", "yen"),
    "₹": ("rupee", "rupees"), "₪": ("shekel", "shekels"), "₨": ("rupee", "rupees"),
    "¢": ("cent", "cents"), "₽": ("ruble", "rubles"), "₿": ("bitcoin", "bitcoins"),
}  # fmt: skip

_KANA: Final = {"$": "ドル", "£": "ポンド", "¥": "えん", "€": "ユーロ", "₩": "ウォン"}

_SIGNS: Final = (
    "".join(char for char in map(chr, range(maxunicode)) if unicodedata.category(char) == "Sc")
    + "﷼"
)
_SIGN: Final = f"[{re.escape(''.join(sorted(set(_SIGNS))))}]"
_AMOUNT: Final = (
    r"\d+(?:[.,' ]\d{3})*(?:[.,]\d+)?"
    r"(?:[ -]?(?:thousand|millions?|billions?|trillions?|mio\.?|mrd\.?|millionen|milliarden?"
    r"|milliards?|millones|milhões|bn|[kmb](?![^\W_])))?"
)
PATTERN: Final = re.compile(
    rf"(?P<before>{_SIGN})\s?(?P<of>{_AMOUNT})|(?P<amount>{_AMOUNT})\s?(?P<after>{_SIGN})"
    rf"|(?P<alone>{_SIGN})",
    re.IGNORECASE,
)
"""A sign with its amount, on either side, or alone."""


def spoken(match: re.Match[str], language: str) -> str:
    """Return the amount and then the currency's name in ``language``."""
    sign = match["before"] or match["after"] or match["alone"]
    amount = match["of"] or match["amount"] or ""
    name = _name(sign, _count(amount), language)
    ahead = match.string[: match.start()][-1:]
    behind = match.string[match.end() :][:1]
    opening = " " if ahead.isalnum() else ""
    return f"{opening}{amount} {name}".rstrip() + (" " if behind.isalnum() else "")


def _count(amount: str) -> int:
    """Return a number that takes the same form of the noun as ``amount``."""
    if not amount:
        return 2
    digits = re.sub(r"[.,' ](?=\d{3}\b)", "", amount)
    return int(digits) if digits.isdecimal() and len(digits) < 16 else 2  # noqa: PLR2004


@lru_cache(maxsize=1 << 10)
def _name(sign: str, count: int, language: str) -> str:
    if language == KANA:
        return _KANA.get(sign) or _name(sign, count, "en")
    if language == "en" and sign in _ENGLISH:
        return _ENGLISH[sign][count != 1]
    if sign in _NAMES:
        return _NAMES[sign]
    code = _CODES.get(sign)
    if code is None:
        return ""
    return str(get_currency_name(code, count=count, locale=_locale(language)))


@lru_cache(maxsize=256)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return Locale("en")
