"""`binarize/otsu`, `binarize/sauvola`, `binarize/strokes`: which pixels are ink."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from pydantic import AfterValidator, Field

from ocrpipe import BinaryPage, GrayPage, Plugin, hookimpl
from ocrpipe.stages._histogram import histogram, quantiles
from ocrpipe.stages._morphology import closed, closed_along
from ocrpipe.stages._scale import BROADEST, stroke_size

Gray = NDArray[np.uint8]


class Otsu(Plugin):
    """One threshold for the whole page, which parts its grey values best (Otsu, 1979), after smoothing.

    This is the course's way: a Gaussian blur, Otsu's threshold, and a closing of the ink, all by pixels as there.
    """

    sigma: Annotated[float, Field(ge=0, description="how far to smooth, pixels (the blur's deviation); 0 for not")] = (
        1.0
    )
    closing: Annotated[int, Field(ge=0, description="gaps in the ink up to twice this wide are closed, pixels")] = 2

    @hookimpl
    def binarize(self, page: GrayPage) -> BinaryPage:
        """Return the page with the ink that is darker than the threshold."""
        gray = page.gray
        if self.sigma:
            gray = np.asarray(Image.fromarray(gray).filter(ImageFilter.GaussianBlur(self.sigma)))
        ink = gray <= otsu_threshold(histogram(gray))
        return page.grow(BinaryPage, ink=np.ascontiguousarray(closed(ink, self.closing)))


def otsu_threshold(counts: NDArray[Any]) -> int:
    """Return the greatest grey value of the darker class; -1 if all pixels are alike.

    The threshold that makes the variance between the two classes greatest. N. Otsu, "A threshold selection method from
    gray-level histograms", IEEE Trans. Systems, Man and Cybernetics 9, 1979.

    Examples
    --------
    >>> otsu_threshold(np.bincount([10, 11, 12, 200, 201], minlength=256))
    12
    """
    values = np.arange(len(counts))
    below, total = np.cumsum(counts, dtype=float), float(counts.sum())
    sums = np.cumsum(counts * values, dtype=float)
    above = total - below
    parted = (below > 0) & (above > 0)
    if not parted.any():
        return -1
    gap = np.divide(sums[-1] - sums, above, where=parted, out=np.zeros_like(above)) - np.divide(
        sums, below, where=parted, out=np.zeros_like(below)
    )
    return int(np.argmax(below * above * gap**2))


def odd(number: int) -> int:
    """Refuse an even number."""
    if number % 2 == 0:
        raise ValueError("must be odd, so that a pixel lies in the middle of its window")
    return number


class Sauvola(Plugin):
    """A threshold for each pixel, by the mean and the deviation of the window around it.

    J. Sauvola and M. Pietikainen, "Adaptive document image binarization", Pattern Recognition 33(2), 2000. By running
    sums (F. Shafait et al., 2008) a large window costs no more than a small one.
    """

    window: Annotated[
        int, Field(ge=3, description="the window's side, pixels, odd; about a letter's height"), AfterValidator(odd)
    ] = 31
    k: Annotated[float, Field(ge=0, le=1, description="how much darker ink must be where the ground is even")] = 0.2
    r: Annotated[float, Field(gt=0, description="the deviation of a window with full contrast, grey values")] = 127.5

    @hookimpl
    def binarize(self, page: GrayPage) -> BinaryPage:
        """Return the page with the ink that is darker than its local threshold."""
        ink = np.empty(page.gray.shape, np.bool_)
        for n, (mean, deviation) in enumerate(local_moments(page.gray, self.window)):
            ink[n] = page.gray[n] < mean * (1 + self.k * (deviation / self.r - 1))
        return page.grow(BinaryPage, ink=ink)


Moments = NDArray[np.float64]


def local_moments(gray: Gray, window: int) -> Iterator[tuple[Moments, Moments]]:
    """Give for each row the mean and the deviation of the window around each of its pixels.

    Beyond its edges the page is mirrored, as scikit-image's `threshold_sauvola` has it.

    Notes
    -----
    Each column keeps the sum over the window's rows: a row comes in, another goes out. Sums along the row are
    differences of its running sum. That may wrap round, and its differences are right all the same.
    """
    height, width = gray.shape
    rows, columns = mirrored(height, window // 2), mirrored(width, window // 2)
    wide = np.uint32 if window <= 256 else np.uint64  # 256 * 256 * 255 * 255 is the last that 32 bits hold
    sums = np.zeros((2, 1 + len(columns)), wide)  # of the values and of their squares, behind a zero to begin with

    def powers(row: int) -> NDArray[Any]:
        values = gray[rows[row]][columns].astype(wide)
        return np.stack([values, values * values])

    for row in range(window - 1):
        sums[:, 1:] += powers(row)
    for row in range(height):
        sums[:, 1:] += powers(row + window - 1)
        running: NDArray[Any] = np.cumsum(sums, axis=1, dtype=wide)
        mean, square = (running[:, window:] - running[:, :-window]) / window**2
        yield mean, np.sqrt(np.maximum(square - mean * mean, 0))
        sums[:, 1:] -= powers(row)


def mirrored(length: int, beyond: int) -> NDArray[np.int64]:
    """Return the indices of an axis with so many more at either end, mirrored; the edge itself is not repeated.

    Examples
    --------
    >>> mirrored(4, 2)
    array([2, 1, 0, 1, 2, 3, 2, 1])
    """
    period = max(2 * (length - 1), 1)
    index = np.abs(np.arange(-beyond, length + beyond)) % period
    return np.minimum(index, period - index) if length > 1 else np.zeros_like(index)


class Strokes(Plugin):
    """One threshold for a page of even white ground, at a share of the depth to which its strokes are dark.

    Where ink is one pixel in a hundred, the histogram of all pixels hardly shows it. So only the darkest lines of
    strokes are asked how dark ink is, and the darker count for more: faint ghosts and grain are outvoted, and a page
    of grain alone has no ink. Put `shading` before it.
    """

    level: Annotated[
        float, Field(gt=0, lt=1, description="where the threshold lies, from the ground (0) to the strokes' middle (1)")
    ] = 0.4

    @hookimpl
    def binarize(self, page: GrayPage) -> BinaryPage:
        """Return the page with its ink."""
        return page.grow(BinaryPage, ink=page.gray < np.uint8(math.ceil(ink_threshold(page.gray, self.level))))


SEEN, MOST_SEEN = 150, 300_000
"""How many rows are looked at: enough to cross every line of text; and of how many pixels in all."""

CERTAIN, DOUBTFUL = 8, 5
"""Spreads of the grain beyond which a point is a stroke for certain, and below which nothing is taken for ink."""

LEAST_SPREAD = 2.0
"""The spread that is reckoned with where there is hardly any grain, grey values: what light leaves uneven is no ink."""

NEAR = 4
"""How far apart pixels are whose grain is independent (cameras smooth it over two or three), yet on the same ground."""

BRIGHTEST = 0.9
"""Which quantile of the ground is the paper's: the rest may be a dark table."""


def ink_threshold(gray: Gray, level: float) -> float:
    """Return the grey value below which a pixel is ink; 0 if the page has no ink.

    Parameters
    ----------
    gray
        A page of even ground.
    level
        Where the threshold lies between the ground (0) and the strokes' own grey (1).

    Notes
    -----
    How dark strokes are is the mean over their darkest points, weighted by its square, so that strong ink decides.
    Points are looked for in rows: they lie deeper than their neighbours, and deeper in their surroundings (the residue
    of a closing, the black top-hat) than grain does.

    Examples
    --------
    >>> page = np.full((100, 100), 250, np.uint8)
    >>> page[:, 30:33] = 150
    >>> ink_threshold(page, level=0.5)
    200.0
    """
    rows = gray[:: max(len(gray) // SEEN, gray.size // MOST_SEEN, 1)]
    ground = closed_along(rows, math.ceil(stroke_size(gray.shape, BROADEST) / 2))
    depth = ground - rows
    grain, spread = grain_of(depth)
    middle = depth[:, 1:-1]
    deepest = middle * (middle >= np.maximum(depth[:, :-2], depth[:, 2:]))
    depths = np.arange(256.0)
    weights = histogram(deepest) * depths**2 * (depths > grain + CERTAIN * spread)
    if not weights.any():
        return 0.0
    ink = float(weights @ depths / weights.sum())
    [paper] = quantiles(ground, BRIGHTEST)
    return paper - max(level * ink, grain + DOUBTFUL * spread)


def grain_of(depth: Gray) -> tuple[float, float]:
    """Return the grain's median depth and its spread (a standard deviation).

    The spread is told by the depths' own (from the median to where one deviation of a normal distribution lies), and by
    how much pixels near each other differ. Much ink makes the first too great, fine print the second: the less counts.
    """
    grain, above = quantiles(depth, 0.5, 0.84)
    before, after = depth[:, :-NEAR], depth[:, NEAR:]
    [difference] = quantiles(np.maximum(before, after) - np.minimum(before, after), 0.5)
    return grain, max(min(above - grain, MEDIAN_DIFFERENCE * difference), LEAST_SPREAD)


MEDIAN_DIFFERENCE = 1.05
"""A standard deviation over the median distance of two samples: 1 / (0.6745 sqrt 2)."""
