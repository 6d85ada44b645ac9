"""Boxes and affine maps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ocrpipe import Affine, Box, Quad
from ocrpipe.geometry import enclosing

coordinates = st.floats(-1000, 1000, allow_subnormal=False).map(lambda x: round(x, 3))
points = st.tuples(coordinates, coordinates)
factors = st.floats(0.1, 10)


@st.composite
def maps(draw: st.DrawFn) -> Affine:
    """What pages are put through: turned, scaled, mirrored and moved."""
    turned = Affine.rotation(draw(st.floats(-180, 180)), draw(points))
    scaled = Affine.scale(draw(factors), draw(st.one_of(st.none(), factors, factors.map(lambda x: -x))))
    return Affine.shift(*draw(points)) @ scaled @ turned


@st.composite
def boxes(draw: st.DrawFn, width: int = 60, height: int = 40) -> Box:
    x0, y0 = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    return Box(x0, y0, draw(st.integers(x0 + 1, width)), draw(st.integers(y0 + 1, height)))


def near(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one == pytest.approx(other, abs=1e-5)


@given(maps(), points)
def test_the_inverse_undoes_a_map(affine: Affine, point: tuple[float, float]) -> None:
    assert near(affine.inverse.apply(affine.apply(point)), point)
    assert near((affine @ affine.inverse).apply(point), point)


@given(maps(), maps(), maps(), points)
def test_maps_compose(one: Affine, two: Affine, three: Affine, point: tuple[float, float]) -> None:
    assert (one @ two).apply(point) == pytest.approx(one.apply(two.apply(point)), rel=1e-6, abs=1e-4)
    assert ((one @ two) @ three).apply(point) == pytest.approx((one @ (two @ three)).apply(point), rel=1e-6, abs=1e-4)
    assert (one @ two).determinant == pytest.approx(one.determinant * two.determinant, rel=1e-6)


@given(boxes())
def test_four_quarter_turns_give_back_the_same_box(box: Box) -> None:
    width, height = 60, 40
    turned, frame = np.zeros((height, width), bool), Affine()
    turned[box.slices] = True
    for _ in range(4):
        old_height, turned = turned.shape[0], np.rot90(turned, -1)  # clockwise
        frame = frame @ Affine(0, 1, 0, -1, 0, old_height)  # the new pixel (x, y) was (y, old height - x)
        rows, columns = np.nonzero(turned)
        found = Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert frame.keeps_boxes
        assert frame.box(found, width, height) == box
    assert near(frame.apply((3, 4)), (3, 4))


@given(boxes(), maps())
def test_a_mapped_box_encloses_its_corners_within_a_pixel(box: Box, affine: Affine) -> None:
    xs, ys = zip(*affine.polygon(box), strict=True)
    assume(min(xs) >= 0 and min(ys) >= 0)
    mapped = affine.box(box, 100_000, 100_000)
    assert 0 <= min(xs) - mapped.x0 + 1e-6 <= 1.01
    assert 0 <= min(ys) - mapped.y0 + 1e-6 <= 1.01
    assert 0 <= mapped.x1 - max(xs) + 1e-6 <= 1.01
    assert 0 <= mapped.y1 - max(ys) + 1e-6 <= 1.01


@given(st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)), min_size=1), st.integers(1, 99))
def test_an_enclosing_box_stays_in_the_image_and_holds_a_pixel(places: list[tuple[float, float]], size: int) -> None:
    box = enclosing(places, size, size)
    assert 0 <= box.x0 < box.x1 <= size
    assert 0 <= box.y0 < box.y1 <= size


def test_round_off_does_not_make_a_box_larger() -> None:
    third = Affine.scale(3) @ Affine.scale(1 / 3)
    assert third.box(Box(1, 7, 49, 93), 100, 100) == Box(1, 7, 49, 93)


@given(st.lists(boxes(), min_size=1))
def test_a_union_holds_all_boxes(some: list[Box]) -> None:
    union = Box.union(some)
    assert all(union.overlap(box) == box.area for box in some)
    assert Box.union([union, *some]) == union


@given(boxes(), boxes())
def test_overlap_counts_shared_pixels(one: Box, other: Box) -> None:
    page = np.zeros((40, 60), int)
    page[one.slices] += 1
    page[other.slices] += 1
    assert one.overlap(other) == other.overlap(one) == np.count_nonzero(page == 2)
    assert one.iou(other) == pytest.approx(np.count_nonzero(page == 2) / np.count_nonzero(page))


def test_a_box_keeps_plain_numbers_and_is_compared_by_value() -> None:
    box = Box(np.int64(1), np.int32(2), np.uint8(3), 4)
    assert [type(edge) for edge in (box.x0, box.y0, box.x1, box.y1)] == [int] * 4
    assert {box, Box(1, 2, 3, 4)} == {box}


@pytest.mark.parametrize("edges", [(0, 0, 0, 5), (3, 0, 2, 5), (-1, 0, 2, 5), (0, 5, 2, 5)])
def test_an_empty_or_outlying_box_is_refused(edges: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="is no box"):
        Box(*edges)


def test_a_box_of_fractions_is_refused() -> None:
    with pytest.raises(TypeError):
        Box(0, 0, 1.5, 2)  # type: ignore[arg-type]


def test_a_map_without_inverse_or_finite_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="has no inverse"):
        Affine.scale(0)
    with pytest.raises(ValueError, match="finite"):
        Affine.shift(float("nan"), 0)
    with pytest.raises(ValueError, match="no boxes"):
        Box.union([])


def test_a_rotation_is_clockwise_on_the_page() -> None:
    assert near(Affine.rotation(90).apply((1, 0)), (0, 1))  # right becomes down
    assert near(Affine.rotation(30, (5, 7)).apply((5, 7)), (5, 7))


@given(st.floats(0, 1), st.floats(0, 1))
def test_parts_of_four_corners_lie_along_them(one: float, other: float) -> None:
    quad = Quad(((0.0, 0.0), (80.0, 60.0), (74.0, 68.0), (-6.0, 8.0)))
    start, end = min(one, other), max(one, other)
    part = quad.part(start, end)
    assert part.width == pytest.approx((end - start) * quad.width, abs=1e-6)
    assert part.height == pytest.approx(quad.height)
    assert quad.part(0, 1) == quad


@given(boxes(), boxes())
def test_what_lies_within_another_box_is_what_both_share(one: Box, other: Box) -> None:
    part = one.within(other)
    assert (part.area if part else 0) == one.overlap(other)
    assert part == other.within(one)
