"""How large letters are on a page, and what on it is no letter: specks, rules, shadows, ghosts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ocrpipe.stages._ink import Bools, Floats, Parts, near

__all__ = ["Sizes", "contrast", "cut_by_border", "ghosts", "local_heights", "page_sizes", "rules", "shadows", "specks"]


@dataclass(frozen=True)
class Sizes:
    """What is usual on a page: a letter's `height` and its `stroke` width, pixels."""

    height: float
    stroke: float


def weighted_quantile(values: Floats, weights: Floats, share: float) -> float:
    """Return the value below which lies `share` of the weight.

    Examples
    --------
    >>> weighted_quantile(np.array([1.0, 2.0, 9.0]), np.array([1.0, 5.0, 1.0]), 0.5)
    2.0
    """
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order[np.searchsorted(total, share * total[-1])]])


def page_sizes(parts: Parts) -> Sizes:
    """Return the usual letter's sizes: medians of the parts, weighted so that neither many specks nor few blobs count.

    Ink times height gives a letter its full say and a thousand specks none; then, among parts of about that height,
    each pixel of outline counts, so that a thick title does not outvote the thin lines below it.
    """
    height, width = parts.height.astype(float), parts.width.astype(float)
    side = np.maximum(width, height)
    weight = parts.area * height / np.maximum(1, side / np.minimum(width, height) / 4) ** 2
    weight[side > 0.3 * parts.boxes.max()] *= 0.02  # a frame or a shadow, unless all are so large
    rough = weighted_quantile(height, weight, 0.5)
    like = (height > rough / 3) & (height < rough * 3) & (width < rough * 6)
    like |= ~like.any()
    return Sizes(
        weighted_quantile(height[like], parts.perimeter[like], 0.5),
        weighted_quantile(parts.stroke[like], parts.perimeter[like], 0.5),
    )


def local_heights(parts: Parts, sizes: Sizes) -> Floats:
    """Return for each part how high letters about it are: a mean over its neighbourhood, tall ones weighing most."""
    height = parts.height.astype(float)
    tall = np.flatnonzero((height > 0.4 * sizes.height) & (height < 4 * sizes.height))
    first, second = near(parts.boxes, 2.5 * sizes.height, 0.15 * sizes.height)
    weight = np.zeros(len(parts))
    weight[tall] = height[tall] ** 2
    # Where a part has no neighbours, the page's usual letter speaks, a little.
    total = np.full(len(parts), 0.5 * sizes.height**2)
    mean = total * sizes.height
    for one, other in ((first, second), (second, first)):
        total += np.bincount(one, weights=weight[other], minlength=len(parts))
        mean += np.bincount(one, weights=weight[other] * height[other], minlength=len(parts))
    local: Floats = (mean + weight * height) / (total + weight)
    return local


def specks(parts: Parts, sizes: Sizes, share: float) -> Bools:
    """Return which parts are smaller than this share of a letter's height: too small to be even a piece of a letter."""
    side = np.maximum(parts.width, parts.height)
    return (side < share * sizes.height) | (parts.area < (0.5 * sizes.stroke) ** 2)


def rules(parts: Parts, sizes: Sizes) -> Bools:
    """Return which parts are long lines or frames: longer than letters, and with hardly more ink than one stroke."""
    long = np.maximum(parts.width, parts.height)
    line = (long > 2.5 * sizes.height) & (parts.area < 1.7 * parts.stroke * long)
    frame = (parts.height > 3.5 * sizes.height) & (parts.area < 0.3 * parts.width * parts.height)
    return line | frame


def shadows(parts: Parts, sizes: Sizes) -> Bools:
    """Return which parts are blobs: as large as a letter and much thicker than a stroke."""
    large = np.minimum(parts.width, parts.height) > 0.5 * sizes.height
    return large & (parts.stroke > 3 * sizes.stroke)


def cut_by_border(parts: Parts, shape: tuple[int, int]) -> Bools:
    """Return which parts the image's border cuts."""
    height, width = shape
    x0, y0, x1, y1 = parts.boxes.T
    cut: Bools = (x0 <= 0) | (y0 <= 0) | (x1 >= width) | (y1 >= height)
    return cut


def contrast(parts: Parts, gray: npt.NDArray[np.uint8]) -> Floats:
    """Return how much darker each part is than the ground beside it, grey levels: the mean over its runs."""
    away = np.maximum(2, np.ceil(parts.stroke)).astype(np.intp)[parts.owner]
    left = gray[parts.y, np.maximum(parts.x0 - away, 0)]
    right = gray[parts.y, np.minimum(parts.x1 - 1 + away, gray.shape[1] - 1)]
    middle = gray[parts.y, (parts.x0 + parts.x1) // 2]
    depth = np.maximum(left, right).astype(float) - middle
    return parts.total(depth) / np.maximum(np.diff(parts.first), 1)


def ghosts(parts: Parts, gray: npt.NDArray[np.uint8], share: float) -> Bools:
    """Return which parts have less than `share` of the contrast of the page's strong ink."""
    depth = contrast(parts, gray)
    strong = weighted_quantile(depth, parts.area, 0.6)
    return depth < share * strong
