"""Every character of Unicode is spoken or left out by a rule with a name."""

import sys
import unicodedata
from collections import defaultdict

import emoji
import pytest

from inference.engines.espeak.reading import names_in, runs_of
from inference.text.characters import Rule, reading_of
from inference.text.prepare import has_words, prepared
from tests.text.phonemes import read_by

UNASSIGNED = {"Cn", "Co", "Cs"}
CHARACTERS = list(map(chr, range(sys.maxunicode + 1)))
ASSIGNED = [char for char in CHARACTERS if unicodedata.category(char) not in UNASSIGNED]
LEFT_OUT = set(Rule) - {Rule.KEPT, Rule.DIGIT, Rule.NUMERAL}
# Han and Hangul are tens of thousands of alike: every fiftieth stands for them.
SAMPLED = [
    char
    for char in ASSIGNED
    if not unicodedata.name(char, "").startswith(
        ("CJK UNIFIED", "HANGUL SYLL", "EGYPTIAN", "TANGUT")
    )
    or ord(char) % 50 == 0
]
VOICES = ["en-US", "de", "ja", "cmn", "ar", "hi"]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_character_is_spoken_or_left_out_by_a_named_rule(language):
    for char in ASSIGNED:
        text = prepared(char, language).text
        if has_words(text):
            continue
        rule = reading_of(char)[1]
        is_sign = unicodedata.category(char) in {"Sc", "Lm", "Lo"}  # ¤ and the Hangul fillers
        assert rule in LEFT_OUT or char in emoji.EMOJI_DATA or is_sign or char in "%&@+=°", (
            ascii(char),
            rule,
        )


def test_nothing_of_what_is_not_assigned_is_spoken():
    for char in CHARACTERS:
        if unicodedata.category(char) in UNASSIGNED:
            assert reading_of(char) == (" ", Rule.UNASSIGNED)


def test_a_prepared_character_stays_as_it_is_and_keeps_its_bytes():
    for char in SAMPLED:
        for around in ("{}", "a{}b", "1{}2", "あ{} か"):
            sent = around.format(char)
            once = prepared(sent, "en")
            assert prepared(once.text, "en").text.split() == once.text.split(), ascii(sent)
            assert len(once.ends) == len(once.text)
            assert once.size == len(sent.encode())


@pytest.mark.parametrize("voice", VOICES)
def test_no_voice_spells_a_character_by_its_code_number(voice):
    asked, sources = defaultdict(list), defaultdict(list)
    for char in SAMPLED:
        for run in runs_of(prepared(char, names_in(voice)).text, voice):
            asked[run.voice].append(run.text)
            sources[run.voice].append(char)
    for reader, readings in read_by(asked).items():
        for char, phonemes in zip(sources[reader], readings, strict=True):
            assert phonemes != "#", (reader, ascii(char))
            if reader == "en-US":
                assert "l,Et#3_|" not in phonemes
                assert "z'i@roU_|" not in phonemes, ascii(char)


@pytest.mark.parametrize("voice", [*VOICES, "fr", "ru", "th", "ko", "he", "es", "sw", "vi"])
def test_every_digit_numeral_and_currency_has_a_sound(voice):
    chars = [
        char
        for char in ASSIGNED
        if reading_of(char)[1] in {Rule.DIGIT, Rule.NUMERAL}
        or (unicodedata.category(char) == "Sc" and char != "¤")
        or char in "½¼¾²³"
    ]
    assert len(chars) > 1000
    texts = defaultdict(list)
    for char in chars:
        for run in runs_of(prepared(char, names_in(voice)).text, voice):
            texts[run.voice].append((char, run.text))
    heard = set()
    asked = {reader: [text for _, text in pairs] for reader, pairs in texts.items()}
    for reader, readings in read_by(asked).items():
        heard |= {
            char
            for (char, _), phonemes in zip(texts[reader], readings, strict=True)
            if phonemes.strip(" _|:#")
        }
    assert not [ascii(char) for char in chars if char not in heard]


@pytest.mark.parametrize("voice", ["en-US", "de", "fr", "ja", "cmn", "ru", "ar", "ko", "pt", "tr"])
def test_every_emoji_has_a_sound_where_it_has_a_name(voice):
    texts = defaultdict(list)
    for sequence, data in emoji.EMOJI_DATA.items():
        if data["status"] == emoji.STATUS["fully_qualified"] and sequence[0] not in "#*‼⁉〰":
            for run in runs_of(prepared(sequence, names_in(voice)).text, voice)[:1]:
                texts[run.voice].append(run.text)
    assert sum(map(len, texts.values())) > 3600
    for readings in read_by(texts).values():
        assert all(phonemes.strip(" _|:") for phonemes in readings)
