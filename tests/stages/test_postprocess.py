"""`postprocess/context`: lookalikes are settled by their company, on pages made of text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrpipe import Alternative, Block, Box, Glyph, Line, Page, Reading, Source, Word
from ocrpipe.stages.postprocess import TWIN, Context

BOX = Box(0, 0, 9, 9)


def reading(text: str, confidence: float | None = 0.7) -> Reading:
    """What a classifier says that reads lookalikes as it happens, and all else for certain."""
    if confidence is None:
        return Reading(text=text)
    if text not in TWIN:
        return Reading(text=text, confidence=0.98, alternatives=(Alternative(text=text, confidence=0.98),))
    other = Alternative(text=TWIN[text], confidence=round(0.98 - confidence, 4))
    best = (Alternative(text=text, confidence=confidence), other, Alternative(text="Q", confidence=0.01))
    return Reading(text=text, confidence=confidence, alternatives=best)


def page(text: str, confidence: float | None = 0.7) -> Page:
    """A page of that text; a letter before ``!`` is read with a confidence of 0.97."""
    lines = []
    for m, row in enumerate(text.split("\n")):
        words = []
        for n, word in enumerate(row.split()):
            glyphs = []
            for k, letter in enumerate(word):
                if letter == "!":
                    continue
                sure = 0.97 if word[k + 1 : k + 2] == "!" else confidence
                glyphs.append(Glyph(id=f"{m}-{n}-{k}", box=BOX, reading=reading(letter, sure)))
            words.append(Word(id=f"{m}-{n}", box=BOX, glyphs=tuple(glyphs)))
        lines.append(Line(id=str(m), box=BOX, words=tuple(words)))
    return Page(source=Source(width=9, height=9), blocks=(Block(id="b", box=BOX, lines=tuple(lines)),))


def settled(text: str, confidence: float | None = 0.7) -> str:
    return Context().postprocess(page(text, confidence)).text


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("T0 D0 LI5T", "TO DO LIST"),
        ("2O26", "2026"),
        ("CALL 555 OI73", "CALL 555 0173"),
        ("8UY 6REEN 2EBRAS", "BUY GREEN ZEBRAS"),
        ("W1F1 PA55W0RD", "WIFI PASSWORD"),
        ("199Z WAS S0 G00D", "1992 WAS SO GOOD"),
        ("BUY 50 EGGS", "BUY 50 EGGS"),
        ("1 AM HERE", "I AM HERE"),
        ("AND 1 WENT", "AND I WENT"),
        ("BUY Z BOOKS", "BUY 2 BOOKS"),
        ("ROOM S THEN 38O7", "ROOM 5 THEN 3807"),
    ],
)
def test_words_are_of_letters_or_of_digits(read: str, meant: str) -> None:
    assert settled(read) == meant


@pytest.mark.parametrize("text", ["R2!D2!", "THE R2!D2! UNIT", "A4 AND B!5!", "H2!O!", "ROOM 4B!"])
def test_mixed_words_stay_where_the_classifier_is_sure(text: str) -> None:
    assert settled(text) == text.replace("!", "")


@pytest.mark.parametrize("text", ["TO DO LIST", "2026", "I AM", "THE 39 STEPS", "", "7", "A"])
def test_what_is_right_stays(text: str) -> None:
    assert settled(text) == text


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("1 MAKE A LIST\n2 CHECK IT\n3 REST", "1 MAKE A LIST\n2 CHECK IT\n3 REST"),
        ("I MILK\n2 EGGS\n3 BREAD", "1 MILK\n2 EGGS\n3 BREAD"),
        ("I MILK AND\nCREAM\nZ EGGS\n3 BREAD\n4 TEA\nS JAM", "1 MILK AND\nCREAM\n2 EGGS\n3 BREAD\n4 TEA\n5 JAM"),
        ("8 A\n9 B\nIO C\nII D", "8 A\n9 B\n10 C\n11 D"),
    ],
)
def test_numbered_lists_count_up(read: str, meant: str) -> None:
    found = settled(read)
    assert [line.split()[0] for line in found.split("\n")] == [line.split()[0] for line in meant.split("\n")]


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("A 8 C D E F 6 H", "A B C D E F G H"),
        ("1 J K L M N 0 P Q R 5 T", "I J K L M N O P Q R S T"),
        ("U V W X Y 2", "U V W X Y Z"),
        ("O I 2 3 4 S 6 7 8 9", "0 1 2 3 4 5 6 7 8 9"),
        ("ABCDEFGH1", "ABCDEFGHI"),
        ("W X Y 2\nO I 2 3", "W X Y Z\n0 1 2 3"),
        ("Y Z O I 2 3", "Y Z 0 1 2 3"),
        ("M A C H 1 N E", "M A C H I N E"),
    ],
)
def test_alphabets_counts_and_spaced_letters(read: str, meant: str) -> None:
    assert settled(read) == meant


def test_both_readings_stay_among_the_alternatives() -> None:
    *_, changed = Context().postprocess(page("T0")).glyphs
    first, second, third = changed.reading.alternatives
    assert (changed.text, changed.confidence) == (first.text, first.confidence)
    assert (first.text, second.text, third.text) == ("O", "0", "Q")
    assert first.confidence is not None
    assert second.confidence is not None
    assert first.confidence > second.confidence
    assert first.confidence + second.confidence == pytest.approx(0.98, abs=1e-3)


def test_what_is_no_lookalike_stays_the_same() -> None:
    before = page("MAY 397\nWE RAN")
    assert Context().postprocess(before) == before


def test_what_company_confirms_becomes_surer() -> None:
    before = page("TOMORROW BIRDS", 0.6)
    after = Context().postprocess(before)
    assert after.text == before.text
    for old, new in zip(before.glyphs, after.glyphs, strict=True):
        assert new.confidence is not None
        assert new.confidence > 0.9 if old.text in TWIN else new == old


def test_a_lone_stroke_opening_a_line_is_a_number_where_other_lines_open_with_numbers() -> None:
    assert settled("3 EGGS\nI JAR\n47 NUTS\n4 HATS", 0.5) == "3 EGGS\n1 JAR\n47 NUTS\n4 HATS"
    assert settled("WE MET\nI RAN\nTHEN\nWE ATE", 0.5) == "WE MET\nI RAN\nTHEN\nWE ATE"


def test_without_confidence_nothing_changes() -> None:
    before = page("T0 D0 LI5T 2O26", confidence=None)
    assert Context().postprocess(before) == before


def test_words_and_lines_that_were_read_as_a_whole_are_left() -> None:
    word = Word(id="w", box=BOX, reading=Reading(text="T0", confidence=0.5))
    whole = Page(
        source=Source(width=9, height=9),
        blocks=(Block(id="b", box=BOX, lines=(Line(id="l", box=BOX, words=(word,)),)),),
    )
    assert Context().postprocess(whole) == whole


def test_a_twin_that_is_no_alternative_can_still_win() -> None:
    glyphs = [
        Glyph(id=str(n), box=BOX, reading=Reading(text=text, confidence=0.9)) for n, text in enumerate("HELL0W0RLD")
    ]
    word = Word(id="w", box=BOX, glyphs=tuple(glyphs))
    line = Line(id="l", box=BOX, words=(word,))
    before = Page(source=Source(width=9, height=9), blocks=(Block(id="b", box=BOX, lines=(line,)),))
    after = Context().postprocess(before)
    assert set(after.text) - set(before.text) <= {"O"}


def test_more_can_be_asked_for_before_a_change() -> None:
    assert Context(sure=0.5).postprocess(page("T0")).text == "TO"
    assert Context(sure=0.999999).postprocess(page("T0")).text == "T0"


@given(st.text("ABO0I1S5Z2B8G6. \n", max_size=40), st.floats(0.4, 0.98))
def test_only_lookalikes_change_and_again_changes_nothing_else(text: str, confidence: float) -> None:
    before = page(text, round(confidence, 4))
    after = Context().postprocess(before)
    for old, new in zip(before.glyphs, after.glyphs, strict=True):
        assert new.text in (old.text, TWIN.get(old.text))
        assert new.confidence is not None
        assert 0 <= new.confidence < 1
    assert Page.from_json(after.to_json()) == after
