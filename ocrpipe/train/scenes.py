"""What the shipped networks learn from: a plan, who draws for it, and round after round of new scenes.

A second process draws while the first one learns. Which scenes are drawn, and in which order they are learned from,
depends on the plan alone, not on how fast either runs: the same plan, data, fonts and libraries give the same network.
"""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ocrpipe.nn import Crop
from ocrpipe.stages import _square
from ocrpipe.train.cuts import LABELS, Artist
from ocrpipe.train.draw import Look, look, pen_look, wide_look
from ocrpipe.train.strokes import in_test, read

__all__ = ["LICENCE", "SOURCE", "Plan", "Pool", "artists", "rounds"]

SOURCE = (
    "UNIPEN train_r01_v07 (Guyon et al., ICPR 1994, doi 10.1109/ICPR.1994.576870), "
    "Zenodo doi 10.5281/zenodo.1195803, CC BY 4.0"
)
LICENCE = "CC BY 4.0 (data)"

_AHEAD = 2  # rounds that are drawn before they are wanted

Crops = npt.NDArray[np.uint8]
Classes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """All that decides a training run, but for its data.

    `rounds` of `drawn` new scenes each; after each, `learned` scenes are taken at random from the latest `kept` rounds.
    `layers` are the network's, as its trainer says; `labels` are its classes, "" among them for what is no letter. The
    rate falls from `rate` to 0 along half a cosine. `wide` draws looks from anywhere (`draw.wide_look`) rather than
    pages' alone, `calm` is the share of them that are a pen's on a tablet (`draw.pen_look`), and `counted` is the share
    of letters drawn as often as they were written (`cuts.Artist`).
    """

    layers: tuple[int, ...]
    crop: Crop
    rounds: int
    drawn: int
    kept: int
    learned: int
    labels: tuple[str, ...] = (*LABELS, "")
    batch: int = 128
    rate: float = 0.05
    drop: float = 0.1
    smoothing: float = 0.03
    junk_share: float = 0.3
    font_share: float = 0.22
    counted: float = 0.0
    wide: bool = False
    calm: float = 0.0
    seed: int = 1

    @property
    def letters(self) -> tuple[str, ...]:
        """The classes that are letters or other signs."""
        return tuple(label for label in self.labels if label)


def artists(data: Path, fonts: Path | None, plan: Plan) -> tuple[Artist, Artist]:
    """Make who draws for the training and who draws for the test: of other writers and other fonts.

    Parameters
    ----------
    data : Path
        A folder; every strokes file in it whose name ends in .jsonl or .jsonl.gz is read.
    fonts : Path, optional
        A folder of TrueType files, or of folders of them.
    plan : Plan

    Raises
    ------
    ValueError
        If some letter of the plan was not written by both.
    """
    samples = [sample for path in sorted(data.glob("*.jsonl*")) for sample in read(path)]
    files = sorted(fonts.rglob("*.ttf")) if fonts else []
    made = []
    for test in (False, True):
        own = [sample for sample in samples if in_test(sample.writer) == test]
        lacking = sorted(set(plan.letters) - {sample.label for sample in own})
        if lacking:
            raise ValueError(f"{data}: nobody {'of the test' if test else 'to learn from'} wrote {' '.join(lacking)}")
        own_fonts = [path for path in files if in_test(path.stem) == test]
        share = plan.font_share if own_fonts else 0.0
        made.append(Artist(own, own_fonts, share, plan.junk_share, False, plan.letters, _looks(plan), plan.counted))
    return made[0], made[1]


def _looks(plan: Plan) -> Callable[[np.random.Generator], Look]:
    usual = wide_look if plan.wide else look
    if not plan.calm:
        return usual
    return lambda rng: pen_look(rng) if rng.random() < plan.calm else usual(rng)


_artist: Artist  # in the drawing process
_plan: Plan


def _prepare(artist: Artist, plan: Plan) -> None:
    global _artist, _plan
    _artist, _plan = artist, plan


def _draw(number: int) -> tuple[Crops, Classes]:
    """Draw one round: crops uint8 (drawn, height, width) and classes (drawn,)."""
    masks, labels = _artist.draw(_plan.drawn, np.random.default_rng([_plan.seed, number]))
    crop = _plan.crop
    crops = _square.batch(masks, crop.height, crop.width, crop.margin, even=crop.even_strokes)
    return (crops * 255 + 0.5).astype(np.uint8), np.array([_plan.labels.index(label) for label in labels], np.int64)


def rounds(artist: Artist, plan: Plan) -> Iterator[tuple[Crops, Classes]]:
    """Draw all rounds in a second process, some ahead."""
    with multiprocessing.get_context("fork").Pool(1, _prepare, (artist, plan)) as pool:
        ahead: deque[Any] = deque()
        for number in range(plan.rounds + _AHEAD):
            if number < plan.rounds:
                ahead.append(pool.apply_async(_draw, (number,)))
            if number >= _AHEAD:
                yield ahead.popleft().get()


class Pool:
    """The scenes of the latest rounds, the oldest first.

    Examples
    --------
    >>> pool = Pool(Plan(layers=(), crop=Crop(height=1, width=1), rounds=3, drawn=2, kept=2, learned=9))
    >>> for first in (0, 2, 4):
    ...     pool.add(np.arange(first, first + 2, dtype=np.uint8).reshape(2, 1, 1), np.zeros(2, np.int64))
    >>> pool.take(np.arange(len(pool)))[0].ravel().tolist()
    [2, 3, 4, 5]
    """

    def __init__(self, plan: Plan) -> None:
        number = plan.drawn * min(plan.kept, plan.rounds)
        self._crops = np.zeros((number, plan.crop.height, plan.crop.width), np.uint8)
        self._classes = np.zeros(number, np.int64)
        self._added = 0

    def __len__(self) -> int:
        return min(self._added, len(self._crops))

    def add(self, crops: Crops, classes: Classes) -> None:
        """Take in a round, in place of the oldest once there is no more room."""
        first = self._added % len(self._crops)
        self._crops[first : first + len(crops)] = crops
        self._classes[first : first + len(crops)] = classes
        self._added += len(crops)

    def take(self, which: npt.NDArray[np.integer[Any]]) -> tuple[Crops, Classes]:
        """Give the crops, uint8 (number, height, width), and the classes of these scenes."""
        at = (which + max(0, self._added - len(self._crops))) % len(self._crops)
        return self._crops[at], self._classes[at]
