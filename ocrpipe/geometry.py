"""Boxes and affine maps: where things are on a page.

Coordinates are continuous: pixel ``i`` covers ``[i, i + 1)``, x runs right, y runs down, and the origin is the top
left corner of the top left pixel. So a box of whole pixels is half-open, and halving an image is a plain factor of 2.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from operator import index

Point = tuple[float, float]
"""A place: x to the right, y down, in pixels."""

ROUND_OFF = 1e-6
"""Pixels that a mapped edge may miss a whole number by and still count as lying on it."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of whole pixels, half-open: it holds ``x0 <= x < x1`` and ``y0 <= y < y1``.

    Parameters
    ----------
    x0, y0
        The left and top edge, pixels.
    x1, y1
        The right and bottom edge, one past the last pixel. A box holds at least one pixel.

    Raises
    ------
    ValueError
        If the box is empty or lies before the origin.
    TypeError
        If an edge is no whole number.

    Examples
    --------
    >>> box = Box(2, 3, 10, 7)
    >>> box.width, box.height, box.center
    (8, 4, (6.0, 5.0))
    """

    x0: int
    y0: int
    x1: int
    y1: int

    def __post_init__(self) -> None:
        if not type(self.x0) is type(self.y0) is type(self.x1) is type(self.y1) is int:
            for name in ("x0", "y0", "x1", "y1"):  # NumPy's whole numbers become Python's, which JSON knows
                object.__setattr__(self, name, index(getattr(self, name)))
        if not (0 <= self.x0 < self.x1 and 0 <= self.y0 < self.y1):
            raise ValueError(f"{self} is no box: it needs 0 <= x0 < x1 and 0 <= y0 < y1")

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.y1 - self.y0

    @property
    def area(self) -> int:
        """Pixels in all."""
        return self.width * self.height

    @property
    def center(self) -> Point:
        """The middle, x and y."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    @property
    def corners(self) -> tuple[Point, Point, Point, Point]:
        """The four corners, clockwise from the top left."""
        return (self.x0, self.y0), (self.x1, self.y0), (self.x1, self.y1), (self.x0, self.y1)

    @property
    def slices(self) -> tuple[slice, slice]:
        """The index that cuts this box out of an array of rows: ``gray[box.slices]``."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    @classmethod
    def union(cls, boxes: Iterable[Box]) -> Box:
        """Return the smallest box around all of `boxes`.

        Examples
        --------
        >>> Box.union([Box(0, 0, 2, 2), Box(5, 1, 6, 9)])
        Box(x0=0, y0=0, x1=6, y1=9)
        """
        boxes = list(boxes)
        if not boxes:
            raise ValueError("the union of no boxes is no box")
        return cls(
            min(box.x0 for box in boxes),
            min(box.y0 for box in boxes),
            max(box.x1 for box in boxes),
            max(box.y1 for box in boxes),
        )

    def overlap(self, other: Box) -> int:
        """Return how many pixels both boxes hold."""
        width = min(self.x1, other.x1) - max(self.x0, other.x0)
        height = min(self.y1, other.y1) - max(self.y0, other.y0)
        return max(width, 0) * max(height, 0)

    def within(self, other: Box) -> Box | None:
        """Return the part of this box that lies in `other`, None if none does.

        Examples
        --------
        >>> Box(0, 0, 9, 9).within(Box(4, 2, 20, 20))
        Box(x0=4, y0=2, x1=9, y1=9)
        """
        x0, y0 = max(self.x0, other.x0), max(self.y0, other.y0)
        x1, y1 = min(self.x1, other.x1), min(self.y1, other.y1)
        return Box(x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None

    def iou(self, other: Box) -> float:
        """Return the overlap as a share of what either box holds (intersection over union), 0..1."""
        shared = self.overlap(other)
        return shared / (self.area + other.area - shared)


@dataclass(frozen=True, slots=True)
class Quad:
    """Four corners around a piece of text, clockwise as the text is read: its top left comes first.

    Examples
    --------
    >>> slanted = Quad(((0, 0), (40, 30), (34, 38), (-6, 8)))
    >>> slanted.width, slanted.height
    (50.0, 10.0)
    >>> slanted.part(0.5, 1.0).corners
    ((20.0, 15.0), (40.0, 30.0), (34.0, 38.0), (14.0, 23.0))
    """

    corners: tuple[Point, Point, Point, Point]

    @property
    def width(self) -> float:
        """How long the text is: the mean of the upper and the lower edge, pixels."""
        first, second, third, fourth = self.corners
        return (math.dist(first, second) + math.dist(fourth, third)) / 2

    @property
    def height(self) -> float:
        """How high the text is: the mean of the left and the right edge, pixels."""
        first, second, third, fourth = self.corners
        return (math.dist(first, fourth) + math.dist(second, third)) / 2

    def part(self, start: float, end: float) -> Quad:
        """Return what lies between two places along the text, each a share of its width, 0..1."""
        first, second, third, fourth = self.corners
        return Quad(
            (
                between(first, second, start),
                between(first, second, end),
                between(fourth, third, end),
                between(fourth, third, start),
            )
        )


def between(one: Point, other: Point, share: float) -> Point:
    """Return the place that lies that share of the way from `one` to `other`."""
    return one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])


@dataclass(frozen=True, slots=True)
class Affine:
    """A map of the plane: ``x' = a x + b y + c`` and ``y' = d x + e y + f``.

    A page in work keeps in its `frame` how its pixels map to those of the source image, so that shrinking, cropping
    and turning an image cost nothing when its boxes are reported.

    Examples
    --------
    >>> half = Affine.scale(2)                  # a page decoded at half size
    >>> half.apply((10, 5))
    (20.0, 10.0)
    >>> (half @ Affine.shift(3, 0)).apply((10, 5))      # which was then cropped by 3 columns
    (26.0, 10.0)
    """

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0
    e: float = 1.0
    f: float = 0.0

    def __post_init__(self) -> None:
        for name in ("a", "b", "c", "d", "e", "f"):
            value = float(getattr(self, name))
            if not math.isfinite(value):
                raise ValueError(f"{name} of an affine map is {value}: it must be a finite number")
            object.__setattr__(self, name, value)
        if self.determinant == 0:
            raise ValueError(f"{self} folds the plane onto a line: it has no inverse")

    @classmethod
    def scale(cls, x: float, y: float | None = None) -> Affine:
        """Return the map that enlarges by `x`, and downwards by `y` where that differs."""
        return cls(a=x, e=x if y is None else y)

    @classmethod
    def shift(cls, x: float, y: float) -> Affine:
        """Return the map that moves by `x` to the right and `y` down."""
        return cls(c=x, f=y)

    @classmethod
    def rotation(cls, degrees: float, center: Point = (0.0, 0.0)) -> Affine:
        """Return the map that turns by `degrees`, clockwise as seen on the page, about `center`."""
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        x, y = center
        return cls(cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y)

    @property
    def determinant(self) -> float:
        """How much larger an area becomes; negative if the map mirrors."""
        return self.a * self.e - self.b * self.d

    @property
    def keeps_boxes(self) -> bool:
        """Whether an upright rectangle stays one (scaling, moving, mirroring, quarter turns)."""
        return (self.b == 0 and self.d == 0) or (self.a == 0 and self.e == 0)

    @property
    def inverse(self) -> Affine:
        """The map that undoes this one."""
        det = self.determinant
        a, b, d, e = self.e / det, -self.b / det, -self.d / det, self.a / det
        return Affine(a, b, -(a * self.c + b * self.f), d, e, -(d * self.c + e * self.f))

    def __matmul__(self, first: Affine) -> Affine:
        """Return the map that does `first` and then this one."""
        return Affine(
            self.a * first.a + self.b * first.d,
            self.a * first.b + self.b * first.e,
            self.a * first.c + self.b * first.f + self.c,
            self.d * first.a + self.e * first.d,
            self.d * first.b + self.e * first.e,
            self.d * first.c + self.e * first.f + self.f,
        )

    def apply(self, point: Point) -> Point:
        """Return where `point` goes."""
        x, y = point
        return self.a * x + self.b * y + self.c, self.d * x + self.e * y + self.f

    def polygon(self, box: Box) -> tuple[Point, ...]:
        """Return where the corners of `box` go."""
        return tuple(self.apply(corner) for corner in box.corners)

    def box(self, box: Box, width: int, height: int) -> Box:
        """Return the smallest box of whole pixels around where `box` goes, kept inside an image of that size.

        Examples
        --------
        >>> Affine.scale(2).box(Box(1, 1, 3, 4), width=100, height=100)
        Box(x0=2, y0=2, x1=6, y1=8)
        """
        first, second, third, fourth = box.corners
        corners = (first, third) if self.keeps_boxes else (first, second, third, fourth)
        return enclosing(map(self.apply, corners), width, height)


def enclosing(points: Iterable[Point], width: int, height: int) -> Box:
    """Return the smallest box of whole pixels around `points`, kept inside an image of that size.

    Parameters
    ----------
    points
        At least one place.
    width, height
        The image's size, pixels. A point outside it is moved to its edge, and the box holds at least a pixel.
    """
    xs, ys = zip(*points, strict=True)
    x0 = min(max(math.floor(min(xs) + ROUND_OFF), 0), width - 1)
    y0 = min(max(math.floor(min(ys) + ROUND_OFF), 0), height - 1)
    x1 = max(min(math.ceil(max(xs) - ROUND_OFF), width), x0 + 1)
    y1 = max(min(math.ceil(max(ys) - ROUND_OFF), height), y0 + 1)
    return Box(x0, y0, x1, y1)
