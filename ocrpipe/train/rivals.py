"""Scenes cut by the letter finder itself: what training shows as a good or a bad cut is what reading will meet.

A page of words is drawn letter by letter, so that every pixel's letter is known; `segment/letters` cuts it up, and each
region that it offers, its rivals included, is labelled by what it covers: one letter's ink and little else is that
letter; what holds much less or much more is no letter (label ""); what lies between teaches nothing, and is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ocrpipe import BinaryPage, Region, Source
from ocrpipe.nn import Model
from ocrpipe.stages.segment import Letters
from ocrpipe.train.cuts import Artist, _bar, _tight
from ocrpipe.train.draw import Look, draw_strokes
from ocrpipe.train.measure import letter_confidences

__all__ = ["Scribe"]

Mask = npt.NDArray[np.bool_]
Scene = tuple[Mask, str]

NEARLY = 0.07
"""A letter may miss this share of its ink and bear this share of others', and is itself nevertheless."""

FAR = 0.22
"""From this share on it is no letter."""

TAKEN = 0.6
"""A critic that is so sure takes a part for a letter."""

SEEN = 0.15
"""The share of such parts that are shown as junk all the same."""

NOBODY, SHARED = -1, -2


@dataclass
class Scribe(Artist):
    """An artist who also writes pages of words, and lets the letter finder cut them.

    Parameters
    ----------
    cut_share : float
        The share of scenes that are cut out of pages; the others are drawn one by one, as by any artist.
    junk_cut : float
        The share of the scenes cut out of pages that are no letter.
    rows, columns : int
        How many rows a page has, and about how many letters a row.
    critic : Model, optional
        A network that reads already. Half an N is a V, and half an O a C: a part that the critic takes for a letter is
        seldom shown as junk, or the learner would doubt every V and C.
    """

    cut_share: float = 0.5
    junk_cut: float = 0.4
    rows: int = 4
    columns: int = 14
    critic: Model | None = None
    _finder: Letters = field(default_factory=Letters, init=False, repr=False)

    def draw(self, number: int, rng: np.random.Generator) -> tuple[list[Mask], list[str]]:
        """Draw `number` scenes: their masks and their labels."""
        cut = round(number * self.cut_share)
        scenes = [*zip(*super().draw(number - cut, rng), strict=True), *self.cut(cut, rng)]
        order = rng.permutation(number)
        return [scenes[n][0] for n in order], [scenes[n][1] for n in order]

    def cut(self, number: int, rng: np.random.Generator) -> list[Scene]:
        """Cut `number` scenes out of pages."""
        letters: list[Scene] = []
        junk: list[Scene] = []
        bad = round(number * self.junk_cut)
        while len(letters) < number - bad or len(junk) < bad:
            good, wrong = self.page(rng)
            letters += good
            junk += self._no_letters([wrong[n] for n in rng.permutation(len(wrong))[: len(good)]], rng)
        return letters[: number - bad] + junk[:bad]

    def _no_letters(self, scenes: list[Scene], rng: np.random.Generator) -> list[Scene]:
        """Leave out most of what the critic takes for letters."""
        if self.critic is None or not scenes:
            return scenes
        _, letter = letter_confidences(self.critic, [mask for mask, _ in scenes])
        spared = (letter < TAKEN) | (rng.random(len(scenes)) < SEEN)
        return [scene for scene, wanted in zip(scenes, spared, strict=True) if wanted]

    def page(self, rng: np.random.Generator) -> tuple[list[Scene], list[Scene]]:
        """Write and cut one page: its letters, and what is none, each a mask and its label."""
        owner, labels = self._page_of(rng)
        ink = owner != NOBODY
        gray = np.where(ink, np.uint8(30), np.uint8(220))
        page = BinaryPage(source=Source(width=ink.shape[1], height=ink.shape[0]), gray=gray, ink=ink)
        sizes = np.bincount(owner[owner >= 0], minlength=len(labels))
        letters: list[Scene] = []
        junk: list[Scene] = []
        for region in _offered(self._finder.segment(page).regions):
            part = owner[region.box.slices]
            mask = part != NOBODY if region.mask is None else region.mask & (part != NOBODY)
            label = _label(part[mask], sizes, labels)
            if label:
                letters.append((mask, label))
            elif label == "" and not (_bar(mask) and rng.random() > SEEN):  # or every I would be a part of some H
                junk.append((mask, label))
        return letters, junk

    def _page_of(self, rng: np.random.Generator) -> tuple[npt.NDArray[np.int16], list[str]]:
        """Write a page: for each pixel the number of its letter, and the letters' labels ("" for signs)."""
        style = replace(self.looks(rng), height=math.exp(rng.uniform(math.log(24), math.log(90))))
        size = style.height
        font = rng.random() < self.font_share
        close, spread = rng.normal(0.02, 0.07), rng.uniform(0.02, 0.1)
        hop = abs(rng.normal(0, 0.07))
        margin = round(1.2 * size)
        owner = np.full(
            (round(1.9 * size * self.rows) + 2 * margin, round(1.3 * size * self.columns)), NOBODY, np.int16
        )
        labels: list[str] = []
        for row in range(self.rows):
            x = margin
            while True:
                label, glyph = self._sign(replace(style, height=size * math.exp(rng.normal(0, 0.07))), rng, font)
                height, width = glyph.shape
                y = round(margin + (1.9 * row + 1.2 + rng.normal(0, hop)) * size) - height
                if x + width > owner.shape[1] - margin:
                    break
                place = owner[max(y, 1) :][:height, max(x, 1) : max(x, 1) + width]
                glyph = glyph[: place.shape[0]]
                place[glyph] = np.where(place[glyph] == NOBODY, len(labels), SHARED)
                labels.append(label)
                space = rng.uniform(0.4, 0.9) if rng.random() < 0.15 else rng.normal(close, spread)
                x += width + round(space * size)
        return owner, labels

    def _sign(self, style: Look, rng: np.random.Generator, font: bool) -> tuple[str, Mask]:
        """Draw one letter, or now and then a sign that is none."""
        signs = sorted(self._symbols)
        if signs and rng.random() < 0.05:
            some = self._symbols[signs[rng.integers(len(signs))]]
            share = rng.uniform(0.15, 0.9)
            small = replace(style, height=share * style.height, pen=min(style.pen / share, 0.5))
            return "", _tight(draw_strokes(some[rng.integers(len(some))].strokes, small, rng))
        label = self._any(rng)
        mask = self.sign(label, style, rng, font)
        if rng.random() < 0.06:
            mask = self._scratch(mask, style, rng)
        return label, _tight(mask)


def _offered(regions: tuple[Region, ...]) -> Iterator[Region]:
    """Give every region once, those of the rival cuts included."""
    seen: set[int] = set()
    for first in regions:
        for region in (first, *(part for cut in first.rivals for part in cut)):
            if id(region) not in seen:
                seen.add(id(region))
                yield region


def _label(owners: npt.NDArray[np.int16], sizes: npt.NDArray[np.intp], labels: list[str]) -> str | None:
    """Say which letter some ink is: "" for none, None where it cannot be told.

    Parameters
    ----------
    owners
        For each pixel of the ink whose it is.
    sizes, labels
        How much ink each letter has to itself, and what it is.

    Examples
    --------
    >>> sizes, labels = np.array([100, 100]), ["A", "B"]
    >>> _label(np.repeat(np.array([0], np.int16), 98), sizes, labels)
    'A'
    >>> _label(np.repeat(np.array([0, 1], np.int16), [98, 50]), sizes, labels)
    ''
    >>> _label(np.repeat(np.array([0, 1], np.int16), [98, 12]), sizes, labels) is None
    True
    """
    own = np.bincount(owners[owners >= 0], minlength=len(labels))
    most = int(own.argmax())
    if not own[most] or not labels[most]:
        return ""
    missing = 1 - own[most] / sizes[most]
    foreign = (own.sum() - own[most]) / sizes[most]
    if max(missing, foreign) < NEARLY:
        return labels[most]
    return "" if max(missing, foreign) > FAR else None
