"""Made pages: what every plugin must bear. They are drawn, small but for one, and the same on every machine's run.

Text is drawn by strokes of our own and no font, so that it does not depend on the Pillow that is installed.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ocrpipe.geometry import Affine
from ocrpipe.page import Source
from ocrpipe.work import GrayPage

Gray = NDArray[np.uint8]

PAPER, INK = 235, 30
"""Grey values of the made pages' ground and strokes."""

DOT = (140.0, 60.0)
"""Where the middle of the dot lies on the page `one dot`, x and y."""

STROKES = {
    "A": "04-20 20-44 12-32",
    "E": "00-04 00-40 02-32 04-44",
    "F": "00-04 00-40 02-32",
    "H": "00-04 40-44 02-42",
    "I": "20-24",
    "L": "00-04 04-44",
    "N": "00-04 00-44 40-44",
    "T": "00-40 20-24",
    "V": "00-24 40-24",
    "X": "00-44 40-04",
    "Z": "00-40 40-04 04-44",
}
"""Letters as strokes, each from one point to another of a grid of 5 x 5: column and row, twice."""


def made_pages() -> dict[str, GrayPage]:
    """Return the made pages by their names.

    Examples
    --------
    >>> pages = made_pages()
    >>> pages["1x1"].gray.shape, pages["all ink"].gray.max()
    ((1, 1), np.uint8(30))
    """
    lines = text_picture(("HEAT A VAN", "FIX THE TILE", "LIVE NEXT"), letter=20)
    pages = {
        "blank": blank(80, 120),
        "1x1": blank(1, 1),
        "one row": np.tile(np.array([PAPER, PAPER, INK, INK], np.uint8), 40)[None],
        "one column": np.tile(np.array([PAPER, PAPER, INK, INK], np.uint8), 40)[:, None],
        "all ink": np.full((60, 90), INK, np.uint8),
        "one dot": dotted(),
        "lines": lines,
        "white on black": 255 - lines,
        "columns": np.hstack([lines, blank(len(lines), 60), lines]),
        "dense": text_picture(["THE FINAL TITLE LENT AN ALIEN A TENTH"] * 6, letter=10),
        "grain": np.random.default_rng(7).integers(0, 256, (90, 120), np.uint8),
        "huge": huge(lines),
    }
    made = {name: page_of(name, gray) for name, gray in pages.items()}
    return {**made, "turned": turned(lines), "lying": lying(lines)}


def page_of(name: str, gray: Gray, frame: Affine | None = None, size: tuple[int, int] | None = None) -> GrayPage:
    """Return a page of these pixels; `size` is the source image's width and height, if it is another."""
    width, height = size or (gray.shape[1], gray.shape[0])
    source = Source(width=width, height=height, path=f"{name.replace(' ', '-')}.png", sha256="0" * 64)
    return GrayPage(source=source, gray=gray, frame=frame or Affine(), dpi=300)


def blank(height: int, width: int) -> Gray:
    """Return a page without ink."""
    return np.full((height, width), PAPER, np.uint8)


def dotted() -> Gray:
    """Return a page with one dot, its middle at `DOT`."""
    gray = blank(150, 200)
    x, y = map(int, DOT)
    gray[y - 5 : y + 5, x - 5 : x + 5] = INK
    return gray


def huge(lines: Gray) -> Gray:
    """Return a page of 5 megapixels with a few lines in its middle, as a photograph has."""
    gray = blank(2000, 2500)
    large = lines.repeat(4, axis=0).repeat(4, axis=1)
    gray[400 : 400 + large.shape[0], 300 : 300 + large.shape[1]] = large
    return gray


def turned(lines: Gray) -> GrayPage:
    """Return a page that a step before has turned by some degrees and halved: its boxes are outlines in the source."""
    height, width = lines.shape
    frame = Affine.shift(80, 20) @ Affine.rotation(7) @ Affine.scale(2)
    return page_of("turned", lines, frame, size=(3 * width, 3 * height))


def lying(lines: Gray) -> GrayPage:
    """Return a page whose image lay on its side."""
    height, width = lines.shape
    return page_of("lying", lines, Affine(0, -1, height, 1, 0, 0), size=(height, width))


def text_picture(lines: tuple[str, ...] | list[str], letter: int) -> Gray:
    """Return a picture of lines of hand-drawn capitals, `letter` pixels high.

    Examples
    --------
    >>> picture = text_picture(["IN"], letter=20)
    >>> picture.shape, int((picture < 128).sum()) > 100
    ((60, 80), True)
    """
    width = letter * 4 // 5
    step = width + letter // 3
    gray = blank(len(lines) * 2 * letter + letter, max(map(len, lines)) * step + 2 * letter - letter // 5)
    for row, line in enumerate(lines):
        for column, character in enumerate(line):
            x0, y0 = letter + column * step, letter + row * 2 * letter
            for x, y in points_of(character, width, letter):
                pen = max(letter // 14, 1)
                gray[y0 + y - pen : y0 + y + pen, x0 + x - pen : x0 + x + pen] = INK
    return gray


def points_of(character: str, width: int, height: int) -> Iterator[tuple[int, int]]:
    """Yield where the pen goes to draw a letter; nowhere for what is no letter of `STROKES`."""
    for stroke in STROKES.get(character, "").split():
        (x0, y0), (x1, y1) = ((int(end[0]) / 4 * width, int(end[1]) / 4 * height) for end in stroke.split("-"))
        count = int(max(abs(x1 - x0), abs(y1 - y0))) + 1
        for part in np.linspace(0, 1, count):
            yield round(x0 + part * (x1 - x0)), round(y0 + part * (y1 - y0))
