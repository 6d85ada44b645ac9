import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ocrpipe.nn import activation, cross_entropy, one_hot, sigmoid, softmax, xavier_uniform

scores = arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(1, 7)), elements=st.floats(-1e4, 1e4))


@given(scores)
def test_softmax_rows_are_probabilities(x):
    p = softmax(x)
    assert np.isfinite(p).all()
    assert (p >= 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)


@given(scores, st.floats(-1e4, 1e4))
def test_softmax_does_not_see_a_shift(x, shift):
    np.testing.assert_allclose(softmax(x + shift), softmax(x), atol=1e-9)


@given(scores)
def test_softmax_keeps_the_order(x):
    p = softmax(x)
    assert (np.take_along_axis(p, x.argmax(axis=1)[:, None], axis=1)[:, 0] == p.max(axis=1)).all()


def test_softmax_does_not_change_its_input():
    x = np.array([[1.0, 2.0]])
    softmax(x)
    assert x.tolist() == [[1.0, 2.0]]


def test_softmax_keeps_float32():
    assert softmax(np.zeros((1, 2), np.float32)).dtype == np.float32


@given(arrays(np.float64, 5, elements=st.floats(-1e300, 1e300)))
def test_sigmoid_never_overflows(x):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y = sigmoid(x)
    assert ((y >= 0) & (y <= 1)).all()
    np.testing.assert_allclose(y + sigmoid(-x), 1)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "linear"])
def test_slopes_against_differences(name):
    x = np.array([-2.0, -0.3, 0.4, 1.7])
    item = activation(name)
    slope = (item.function(x + 1e-6) - item.function(x - 1e-6)) / 2e-6
    np.testing.assert_allclose(item.slope(item.function(x)), slope, atol=1e-8)


def test_an_unknown_activation_names_those_that_exist():
    with pytest.raises(ValueError, match=r"'rely'.*sigmoid, tanh, relu"):
        activation("rely")


def test_cross_entropy_survives_a_zero():
    assert np.isfinite(cross_entropy(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])))


def test_smoothed_targets_add_up_to_one():
    np.testing.assert_allclose(one_hot(np.array([0, 2]), 3, 0.3), [[0.8, 0.1, 0.1], [0.1, 0.1, 0.8]], rtol=1e-6)


def test_xavier_bounds_and_spread():
    weights = xavier_uniform(300, 200, np.random.default_rng(0))
    bound = np.sqrt(6 / 500)
    assert np.abs(weights).max() <= bound
    assert abs(weights.std() - bound / np.sqrt(3)) < 0.01 * bound
