"""Who writes: a font, or a writer whose pen strokes are known. A hand draws single letters."""

from __future__ import annotations

import math
import string
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from ocrpipe.errors import ConfigError, InputError, told
from ocrpipe.train.draw import BUILTIN, open_font
from ocrpipe.train.strokes import Sample, Stroke, read
from ocrpipe.train.synth.scene import Writing

__all__ = [
    "FONTS",
    "Cover",
    "FontHand",
    "Hand",
    "Letter",
    "StrokeHand",
    "fonts_in",
    "hand_for",
    "hands_in",
    "samples_in",
]

Cover = npt.NDArray[np.float32]
"""How much of each pixel is inked, 0..1, shape (h, w)."""

Matrix = npt.NDArray[np.float64]
Point = npt.NDArray[np.float64]

Forms = Mapping[str, Sequence[Sequence[Stroke]]]
"""For each character the ways to write it, each some strokes."""

FONTS = (".ttf", ".otf", ".woff2")
STROKES = (".jsonl", ".jsonl.gz")
_NOTHING = "\U0010fffe"  # no character, and never will be: a font shows here what it shows for want of a glyph
_FINE = 16  # a font is opened at sizes in steps of this many pixels, and scaled between them


class Letter(Protocol):
    """One letter as a hand writes it this time."""

    advance: float
    """From its origin to the next letter's, in capitals."""

    def draw(
        self, origin: Point, matrix: Matrix, writing: Writing, rng: np.random.Generator
    ) -> tuple[Cover, tuple[int, int]]:
        """Draw it: its cover, and the pixel (x, y) of the cover's corner.

        `origin` is where the base line meets its left side, pixels; `matrix` (2, 2) takes capitals to pixels.
        """


class Hand(Protocol):
    """Who writes."""

    name: str

    def missing(self, text: str) -> str:
        """Return the characters of a text, each once, that this hand cannot write; spaces are no characters."""

    def letter(self, character: str, rng: np.random.Generator) -> Letter:
        """Return a letter, as this hand writes it this time."""

    def space(self) -> float:
        """Return the width of a space, in capitals."""


def hands_in(path: Path) -> list[Hand]:
    """Return the hands that a file or folder holds: a hand for each font, or for each writer of a strokes file.

    Parameters
    ----------
    path : Path
        A font, a folder of fonts at any depth (TTF, OTF, WOFF2), a strokes file (`ocrpipe.train.strokes`), a folder
        of such, or `BUILTIN`.

    Returns
    -------
    list of Hand
        In the order of their names. Fonts are opened only when they are used.

    Raises
    ------
    InputError
        If there are none.
    """
    return list(fonts_in(path) or StrokeHand.all_of(samples_in(path)))


def fonts_in(path: Path) -> list[FontHand]:
    """Return the fonts of a folder, at any depth, or the one font that a file is."""
    if path == BUILTIN:
        return [FontHand(path)]
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder")
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [FontHand(file) for file in files if file.suffix.lower() in FONTS and file.is_file()]


def samples_in(path: Path) -> list[Sample]:
    """Return the samples of a strokes file, or of all those of a folder."""
    files = sorted(file for file in path.iterdir() if file.name.endswith(STROKES)) if path.is_dir() else [path]
    if not files:
        raise InputError(
            f"{path}: it holds neither fonts ({', '.join(FONTS)}) nor strokes files ({', '.join(STROKES)})"
        )
    try:
        return [sample for file in files for sample in read(file)]
    except (ValueError, EOFError, OSError, zlib.error) as error:
        raise InputError(f"{path}: it is neither a font nor a strokes file ({told(error)})") from None


def hand_for(text: str, hands: Sequence[Hand], rng: np.random.Generator) -> Hand:
    """Choose a hand at random that can write a text.

    Raises
    ------
    ConfigError
        If none can; it says what is missing in the best of them.
    """
    fewest = text
    for number in rng.permutation(len(hands)).tolist():
        hand: Hand = hands[number]
        missing = hand.missing(text)
        if not missing:
            return hand
        fewest = min(fewest, missing, key=len)
    raise ConfigError(f"no hand there has {' '.join(fewest[:12])}: give other fonts or strokes, or another text")


# Fonts


@lru_cache(maxsize=64)
def _face(path: Path, capital: int) -> ImageFont.FreeTypeFont:
    """Open a font at the size that gives capitals of this height in pixels."""
    _, top, _, bottom = open_font(path, 200).getbbox("H")
    return open_font(path, capital * 200 / max(bottom - top, 20))


class FontHand:
    """Writes with a font's glyphs.

    Parameters
    ----------
    path : Path
        A TTF, OTF or WOFF2 file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.stem

    def missing(self, text: str) -> str:
        """Return the characters of a text that the font has no glyph for."""
        face = _face(self.path, 2 * _FINE)
        nothing = _shape(face, _NOTHING)
        return "".join(c for c in dict.fromkeys(text) if not c.isspace() and _shape(face, c) in (nothing, None))

    def letter(self, character: str, rng: np.random.Generator) -> Letter:  # noqa: ARG002 - a font knows one form
        """Return the font's glyph."""
        return _FontLetter(self.path, character)

    def space(self) -> float:
        """Return the width of the font's space."""
        return _face(self.path, 4 * _FINE).getlength(" ") / (4 * _FINE)


def _shape(face: ImageFont.FreeTypeFont, character: str) -> tuple[tuple[int, int], bytes] | None:
    """Return what a font shows for a character, None for nothing at all."""
    mask = face.getmask(character)
    return (mask.size, bytes(mask)) if mask.size[0] and mask.size[1] and mask.getbbox() else None


class _FontLetter:
    def __init__(self, path: Path, character: str) -> None:
        self.path, self.character = path, character
        self.advance = _face(path, 4 * _FINE).getlength(character) / (4 * _FINE)

    def draw(
        self, origin: Point, matrix: Matrix, writing: Writing, rng: np.random.Generator
    ) -> tuple[Cover, tuple[int, int]]:
        """Draw the glyph: each pixel asks where on the glyph it lies."""
        from scipy.ndimage import map_coordinates

        capital = _FINE * max(1, math.ceil(math.sqrt(abs(np.linalg.det(matrix))) / _FINE))
        face, broad = _face(self.path, capital), round(writing.broad * capital)
        left, top, right, bottom = face.getbbox(self.character, anchor="ls", stroke_width=broad)
        edge = 4
        image = Image.new("L", (int(right - left) + 2 * edge, int(bottom - top) + 2 * edge))
        at = edge - left, edge - top
        ImageDraw.Draw(image).text(at, self.character, 255, font=face, anchor="ls", stroke_width=broad)
        corners = np.array([[x, y] for x in (left, right) for y in (top, bottom)]) / capital @ matrix.T + origin
        slack = 3 + 2 * writing.bend * capital
        x0, y0 = np.floor(corners.min(axis=0) - slack).astype(int).tolist()
        x1, y1 = np.ceil(corners.max(axis=0) + slack).astype(int).tolist()
        rows, columns = np.mgrid[y0:y1, x0:x1]
        pixels = np.stack([columns.ravel() + 0.5, rows.ravel() + 0.5], axis=1)
        points = _bent((pixels - origin) @ np.linalg.inv(matrix).T, writing.bend, rng) * capital + at - 0.5
        source = np.asarray(image, np.float32) / 255
        cover = map_coordinates(source, (points[:, 1], points[:, 0]), order=1).reshape(rows.shape)
        return cover.astype(np.float32), (x0, y0)


def _bent(points: Point, bend: float, rng: np.random.Generator) -> Point:
    """Bend points, given in capitals, by slow waves of that size."""
    if not bend:
        return points
    waves, phases = rng.normal(0, 3, (2, 2)), rng.uniform(0, 2 * math.pi, 2)
    bent: Point = points + 1.5 * bend * np.sin(points @ waves + phases)
    return bent


# Strokes

_SPANS = {
    **dict.fromkeys("acemnorsuvwxz", (-0.65, 0.0)),
    **dict.fromkeys("gpqy", (-0.65, 0.35)),
    **dict.fromkeys("j", (-0.9, 0.35)),
    **dict.fromkeys("i", (-0.9, 0.0)),
    **dict.fromkeys("()[]{}|/", (-1.05, 0.15)),
    **dict.fromkeys("@", (-0.95, 0.1)),
    **dict.fromkeys(".", (-0.08, 0.0)),
    **dict.fromkeys(",", (-0.12, 0.18)),
    **dict.fromkeys(":", (-0.6, 0.0)),
    **dict.fromkeys(";", (-0.6, 0.18)),
    **dict.fromkeys("'`\"", (-1.05, -0.7)),
    **dict.fromkeys("*^", (-1.0, -0.55)),
    **dict.fromkeys("+<>", (-0.75, -0.15)),
}
"""Where signs reach, in capitals above (below 0) and under the base line; others are as high as capitals."""

_FLAT = {"-": -0.42, "_": 0.1, "~": -0.45, "=": -0.42}
"""Signs that are wide and low: the height of their middle."""

_WIDE = 0.5  # how wide those are, in capitals
_SIDES = 0.22  # between two letters' ink, in capitals
_SPACE = 0.75


class StrokeHand:
    """Writes with one writer's strokes; what that writer never wrote comes from others, in an order by name.

    Parameters
    ----------
    name : str
        The writer.
    forms : dict
        For each character, the forms: each a tuple of strokes in capitals, left 0, base line 0, y down.
    others : sequence of dict
        The other writers' forms, for what is missing.
    """

    def __init__(
        self,
        name: str,
        forms: Forms,
        others: Sequence[Forms] = (),
    ) -> None:
        self.name, self.forms, self.others = name, forms, others

    @classmethod
    def of(cls, samples: Iterable[Sample]) -> StrokeHand:
        """Return the hand that all of these samples are of, whoever wrote them."""
        forms: dict[str, list[Sequence[Stroke]]] = defaultdict(list)
        name = ""
        for sample in samples:
            name = name or sample.writer
            form = _form(sample)
            if form:
                forms[sample.label].append(form)
        return cls(name, forms)

    @classmethod
    def all_of(cls, samples: Iterable[Sample]) -> list[StrokeHand]:
        """Return a hand for each writer, in the order of their names."""
        by_writer: dict[str, list[Sample]] = defaultdict(list)
        for sample in samples:
            by_writer[sample.writer].append(sample)
        alone = [cls.of(by_writer[writer]) for writer in sorted(by_writer)]
        every = [hand.forms for hand in alone]
        return [cls(hand.name, hand.forms, every[n + 1 :] + every[:n]) for n, hand in enumerate(alone)]

    def missing(self, text: str) -> str:
        """Return the characters of a text that neither this writer nor any other has written."""
        return "".join(c for c in dict.fromkeys(text) if not c.isspace() and not self._forms_of(c))

    def letter(self, character: str, rng: np.random.Generator) -> Letter:
        """Return one of the writer's forms of a character."""
        forms = self._forms_of(character)
        return _StrokeLetter(forms[int(rng.integers(len(forms)))])

    def space(self) -> float:
        """Return the width of a space."""
        return _SPACE

    def _forms_of(self, character: str) -> Sequence[Sequence[Stroke]]:
        return next((forms for owner in (self.forms, *self.others) if (forms := owner.get(character))), ())


def _form(sample: Sample) -> tuple[Stroke, ...] | None:
    """Scale a sample to capitals and set it on the base line; None if it looks like no such sign (a broken record)."""
    points = np.concatenate(sample.strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    width, height = (float(v) for v in high - low)
    if sample.label in _FLAT:
        scale = _WIDE / max(width, height, 1e-6)
        base = low[1] + height / 2 - _FLAT[sample.label] / scale
    else:
        top, bottom = _SPANS.get(sample.label, (-1.0, 0.0))
        scale = (bottom - top) / max(height, width if len(points) < 4 else 0, 1e-6)
        base = high[1] - bottom / scale
        slim, wide = width < 0.15 * height and sample.label not in "Iil1jtf", width > 2 * height
        if sample.label in string.ascii_letters + string.digits and (slim or wide or len(points) < 2):
            return None
    return tuple(((stroke - [low[0], base]) * scale).astype(np.float32) for stroke in sample.strokes)


class _StrokeLetter:
    def __init__(self, strokes: Sequence[Stroke]) -> None:
        self.strokes = strokes
        self.advance = max(float(stroke[:, 0].max()) for stroke in strokes) + _SIDES

    def draw(
        self, origin: Point, matrix: Matrix, writing: Writing, rng: np.random.Generator
    ) -> tuple[Cover, tuple[int, int]]:
        """Draw the strokes with a pen whose width wavers a little."""
        capital = math.sqrt(abs(np.linalg.det(matrix)))
        radius = max(0.6, writing.pen * capital / 2)
        aside = np.array([_SIDES / 2, 0])
        paths = [_bent(_even(stroke) + aside, writing.bend, rng) @ matrix.T + origin for stroke in self.strokes]
        every = np.concatenate(paths)
        x0, y0 = np.floor(every.min(axis=0) - 1.6 * radius - 3).astype(int).tolist()
        x1, y1 = np.ceil(every.max(axis=0) + 1.6 * radius + 3).astype(int).tolist()
        cover = np.zeros((y1 - y0, x1 - x0), np.float32)
        for path in paths:
            _stroke(cover, path - [x0, y0], radius, rng)
        return cover, (x0, y0)


def _even(stroke: Stroke, step: float = 0.035) -> Point:
    """Return points at equal steps along a stroke, lightly smoothed: old tablets are jagged."""
    lengths = np.hypot(*np.diff(stroke, axis=0).T)
    place = np.concatenate([[0.0], np.cumsum(lengths)])
    if len(stroke) < 2 or place[-1] < step / 2:
        return np.stack([stroke[0], stroke[0] + [step / 3, 0]]).astype(np.float64)
    new = np.concatenate([[True], lengths > 0])
    at = np.linspace(0, place[-1], max(2, math.ceil(place[-1] / step) + 1))
    points = np.stack([np.interp(at, place[new], stroke[new, axis]) for axis in (0, 1)], axis=1)
    points[1:-1] = (points[:-2] + 2 * points[1:-1] + points[2:]) / 4
    return points


def _stroke(cover: Cover, path: Point, radius: float, rng: np.random.Generator) -> None:
    """Draw one pen-down into a cover: each piece between two points is a capsule whose edge is a pixel soft."""
    number = len(path)
    knots = number // 5 + 2
    waver = np.interp(np.linspace(0, knots - 1, number), np.arange(knots), rng.normal(0, 1, knots))
    radii = radius * np.clip(1 + 0.09 * waver, 0.5, 1.5)
    reach = float(radii.max()) + 2
    for start, end, wide in zip(path[:-1], path[1:], radii.tolist(), strict=False):
        x0, y0 = np.maximum(np.minimum(start, end) - reach, 0).astype(int).tolist()
        x1, y1 = (np.maximum(start, end) + reach).astype(int).tolist()
        window = cover[y0:y1, x0:x1]
        x = np.arange(x0, x0 + window.shape[1], dtype=np.float32) + 0.5 - start[0]
        y = (np.arange(y0, y0 + window.shape[0], dtype=np.float32) + 0.5 - start[1])[:, None]
        dx, dy = (end - start).tolist()
        along = np.clip((x * dx + y * dy) / (dx * dx + dy * dy + 1e-9), 0, 1)
        away = np.hypot(x - along * dx, y - along * dy)
        np.maximum(window, np.clip(wide + 0.5 - away, 0, 1), out=window)
