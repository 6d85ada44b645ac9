"""`binarize`: ink is found, thin strokes stay whole, and where there is no ink there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.filters import threshold_otsu, threshold_sauvola
from skimage.measure import label

from ocrpipe import BinaryPage, GrayPage, Plugin, Source
from ocrpipe.stages._histogram import histogram
from ocrpipe.stages.binarize import Otsu, Sauvola, Strokes, ink_threshold, otsu_threshold
from ocrpipe.stages.prepare import Shading

ALL = [Otsu(), Sauvola(), Strokes()]


def binarized(plugin: Plugin, gray: np.ndarray) -> np.ndarray:
    page = GrayPage(source=Source(width=gray.shape[1], height=gray.shape[0]), gray=gray)
    result = plugin.binarize(page)
    assert isinstance(result, BinaryPage)
    assert not gray.flags.writeable or result.gray.base is not None
    return result.ink


def page_with_stroke(ink: int, paper: int = 250, noise: float = 0, width: int = 4) -> np.ndarray:
    gray = np.full((240, 320), float(paper))
    gray[60:180, 100 : 100 + width] = ink
    gray[60 : 60 + width, 100:220] = ink
    return np.clip(gray + np.random.default_rng(0).normal(0, noise, gray.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("plugin", ALL, ids=["otsu", "sauvola", "strokes"])
def test_a_clear_stroke_is_ink_and_nothing_else(plugin: Plugin) -> None:
    gray = page_with_stroke(40)
    ink = binarized(plugin, gray)
    assert (ink == (gray == 40)).mean() > 0.995
    assert label(ink).max() == 1


@pytest.mark.parametrize("plugin", ALL, ids=["otsu", "sauvola", "strokes"])
@pytest.mark.parametrize("value", [128, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (33, 57)])
def test_a_page_of_one_grey_has_no_ink(plugin: Plugin, shape: tuple[int, int], value: int) -> None:
    assert not binarized(plugin, np.full(shape, value, np.uint8)).any()


@pytest.mark.parametrize("plugin", ALL, ids=["otsu", "sauvola", "strokes"])
def test_an_all_black_page_does_no_harm(plugin: Plugin) -> None:
    assert binarized(plugin, np.zeros((30, 40), np.uint8)).shape == (30, 40)


# -- otsu


@given(st.integers(0, 2**32 - 1), st.integers(2, 255))
def test_otsu_is_scikit_images(seed: int, most: int) -> None:
    gray = np.random.default_rng(seed).integers(0, most, (20, 20), np.uint8)
    assert otsu_threshold(histogram(gray)) == threshold_otsu(gray)


def test_otsu_closes_gaps() -> None:
    gray = page_with_stroke(40)
    gray[120:123] = 250
    assert label(binarized(Otsu(sigma=0, closing=0), gray)).max() == 2
    assert label(binarized(Otsu(sigma=0, closing=2), gray)).max() == 1


# -- sauvola


@pytest.mark.parametrize(("window", "k"), [(3, 0.2), (15, 0.2), (31, 0.34), (101, 0.1), (301, 0.2)])
def test_sauvola_is_scikit_images(window: int, k: float) -> None:
    gray = page_with_stroke(90, noise=20)
    gray[:, 200:] //= 2
    expected = gray < threshold_sauvola(gray, window_size=window, k=k)
    assert (binarized(Sauvola(window=window, k=k), gray) != expected).mean() < 1e-3


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([3, 15, 61]))
def test_sauvola_takes_any_size(width: int, height: int, window: int) -> None:
    gray = np.random.default_rng(0).integers(0, 256, (height, width), np.uint8)
    assert binarized(Sauvola(window=window), gray).shape == (height, width)


def test_sauvola_refuses_an_even_window() -> None:
    with pytest.raises(ValueError, match="must be odd"):
        Sauvola(window=30)


# -- strokes


@pytest.mark.parametrize("ink", [40, 120, 180, 205])
def test_threshold_lies_between_ground_and_ink(ink: int) -> None:
    assert ink_threshold(page_with_stroke(ink, noise=2), level=0.5) == pytest.approx((250 + ink) / 2, abs=8)


@pytest.mark.parametrize("ink", [40, 150, 200])
def test_faint_strokes_stay_whole(ink: int) -> None:
    marks = label(binarized(Strokes(), page_with_stroke(ink, noise=4)), connectivity=2)
    sizes = np.bincount(marks.ravel())[1:]
    assert (sizes > 20).sum() == 1
    assert sizes.max() > 0.9 * (120 * 4 * 2 - 16)


def test_ghosts_are_left_out_where_ink_is_strong() -> None:
    gray = page_with_stroke(80, noise=3)
    gray[200:230, 50:54] = 215  # a fifth of the ink's depth
    assert not binarized(Strokes(), gray)[195:].any()


@pytest.mark.parametrize("noise", [1, 4, 10])
@pytest.mark.parametrize("paper", [180, 245])
def test_a_blank_noisy_page_has_hardly_any_ink(noise: float, paper: int) -> None:
    gray = np.clip(np.random.default_rng(1).normal(paper, noise, (400, 500)), 0, 255).astype(np.uint8)
    assert binarized(Strokes(), gray).mean() < 5e-3


@pytest.mark.parametrize("noise", [1, 4, 12])
def test_a_blank_page_in_bad_light_has_hardly_any_ink(noise: float) -> None:
    light = np.linspace(120, 220, 500)
    gray = np.clip(np.random.default_rng(1).normal(light, noise, (400, 500)), 0, 255).astype(np.uint8)
    page = GrayPage(source=Source(width=500, height=400), gray=gray)
    assert Strokes().binarize(Shading().prepare(page)).ink.mean() < 0.015


def test_bilevel_pages_keep_their_ink() -> None:
    gray = np.where(page_with_stroke(40) < 128, 0, 255).astype(np.uint8)
    np.testing.assert_array_equal(binarized(Strokes(), gray), gray == 0)


def test_a_dark_table_does_not_hide_pencil() -> None:
    gray = np.pad(page_with_stroke(190, noise=2), 100, constant_values=30)
    ink = binarized(Strokes(), gray)
    assert ink[165:275, 201:203].mean() > 0.95
