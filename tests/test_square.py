import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ocrpipe.stages._square import STROKE, batch, even_strokes, fit, stroke_widths

masks = arrays(bool, st.tuples(st.integers(0, 60), st.integers(0, 60)))


def ring(size, pen):
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    r = np.hypot(x, y)
    return (r <= size / 2) & (r > size / 2 - pen)


@given(masks)
def test_any_mask_gives_a_crop(mask):
    crop = batch([mask])[0]
    assert crop.shape == (32, 32)
    assert crop.dtype == np.float32
    assert ((crop >= 0) & (crop <= 1)).all()
    assert crop.any() == mask.any()


@given(masks, st.integers(0, 9), st.integers(0, 9))
def test_blank_borders_do_not_matter(mask, before, after):
    np.testing.assert_array_equal(fit(np.pad(mask, (before, after))), fit(mask))


@pytest.mark.parametrize(("h", "w"), [(300, 120), (120, 300), (28, 28), (9, 10), (2, 77), (500, 3)])
def test_the_longer_side_fills_the_crop_and_the_aspect_is_kept(h, w):
    crop = fit(np.ones((h, w), bool))
    rows, columns = (np.flatnonzero(crop.max(axis=axis) > 0.4 * crop.max()) for axis in (1, 0))
    assert max(len(rows), len(columns)) == 28
    assert crop.sum() == pytest.approx(28 * 28 * min(h, w) / max(h, w), rel=0.02)
    np.testing.assert_allclose(crop, crop[::-1], atol=1e-6)
    np.testing.assert_allclose(crop, crop[:, ::-1], atol=1e-6)


def test_size_hardly_matters():
    large = fit(ring(300, 45))
    for size in (150, 80, 40, 20):
        assert np.abs(fit(ring(size, 0.15 * size)) - large).mean() < 0.002 + 1 / size, size


def test_other_crops_than_square_ones():
    crop = fit(np.ones((50, 50), bool), 20, 40, margin=0.1)
    assert crop.shape == (20, 40)
    assert crop.sum() == pytest.approx(256, rel=0.01)
    assert crop[:2].sum() == 0


def test_no_room():
    with pytest.raises(ValueError, match=r"below 0\.5"):
        fit(np.ones((3, 3), bool), margin=0.5)


def test_the_plain_crop_is_fit_alone():
    mask = ring(70, 5)
    np.testing.assert_array_equal(batch([mask], even=False)[0], fit(mask))


def test_an_empty_list():
    assert batch([]).shape == (0, 32, 32)


@pytest.mark.parametrize("pen", [1, 2, 4, 7, 10, 14])
def test_strokes_become_alike(pen):
    crop = fit(ring(80, pen))[None]
    before, after = stroke_widths(crop)[0], stroke_widths(even_strokes(crop))[0]
    assert abs(after - STROKE) <= max(0.6, abs(before - STROKE) - 1.0)


@pytest.mark.parametrize("pen", [1, 2, 3, 5, 8, 12, 20])
def test_no_stroke_is_lost_and_no_ring_broken(pen):
    crop = even_strokes(fit(ring(80, pen))[None])[0]
    y, x = np.mgrid[:32, :32] - 15.5
    angle = np.round(np.arctan2(y, x) * 12 / np.pi)
    assert min(crop[(angle == a) & (np.hypot(x, y) > 4)].max() for a in range(-11, 13)) > 0.4


def test_a_hair_beside_a_beam_stays():
    mask = np.zeros((90, 90), bool)
    mask[:, :30] = True
    mask[44:46] = True
    assert batch([mask])[0, 14:18, 20:30].max(axis=0).min() > 0.25


def test_crops_do_not_influence_each_other_and_input_stays():
    some = [ring(80, pen) for pen in (2, 9, 5, 12)] * 20
    crops = batch(some, even=False)
    kept = crops.copy()
    evened = even_strokes(crops)
    np.testing.assert_array_equal(crops, kept)
    for n in (0, 3, 50, 79):
        np.testing.assert_array_equal(evened[n], even_strokes(crops[n : n + 1])[0])


def test_read_only_and_strided_masks():
    mask = np.repeat(np.repeat(ring(40, 4), 2, axis=0), 2, axis=1)
    view = mask[::2, ::2]
    view.flags.writeable = False
    np.testing.assert_array_equal(fit(view), fit(ring(40, 4)))
