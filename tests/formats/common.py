"""What the tests of formats share: writing as the host does, schemas, and pages as any format can hold them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import strategies as st
from lxml import etree
from pluggy import PluginManager

from ocrpipe import Alternative, Block, Box, Document, Glyph, Line, Page, Plugin, Reading, Source, Word
from ocrpipe.formats import read_results
from ocrpipe.hookspecs import PROJECT, Stages
from tests.strategies import NASTY, pixels_of
from tests.support import ROOT

SCHEMAS = ROOT.parent / "shared" / "schemas"
HAS_SCHEMAS = (SCHEMAS / "alto-4-3.xsd").is_file()
needs_schemas = pytest.mark.skipif(not HAS_SCHEMAS, reason="the schemas of ALTO and PAGE are not ours to pass on")
SHARED_PAGES = ROOT.parent / "shared" / "pages"


def written(plugin: Plugin, pages: Iterable[Page]) -> bytes:
    """Return what `plugin` writes when it is called as the host calls it."""
    manager = PluginManager(PROJECT)
    manager.add_hookspecs(Stages)
    manager.register(plugin)
    manager.check_pending()
    [pieces] = manager.hook.export(pages=iter(pages), image=pixels_of, trail=lambda page: ())
    return b"".join(pieces)


def read_back(plugin: Plugin, *pages: Page) -> list[Page]:
    """Return the pages that our reader finds in what `plugin` wrote."""
    return list(read_results(Document.of(written(plugin, pages))))


class Beside(etree.Resolver):
    """Finds the schema that ALTO's imports beside it, not in the network."""

    def resolve(self, url: str, _id: object, context: object) -> object:
        return self.resolve_filename(str(SCHEMAS / Path(url).name), context)


@cache
def schema(name: str) -> etree.XMLSchema:
    """Return one of the official schemas."""
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Beside())
    return etree.XMLSchema(etree.parse(SCHEMAS / name, parser))


def faults(name: str, document: bytes) -> list[str]:
    """Return what is wrong with a document by its schema."""
    checked = schema(name)
    checked.validate(etree.fromstring(document))
    return [str(entry) for entry in checked.error_log]


texts = st.one_of(
    st.sampled_from([text for text in NASTY if text.strip()]),
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=5),
    st.just("W" * 10_000),
)
confidences = st.one_of(st.none(), st.sampled_from((0.0, 1.0, 0.09)), st.integers(0, 10_000).map(lambda n: n / 10_000))


@st.composite
def tame_pages(draw: st.DrawFn, *, alternatives: bool = True) -> Page:
    """A page of hostile texts, but of boxes within each other as a segmenter makes them, and whole points."""
    width, height = draw(st.integers(20, 300)), draw(st.integers(20, 300))
    number = draw(st.integers(1, 3))
    names = iter(range(1, 10_000))

    def box() -> Box:
        x0, y0 = draw(st.integers(0, width - 2)), draw(st.integers(0, height - 2))
        return Box(x0, y0, draw(st.integers(x0 + 1, width)), draw(st.integers(y0 + 1, height)))

    def place(kind: str) -> dict[str, object]:
        found = box()
        slanted = draw(st.booleans()) and found.width > 2
        polygon = (*found.corners[:3], (found.x0 + 1, found.y1)) if slanted else None
        return {"id": f"p{number}-{kind}{next(names)}", "box": found, "polygon": polygon}

    def reading(text: str) -> Reading:
        sure = draw(confidences)
        others = [
            Alternative(text=text, confidence=sure),
            Alternative(text="0" + text[:1], confidence=draw(confidences)),
        ]
        keep = alternatives and draw(st.booleans())
        return Reading(text=text, confidence=sure, alternatives=tuple(others) if keep else ())

    def word() -> Word:
        letters = draw(st.lists(texts, min_size=1, max_size=3))
        glyphs = tuple(Glyph(reading=reading(letter), **place("g")) for letter in letters)
        kind = draw(st.sampled_from(("glyphs", "word", "both")))
        whole = None if kind == "glyphs" else reading(draw(texts))
        return Word(glyphs=() if kind == "word" else glyphs, reading=whole, **place("w"))

    def line() -> Line:
        at = place("l")
        edge = at["box"]
        assert isinstance(edge, Box)
        baseline = draw(st.sampled_from((None, ((edge.x0, edge.y1), (edge.x1, edge.y1)))))
        return Line(words=tuple(word() for _ in range(draw(st.integers(1, 2)))), baseline=baseline, **at)

    blocks = [
        Block(lines=tuple(line() for _ in range(draw(st.integers(1, 2)))), **place("b"))
        for _ in range(draw(st.integers(0, 2)))
    ]
    source = Source(width=width, height=height, path=draw(st.sampled_from((None, "a b.tif", 'q"<&;.jpg'))), page=number)
    return Page(source=source, blocks=tuple(blocks), dpi=draw(st.sampled_from((None, 300.0))))
