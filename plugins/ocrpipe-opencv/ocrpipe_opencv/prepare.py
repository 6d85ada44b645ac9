"""`prepare/cv-shading` and `prepare/cv-deskew`: an even, white, level ground."""

from __future__ import annotations

import math
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field, model_validator

from ocrpipe import Affine, GrayPage, Plugin, hookimpl
from ocrpipe_opencv._engine import Gray, closed, opencv

Points = NDArray[np.float64]


class Shading(Plugin):
    """Removes uneven light: each pixel is divided by the ground around it, which becomes white (255).

    As the built-in `shading`: the ground is a closing of the strongly reduced page, which lifts what is dark and narrow
    (ink) to its surroundings, and leaves what is dark and broad (a shadow, the table) as it is.
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
        cell = cell_size(page.gray, self.cells)
        small = reduced(page.gray, cell)
        ground = closed(small, math.ceil(stroke_size(page.gray, self.span) / cell / 2))
        least = self.darkest * quantile(ground, BRIGHTEST)
        return page.replace(gray=divided(page.gray, np.maximum(ground, np.uint8(least)), cell))


BRIGHTEST = 0.9
"""Which quantile of the ground is its brightest: a glare may be brighter than all paper."""

LEAST_STROKE = 24
"""Pixels. On a picture of one word or letter, a share of its side is less than a stroke."""


def mean_side(gray: Gray) -> float:
    """Return the side of a square as large as the page, pixels."""
    return math.sqrt(gray.size)


def stroke_size(gray: Gray, share: float) -> float:
    """Return how broad a stroke may be, pixels: a share of the page's mean side, and more on a tiny picture."""
    return max(share * mean_side(gray), min(LEAST_STROKE, float(min(gray.shape)) / 4))


def cell_size(gray: Gray, cells: int) -> int:
    """Return the side of a cell, pixels, so that there are about `cells` of them along the page's mean side."""
    return max(round(mean_side(gray) / cells), 1)


def reduced(gray: Gray, factor: int) -> Gray:
    """Return the means of cells of `factor` x `factor` pixels; Pillow takes the part cells at the edges along."""
    return np.asarray(Image.fromarray(gray).reduce(factor)) if factor > 1 else gray


def quantile(gray: Gray, share: float) -> float:
    """Return the grey value below which this share of the pixels lies."""
    total = np.cumsum(np.bincount(gray.ravel(), minlength=256))
    return float(np.searchsorted(total, share * total[-1]))


def divided(gray: Gray, ground: Gray, cell: int) -> Gray:
    """Return ``255 * gray / ground``, at most 255.

    Parameters
    ----------
    gray
        The page.
    ground
        Its ground, a pixel for `cell` x `cell` of the page. It is interpolated along the rows; from row to row of
        cells it changes too little to matter.
    cell
        Pixels.

    Examples
    --------
    >>> divided(np.array([[50, 100], [100, 120]], np.uint8), np.array([[100]], np.uint8), cell=2)
    array([[128, 255],
           [255, 255]], dtype=uint8)
    """
    height, width = gray.shape
    across = (0, 0, min(width / cell, ground.shape[1]), len(ground))
    wide = Image.fromarray(ground).resize((width, len(ground)), Image.Resampling.BILINEAR, across)
    below = np.repeat(np.asarray(wide), cell, axis=0)[:height]
    even: Gray = opencv().divide(gray, below, scale=255)
    return even


class Deskew(Plugin):
    """Turns a page whose lines all slope alike until they are level, by a few degrees at most.

    As the built-in `deskew`: the slope is the one along which the ink falls into the sharpest rows, and the page stays
    as it is unless both its upper and its lower half say the same. OpenCV turns it.
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


ROWS, CELLS = 500, 200
"""How finely rows are seen, and how finely the ground: cells along the page's mean side."""

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
    cells = reduced(gray, cell_size(gray, ROWS))
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
    cv2 = opencv()
    sin, cos = abs(math.sin(math.radians(slope))), abs(math.cos(math.radians(slope)))
    width = math.ceil(page.width * cos + page.height * sin)
    height = math.ceil(page.width * sin + page.height * cos)
    middle = Affine.shift(page.width / 2, page.height / 2) @ Affine.rotation(slope)
    old = middle @ Affine.shift(-width / 2, -height / 2)  # from the new pixels to the old
    # OpenCV counts from the middle of the first pixel, pages from its corner.
    centers = Affine.shift(-0.5, -0.5) @ old @ Affine.shift(0.5, 0.5)
    gray = cv2.warpAffine(
        page.gray,
        np.array([[centers.a, centers.b, centers.c], [centers.d, centers.e, centers.f]]),
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=float(np.median(reduced(page.gray, cell_size(page.gray, CELLS)))),
    )
    return page.replace(gray=gray, frame=page.frame @ old)
