"""The finished page: what it checks, what it derives, and its way to JSON and back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ocrpipe import Alternative, Block, Box, Glyph, Line, Page, Reading, Source, Span, Word
from tests.strategies import pages

BOX = Box(0, 0, 5, 5)
SOURCE = Source(width=80, height=60)


def glyph(text: str, confidence: float | None = None) -> Glyph:
    return Glyph(id=text, box=BOX, reading=Reading(text=text, confidence=confidence))


@settings(max_examples=25)
@given(pages(), st.sampled_from([None, 2]))
def test_json_out_and_in_is_the_identity(page: Page, indent: int | None) -> None:
    text = page.to_json(indent)
    again = Page.from_json(text)
    assert again == page
    assert again.to_json(indent) == text
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


@settings(max_examples=25)
@given(pages())
def test_a_page_of_equal_fields_is_equal(page: Page) -> None:
    assert page.replace() == page
    assert page.map_words(lambda word: word) == page
    assert page.warn("smudged").warnings == (*page.warnings, "smudged")


def test_text_is_derived_from_the_lowest_level_that_was_read() -> None:
    spelt = Word(id="w1", box=BOX, glyphs=(glyph("H"), glyph("I")))
    whole = Word(id="w2", box=BOX, reading=Reading(text="YOU"), glyphs=(glyph("Y"),))
    line = Line(id="l", box=BOX, words=(spelt, whole))
    block = Block(id="b", box=BOX, lines=(line, line))
    page = Page(source=SOURCE, blocks=(block, block))
    assert page.text == "HI YOU\nHI YOU\n\nHI YOU\nHI YOU"
    assert [len(list(some)) for some in (page.lines, page.words, page.glyphs)] == [4, 8, 12]


@pytest.mark.parametrize(
    ("confidences", "mean"), [([0.5, 1.0], 0.75), ([0.0], 0.0), ([0.5, None], None), ([None], None), ([], None)]
)
def test_confidence_is_never_invented(confidences: list[float | None], mean: float | None) -> None:
    word = Word(id="w", box=BOX, glyphs=tuple(glyph("A", confidence) for confidence in confidences))
    assert word.confidence == mean
    assert Line(id="l", box=BOX, words=(word,)).confidence == mean
    read = word.model_copy(update={"reading": Reading(text="A", confidence=0.25)})
    assert read.confidence == 0.25


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Source(width=0, height=5), "width"),
        (lambda: Source(width=5, height=5, page=0), "page"),
        (lambda: Reading(text="A", confidence=1.01), "confidence"),
        (lambda: Reading(text="A", confidence=float("nan")), "confidence"),
        (lambda: Reading(text="A", probability=1.0), "probability"),
        (lambda: Reading(text=None), "text"),
        (lambda: Span(text="A", x0=0, x1=float("inf")), "x1"),
        (lambda: Page(source=SOURCE, blocks=(), dpi=0), "dpi"),
        (lambda: Page(source=SOURCE, blocks=(), schema_version="2"), "schema_version"),
        (lambda: Glyph(id="g", box=BOX, polygon=((0, float("nan")),), reading=Reading(text="A")), "polygon"),
    ],
)
def test_what_cannot_be_is_refused_by_name(make: object, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        make()  # type: ignore[operator]


def test_a_page_never_changes() -> None:
    page = Page(source=SOURCE, blocks=())
    with pytest.raises(ValidationError, match="frozen"):
        page.dpi = 300  # type: ignore[misc]
    assert page.replace(dpi=300).dpi == 300
    assert page.dpi is None
    with pytest.raises(ValidationError):
        page.replace(dpi="many")


def test_lists_become_tuples() -> None:
    page = Page(source=SOURCE, blocks=[], warnings=["smudged"])
    assert page.warnings == ("smudged",)
    assert hash(page.source)


def test_what_is_no_page_is_a_value_error() -> None:
    for text in ("", "{}", '{"schema_version": "1"}', b"\xff"):
        with pytest.raises(ValueError, match="Page"):
            Page.from_json(text)


def test_what_no_file_can_hold_is_refused() -> None:
    with pytest.raises(ValidationError):
        Reading(text="half a pair: \ud83d")
    with pytest.raises(ValidationError):
        SOURCE.model_validate({"width": 1, "height": 1, "path": "caf\udce9.jpg"})
    with pytest.raises(ValidationError):
        Span(text="A", x0=0, x1=float("inf"))


def alternatives(**confidences: float) -> tuple[Alternative, ...]:
    return tuple(Alternative(text=text, confidence=confidence) for text, confidence in confidences.items())


@pytest.mark.parametrize(
    ("reading", "letterness"),
    [
        (Reading(text="A", confidence=0.5), 0.5),
        (Reading(text="A"), None),
        (Reading(text=""), None),
        (Reading(text="", confidence=0.75), 0.25),
        (Reading(text="", confidence=0.75, alternatives=alternatives(A=0.125)), 0.25),
        (Reading(text="O", confidence=0.5, alternatives=alternatives(O=0.5, Q=0.25)), 0.75),
        (Reading(text="O", confidence=0.5, alternatives=alternatives(O=0.5, Q=0.5, C=0.25)), 1.0),
        (
            Reading(
                text="O", confidence=0.5, alternatives=(*alternatives(O=0.5), Alternative(text="", confidence=0.25))
            ),
            0.75,
        ),
        (Reading(text="O", confidence=0.5, alternatives=(Alternative(text="Q"),)), 0.5),
    ],
)
def test_letterness_is_how_sure_there_is_any_text(reading: Reading, letterness: float | None) -> None:
    assert reading.letterness == letterness


def test_names_in_messages() -> None:
    assert Source(width=1, height=1).name == "image in memory"
    assert Source(width=1, height=1, path="-").name == "standard input"
    assert Source(width=1, height=1, path="a/b.tif", page=2).name == "a/b.tif, page 2"


def block(name: str, *words: str) -> Block:
    box = Box(1, 1, 9, 9)
    read = tuple(Word(id=f"{name}w{n}", box=box, reading=Reading(text=text)) for n, text in enumerate(words))
    return Block(id=name, box=box, lines=(Line(id=f"{name}l", box=box, words=read),))


def test_a_page_remembers_what_postprocess_changed_and_no_more() -> None:
    read = Page(source=SOURCE, blocks=(block("b1", "ONE"), block("b2", "TW0"), block("b3", "THREE")))
    revised = read.replace(blocks=(read.blocks[0], block("b2", "TWO"))).remember(read)
    assert revised.unrevised == read.blocks[1:]
    assert revised.text == "ONE\n\nTWO"
    assert revised.as_read() == read
    assert read.remember(read) == read
