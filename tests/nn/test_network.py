import subprocess
import sys

import numpy as np
import pytest

from ocrpipe.nn import SGD, Dense, Network, one_hot


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "linear"])
def test_gradients_against_finite_differences(activation):
    rng = np.random.default_rng(0)
    network = Network([6, 5, 4, 3], activation, seed=3, dtype=np.float64)
    x = rng.normal(size=(7, 6))
    targets = one_hot(rng.integers(0, 3, 7), 3, smoothing=0.1).astype(np.float64)
    _, gradients = network.gradients(x, targets)
    for part, gradient in zip(network.parameters, gradients, strict=True):
        assert gradient.shape == part.shape
        for index in list(np.ndindex(part.shape))[::3]:
            kept, losses = part[index], []
            for step in (1e-6, -1e-6):
                part[index] = kept + step
                losses.append(network.gradients(x, targets)[0])
            part[index] = kept
            assert gradient[index] == pytest.approx((losses[0] - losses[1]) / 2e-6, abs=1e-7)


def test_gradients_with_dropout_against_finite_differences():
    network = Network([6, 8, 8, 3], "tanh", seed=3, dtype=np.float64)
    x = np.random.default_rng(0).normal(size=(5, 6))
    targets = one_hot(np.arange(5) % 3, 3).astype(np.float64)

    def loss():
        return network.gradients(x, targets, drop=0.5, rng=np.random.default_rng(9))

    _, gradients = loss()
    part = network.parameters[0]
    for index in [(0, 0), (2, 5), (5, 7)]:
        kept, losses = part[index], []
        for step in (1e-6, -1e-6):
            part[index] = kept + step
            losses.append(loss()[0])
        part[index] = kept
        assert gradients[0][index] == pytest.approx((losses[0] - losses[1]) / 2e-6, abs=1e-7)


def test_dropout_wants_a_generator():
    network = Network([2, 2, 2])
    with pytest.raises(ValueError, match="give rng"):
        network.gradients(np.zeros((1, 2), np.float32), one_hot(np.array([0]), 2), drop=0.5)


def test_the_momentum_rule():
    weight = np.array([1.0, -2.0])
    gradients = [np.array([0.5, 1.0]), np.array([-1.0, 2.0]), np.array([0.0, 0.0])]
    descent = SGD([weight], rate=0.1)
    expected, moment = weight.copy(), np.zeros(2)
    for gradient in gradients:
        moment = 0.9 * moment - 0.1 * gradient
        expected = expected + moment
        descent.step([gradient])
    np.testing.assert_allclose(weight, expected, rtol=1e-15)


def train(seed):
    rng = np.random.default_rng(seed)
    network = Network([16, 8, 3], "relu", seed)
    x, targets = rng.random((60, 16), np.float32), one_hot(rng.integers(0, 3, 60), 3)
    descent = SGD(network.parameters, 0.1)
    for _ in range(20):
        descent.step(network.gradients(x, targets, 0.2, rng)[1])
    return b"".join(part.tobytes() for part in network.parameters)


def test_the_same_seed_gives_the_same_weights_bit_for_bit():
    assert train(1) == train(1)
    assert train(1) != train(2)


def test_it_learns():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    targets = one_hot(np.array([0, 1, 1, 0]), 2)
    network = Network([2, 16, 2], "tanh", seed=0)
    descent = SGD(network.parameters, 0.2)
    for _ in range(300):
        descent.step(network.gradients(x, targets)[1])
    assert network.probabilities(x).argmax(axis=1).tolist() == [0, 1, 1, 0]


def test_inference_stays_float32_and_takes_pictures():
    network = Network([16, 8, 3])
    crops = np.random.default_rng(0).random((5, 4, 4), np.float32)
    found = network.probabilities(crops)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, network.probabilities(crops.reshape(5, 16)))
    assert network.probabilities(crops[:0]).shape == (0, 3)


@pytest.mark.parametrize("layers", [[], [3], [3, 0, 2]])
def test_impossible_stacks(layers):
    with pytest.raises(ValueError, match="at least two"):
        Network(layers)


def test_a_layer_checks_its_shapes():
    with pytest.raises(ValueError, match="weight of shape"):
        Dense(np.zeros((3, 2)), np.zeros(3))


def test_nn_needs_numpy_and_safetensors_only():
    """The package's own __init__ aside: nn must not make the start slower."""
    code = (
        "import sys, importlib.util, types, pathlib\n"
        "import numpy, safetensors.numpy\n"
        "root = types.ModuleType('ocrpipe'); root.__path__ = [str(pathlib.Path('ocrpipe').resolve())]\n"
        "sys.modules['ocrpipe'] = root\n"
        "before = set(sys.modules)\n"
        "import ocrpipe.nn\n"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))\n"
    )
    root = __file__.rsplit("tests", 1)[0]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    heavy = {"scipy", "skimage", "PIL", "pydantic", "pluggy", "pickle", "matplotlib", "multiprocessing", "ml_dtypes"}
    assert not heavy & set(done.stdout.split())
