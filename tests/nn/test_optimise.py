import numpy as np
import pytest

from ocrpipe.nn import SGD, Adam, step_decay


def make(name, weight):
    return {
        "sgd": lambda: SGD([weight], 0.1, 0),
        "momentum": lambda: SGD([weight], 0.02),
        "adam": lambda: Adam([weight], 0.1),
    }[name]()


@pytest.mark.parametrize("name", ["sgd", "momentum", "adam"])
def test_each_finds_the_bottom_of_a_bowl(name):
    weight = np.array([3.0, -2.0])
    descent = make(name, weight)
    for _ in range(300):
        descent.step([2 * weight * np.array([1.0, 0.3])])
    assert np.abs(weight).max() < 0.05


@pytest.mark.parametrize("name", ["sgd", "momentum", "adam"])
def test_a_step_changes_no_gradient_and_follow_is_the_same_step(name):
    rng = np.random.default_rng(0)
    gradients = [rng.normal(size=5) for _ in range(4)]
    one, two = np.ones(5), np.ones(5)
    stepping, following = make(name, one), make(name, two)
    for gradient in gradients:
        kept = gradient.copy()
        stepping.step([gradient])
        np.testing.assert_array_equal(gradient, kept)
        following.follow([following.scale * gradient])
    np.testing.assert_allclose(one, two, rtol=1e-12)


def test_adam_as_its_authors_wrote_it():
    rng = np.random.default_rng(1)
    weight, expected, mean, square = np.ones(3), np.ones(3), np.zeros(3), np.zeros(3)
    descent = Adam([weight], 0.01)
    for step in range(1, 30):
        gradient = rng.normal(size=3)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
        expected -= 0.01 * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
        descent.step([gradient])
        np.testing.assert_allclose(weight, expected, rtol=1e-12)


@pytest.mark.parametrize("name", ["momentum", "adam"])
def test_the_state_is_all_that_is_remembered(name):
    rng = np.random.default_rng(2)
    gradients = [rng.normal(size=5) for _ in range(6)]
    whole = np.ones(5)
    descent = make(name, whole)
    for gradient in gradients:
        descent.step([gradient])
    parted = np.ones(5)
    first = make(name, parted)
    for gradient in gradients[:3]:
        first.step([gradient])
    second = make(name, parted)
    for mine, its in zip(second.state, first.state, strict=True):
        mine[...] = its
    for gradient in gradients[3:]:
        second.step([gradient])
    np.testing.assert_array_equal(whole, parted)


def test_step_decay():
    assert [step_decay(1.0, 0.9, 20, epoch) for epoch in (0, 19, 20, 40)] == [1.0, 1.0, 0.9, pytest.approx(0.81)]
    assert step_decay(1.0, 0.5, 0, 99) == 1.0
