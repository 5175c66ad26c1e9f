"""The rules of docs/text.md, each with texts as people send them."""
# ruff: noqa: RUF001 - the characters that are mistaken for others are what is meant

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.text.prepare import has_words, prepared, prepared_pieces


def said(text, language="en"):
    return " ".join(prepared(text, language).text.split())


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("ねだんは１２３えんです", "ねだんは123えんです"),
        ("The room ١٢٣ is now open today.", "The room 123 is now open today."),
        ("१२३ ২৩ ๔๕ 𝟔𝟕 🯱", "123 23 45 67 1"),
        ("٣٫٥ and ١٬٠٠٠", "3.5 and 1,000"),
    ],
)
def test_a_decimal_digit_of_any_script_is_its_ascii_digit(text, spoken):
    assert said(text) == spoken


@pytest.mark.parametrize(
    ("text", "language", "spoken"),
    [
        ("Press ③ to go on.", "en", "Press 3 to go on."),
        ("①②③", "en", "1 2 3"),
        ("Chapter Ⅳ, ⅻ", "en", "Chapter 4, 12"),
        ("Add ⅛ cup of oil.", "en", "Add one eighth cup of oil."),
        ("1¾ cups", "en", "1 three quarters cups"),
        ("⅛ Tasse, ¾", "de", "1/8 Tasse, 3/4"),
        ("½ cup", "en", "½ cup"),
        ("m², 10³", "en", "m², 10³"),
        ("H₂O", "en", "H 2 O"),
        ("⓴ ㊿ ༳", "en", "20 50 -1/2"),
        ("press 1️⃣", "en", "press 1"),
    ],
)
def test_another_numeral_is_the_number_that_it_means(text, language, spoken):
    assert said(text, language) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("The oﬃce is eﬃcient.", "The office is efficient."),
        ("𝐇𝐞𝐥𝐥𝐨 𝐰𝐨𝐫𝐥𝐝", "Hello world"),
        ("𝓗𝓮𝓵𝓵𝓸 𝔥𝔦 𝕙𝕚", "Hello hi hi"),
        ("Ｈｅｌｌｏ ｗｏｒｌｄ！", "Hello world！"),
        ("ⓗⓔⓛⓛⓞ 🅗🄷🅷", "hello HHH"),
        ("ﾊﾝｶｸ ｶﾞｷﾞﾊﾟ", "ハンカク ガギパ"),
        ("ﻣﺮﺣﺒﺎ", "مرحبا"),
        ("ﬁ ﬂ ĳ ŉ", "fi fl ij 'n"),
        ("5㎏ at 20℃", "5kg at 20°C"),
        ("สำคัญ ນ້ຳ", "สำคัญ ນ້ຳ"),
        ("cafe\u0301", "café"),
    ],
)
def test_a_compatibility_character_is_what_it_stands_for(text, spoken):
    assert said(text) == spoken


@pytest.mark.parametrize(
    "sign",
    [
        "\u2060",
        "\u200d",
        "\u200c",
        "\u200e",
        "\u200f",
        "\xad",
        "\ufe0f",
        "\ufeff",
        "\u202a",
        "\u034f",
    ],
)
def test_an_invisible_character_does_not_cut_a_word(sign):
    assert said(f"inter{sign}national") == "international"


def test_a_zero_width_space_is_a_space():
    assert said("one\u200btwo") == "one two"


@pytest.mark.parametrize("word", ["می\u200cخواهم", "क्\u200dष", "ශ්\u200dරී"])
def test_joiners_that_letters_need_are_kept(word):
    assert said(word) == word


@pytest.mark.parametrize("sign", "ʼ’‘＇`´ʹʻ′")
def test_an_apostrophe_of_any_kind_is_the_plain_one(sign):
    if sign != "`":
        assert said(f"don{sign}t") == "don't"
        assert said(f"l{sign}eau", "fr") == "l'eau"


@pytest.mark.parametrize(
    ("text", "language", "spoken"),
    [
        ("$5", "en", "5 dollars"),
        ("It is £1.50, or €2", "en", "It is 1.50 pounds, or 2 euros"),
        ("＄３ ￡４ ￥５", "en", "3 dollars 4 pounds 5 yen"),
        ("$1", "en", "1 dollar"),
        ("₪5 and 10 ₫", "en", "5 shekels and 10 Vietnamese dong"),
        ("₺7", "en", "7 Turkish Lira"),
        ("₿2", "en", "2 bitcoins"),
        ("$5 million", "en", "5 million dollars"),
        ("€5", "de", "5 Euro"),
        ("5 ₽", "ru", "5 российских рублей"),
        ("¥500", "zh", "500 日元"),
        ("￥５００です", "ja-Hrkt", "500 えん です"),
        ("the ₹ sign", "en", "the rupees sign"),
    ],
)
def test_a_currency_is_named_after_its_amount(text, language, spoken):
    assert said(text, language) == spoken


@pytest.mark.parametrize(
    ("text", "language", "spoken"),
    [
        ("Hi 😀", "en", "Hi grinning face"),
        ("😀", "de", "grinsendes gesicht"),
        ("😀😀 😀", "en", "grinning face"),
        ("👍🏽 👨‍👩‍👧", "en", "thumbs up family man woman girl"),
        ("🇩🇪 ❤️ ❤️", "en", "Germany red heart"),
        ("Acme™", "en", "Acme trade mark"),
        ("Hoi 😀!", "nl", "Hoi !"),
        ("さくら🐱", "ja-Hrkt", "さくら cat face"),
    ],
)
def test_an_emoji_is_named_where_its_names_are_known_and_left_out_elsewhere(text, language, spoken):
    assert said(text, language) == spoken


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("<speak>Hello</speak>", "Hello"),
        ("Hello <break time='3s'/>there", "Hello there"),
        ("in<b>side</b> out", "inside out"),
        ("<p class=x>One</p><p>Two</p>", "One Two"),
        ("if x<y and y>z", "if x less than y and y greater than z"),
        ("one <b and c> two", "one b and c two"),
        ("<unknown>", "unknown"),
        ("# Title\n* item\n> quote", "Title item quote"),
        ("**bold** _it_ `code` ~~gone~~", "bold it code gone"),
        ("| a cell | other |", "a cell other"),
        ("one < two | three ^ four", "one two three four"),
        ("5 < 6, 2 * 3, 2^8", "5 less than 6, 2 times 3, 2 to the power of 8"),
        ("C# and #1", "C# and #1"),
        ("≤ 5 → ∞", "less than or equal to 5 rightwards arrow infinity"),
    ],
)
def test_markup_is_not_read_and_arithmetic_is(text, spoken):
    assert said(text) == spoken


TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("$€₪5 1²½③Ⅳ<>#*|^/b. ,\n\u200d\u200b\ufe0f\u2060'ʼ😀👍🏽ｶﾞが한각्क\u0301é日"),
    ),
    max_size=60,
)


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.sampled_from(["en", "de", "ja", "ja-Hrkt", "zh", "ar", "nl", "xx", None]))
def test_what_is_prepared_stays_as_it_is_and_counts_every_byte(text, language):
    once = prepared(text, language)
    assert len(once.ends) == len(once.text)
    assert once.ends == sorted(once.ends)
    assert prepared(once.text, language).text.split() == once.text.split()
    size = len(text.encode("utf-8", "replace"))
    pieces = prepared_pieces(text, language, 20, max_words=3)
    assert sum(piece.text_bytes for piece in pieces) == (size if pieces else 0)
    assert bool(pieces) or not has_words(once.text)


def test_bytes_are_those_of_the_text_as_sent():
    first, second = prepared_pieces("Hello there, ＄５ 😀.\n\nThis is another one now.", "en")
    assert first.text == "Hello there, 5 dollars grinning face ."
    assert first.text_bytes == len("Hello there, ＄５ 😀.\n\n".encode())
    assert second.text_bytes == len("This is another one now.")
