"""`prepare/invert`, `shrink`, `shading`, `deskew`: dark ink on an even, white, level ground, no larger than need be."""

from __future__ import annotations

import math
from itertools import product
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field, model_validator

from ocrpipe import Affine, GrayPage, Plugin, hookimpl
from ocrpipe.stages._histogram import histogram, quantiles
from ocrpipe.stages._morphology import closed, closed_along
from ocrpipe.stages._scale import BROADEST, cell_size, reduced, stroke_size

Gray = NDArray[np.uint8]
Points = NDArray[np.float64]


class Invert(Plugin):
    """Turns light ink on dark ground (chalk, negatives) into dark ink on light ground.

    Found by what is rare: whatever a page's brightness, a pixel of ink has ground on both sides far more often than a
    pixel of ground has ink on both sides. The edge of a dark table, a shadow or a glare has neither.
    """

    @hookimpl
    def prepare(self, page: GrayPage) -> GrayPage:
        """Return the page, inverted if its ink is light."""
        return page.replace(gray=np.bitwise_not(page.gray)) if has_light_ink(page.gray) else page


CELLS, SIDES = 200, (2, 4, 8, 16)
"""How finely ink is looked for, cells along the page's mean side; and how many cells away from a pixel its two sides
are, so that thin and thick strokes both have ground there."""


USUAL = 1.5
"""How much stronger the signs of light ink must be: dark ink is the usual, and a bold word has signs of both."""


def has_light_ink(gray: Gray) -> bool:
    """Return whether the ink on a page is lighter than its ground.

    Examples
    --------
    >>> page = np.full((60, 80), 90, np.uint8)
    >>> page[10:50, 30:34] = 60
    >>> has_light_ink(page), has_light_ink(255 - page)
    (False, True)
    """
    cells = reduced(gray, cell_size(gray.shape, CELLS)).astype(np.int16)
    light = dark = 0.0
    for rows, away in product((cells, cells.T), SIDES):
        before, middle, after = rows[:, : -2 * away], rows[:, away:-away], rows[:, 2 * away :]
        light += energy(middle - np.maximum(before, after))
        dark += energy(np.minimum(before, after) - middle)
    return light > USUAL * dark


def energy(heights: NDArray[np.int16]) -> float:
    """Return the sum of the squares of the heights above 0: few strong strokes outweigh much grain."""
    above = np.maximum(heights, 0).astype(np.float32).ravel()
    return float(above @ above)


class Shrink(Plugin):
    """Halves a page, once or more, as long as its strokes stay wide enough to be read: all that follows costs less.

    A photograph has many more pixels than its letters need. Put it after `invert`.
    """

    stroke: Annotated[
        float, Field(ge=1, description="leave strokes at least about this wide, pixels; a letter is some ten as high")
    ] = 2.5

    @hookimpl
    def prepare(self, page: GrayPage) -> GrayPage:
        """Return the page, smaller if its strokes are wide."""
        factor = 2 ** max(math.floor(math.log2(max(stroke_width(page.gray), 1) / self.stroke)), 0)
        if factor == 1:
            return page
        return page.replace(gray=reduced(page.gray, factor), frame=page.frame @ Affine.scale(factor))


ROW_PIXELS = 100_000
"""How many pixels are looked at, in whole rows: a page has some ten thousand crossings of strokes."""

NARROW = 0.3
"""Which quantile of the crossings tells the stroke's width: most are slanting, and longer than the stroke is wide."""

DEEP, SURE = 3, 8
"""A stroke is darker than its ground by so many times the grain's median, and so many grey values more."""


def stroke_width(gray: Gray) -> float:
    """Return about how wide dark strokes are on a page, pixels; 0 where there are none.

    Examples
    --------
    >>> page = np.full((60, 200), 220, np.uint8)
    >>> page[:, 50:58] = page[:, 90:98] = 40
    >>> stroke_width(page)
    8.0
    """
    every = max(gray.size // ROW_PIXELS, 1)
    rows = gray[min(every, len(gray)) // 2 :: every]
    depth = closed_along(rows, math.ceil(stroke_size(gray.shape, BROADEST) / 2)) - rows
    depths, [grain] = np.arange(256.0), quantiles(depth, 0.5)
    weights = histogram(depth) * depths**3 * (depths > DEEP * grain + SURE)  # the darker, the more it is ink
    if not weights.any():
        return 0.0
    ink = np.pad(depth > weights @ depths / weights.sum() / 2, ((0, 0), (1, 1)))
    edges = np.flatnonzero(ink.ravel()[1:] != ink.ravel()[:-1])
    widths = edges[1::2] - edges[::2]
    return float(np.sort(widths)[int(NARROW * len(widths))])  # `np.quantile` imports masked arrays, 2% of a cold start


class Shading(Plugin):
    """Removes uneven light: each pixel is divided by the ground around it, which becomes white (255).

    The ground is estimated on a strongly reduced page. A closing lifts what is dark and narrow (ink) to its
    surroundings, and leaves what is dark and broad (a shadow, the table) as it is.
    """

    cells: Annotated[
        int, Field(ge=8, le=1000, description="how finely the ground is seen: cells along the page's mean side")
    ] = 200
    span: Annotated[
        float,
        Field(
            gt=0, le=0.5, description="what is dark and narrower than this is ink, as a share of the page's mean side"
        ),
    ] = 1 / 14
    darkest: Annotated[
        float,
        Field(
            ge=0, le=1, description="ground darker than this share of the page's brightest is no paper and stays dark"
        ),
    ] = 0.4

    @hookimpl
    def prepare(self, page: GrayPage) -> GrayPage:
        """Return the page with an even ground."""
        cell = cell_size(page.gray.shape, self.cells)
        small = reduced(page.gray, cell)
        ground = closed(small, math.ceil(stroke_size(page.gray.shape, self.span) / cell / 2))
        [bright] = quantiles(ground, BRIGHTEST)
        least = self.darkest * bright
        return page.replace(gray=divided(page.gray, np.maximum(ground, np.uint8(least)), cell))


BRIGHTEST = 0.9
"""Which quantile of the ground is its brightest: a glare may be brighter than all paper."""

FULL = 256 * 255
"""White in fixed point, 8 bits behind the point. Ground times gain is that, rounded up by less than 256: in 16 bits."""


def divided(gray: Gray, ground: Gray, cell: int) -> Gray:
    """Return ``255 * gray / ground``, at most 255.

    Parameters
    ----------
    gray
        The page.
    ground
        Its ground, a pixel for `cell` x `cell` of the page.
    cell
        Pixels.

    Notes
    -----
    In 16-bit fixed point, and a row of cells at a time, which stays in the processor's cache. The ground is
    interpolated along the rows; from row to row of cells it changes too little to matter.

    Examples
    --------
    >>> divided(np.array([[50, 100], [100, 120]], np.uint8), np.array([[100]], np.uint8), cell=2)
    array([[127, 255],
           [255, 255]], dtype=uint8)
    """
    width, cells_high = gray.shape[1], ground.shape[0]
    across = (0, 0, min(width / cell, ground.shape[1]), cells_high)
    wide = Image.fromarray(ground).resize((width, cells_high), Image.Resampling.BILINEAR, across)
    gains = np.ceil(FULL / np.maximum(np.arange(256), 1)).astype(np.uint16)
    even = np.empty_like(gray)
    for n, row in enumerate(np.asarray(wide)):
        strip = slice(n * cell, (n + 1) * cell)
        even[strip] = np.minimum(gray[strip], row) * gains[row] >> 8
    return even


class Deskew(Plugin):
    """Turns a page whose lines all slope alike until they are level, by a few degrees at most.

    The slope is the one along which the ink falls into the sharpest rows. The page stays as it is unless both its
    upper and its lower half say the same: handwriting whose lines slope each their own way is not spoilt.
    """

    limit: Annotated[float, Field(gt=0, le=20, description="the steepest slope that is looked for, degrees")] = 5.0
    least: Annotated[float, Field(ge=0, description="slopes below this are left as they are, degrees")] = 0.3

    @model_validator(mode="after")
    def _can_turn(self) -> Self:
        if self.least >= self.limit:
            raise ValueError(f"least = {self.least:g} must be below limit = {self.limit:g}, or no page is ever turned")
        return self

    @hookimpl
    def prepare(self, page: GrayPage) -> GrayPage:
        """Return the page, level if its slope was clear."""
        slope = page_slope(page.gray, self.limit)
        return page if slope is None or abs(slope) < self.least else turned(page, slope)


ROWS = 500
"""How finely rows are seen: cells along the page's mean side."""

COARSE, FINE = 0.5, 0.1
"""Steps of the search for the slope, degrees."""

AGREE = 0.6
"""How far the halves of a page may differ in slope, degrees."""

SHARPER, AWAY = 1.15, 2.0
"""By how much the rows along the slope must be sharper than those so many degrees away from it."""


def page_slope(gray: Gray, limit: float) -> float | None:
    """Return by how many degrees the lines fall to the right, or None if they do not say."""
    y, x, weight = ink_points(gray)
    if not len(y):
        return None
    upper = y < np.median(y)
    if not upper.any():  # all ink is in one row
        return None
    slope = best_slope(y, x, weight, limit)
    halves = [best_slope(y[half], x[half], weight[half], limit) for half in (upper, ~upper)]
    others = (sharpness(y, x, weight, slope - AWAY) + sharpness(y, x, weight, slope + AWAY)) / 2
    clear = sharpness(y, x, weight, slope) > SHARPER * others
    agreed = all(abs(half - slope) <= AGREE for half in halves)
    return slope if clear and agreed and abs(slope) < limit else None


def ink_points(gray: Gray) -> tuple[Points, Points, Points]:
    """Return where strokes are on the reduced page, y and x, and how dark they are."""
    cells = reduced(gray, cell_size(gray.shape, ROWS))
    depth = closed(cells, 8) - cells
    y, x = np.nonzero(depth > max(np.percentile(depth, 99) / 2, 4))
    return y.astype(np.float64), x.astype(np.float64), depth[y, x].astype(np.float64)


def best_slope(y: Points, x: Points, weight: Points, limit: float) -> float:
    """Return the slope along which the rows are sharpest, degrees, first in coarse and then in fine steps."""
    best = 0.0
    for step, reach in ((COARSE, limit), (FINE, COARSE)):
        slopes = best + step * np.arange(-round(reach / step), round(reach / step) + 1)
        best = float(max(slopes, key=lambda slope: sharpness(y, x, weight, slope)))
    return best


def sharpness(y: Points, x: Points, weight: Points, slope: float) -> float:
    """Return how unevenly the ink is spread over rows of that slope: the sum of the squares of its profile.

    W. Postl, "Detection of linear oblique structures and skew scan in digitized documents", ICPR 1986.
    """
    rows = y - x * math.tan(math.radians(slope))
    profile = np.bincount((rows - rows.min()).astype(np.intp), weight)
    return float(profile @ profile)


def turned(page: GrayPage, slope: float) -> GrayPage:
    """Return a page turned until what falls by `slope` degrees is level; new corners are as bright as its ground."""
    sin, cos = abs(math.sin(math.radians(slope))), abs(math.cos(math.radians(slope)))
    width = math.ceil(page.width * cos + page.height * sin)
    height = math.ceil(page.width * sin + page.height * cos)
    middle = Affine.shift(page.width / 2, page.height / 2) @ Affine.rotation(slope)
    old = middle @ Affine.shift(-width / 2, -height / 2)  # from the new pixels to the old
    gray = Image.fromarray(page.gray).transform(
        (width, height),
        Image.Transform.AFFINE,
        (old.a, old.b, old.c, old.d, old.e, old.f),
        Image.Resampling.BILINEAR,
        fillcolor=int(np.median(reduced(page.gray, cell_size(page.gray.shape, CELLS)))),
    )
    return page.replace(gray=np.asarray(gray), frame=page.frame @ old)
