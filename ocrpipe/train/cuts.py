"""Scenes to learn from: letters well cut, letters badly cut, and what is no letter at all.

A letter finder offers rival cuts, and the classifier's confidences decide. So a network must know what a bad cut is:
two letters as one, one letter as two, a letter with a piece of its neighbour, a letter without one of its strokes, and
the dirt of a page. All of these bear the label "".
"""

from __future__ import annotations

import math
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from ocrpipe.train.draw import Look, draw_font, draw_strokes, font_glyph, look, plain_look, roughen
from ocrpipe.train.strokes import Sample

__all__ = ["BARS", "LABELS", "SYMBOLS", "Artist", "beside"]

Mask = npt.NDArray[np.bool_]

LABELS: tuple[str, ...] = (*string.ascii_uppercase, *string.digits)
SYMBOLS = frozenset(".,-:;!\"'`~_+=#%&*?()@^<>{}")
"""Signs that are no letter and look like none; left out are those that do: / | [ ] and the dollar."""

BARS = frozenset("I1lij!/.,:;'\"-()")
"""Signs so narrow or so small that a part of one is no worse a sign than the whole."""

SMALL = frozenset(".,:;'\"-*")
"""Signs that are written small, with the pen that writes the letters."""


def beside(left: Mask, right: Mask, gap: int, drop: int = 0) -> Mask:
    """Put two masks side by side, their ink `gap` columns apart (below 0: overlapping), the right `drop` rows lower.

    Examples
    --------
    >>> dot = np.ones((1, 2), dtype=bool)
    >>> beside(dot, dot, gap=1).astype(int).tolist()
    [[1, 1, 0, 1, 1]]
    """
    left, right = _tight(left), _tight(right)
    (h1, w1), (h2, w2) = left.shape, right.shape
    start = max(0, w1 + gap)
    y1 = max(0, (h2 - h1) // 2 - drop)
    y2 = max(0, (h1 - h2) // 2 + drop)
    out = np.zeros((max(y1 + h1, y2 + h2), max(w1, start + w2)), dtype=bool)
    out[y1 : y1 + h1, :w1] = left
    out[y2 : y2 + h2, start : start + w2] |= right
    return out


def _tight(mask: Mask) -> Mask:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else mask[:1, :1]


def _thin_place(mask: Mask, edge: float, rng: np.random.Generator) -> int:
    """Find the column with the least ink that is not within `edge` (a share of the width) of either side."""
    w = mask.shape[1]
    first, last = int(edge * w), max(int(edge * w) + 1, int((1 - edge) * w))
    return first + int(np.argmin(mask[:, first:last].sum(axis=0) + rng.uniform(0, 2, last - first)))


def _bar(mask: Mask) -> bool:
    """Whether a mask is hardly more than one upright or leaning bar, which is a letter (I) and a digit (1) as well."""
    if not mask.any():
        return False
    ink = _tight(mask)
    h, w = ink.shape
    if h > 2.2 * w and ink.sum() > 0.3 * ink.size:
        return True
    y, x = np.nonzero(ink)
    return bool(y.std() > 0.6 * x.std() and _leanness(np.stack([x, y], axis=1)) < 0.15)


def _leanness(points: npt.NDArray[Any]) -> float:
    """Say how thin a cloud of points (n, 2) is: its breadth by its length, 0 for a straight line and 1 for a disc."""
    short, long = np.linalg.eigvalsh(np.cov(points, rowvar=False, bias=True))
    return float(np.sqrt(max(short, 0) / max(long, 1e-9)))


def _possible(sample: Sample) -> bool:
    """Tell whether a sample can be what its label says: of some 280 letters in UNIPEN only a straight bar is left."""
    return sample.label in BARS or _leanness(np.concatenate(sample.strokes)) > 0.12


@dataclass
class Artist:
    """Draws labelled scenes from handwriting and fonts.

    Samples of letters that have lost all strokes but a straight one are left out, but for what `counted` says.

    Parameters
    ----------
    samples : sequence of Sample
        Letters and digits, and symbols.
    fonts : sequence of Path
        TrueType files.
    font_share : float
        The share of scenes drawn with a font.
    junk_share : float
        The share of scenes that are no letter, label "".
    plain : bool
        The course's way: one look, no junk, no fonts.
    labels : tuple of str
        What is drawn as a letter; other signs are junk.
    looks : callable
        Draws the look of a scene.
    counted : float
        The share of the letters that are drawn as often as they were written, one in two of the broken ones among them;
        the others are drawn each as often as any other.
    """

    samples: Sequence[Sample]
    fonts: Sequence[Path] = ()
    font_share: float = 0.22
    junk_share: float = 0.3
    plain: bool = False
    labels: tuple[str, ...] = LABELS
    looks: Callable[[np.random.Generator], Look] = look
    counted: float = 0.0
    _written: list[Sample] = field(default_factory=list, init=False, repr=False)
    _letters: dict[str, list[Sample]] = field(default_factory=dict, init=False, repr=False)
    _symbols: dict[str, list[Sample]] = field(default_factory=dict, init=False, repr=False)
    _glyphs: dict[str, list[npt.NDArray[np.uint8]]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._letters = {label: [] for label in self.labels}
        for sample in self.samples:
            if sample.label in self._letters:
                self._written.append(sample)
                if _possible(sample):
                    self._letters[sample.label].append(sample)
            elif sample.label in SYMBOLS:
                self._symbols.setdefault(sample.label, []).append(sample)
        for label in self.labels if self.fonts else ():
            drawn = [font_glyph(path, label) for path in self.fonts]
            self._glyphs[label] = [glyph for glyph in drawn if glyph is not None]

    def draw(self, number: int, rng: np.random.Generator) -> tuple[list[Mask], list[str]]:
        """Draw `number` scenes: their masks and their labels."""
        masks: list[Mask] = []
        labels: list[str] = []
        while len(masks) < number:
            if rng.random() < self.junk_share and not self.plain:
                mask, label = self._junk(rng), ""
                if _bar(mask) and rng.random() < 0.88:
                    continue  # or every I would be half a letter
            else:
                label, mask = self._letter(rng)
            if mask.any():
                masks.append(mask)
                labels.append(label)
        return masks, labels

    def sign(self, label: str, style: Look, rng: np.random.Generator, font: bool) -> Mask:
        """Draw one letter or digit."""
        if font and self._glyphs.get(label):
            glyphs = self._glyphs[label]
            return draw_font(glyphs[rng.integers(len(glyphs))], style, rng)
        some = self._letters[label]
        return draw_strokes(some[rng.integers(len(some))].strokes, _small(style, label, rng), rng)

    def pair(self, rng: np.random.Generator, gap: float | None = None) -> tuple[Mask, Mask, Mask, str]:
        """Draw two neighbours: the left, the right (each as it is cut out of the pair), both, and the two labels.

        `gap` is in heights; left out it is touching or nearly so.
        """
        style, font = self.looks(rng), rng.random() < self.font_share
        label = self._any(rng) + self._any(rng)
        smaller = replace(style, height=style.height * math.exp(rng.normal(0, 0.08)))
        left, right = (_tight(self.sign(c, s, rng, font)) for c, s in zip(label, (style, smaller), strict=True))
        space = round((rng.normal(-0.03, 0.07) if gap is None else gap) * style.height)
        both = beside(left, right, space, round(rng.normal(0, 0.06) * style.height))
        edge = left.shape[1] + space / 2 + rng.normal(0, 0.02) * style.height
        line = edge + rng.normal(0, 0.06) * (np.arange(both.shape[0])[:, None] - both.shape[0] / 2)
        first = np.arange(both.shape[1])[None] < line
        return both & first, both & ~first, both, label

    def halves(self, mask: Mask, rng: np.random.Generator) -> tuple[Mask, Mask]:
        """Cut a mask in two where its middle is thin, as a letter finder would."""
        mask = _tight(mask)
        at = _thin_place(mask, 0.3, rng)
        left = np.arange(mask.shape[1]) < at
        return mask & left, mask & ~left

    def _any(self, rng: np.random.Generator) -> str:
        return self.labels[int(rng.integers(len(self.labels)))]

    def _letter(self, rng: np.random.Generator) -> tuple[str, Mask]:
        """Draw a letter, most of them alone and whole, some not quite cleanly cut out of their neighbourhood."""
        if self.counted and rng.random() < self.counted:
            sample = self._written[int(rng.integers(len(self._written)))]
            if _possible(sample) or rng.random() < 0.5:
                return sample.label, draw_strokes(sample.strokes, _small(self.looks(rng), sample.label, rng), rng)
        label = self._any(rng)
        if self.plain:
            return label, self.sign(label, plain_look(rng), rng, font=False)
        style, font = self.looks(rng), rng.random() < self.font_share
        mask = self.sign(label, style, rng, font)
        kind = rng.random()
        if kind < 0.12:  # cut out of its neighbourhood, not quite cleanly
            other = self.sign(self._any(rng), style, rng, font)
            first = rng.random() < 0.5
            space = round(rng.normal(-0.02, 0.04) * style.height)
            mask, other = _tight(mask), _tight(other)
            (_, w1), (_, w2) = mask.shape, other.shape
            both = beside(mask, other, space) if first else beside(other, mask, space)
            edge = (w1 if first else w2) + space / 2 + rng.normal(0, 0.025) * style.height
            tilt = rng.normal(0, 0.06) * (np.arange(both.shape[0])[:, None] - both.shape[0] / 2)
            near = np.arange(both.shape[1])[None] < edge + tilt
            mask = both & (near if first else ~near)
        elif kind < 0.18:
            mask = self._specks(mask, rng)
        elif kind < 0.24:
            mask = self._scratch(mask, style, rng)
        return label, mask

    def _specks(self, mask: Mask, rng: np.random.Generator) -> Mask:
        out = mask.copy()
        h, w = out.shape
        for _ in range(rng.integers(1, 4)):
            r = max(1, round(rng.uniform(0.01, 0.05) * h))
            y, x = rng.integers(h), rng.integers(w)
            out[max(0, y - r) : y + r, max(0, x - r) : x + r] = True
        return out

    def _scratch(self, mask: Mask, style: Look, rng: np.random.Generator) -> Mask:
        """Lose a thin line of ink: a crease, a glint, a pen that skips."""
        h, w = mask.shape
        image = Image.fromarray(mask)
        x, y = rng.uniform(0.25, 0.75) * w, rng.uniform(0.25, 0.75) * h
        angle = rng.uniform(0, math.pi)
        reach = rng.uniform(0.15, 1.0) * h
        dx, dy = math.cos(angle) * reach, math.sin(angle) * reach
        thick = max(1, round(rng.uniform(0.02, 0.07) * style.height))
        ImageDraw.Draw(image).line((x - dx, y - dy, x + dx, y + dy), 0, thick)
        return np.array(image)

    def _junk(self, rng: np.random.Generator) -> Mask:
        kind = rng.random()
        if kind < 0.34:
            return self._two(rng)
        if kind < 0.52:
            return self._one_and_a_piece(rng)
        if kind < 0.75:
            return self._slice(rng)
        if kind < 0.83:
            return self._strokes_lost(rng)
        if kind < 0.94:
            return self._symbol(rng)
        return self._dirt(rng)

    def _two(self, rng: np.random.Generator) -> Mask:
        return self.pair(rng, None if rng.random() < 0.6 else rng.uniform(0, 0.35))[2]

    def _one_and_a_piece(self, rng: np.random.Generator) -> Mask:
        style, font = self.looks(rng), rng.random() < self.font_share
        letter = self.sign(self._any(rng), style, rng, font)
        other = _tight(self.sign(self._any(rng), style, rng, font))
        w = other.shape[1]
        share = rng.uniform(0.2, 0.75)
        drop = round(rng.normal(0, 0.06) * style.height)
        gap = round(rng.uniform(-0.08, 0.15) * style.height)
        keep = max(2, round(share * w))
        if rng.random() < 0.5:
            return beside(letter, other[:, :keep], gap, drop)
        return beside(other[:, w - keep :], letter, gap, drop)

    def _slice(self, rng: np.random.Generator) -> Mask:
        """Draw a part of one letter: cut upright, rarely across, at any place or at a thin one."""
        style, font = self.looks(rng), rng.random() < self.font_share
        # A narrow letter is not worth cutting in two
        label = self._any(rng)
        while label in BARS:
            label = self._any(rng)
        mask = _tight(self.sign(label, style, rng, font))
        if rng.random() < 0.2:
            return self._side(mask.T, rng).T
        return self._side(mask, rng)

    def _side(self, mask: Mask, rng: np.random.Generator) -> Mask:
        h, w = mask.shape
        at = rng.uniform(0.25, 0.75) * w
        if rng.random() < 0.5:
            at = _thin_place(mask, 0.25, rng)
        left = np.arange(w)[None] < at + rng.normal(0, 0.1) * (np.arange(h)[:, None] - h / 2)
        kind = rng.random()
        if kind < 0.12:
            part: Mask = mask & left & (np.arange(w)[None] > at - 0.33 * w)
        else:
            part = mask & (left if kind < 0.56 else ~left)
        return part

    def _strokes_lost(self, rng: np.random.Generator) -> Mask:
        """Draw a letter of several strokes without one, or one of them alone."""
        for _ in range(20):
            some = self._letters[self._any(rng)]
            strokes = some[rng.integers(len(some))].strokes
            if len(strokes) > 1:
                lost = int(rng.integers(len(strokes)))
                rest = [stroke for n, stroke in enumerate(strokes) if (n != lost) or len(strokes) == 1]
                kept = rest if rng.random() < 0.55 else [strokes[lost]]
                gone = [strokes[lost]] if kept is rest else rest
                if sum(map(_length, gone)) > 0.15 * sum(map(_length, strokes)):
                    return draw_strokes(kept, self.looks(rng), rng)
        return self._slice(rng)

    def _symbol(self, rng: np.random.Generator) -> Mask:
        if not self._symbols:
            return self._dirt(rng)
        some = self._symbols[sorted(self._symbols)[rng.integers(len(self._symbols))]]
        style = self.looks(rng)
        if rng.random() < 0.3:
            style = replace(style, pen=min(0.6, style.pen * rng.uniform(1.5, 3)))  # a small sign, a pen as ever
        return draw_strokes(some[rng.integers(len(some))].strokes, style, rng)

    def _dirt(self, rng: np.random.Generator) -> Mask:
        """Draw a blot, a rule, an arc or the shadow of a page's edge."""
        image = Image.new("L", (112, 112))
        brush = ImageDraw.Draw(image)
        kind = rng.integers(4)
        if kind == 0:
            for _ in range(rng.integers(1, 6)):
                x, y = rng.normal(56, 11, 2)
                r = rng.uniform(3, 16)
                brush.ellipse((x - r, y - r * rng.uniform(0.4, 1), x + r, y + r), 255)
        elif kind == 1:
            x0, y0 = rng.uniform(2, 12), rng.uniform(20, 90)
            brush.line((x0, y0, rng.uniform(80, 110), y0 + rng.normal(0, 6)), 255, int(rng.integers(2, 20)))
        elif kind == 2:
            start, sweep = rng.uniform(0, 360), rng.uniform(40, 150)
            brush.arc((8, 8, rng.uniform(60, 104), 104), start, start + sweep, 255, int(rng.integers(2, 12)))
        else:
            ends = rng.uniform(0, 40, 2)
            brush.polygon([(4, 4), (4 + ends[0], 4), (4 + ends[1], 108), (4, 108)], 255)
        style = Look(height=100, pen=0.08, rough=rng.uniform(0.2, 1.2))
        return roughen(image, style, rng)


def _small(style: Look, label: str, rng: np.random.Generator) -> Look:
    """Give a small sign, by chance, the pen that is thick beside it."""
    if label not in SMALL or rng.random() < 0.4:
        return style
    return replace(style, pen=min(0.6, style.pen * math.exp(rng.uniform(0, math.log(6)))))


def _length(stroke: npt.NDArray[np.float32]) -> float:
    return float(np.hypot(*np.diff(stroke, axis=0).T).sum()) if len(stroke) > 1 else 0.0
