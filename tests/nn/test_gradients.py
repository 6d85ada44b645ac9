"""Every layer's and every loss's gradients against finite differences, and the identities that a course proves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ocrpipe.nn import LOSSES, STARTS, Dense, Network, activation, one_hot, psnr, sigmoid, softmax, squared_error, tanh
from ocrpipe.nn.products import gradient_product, product

STEP = 1e-6
numbers = arrays(np.float64, st.integers(1, 9), elements=st.floats(-50, 50))


def differences(loss, array):
    """Return the gradient of ``loss()`` by an array that it looks at, by central differences."""
    found = np.empty_like(array)
    for index in np.ndindex(array.shape):
        kept, values = array[index], []
        for step in (STEP, -STEP):
            array[index] = kept + step
            values.append(loss())
        array[index] = kept
        found[index] = (values[0] - values[1]) / (2 * STEP)
    return found


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "linear"])
def test_a_dense_layer(name):
    rng = np.random.default_rng(1)
    layer = Dense(rng.normal(size=(5, 4)), rng.normal(size=4), name)
    x, mixed = rng.normal(size=(3, 5)), rng.normal(size=(3, 4))

    def loss():
        return float((layer.forward(x) * mixed).sum())

    by_x, by_parameters = layer.backward(x, layer.forward(x), mixed)
    for gradient, array in zip([by_x, *by_parameters], [x, *layer.parameters], strict=True):
        np.testing.assert_allclose(gradient, differences(loss, array), atol=1e-7)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_a_loss(name):
    rng = np.random.default_rng(2)
    outputs, targets = rng.normal(size=(4, 3)), softmax(rng.normal(size=(4, 3)))
    item = LOSSES[name]
    slope = item.slope(item.answer(outputs), targets, 1.0)
    np.testing.assert_allclose(
        slope, differences(lambda: item.value(item.answer(outputs), targets), outputs), atol=1e-8
    )
    np.testing.assert_allclose(item.slope(item.answer(outputs), targets, 0.25), slope / 4)


@pytest.mark.parametrize("inner", ["sigmoid", "tanh", "relu", "linear"])
@pytest.mark.parametrize(("output", "loss"), [("linear", "cross-entropy"), ("sigmoid", "squared"), ("tanh", "squared")])
def test_a_whole_network(inner, output, loss):
    rng = np.random.default_rng(3)
    network = Network([6, 5, 4, 3], inner, seed=3, dtype=np.float64, output=output, loss=loss)
    x, targets = rng.normal(size=(7, 6)), one_hot(rng.integers(0, 3, 7), 3, 0.1).astype(np.float64)
    _, gradients = network.gradients(x, targets)
    for part, gradient in zip(network.parameters, gradients, strict=True):
        np.testing.assert_allclose(gradient, differences(lambda: network.gradients(x, targets)[0], part), atol=1e-7)


def test_gradients_are_written_where_they_are_wanted_and_scaled():
    network = Network([6, 5, 3], "tanh", seed=3)
    x, targets = np.ones((4, 6), np.float32), one_hot(np.arange(4) % 3, 3)
    room = [np.empty_like(part) for part in network.parameters]
    _, plain = network.gradients(x, targets)
    answers, found = network.taught(x, targets, scale=0.5, into=room)
    assert all(one is two for one, two in zip(found, room, strict=True))
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-6)
    for one, two in zip(found, plain, strict=True):
        np.testing.assert_allclose(one, two / 2, atol=1e-7)


@given(numbers)
def test_tanh_is_a_stretched_sigmoid(x):
    np.testing.assert_allclose(tanh(x), 2 * sigmoid(2 * x) - 1, atol=1e-12)


@given(numbers)
def test_slopes_are_told_from_the_outputs(x):
    np.testing.assert_allclose(activation("tanh").slope(tanh(x)), 1 - tanh(x) ** 2)
    np.testing.assert_allclose(activation("sigmoid").slope(sigmoid(x)), sigmoid(x) * sigmoid(-x), atol=1e-12)


@given(numbers)
def test_sigmoid_is_what_the_formula_says(x):
    np.testing.assert_allclose(sigmoid(x), 1 / (1 + np.exp(-x)), atol=1e-15)


@given(st.floats(-30, 30), st.floats(-30, 30))
def test_softmax_of_two_is_a_sigmoid_of_their_difference(a, b):
    np.testing.assert_allclose(softmax(np.array([[a, b]]))[0, 0], sigmoid(np.array([a - b]))[0], atol=1e-12)


@given(numbers, numbers)
def test_layers_without_a_non_linearity_are_one_linear_map(a, b):
    network = Network([3, 8, 2], "linear", seed=1, dtype=np.float64)
    first, second = network.layers
    x = np.resize(np.concatenate([a, b]), (2, 3))
    one = Dense(first.weight @ second.weight, first.bias @ second.weight + second.bias)
    np.testing.assert_allclose(network.scores(x), one.forward(x), atol=1e-9)


def test_from_zeros_all_units_stay_one():
    network = Network([4, 6, 3], "sigmoid", start="zeros", dtype=np.float64)
    rng = np.random.default_rng(0)
    x, targets = rng.random((5, 4)), one_hot(np.arange(5) % 3, 3).astype(np.float64)
    for _ in range(5):
        for part, gradient in zip(network.parameters, network.gradients(x, targets)[1], strict=True):
            part -= gradient
    hidden = network.layers[0].weight
    assert np.ptp(hidden, axis=1).max() < 1e-12
    assert np.abs(hidden).max() > 0


@pytest.mark.parametrize("name", sorted(STARTS))
def test_a_start_keeps_signals_as_large_as_it_says(name):
    weights = STARTS[name](400, 300, np.random.default_rng(0))
    variance = {"xavier": 2 / 700, "he": 2 / 400, "zeros": 0.0}[name]
    assert weights.var() == pytest.approx(variance, rel=0.03)


@given(arrays(np.float64, (2, 6), elements=st.floats(0, 1)), arrays(np.float64, (2, 6), elements=st.floats(0, 1)))
def test_squared_error_and_psnr(a, b):
    assert squared_error(a, b) == pytest.approx(((a - b) ** 2).sum() / 2)
    with np.errstate(divide="ignore"):
        assert psnr(a, b) == pytest.approx((-10 * np.log10(((a - b) ** 2).mean(axis=1))).mean())


@pytest.mark.parametrize("rows", [1, 15, 16, 35, 64, 65, 200])
@pytest.mark.parametrize("inputs", [1000, 1020, 1024])
def test_products_in_pieces_are_products(rows, inputs):
    rng = np.random.default_rng(rows)
    x, weight, inner = rng.normal(size=(rows, inputs)), rng.normal(size=(inputs, 64)), rng.normal(size=(rows, 64))
    np.testing.assert_allclose(product(x, weight), x @ weight, atol=1e-10)
    np.testing.assert_allclose(gradient_product(x, inner), x.T @ inner, atol=1e-10)
    room = np.empty((inputs, 64))
    assert gradient_product(x, inner, room) is room
    np.testing.assert_allclose(room, x.T @ inner, atol=1e-10)
