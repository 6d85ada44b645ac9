"""Each plugin gives what the built-in of its name gives, to within the tolerance that the README states."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
import pytest
from conftest import page_of, pages
from hypothesis import given
from hypothesis import strategies as st

from ocrpipe import Affine, BinaryPage, Box, GrayPage, Plugin, Region, SegmentedPage
from ocrpipe.stages import binarize, prepare, segment
from ocrpipe_opencv import binarize as cv_binarize
from ocrpipe_opencv import prepare as cv_prepare
from ocrpipe_opencv import segment as cv_segment

PAIRS = [
    (binarize.Otsu, cv_binarize.Otsu),
    (binarize.Sauvola, cv_binarize.Sauvola),
    (prepare.Shading, cv_prepare.Shading),
    (prepare.Deskew, cv_prepare.Deskew),
    (segment.Boxes, cv_segment.Boxes),
]

OTSU_SHARE = 0.01
"""Of a page's pixels, how many may differ after the blur."""

SAUVOLA_SHARE = 1e-4
"""Of a page's pixels, how many may lie so near their threshold that 32-bit numbers tell otherwise."""

SHADE = 1
"""Grey values."""

TURN = 1 if int(version("opencv-python-headless").split(".")[0]) >= 5 else 9
"""Grey values. OpenCV 4 rounds places to 32nds of a pixel: by 255 / 64 at most along either axis, and the rounding."""


def different(one: BinaryPage, other: BinaryPage) -> float:
    """Return which share of the pixels is ink on one page alone."""
    return float((one.ink != other.ink).mean())


def apart(one: GrayPage, other: GrayPage) -> np.ndarray:
    """Return by how much the grey values differ."""
    assert one.frame == other.frame
    return np.abs(one.gray.astype(int) - other.gray)


@pytest.mark.parametrize(("ours", "cv"), PAIRS, ids=lambda plugin: plugin.__module__.split(".")[0])
def test_options_have_the_same_names_meanings_and_bounds(ours: type[Plugin], cv: type[Plugin]) -> None:
    assert cv.model_json_schema()["properties"] == ours.model_json_schema()["properties"]


def test_options_are_checked_alike() -> None:
    with pytest.raises(ValueError, match="must be odd"):
        cv_binarize.Sauvola(window=30)
    with pytest.raises(ValueError, match="must be below limit"):
        cv_prepare.Deskew(least=5, limit=4)


# -- otsu


@given(pages(), st.integers(0, 4))
def test_otsu_without_blur_is_the_builtin_to_the_pixel(page: GrayPage, closing: int) -> None:
    options = {"sigma": 0, "closing": closing}
    ink = cv_binarize.Otsu(**options).binarize(page).ink
    assert np.array_equal(ink, binarize.Otsu(**options).binarize(page).ink)


def test_otsu_is_the_builtin_on_samples(sample: GrayPage) -> None:
    assert different(cv_binarize.Otsu().binarize(sample), binarize.Otsu().binarize(sample)) <= OTSU_SHARE


# -- sauvola


@given(pages(), st.integers(1, 130).map(lambda half: 2 * half + 1), st.sampled_from((0, 0.2, 0.5)))
def test_sauvola_is_the_builtin(page: GrayPage, window: int, k: float) -> None:
    mine = cv_binarize.Sauvola(window=window, k=k).binarize(page)
    assert (mine.ink != binarize.Sauvola(window=window, k=k).binarize(page).ink).sum() <= 1


@pytest.mark.parametrize("window", [31, 181, 301])
def test_sauvola_is_the_builtin_on_samples(sample: GrayPage, window: int) -> None:
    page = sample.replace(gray=sample.gray[:700])
    mine, builtin = (kind.Sauvola(window=window).binarize(page) for kind in (cv_binarize, binarize))
    assert different(mine, builtin) <= SAUVOLA_SHARE


# -- shading


@given(pages(), st.sampled_from((8, 20, 200)))
def test_shading_is_the_builtin(page: GrayPage, cells: int) -> None:
    mine, builtin = (kind.Shading(cells=cells).prepare(page) for kind in (cv_prepare, prepare))
    assert apart(mine, builtin).max() <= SHADE


def test_shading_is_the_builtin_on_samples(sample: GrayPage) -> None:
    assert apart(cv_prepare.Shading().prepare(sample), prepare.Shading().prepare(sample)).max() <= SHADE


# -- deskew


def inner(page: GrayPage, old: GrayPage, edge: int = 2) -> np.ndarray:
    """Return which pixels of a turned page come from the old one, and not from its very edge."""
    back = old.frame.inverse @ page.frame
    y, x = np.mgrid[: page.height, : page.width] + 0.5
    u, v = back.a * x + back.b * y + back.c, back.d * x + back.e * y + back.f
    return (u > edge) & (u < old.width - edge) & (v > edge) & (v < old.height - edge)


def ruled(slope: float, size: tuple[int, int] = (600, 800)) -> GrayPage:
    """Return a page of rows of short strokes that fall by `slope` degrees."""
    gray = np.full(size, 230, np.uint8)
    for y in range(80, 520, 40):
        for x in range(60, 740, 14):
            top = y + round((x - 400) * np.tan(np.radians(slope)))
            gray[top : top + 18, x : x + 4] = 40
    return page_of(gray)


@pytest.mark.parametrize("slope", [-4.0, -1.5, 0.0, 0.2, 2.5, 4.4])
def test_deskew_finds_the_slope_of_the_builtin(slope: float) -> None:
    page = ruled(slope)
    found = cv_prepare.page_slope(page.gray, 5.0)
    assert found == prepare.page_slope(page.gray, 5.0)
    assert found == pytest.approx(slope, abs=0.2)


@pytest.mark.parametrize("slope", [-4.0, 2.5])
def test_deskew_turns_as_the_builtin(slope: float) -> None:
    page = ruled(slope).replace(frame=Affine.scale(2))
    mine, builtin = cv_prepare.Deskew().prepare(page), prepare.Deskew().prepare(page)
    difference = apart(mine, builtin)
    assert mine.frame != page.frame
    assert difference[inner(mine, page)].max() <= TURN
    assert cv_prepare.page_slope(mine.gray, 5.0) == pytest.approx(0, abs=0.15)


def test_deskew_finds_the_slope_of_the_builtin_on_samples(sample: GrayPage) -> None:
    assert cv_prepare.page_slope(sample.gray, 5.0) == prepare.page_slope(sample.gray, 5.0)


def test_deskew_turns_samples_as_the_builtin(sample: GrayPage) -> None:
    mine, builtin = cv_prepare.turned(sample, 1.7), prepare.turned(sample, 1.7)
    assert apart(mine, builtin)[inner(mine, sample)].max() <= TURN


def test_a_page_of_one_row_has_no_slope() -> None:
    page = page_of(np.tile(np.array([[230, 40, 40, 230]], np.uint8), 60))
    assert cv_prepare.Deskew().prepare(page) is page


def test_a_level_page_stays_as_it_is() -> None:
    page = ruled(0)
    assert cv_prepare.Deskew().prepare(page) is page


# -- boxes


@given(pages(), st.floats(0, 1), st.sampled_from((0, 1, 6, 40)))
def test_boxes_are_the_builtins_in_the_same_order(page: GrayPage, share: float, area: int) -> None:
    binary = page.grow(BinaryPage, ink=page.gray <= np.uint8(255 * share))
    mine, builtin = (kind.Boxes(area=area).segment(binary) for kind in (cv_segment, segment))
    assert [region.box for region in mine.regions] == [region.box for region in builtin.regions]


@given(pages(), st.floats(0, 1), st.lists(st.tuples(*[st.integers(0, 40)] * 4), max_size=3))
def test_boxes_within_the_regions_of_another_segmenter_are_the_builtins(
    page: GrayPage, share: float, corners: list[tuple[int, int, int, int]]
) -> None:
    regions = []
    for left, top, width, height in corners:
        x0, y0 = min(left, page.width - 1), min(top, page.height - 1)
        box = Box(x0, y0, min(x0 + width + 1, page.width), min(y0 + height + 1, page.height))
        regions.append(Region(box=box, level="line"))
    found = page.grow(SegmentedPage, ink=page.gray <= np.uint8(255 * share), regions=tuple(regions))
    mine, builtin = (kind.Boxes(area=0).segment(found) for kind in (cv_segment, segment))
    assert [region.box for region in mine.regions] == [region.box for region in builtin.regions]


def test_boxes_are_the_builtins_on_samples(sample: GrayPage) -> None:
    binary = binarize.Otsu().binarize(sample)
    boxes = [[region.box for region in kind.Boxes().segment(binary).regions] for kind in (cv_segment, segment)]
    assert boxes[0] == boxes[1]
    assert len(boxes[0]) > 20


def test_a_piece_within_a_hole_of_another_is_found() -> None:
    ink = np.zeros((40, 40), bool)
    ink[5:35, 5:35] = True
    ink[8:32, 8:32] = False
    ink[15:25, 15:25] = True
    binary = page_of(np.full((40, 40), 255, np.uint8)).grow(BinaryPage, ink=ink)
    boxes = [region.box for region in cv_segment.Boxes(area=0).segment(binary).regions]
    assert [(box.x0, box.x1) for box in boxes] == [(5, 35), (15, 25)]
