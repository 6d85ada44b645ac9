import numpy as np
import pytest

from ocrpipe.nn import edges, pixels


def bar(turned=False):
    crop = np.zeros((1, 32, 32), np.float32)
    crop[:, 4:28, 14:18] = 1
    return crop.transpose(0, 2, 1) if turned else crop


def maps(crop):
    return edges(crop)[:, 256:].reshape(6, 8, 8)


def test_an_upright_bar_has_edges_across_only():
    across, down, size_across, size_down, _, _ = maps(bar())
    assert size_across.sum() > 5 * size_down.sum()
    assert np.abs(across.sum()) < 1e-4  # as much into the ink as out of it
    assert np.abs(down.sum()) < 1e-4


def test_turning_the_picture_turns_its_maps():
    straight, turned = maps(bar()), maps(bar(turned=True))
    for a, b in ((0, 1), (1, 0), (2, 3), (3, 2), (4, 4), (5, 5)):
        np.testing.assert_allclose(straight[a].T, turned[b], atol=1e-6)


def test_a_diagonal_shows_in_one_diagonal_map():
    falling = maps(np.eye(32, dtype=np.float32)[None])
    rising = maps(np.eye(32, dtype=np.float32)[None, :, ::-1])
    assert falling[5].sum() > 2 * falling[4].sum()
    assert rising[4].sum() > 2 * rising[5].sum()


def test_many_crops_are_each_alone():
    crops = np.random.default_rng(0).random((150, 32, 32), np.float32)
    kept = crops.copy()
    found = edges(crops)
    np.testing.assert_array_equal(crops, kept)
    for n in (0, 64, 149):
        np.testing.assert_allclose(found[n], edges(crops[n : n + 1])[0], atol=1e-5)
    assert edges(crops[:0]).shape == (0, 640)


def test_pixels_are_the_pixels():
    crops = np.random.default_rng(0).random((3, 5, 7), np.float32)
    np.testing.assert_array_equal(pixels(crops), crops.reshape(3, 35))


def test_odd_sizes_are_refused():
    with pytest.raises(ValueError, match="multiples of 4, not 30 x 32"):
        edges(np.zeros((1, 30, 32), np.float32))
