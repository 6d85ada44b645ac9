"""Tesseract itself: layout of a page, and the text of a crop."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocrpipe import Box, Level, Reading, Region, Span

DIGITS, SUREST = 4, 0.9999
"""Decimals of a confidence, and what it is at most: rounding must not make a certainty."""


class Engine:
    """Tesseract with its languages loaded, for as long as this object lives.

    Parameters
    ----------
    folder
        Holds the languages' files.
    language
        One language, or several joined by ``+``.
    threads
        How many threads of the processor it may use, all that are made in this process together.
    """

    def __init__(self, folder: Path, language: str, threads: int) -> None:
        with environment(OMP_THREAD_LIMIT=str(threads)):
            self.library: Any = import_module("tesserocr")
        self.api: Any = self.library.PyTessBaseAPI(path=str(folder), lang=language, oem=self.library.OEM.LSTM_ONLY)
        self.api.SetVariable("debug_file", os.devnull)  # else it tells stderr of every crop's missing resolution

    def regions(self, gray: NDArray[np.uint8], level: Level, read: bool) -> tuple[Region, ...]:
        """Return a region for each line or word of a page, in Tesseract's reading order, read if so wished."""
        self.show(gray, self.library.PSM.AUTO)
        kind = self.library.RIL.TEXTLINE if level == "line" else self.library.RIL.WORD
        regions = tuple(self.read(kind, level, gray.shape) if read else self.found(kind, level, gray.shape))
        self.api.Clear()
        return regions

    def found(self, kind: int, level: Level, shape: tuple[int, ...]) -> Iterator[Region]:
        """Yield a region for each piece of text on the page that is shown."""
        layout = self.api.AnalyseLayout()
        text = text_kinds(self.library.PT)
        for place in self.library.iterate_level(layout, kind) if layout else ():
            box = clipped(place.BoundingBox(kind), shape)
            if box and place.BlockType() in text:
                yield Region(box=box, level=level)

    def read(self, kind: int, level: Level, shape: tuple[int, ...]) -> Iterator[Region]:
        """Yield a region for each piece of text on the page that is shown, with what was read in it."""
        for piece in self.pieces(kind):
            if piece.words and (box := clipped(piece.edges, shape)):
                yield Region(box=box, level=level, reading=piece.reading(box.x0))

    def reading(self, crop: NDArray[np.float32], level: Level) -> Reading:
        """Return what stands in a crop (height, width), ink 0 and ground 1."""
        modes = self.library.PSM
        self.show(np.rint(crop * 255).astype(np.uint8), modes.SINGLE_LINE if level == "line" else modes.SINGLE_WORD)
        whole = Piece()
        for piece in self.pieces(self.library.RIL.TEXTLINE):  # one, but that Tesseract may see two lines in a crop
            whole.words += piece.words
            whole.spans += piece.spans
        self.api.Clear()
        return whole.reading(0)

    def show(self, gray: NDArray[np.uint8], mode: int) -> None:
        """Give Tesseract a picture, and say what kind of picture it is.

        Given the same pixels as bytes, Tesseract knows no resolution, takes a twentieth longer and reads otherwise.
        """
        self.api.SetPageSegMode(mode)
        self.api.SetImage(Image.fromarray(gray))

    def pieces(self, kind: int) -> Iterator[Piece]:
        """Read the picture that is shown, and yield its lines or words letter by letter."""
        levels = self.library.RIL
        found = self.api.Recognize() and self.api.GetIterator()
        piece: Piece | None = None
        for place in self.library.iterate_level(found, levels.SYMBOL) if found else ():
            if place.Empty(levels.SYMBOL):
                continue
            if piece is None or place.IsAtBeginningOf(kind):
                if piece:
                    yield piece
                piece = Piece(place.BoundingBox(kind))
            letter, edges = place.GetUTF8Text(levels.SYMBOL).strip(), place.BoundingBox(levels.SYMBOL)
            if letter and edges:
                piece.add(letter, edges, place.Confidence(levels.SYMBOL), place.IsAtBeginningOf(levels.WORD))
        if piece:
            yield piece


@dataclass
class Piece:
    """A line or word that is being read: where it is, its words and its letters' spans, in the picture's pixels."""

    edges: tuple[int, int, int, int] | None = None
    words: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)

    def add(self, letter: str, edges: tuple[int, int, int, int], percent: float, begins: bool) -> None:
        """Add a letter, which may begin a new word."""
        if begins or not self.words:
            self.words.append("")
        self.words[-1] += letter
        sure = min(max(round(percent / 100, DIGITS), 0.0), SUREST)
        self.spans.append(Span(text=letter, x0=edges[0], x1=edges[2], confidence=sure))

    def reading(self, left: int) -> Reading:
        """Return it as a reading whose spans are measured from `left`."""
        if not self.words:
            return Reading(text="")
        spans = tuple(span.replace(x0=span.x0 - left, x1=span.x1 - left) for span in self.spans) if left else self.spans
        sure = sum(span.confidence or 0.0 for span in self.spans) / len(self.spans)
        return Reading(text=" ".join(self.words), confidence=round(sure, DIGITS), spans=tuple(spans))


@contextmanager
def environment(**changes: str) -> Iterator[None]:
    """Change environment variables for a while: OpenMP reads its own when a library is loaded, and never again."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def text_kinds(kinds: Any) -> set[int]:
    """Return Tesseract's kinds of block that hold text."""
    names = (
        "FLOWING_TEXT",
        "HEADING_TEXT",
        "PULLOUT_TEXT",
        "EQUATION",
        "INLINE_EQUATION",
        "TABLE",
        "VERTICAL_TEXT",
        "CAPTION_TEXT",
    )
    return {getattr(kinds, name) for name in names}


def clipped(edges: tuple[int, int, int, int] | None, shape: tuple[int, ...]) -> Box | None:
    """Return the box within a page of that shape; None where nothing is left of it."""
    if edges is None:
        return None
    x0, y0, x1, y1 = max(edges[0], 0), max(edges[1], 0), min(edges[2], shape[1]), min(edges[3], shape[0])
    return Box(x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None
