import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrpipe.nn import Convolution, MaxPool
from ocrpipe.nn.inference import features
from ocrpipe.nn.products import rows_at_once


@st.composite
def stacks(draw):
    """Layers that fit on one another, and pictures that fit on them; numbers of pictures around those of a block."""
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    n = draw(st.sampled_from([0, 1, 2, 15, 16, 17, 33]))
    shape = draw(st.sampled_from([(16, 16, 1), (9, 14, 1), (8, 8, 3)]))
    pictures, layers = rng.normal(size=(n, *shape)), []
    for _ in range(draw(st.integers(0, 3))):
        side = min(shape[:2])
        if draw(st.integers(0, 3)) == 0:
            layers.append(MaxPool(draw(st.integers(1, min(side, 3)))))
        else:
            kernel = draw(st.integers(1, min(side, 5)))
            stride, padding = draw(st.integers(1, 3)), draw(st.integers(0, kernel - 1))
            name = draw(st.sampled_from(["relu", "relu", "tanh", "linear", "sigmoid"]))
            outputs = draw(st.sampled_from([2, 5, 24]))
            layers.append(Convolution.fresh(kernel, shape[2], outputs, rng, name, stride, padding, np.float64))
            layers[-1].bias[:] = rng.normal(size=outputs)
        shape = layers[-1].shape_after(shape)
    return layers, pictures


@settings(max_examples=60, deadline=None)
@given(stacks())
def test_reading_gives_what_the_way_forward_gives(made):
    layers, pictures = made
    wanted = pictures
    for layer in layers:
        wanted = layer.forward(wanted)
    kept = pictures.copy()
    found = features(layers, pictures)
    np.testing.assert_array_equal(pictures, kept)
    np.testing.assert_allclose(found, wanted.reshape(found.shape), atol=1e-10)


@pytest.mark.parametrize("channels", [1, 24])  # each layer has its own way: neighbours at once, or row by row
def test_single_precision_is_kept_and_precise(channels):
    rng = np.random.default_rng(0)
    layers = [Convolution.fresh(3, channels, 32, rng, "relu", padding=1), Convolution.fresh(3, 32, 8, rng, "relu")]
    for layer in layers:
        layer.bias[:] = rng.normal(size=layer.bias.shape)
    pictures = rng.random((40, 12, 12, channels), np.float32)
    found = features(layers, pictures)
    assert found.dtype == np.float32
    wanted = layers[1].forward(layers[0].forward(pictures))
    np.testing.assert_allclose(found, wanted.reshape(40, -1), atol=2e-5)


@given(st.integers(1, 3000), st.integers(1, 2000), st.integers(1, 200))
def test_pieces_divide_the_rows(rows, inputs, outputs):
    piece = rows_at_once(rows, inputs, outputs)
    assert rows % piece == 0
    assert piece == rows or piece * inputs * outputs <= 1_000_000
