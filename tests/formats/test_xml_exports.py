"""ALTO, PAGE-XML and hOCR: what is written is valid, keeps what it can, and comes back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ocrpipe import Alternative, Box, Glyph, Line, Page, Pipeline, Plugin, Reading, Source, Word
from ocrpipe.stages.export.alto import Alto
from ocrpipe.stages.export.hocr import Hocr
from ocrpipe.stages.export.page import PageXml
from tests.formats.common import SHARED_PAGES, faults, needs_schemas, read_back, schema, tame_pages, written
from tests.strategies import NASTY, page_of, page_with, pages
from tests.support import ROOT

PLUGINS: dict[str, type[Plugin]] = {"alto": Alto, "page": PageXml, "hocr": Hocr}
SCHEMA = {"alto": "alto-4-3.xsd", "page": "page-2019-07-15.xsd"}
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

few = settings(max_examples=40, deadline=None)
every = pytest.mark.parametrize("name", PLUGINS)
validated = pytest.mark.parametrize("name", SCHEMA)


def legal(text: str) -> str:
    return FORBIDDEN.sub("\ufffd", text)


# -- validity


@needs_schemas
@validated
@given(page=pages())
@few
def test_any_page_is_valid(name: str, page: Page) -> None:
    assert faults(SCHEMA[name], written(PLUGINS[name](), [page])) == []


@needs_schemas
@given(some=st.lists(pages(), min_size=1, max_size=3))
@few
def test_ids_are_unique_in_a_document_whatever_the_pages_say(some: list[Page]) -> None:
    """Even where two pages bear one number: the schema says that ids are xsd:ID."""
    assert faults(SCHEMA["alto"], written(Alto(), some)) == []
    ids = etree.fromstring(written(Hocr(), some)).xpath("//@id")
    assert len(ids) == len(set(ids))


@needs_schemas
@validated
@pytest.mark.parametrize("text", ["W" * 10_000, *NASTY])
def test_hostile_texts_are_valid(name: str, text: str) -> None:
    assert (
        faults(SCHEMA[name], written(PLUGINS[name](), [page_of(text), page_of(number=2)][: 1 + (name == "alto")])) == []
    )


@needs_schemas
@validated
def test_a_blank_page_is_valid_and_comes_back(name: str) -> None:
    assert faults(SCHEMA[name], written(PLUGINS[name](), [page_of()])) == []
    assert read_back(PLUGINS[name](), page_of()) == [page_of()]


@needs_schemas
@validated
def test_the_schema_finds_what_is_wrong(name: str) -> None:
    """A check that cannot fail is none."""
    data = written(PLUGINS[name](), [page_of("A")])
    assert faults(SCHEMA[name], data.replace(b'"0.95"', b'"95"'))
    assert schema(SCHEMA[name])


@needs_schemas
@pytest.mark.parametrize(
    "path", [*sorted((ROOT / "samples").glob("*.*g")), *sorted(SHARED_PAGES.glob("*.[jt]*g"))], ids=lambda p: p.name
)
def test_pages_as_they_are_read_are_valid_and_come_back(path: Path, reader: Pipeline) -> None:
    page = reader.read(path)
    for name in SCHEMA:
        assert faults(SCHEMA[name], written(PLUGINS[name](), [page])) == []
    for name in PLUGINS:
        [back] = read_back(PLUGINS[name](), page)
        assert [(word.text, word.box) for word in back.words] == [(word.text, word.box) for word in page.words]
        assert (back.text, back.steps, back.source) == (page.text, page.steps, page.source)


@pytest.fixture(scope="module")
def reader() -> Pipeline:
    return Pipeline.preset()


# -- round trips


@every
@given(page=tame_pages())
@settings(few, max_examples=60)
def test_text_boxes_order_and_confidence_come_back(name: str, page: Page) -> None:
    [back] = read_back(PLUGINS[name](), page)
    assert back.source == page.source
    assert back.dpi == (None if name == "alto" else page.dpi)
    assert [block.box for block in back.blocks] == [block.box for block in page.blocks]
    assert [(line.box, line.polygon) for line in back.lines] == [(line.box, line.polygon) for line in page.lines]
    assert [word.text for word in back.words] == [legal(word.text) for word in page.words]
    assert [(word.box, word.polygon) for word in back.words] == [(word.box, word.polygon) for word in page.words]
    exact = 0.0051 if name == "hocr" else 1e-6
    for mine, theirs in zip(page.words, back.words, strict=True):
        assert (mine.confidence is None) == (theirs.confidence is None)
        assert mine.confidence is None or mine.confidence == pytest.approx(theirs.confidence, abs=exact)


@every
@given(page=tame_pages())
@few
def test_letters_come_back_where_the_format_holds_them(name: str, page: Page) -> None:
    [back] = read_back(PLUGINS[name](), page)
    for mine, theirs in zip(page.words, back.words, strict=True):
        spelt = "".join(glyph.text for glyph in mine.glyphs) == mine.text
        if (
            name == "page"
            or (name == "hocr" and spelt)
            or (name == "alto" and all(len(g.text) == 1 for g in mine.glyphs))
        ):
            assert [legal(g.text) for g in mine.glyphs] == [g.text for g in theirs.glyphs]
            assert [(g.box, g.polygon) for g in mine.glyphs] == [(g.box, g.polygon) for g in theirs.glyphs]
            for one, other in zip(mine.glyphs, theirs.glyphs, strict=True):
                assert one.confidence == pytest.approx(other.confidence, abs=1e-4)
        else:
            assert theirs.glyphs == ()


@given(page=tame_pages())
@few
def test_page_xml_keeps_alternatives_of_letters_and_words(page: Page) -> None:
    [back] = read_back(PageXml(), page)
    for mine, theirs in zip((*page.words, *page.glyphs), (*back.words, *back.glyphs), strict=True):
        known = mine.reading.alternatives if mine.reading else ()
        found = theirs.reading.alternatives if theirs.reading else ()
        assert [(other.confidence, legal(other.text)) for other in known] == [(o.confidence, o.text) for o in found]


def test_alto_keeps_alternatives_of_letters() -> None:
    both = (
        Alternative(text="O", confidence=0.5),
        Alternative(text="0", confidence=0.25),
        Alternative(text="", confidence=0.1),
    )
    glyph = Glyph(id="p1-g", box=Box(1, 1, 5, 5), reading=Reading(text="O", confidence=0.5, alternatives=both))
    page = page_with(Source(width=9, height=9), [Word(id="p1-w", box=glyph.box, glyphs=(glyph,))])
    [back] = read_back(Alto(), page)
    assert back.glyphs[0].reading == glyph.reading


@given(page=tame_pages())
@few
def test_hocr_keeps_alternatives_where_they_are_asked_for(page: Page) -> None:
    [back] = read_back(Hocr(alternatives=True), page)
    [plain] = read_back(Hocr(), page)
    assert back.text == plain.text == legal(page.text)
    assert not any(word.reading and word.reading.alternatives for word in plain.words)
    for mine, theirs in zip(page.words, back.words, strict=True):
        if mine.reading and not theirs.glyphs:
            assert theirs.reading is not None
            known, found = mine.reading.alternatives, theirs.reading.alternatives
            assert [legal(other.text) for other in known] == [other.text for other in found]
            for one, other in zip(known, found, strict=True):
                assert (one.confidence or None) == pytest.approx(other.confidence, abs=1e-4)


@every
def test_how_a_page_was_read_comes_back(name: str) -> None:
    page = Pipeline.preset().read(ROOT / "samples" / "fax.tif")
    assert {step.stage for step in page.steps} >= {"load", "binarize", "classify"}
    [back] = read_back(PLUGINS[name](), page)
    assert back.steps == page.steps


@every
def test_an_estimated_place_is_marked(name: str) -> None:
    word = Word(id="w", box=Box(1, 1, 5, 5), reading=Reading(text="A"), estimated=True)
    page = page_with(Source(width=9, height=9), [word, word.replace(id="v", estimated=False)])
    [back] = read_back(PLUGINS[name](), page)
    assert [word.estimated for word in back.words] == [True, False]


@pytest.mark.parametrize(("name", "digits"), [("alto", 2), ("page", 0)])
def test_a_slanted_baseline_comes_back(name: str, digits: int) -> None:
    points = ((10.0, 60.256), (200.0, 55.0), (390.0, 70.5))
    page = page_of("A")
    line = page.lines[0].replace(baseline=points)
    page = page.replace(blocks=(page.blocks[0].replace(lines=(line,)),))
    [back] = read_back(PLUGINS[name](), page)
    assert back.lines[0].baseline == tuple((round(x, digits), round(y, digits)) for x, y in points)


def test_hocr_keeps_a_straight_baseline_within_a_pixel() -> None:
    page = page_of("A", "B")
    line = page.lines[0].replace(baseline=((20.0, 70.0), (380.0, 80.0)))
    [back] = read_back(Hocr(), page.replace(blocks=(page.blocks[0].replace(lines=(line,)),)))
    found = back.lines[0].baseline
    assert found is not None
    slope = (found[1][1] - found[0][1]) / (found[1][0] - found[0][0])
    assert slope == pytest.approx(10 / 360, abs=1e-3)
    assert found[0][1] + slope * (20 - found[0][0]) == pytest.approx(70, abs=0.5)


# -- what is written


@every
@pytest.mark.parametrize("confidence", [None, 0.0, 0.09, 1.0])
def test_confidence_is_in_the_formats_own_unit(name: str, confidence: float | None) -> None:
    root = etree.fromstring(written(PLUGINS[name](), [page_of("A", confidence=confidence)]))
    found: Any = {
        "alto": root.xpath("//@WC"),
        "page": root.xpath("//*[local-name()='Word']/*[local-name()='TextEquiv']/@conf"),
        "hocr": [
            n for title in root.xpath("//*[@class='ocrx_word']/@title") for n in re.findall(r"x_wconf (\S+)", title)
        ],
    }[name]
    said = {
        None: [],
        0.0: ["0"],
        0.09: ["9"] if name == "hocr" else ["0.09"],
        1.0: ["100"] if name == "hocr" else ["1"],
    }
    assert found == said[confidence]


@every
@pytest.mark.parametrize("level", ["glyph", "word"])
def test_forbidden_characters_become_a_sign_and_a_warning(name: str, level: str) -> None:
    page = page_of("A\x00", "\ufffe")
    if level == "word":
        page = page.map_words(lambda word: word.replace(reading=Reading(text=word.text), glyphs=()))
    [back] = read_back(PLUGINS[name](), page)
    assert back.text == "A\ufffd\ufffd"
    assert back.warnings == ("characters that XML cannot hold were replaced by U+FFFD",)


@every
def test_warnings_come_back(name: str) -> None:
    [back] = read_back(PLUGINS[name](), page_of("A").warn('the page is "dark"; 5% is lost', "and torn"))
    assert back.warnings == ('the page is "dark"; 5% is lost', "and torn")


@pytest.mark.parametrize("plugin", [Alto(), Hocr()])
def test_a_page_is_written_before_the_next_is_taken(plugin: Plugin) -> None:
    taken = []

    def source() -> Any:
        for number in (1, 2, 3):
            taken.append(number)
            yield page_of("A", number=number)

    pieces = plugin.export(source())  # type: ignore[attr-defined]
    assert b"p1" in next(pieces)
    assert taken == [1]
    assert b"p2" in next(pieces)
    assert taken == [1, 2]


@every
def test_the_same_page_gives_the_same_bytes(name: str) -> None:
    assert written(PLUGINS[name](), [page_of(*NASTY)]) == written(PLUGINS[name](), [page_of(*NASTY)])


@every
def test_no_page_is_no_document(name: str) -> None:
    assert written(PLUGINS[name](), []) == b""


def test_a_line_without_words_is_left_out_of_alto() -> None:
    page = page_of("A")
    empty = Line(id="p1-l9", box=Box(0, 0, 2, 2), words=())
    page = page.replace(blocks=(page.blocks[0].replace(lines=(empty, *page.lines)),))
    [back] = read_back(Alto(), page)
    assert back.text == "A"


def test_page_xml_says_the_order_of_its_blocks() -> None:
    page = page_of("A")
    second = page_of("B", number=1).blocks[0].replace(id="c")
    root = etree.fromstring(written(PageXml(), [page.replace(blocks=(*page.blocks, second))]))
    assert root.xpath("//@regionRef") == root.xpath("//*[local-name()='TextRegion']/@id") == ["p1-b", "p1-c"]


def test_page_xml_bears_the_date_that_it_is_given() -> None:
    data = written(PageXml(created="2026-11-24T12:00:00Z"), [page_of("A")])
    assert b"<Created>2026-11-24T12:00:00+00:00</Created>" in data
