# ruff: noqa: RUF001 - the letters and punctuation of other scripts are what is tested
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.audio.graphemes import can_cut
from inference.audio.split import Piece, split_text
from inference.audio.words import count_words


def texts(text, max_chars=300):
    return [piece.text for piece in split_text(text, max_chars)]


def visible(text):
    return "".join(text.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The first sentence is here. The second one asks: is it? The third one shouts!",
            ["The first sentence is here.", "The second one asks: is it?", "The third one shouts!"],
        ),
        (
            "今天天气非常好。我们一起去公园吧！你想不想去呢？好的,走吧朋友们。",
            ["今天天气非常好。", "我们一起去公园吧！", "你想不想去呢？", "好的,走吧朋友们。"],
        ),
        ("你好我的好朋友们!今天天气很好啊", ["你好我的好朋友们!", "今天天气很好啊"]),
        (
            "今日はいい天気ですね。散歩に行きましょう。",
            ["今日はいい天気ですね。", "散歩に行きましょう。"],
        ),
        (
            "안녕하세요 여러분. 오늘은 날씨가 좋네요.",
            ["안녕하세요 여러분.", "오늘은 날씨가 좋네요."],
        ),
        ("नमस्ते दुनिया। मैं ठीक हूँ॥ धन्यवाद मित्र।", ["नमस्ते दुनिया।", "मैं ठीक हूँ॥", "धन्यवाद मित्र।"]),
        ("كيف حالك اليوم؟ أنا بخير شكرا لك.", ["كيف حالك اليوم؟", "أنا بخير شكرا لك."]),
        ("آپ کیسے ہیں جناب۔ میں ٹھیک ہوں۔", ["آپ کیسے ہیں جناب۔", "میں ٹھیک ہوں۔"]),
        ("Как у вас дела? Всё хорошо, спасибо.", ["Как у вас дела?", "Всё хорошо, спасибо."]),
        ("Πού είναι το σπίτι; Είναι εδώ κοντά.", ["Πού είναι το σπίτι; Είναι εδώ κοντά."]),
        (
            "¿Dónde está la biblioteca? ¡No lo sé, amigo mío!",
            ["¿Dónde está la biblioteca?", "¡No lo sé, amigo mío!"],
        ),
        ("สวัสดีครับ วันนี้อากาศดีมาก", ["สวัสดีครับ วันนี้อากาศดีมาก"]),
        ("ሰላም እንዴት ነህ። እኔ ደህና ነኝ።", ["ሰላም እንዴት ነህ።", "እኔ ደህና ነኝ።"]),
        ("Ինչպես եք դուք։ Ես լավ եմ շատ։", ["Ինչպես եք դուք։", "Ես լավ եմ շատ։"]),
    ],
)
def test_sentences_end_in_any_script(text, expected):
    assert texts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Ada Lovelace met Mr. Charles Babbage in St. James's Square.",
        "The value of pi is about 3.14 and not 3. 14 or so.",
        "Take a fruit, e.g. an apple, i.e. something sweet, etc. and eat it.",
        "See https://example.org/a.b?c=d!e and mail a.person@example.org for more.",
        "J. R. R. Tolkien wrote a very long book about a ring.",
        "Am 3. Oktober ist in Deutschland ein Feiertag, z.B. auch in Berlin.",
        'She asked him "Really?" and then "Are you sure?" once more.',
        "Well... that is not what I meant… or is it what I meant?",
        "The U.S. Government answered at 5 p.m. Eastern time on Jan. 5 as planned.",
        "It is No. 5 on the list, see Fig. 3 and pp. 7 to 9 for details.",
        "Version 2.0.1 of app.py runs on Node.js and on .NET alike.",
        "He left (it was late. It was dark, too) and never came back.",
        "Stop!!! she cried, what are you doing?!? nobody knows.",
    ],
)
def test_a_sentence_is_not_torn_at_a_point_inside_it(text):
    assert texts(text) == [text]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (
            'He said: "I am going home now." Then he left the house.',
            'He said: "I am going home now."',
        ),
        ("“Is anybody there at all?” Nobody answered him.", "“Is anybody there at all?”"),
        ("(All of this is in brackets.) But none of this is.", "(All of this is in brackets.)"),
        ("「今日は行きません。」彼女はそう言いました。", "「今日は行きません。」"),
        ("« Vous venez avec nous ?» Il ne répondit pas.", "« Vous venez avec nous ?»"),
        ("「好。我们现在走吧。」然后他们就都走了。", "「好。我们现在走吧。」"),
        ("A smile :( without an end. And then another sentence.", "A smile :( without an end."),
    ],
)
def test_closing_quotes_and_brackets_stay_with_their_sentence(text, first):
    assert texts(text)[0] == first


def test_paragraphs_and_list_items_end_sentences_and_line_breaks_do_not():
    text = (
        "A heading of a text without a stop\n\n"
        "A paragraph wrapped\nover two lines.\n"
        "- One item of a whole list\n- And another item of that list"
    )

    assert texts(text) == [
        "A heading of a text without a stop",
        "A paragraph wrapped over two lines.",
        "- One item of a whole list",
        "- And another item of that list",
    ]


def test_very_short_sentences_join_a_neighbour():
    assert texts("Yes. No. Perhaps you are right about that.") == [
        "Yes. No. Perhaps you are right about that."
    ]
    assert texts("This is a sentence of some length. Yes.") == [
        "This is a sentence of some length. Yes."
    ]
    assert texts("This is a sentence of some length. ?! ...") == [
        "This is a sentence of some length. ?! ..."
    ]


def test_a_short_sentence_stands_alone_where_its_neighbour_has_no_room():
    assert texts("Yes. " + "a" * 9 + " b.", max_chars=12) == ["Yes.", "aaaaaaaaa b."]


def test_an_over_long_sentence_is_cut_at_clauses_first():
    clause = "and so it went on and on without an end"
    pieces = texts(", ".join([clause] * 20) + ".")

    assert all(piece.endswith((",", ".")) for piece in pieces)
    assert all(150 < len(piece) <= 300 for piece in pieces)


def test_an_over_long_chinese_sentence_is_cut_at_clauses_too():
    pieces = texts("我们走了很长的路，" * 60)

    assert all(piece.endswith("，") for piece in pieces)
    assert all(len(piece) <= 300 for piece in pieces)


def test_over_long_brackets_are_cut_at_the_sentences_inside():
    pieces = texts("(" + "This is one of many sentences. " * 20 + "Here is the end)")

    assert all(piece.endswith((".", ")")) for piece in pieces)


def test_without_clauses_an_over_long_sentence_is_cut_at_spaces_evenly():
    pieces = texts("word " * 64)

    assert [len(piece) for piece in pieces] == [159, 159]


def test_without_spaces_it_is_cut_between_characters():
    assert [len(piece) for piece in texts("ก" * 700)] == [300, 300, 100]


FAMILY = "👨\u200d👩\u200d👧\u200d👦"


@pytest.mark.parametrize(
    "character",
    [
        FAMILY,
        "e\u0301\u0323",
        "🇫🇷",
        "👍🏽",
        "❤\ufe0f",
        "क्षि",
        "각",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "กี่",
        "เก",
        "\ud83d\ude00",
    ],
)
@pytest.mark.parametrize("max_chars", [7, 8, 9, 10, 11])
def test_no_character_of_the_reader_is_torn(character, max_chars):
    pieces = texts(character * 40, max_chars)

    assert "".join(pieces) == character * 40
    assert all(piece == character * (len(piece) // len(character)) for piece in pieces)


def test_bytes_count_the_white_space_around_a_piece():
    assert split_text("  Grüße an alle hier.\n\n Und auch an alle dort. ") == [
        Piece("Grüße an alle hier.", 2 + 21 + 3),
        Piece("Und auch an alle dort.", 22 + 1),
    ]


@pytest.mark.parametrize("text", ["", " ", "\n\n \t\u3000"])
def test_blank_text_gives_no_pieces(text):
    assert split_text(text) == []


def test_half_of_a_surrogate_pair_is_counted_and_harms_nothing():
    assert split_text("Hello\ud83d there") == [Piece("Hello\ud83d there", 5 + 3 + 6)]


def test_limits_must_be_positive():
    with pytest.raises(ValueError, match="max_chars"):
        split_text("Hello", 0)
    with pytest.raises(ValueError, match="max_words"):
        split_text("Hello", max_words=0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("  \n ", 0),
        ("Hello, world!", 2),
        ("A well-known — and 3.14 — don't: https://a.b/c?d", 6),
        ("— … !", 0),
        ("안녕하세요 여러분", 2),
        ("नमस्ते दुनिया", 2),
        ("今天天气非常好", 4),
        ("今天", 1),
        ("用iPhone打电话", 3),
        ("用iPhone打", 2),
        ("สวัสดีครับ", 2),
        ("散歩に行きましょう。", 5),
    ],
)
def test_words_are_counted_with_and_without_spaces(text, words):
    assert count_words(text) == words


def test_a_limit_of_words_cuts_evenly_and_at_clauses():
    text = "One two three four, five six seven eight nine ten. Eleven is the next of them."
    pieces = [piece.text for piece in split_text(text, max_words=5)]

    assert pieces == [
        "One two three four,",
        "five six seven",
        "eight nine ten.",
        "Eleven is the",
        "next of them.",
    ]


def test_a_limit_of_words_leaves_shorter_sentences_as_they_are():
    text = "The first sentence is here. The second one asks: is it? The third one shouts!"

    assert split_text(text, max_words=6) == split_text(text) == split_text(text, max_words=100)


def test_short_sentences_join_only_as_far_as_the_words_allow():
    assert [piece.text for piece in split_text("Yes. No. I see.", max_words=2)] == [
        "Yes. No.",
        "I see.",
    ]


def test_words_without_spaces_are_cut_between_characters():
    assert [piece.text for piece in split_text("今天天气非常好啊", max_words=2)] == [
        "今天天气",
        "非常好啊",
    ]
    assert [len(piece.text) for piece in split_text("a" * 700, max_words=1)] == [300, 300, 100]


@pytest.mark.parametrize(
    "text",
    [
        *(". " * 2500, "." * 5000, "(" * 5000, "a" * 5000, "\n " * 2500, " " * 5000, "a. " * 1700),
        *("a " * 2500, "好" * 5000, "ก" * 5000),
    ],
)
@pytest.mark.parametrize("max_words", [None, 1, 7])
def test_the_worst_texts_take_no_time(text, max_words):
    began = time.perf_counter()
    split_text(text, max_words=max_words)

    assert time.perf_counter() - began < 1


FRAGMENTS = st.sampled_from(
    [
        *("Dr. ", "e.g. ", "3.14", "Hello", " world", ". ", "! ", "?", "。", "！", "؟ ", "।"),
        *("\n\n", "\n- ", " ", "\u3000", "\u200b", "(", ")", "「", "」", '"', "”", ",", ", ", "，"),
        *(FAMILY, "🇫🇷", "e\u0301", "क्षि", "สวัสดี", "ไทย", "x" * 40, "https://a.b/c?d "),
    ]
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(FRAGMENTS | st.text(max_size=8), max_size=60).map("".join),
    st.integers(1, 60),
    st.none() | st.integers(1, 12),
)
def test_pieces_lose_nothing_but_white_space_and_account_for_every_byte(text, max_chars, words):
    pieces = split_text(text, max_chars, max_words=words)

    assert visible("".join(piece.text for piece in pieces)) == visible(text)
    assert all(len(piece.text) <= max_chars for piece in pieces)
    assert words is None or all(count_words(piece.text) <= words for piece in pieces)
    assert all(piece.text.strip() == piece.text != "" for piece in pieces)
    if text.strip():
        assert sum(piece.text_bytes for piece in pieces) == len(text.encode())


@settings(max_examples=200, deadline=None)
@given(st.lists(FRAGMENTS, max_size=40).map("".join))
def test_with_room_for_a_word_no_piece_begins_inside_a_character(text):
    for piece in split_text(text, 80):
        first = piece.text[0]
        assert first != "\u200d"
        assert not unicodedata.category(first).startswith("M")


def test_between_two_flags_is_a_place_to_cut_and_within_one_is_not():
    assert [at for at in range(1, 6) if can_cut("🇫🇷🇩🇪🇮🇹", at)] == [2, 4]
    assert can_cut("ab", 0)
    assert can_cut("ab", 2)
