"""Hypothesis strategies for hostile pages: what every exporter, observer and reader of a `Page` must bear.

>>> from tests.strategies import pages
>>> pages().example()  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import numpy as np
from hypothesis import strategies as st

from ocrpipe import (
    Affine,
    Alternative,
    Block,
    Box,
    Glyph,
    GrayPage,
    Line,
    Page,
    Point,
    Reading,
    Source,
    Span,
    Step,
    Word,
)
from ocrpipe.testing.texts import NASTY

CONFIDENCES = (None, 0.0, 1.0, 0.5, 1e-300, 5e-324, 0.1 + 0.2)
"""Confidences at their bounds, unknown, and hard to write down."""

texts = st.one_of(st.sampled_from(NASTY), st.text(min_size=1, max_size=6))
confidences = st.one_of(st.sampled_from(CONFIDENCES), st.floats(0, 1))
points = st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
alternatives = st.builds(Alternative, text=st.one_of(st.just(""), texts), confidence=confidences)
spans = st.builds(Span, text=texts, x0=st.floats(-10, 1e4), x1=st.floats(-10, 1e4), confidence=confidences)
readings = st.builds(
    Reading,
    text=texts,
    confidence=confidences,
    alternatives=st.lists(alternatives, max_size=3).map(tuple),
    spans=st.lists(spans, max_size=2).map(tuple),
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(-1e300, 1e300), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(texts, inner, max_size=2)),
    max_leaves=4,
)
steps = st.builds(
    Step,
    stage=st.sampled_from(("load", "prepare", "classify")),
    plugin=texts,
    package=texts,
    version=texts,
    options=st.dictionaries(texts, json_values, max_size=2),
    files=st.dictionaries(texts, texts, max_size=2),
)


@st.composite
def boxes(draw: st.DrawFn, source: Source) -> Box:
    """A box inside the source image, often on its edge, often a pixel wide."""
    x0 = draw(st.integers(0, source.width - 1))
    y0 = draw(st.integers(0, source.height - 1))
    return Box(x0, y0, draw(st.integers(x0 + 1, source.width)), draw(st.integers(y0 + 1, source.height)))


def polygons() -> st.SearchStrategy[tuple[Point, ...] | None]:
    """Mostly none; else an outline of at least three points, not always near the page."""
    return st.one_of(st.none(), st.none(), st.lists(points, min_size=3, max_size=5).map(tuple))


@st.composite
def sources(draw: st.DrawFn, side: int = 200) -> Source:
    """An image of 1 x 1 pixel and more."""
    path = draw(st.one_of(st.none(), st.sampled_from(("-", "a.png", "../b/c.tif", 'q"<&.jpg', "é\\ü.png")), texts))
    return Source(
        width=draw(st.integers(1, side)),
        height=draw(st.integers(1, side)),
        path=path,
        page=draw(st.integers(1, 12)),
        sha256=draw(st.one_of(st.none(), st.just("0" * 64))),
    )


@st.composite
def pages(draw: st.DrawFn, side: int = 200) -> Page:
    """A page: blank, or of glyphs, words or lines, with boxes inside a source of up to `side` pixels and unique ids."""
    source = draw(sources(side))
    ids = count(1)

    def placed(kind: str) -> dict[str, object]:
        return {"id": f"p{source.page}-{kind}{next(ids)}", "box": draw(boxes(source)), "polygon": draw(polygons())}

    def some(make: Callable[[], object], least: int, most: int) -> tuple[object, ...]:
        return tuple(make() for _ in range(draw(st.integers(least, most))))

    def glyph() -> Glyph:
        return Glyph(reading=draw(readings), **placed("g"))

    def word() -> Word:
        reading = draw(st.one_of(st.none(), readings))
        return Word(
            reading=reading,
            glyphs=some(glyph, 0 if reading else 1, 3),
            estimated=draw(st.booleans()),
            **placed("w"),
        )

    def line() -> Line:
        return Line(
            words=some(word, 1, 3),
            reading=draw(st.one_of(st.none(), readings)),
            baseline=draw(st.one_of(st.none(), st.lists(points, min_size=2, max_size=4).map(tuple))),
            **placed("l"),
        )

    return Page(
        source=source,
        dpi=draw(st.one_of(st.none(), st.floats(1, 10_000))),
        blocks=some(lambda: Block(lines=some(line, 1, 2), **placed("b")), 0, 2),
        warnings=tuple(draw(st.lists(texts, max_size=2))),
        steps=tuple(draw(st.lists(steps, max_size=2))),
    )


def page_of(
    *letters: str,
    confidence: float | None = 0.95,
    width: int = 400,
    height: int = 120,
    path: str | None = "page.png",
    number: int = 1,
) -> Page:
    """Return a page of one word of `letters`, each in a box of its own, evenly spread."""
    source = Source(width=width, height=height, path=path, page=number, sha256="0" * 64 if path else None)
    if not letters:
        return Page(source=source, blocks=())
    step = width // len(letters)
    glyphs = tuple(
        Glyph(
            id=f"g{n}",
            box=Box(
                n * step + step // 4, height // 3, n * step + max(step * 3 // 4, step // 4 + 1), height * 2 // 3 + 1
            ),
            reading=Reading(text=letter, confidence=confidence),
        )
        for n, letter in enumerate(letters)
    )
    return page_with(source, [Word(id="w", box=Box.union(glyph.box for glyph in glyphs), glyphs=glyphs)])


def page_with(source: Source, words: list[Word]) -> Page:
    """Return a page of one line of `words`."""
    box = Box.union(word.box for word in words)
    line = Line(id="l", box=box, words=tuple(words), baseline=((box.x0, box.y1), (box.x1, box.y1)))
    return Page(source=source, blocks=(Block(id="b", box=box, lines=(line,)),))


def pixels_of(page: Page, frame: Affine | None = None, value: int = 230) -> GrayPage:
    """Return even grey pixels for `page`, as large as `frame` (theirs to the source's) makes the source image."""
    frame = frame or Affine()
    xs, ys = zip(*frame.inverse.polygon(Box(0, 0, page.source.width, page.source.height)), strict=True)
    size = (max(1, round(max(ys) - min(ys))), max(1, round(max(xs) - min(xs))))
    return GrayPage(source=page.source, gray=np.full(size, value, np.uint8), frame=frame)


def all_boxes(page: Page) -> Iterator[Box]:
    """Yield the box of each piece of a page, from the coarsest."""
    for block in page.blocks:
        yield block.box
    for line in page.lines:
        yield line.box
    for word in page.words:
        yield word.box
    for glyph in page.glyphs:
        yield glyph.box
