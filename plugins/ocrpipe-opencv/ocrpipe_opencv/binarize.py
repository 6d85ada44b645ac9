"""`binarize/cv-otsu` and `binarize/cv-sauvola`: which pixels are ink."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from ocrpipe import BinaryPage, GrayPage, Plugin, hookimpl
from ocrpipe_opencv._engine import Gray, Ink, closed, opencv


class Otsu(Plugin):
    """One threshold for the whole page, which parts its grey values best (Otsu, 1979), after smoothing.

    As the built-in `otsu`, but that the blur is a true Gaussian, where Pillow's is three boxes one after the other.
    """

    sigma: Annotated[float, Field(ge=0, description="how far to smooth, pixels (the blur's deviation); 0 for not")] = (
        1.0
    )
    closing: Annotated[int, Field(ge=0, description="gaps in the ink up to twice this wide are closed, pixels")] = 2

    @hookimpl
    def binarize(self, page: GrayPage) -> BinaryPage:
        """Return the page with the ink that is darker than the threshold."""
        cv2 = opencv()
        gray = page.gray
        if self.sigma:
            gray = cv2.GaussianBlur(gray, (0, 0), self.sigma, borderType=cv2.BORDER_REPLICATE)
        _, ink = cv2.threshold(gray, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
        if ink.all():  # a page of one grey has no two classes: OpenCV's threshold is then 0, and black would be ink
            ink = np.zeros_like(ink)
        return page.grow(BinaryPage, ink=closed(ink, self.closing).view(np.bool_))


def odd(number: int) -> int:
    """Refuse an even number."""
    if number % 2 == 0:
        raise ValueError("must be odd, so that a pixel lies in the middle of its window")
    return number


class Sauvola(Plugin):
    """A threshold for each pixel, by the mean and the deviation of the window around it.

    As the built-in `sauvola` (J. Sauvola and M. Pietikainen, "Adaptive document image binarization", Pattern
    Recognition 33(2), 2000), with OpenCV's running sums.
    """

    window: Annotated[
        int, Field(ge=3, description="the window's side, pixels, odd; about a letter's height"), AfterValidator(odd)
    ] = 31
    k: Annotated[float, Field(ge=0, le=1, description="how much darker ink must be where the ground is even")] = 0.2
    r: Annotated[float, Field(gt=0, description="the deviation of a window with full contrast, grey values")] = 127.5

    @hookimpl
    def binarize(self, page: GrayPage) -> BinaryPage:
        """Return the page with the ink that is darker than its local threshold."""
        ink: Ink = np.empty(page.gray.shape, np.bool_)
        total, squares = window_sums(page.gray, self.window)
        for start in range(0, page.height, STRIP):
            rows = slice(start, start + STRIP)
            mean, deviation = moments(total[rows], squares[rows], self.window**2)
            np.less(page.gray[rows], mean * (1 + self.k * (deviation / self.r - 1)), out=ink[rows])
        return page.grow(BinaryPage, ink=ink)


STRIP = 16
"""Rows that are reckoned with at a time: so many stay in the processor's cache."""

EXACT = 181
"""The widest window whose sum of squares OpenCV's 32-bit integers hold: 181 * 181 * 255 * 255 < 2 ** 31."""

Sums = NDArray[np.float32] | NDArray[np.float64]


def window_sums(gray: Gray, window: int) -> tuple[Sums, Sums]:
    """Return for each pixel the sums of the values, and of their squares, in the window around it.

    Beyond its edges the page is mirrored; the edge itself is not repeated. They are sums and no means, because a whole
    number divided by the window's area gives the very ground of an even page, and a mean of rounded shares does not.
    """
    cv2 = opencv()
    values, depth = (gray, cv2.CV_32F) if window <= EXACT else (gray.astype(np.float64), cv2.CV_64F)
    how = {"ksize": (window, window), "normalize": False, "borderType": cv2.BORDER_REFLECT_101}
    return cv2.boxFilter(values, depth, **how), cv2.sqrBoxFilter(values, depth, **how)


def moments(total: Sums, squares: Sums, area: int) -> tuple[Sums, Sums]:
    """Return the means and the deviations that sums over windows of that area mean.

    Examples
    --------
    >>> [number.tolist() for number in moments(np.array([[4.0]]), np.array([[10.0]]), area=2)]
    [[[2.0]], [[1.0]]]
    """
    mean = total / area
    return mean, np.sqrt(np.maximum(squares / area - mean * mean, 0))
