"""The first weights of a network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

__all__ = ["STARTS", "he_normal", "xavier_uniform", "zeros"]


def xavier_uniform(inputs: int, outputs: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Draw weights evenly from +-sqrt(6 / (inputs + outputs)).

    So neither the signals on their way forward nor the gradients on their way back grow or fade from layer to layer.

    Parameters
    ----------
    inputs, outputs : int
        The layer's size.
    rng : numpy.random.Generator
        The same state gives the same weights, bit for bit.

    Returns
    -------
    ndarray of float64, shape (inputs, outputs)

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010,
    equation 16.

    Examples
    --------
    >>> weights = xavier_uniform(4, 2, np.random.default_rng(0))
    >>> weights.shape, bool(np.abs(weights).max() <= 1)
    ((4, 2), True)
    """
    bound = np.sqrt(6 / (inputs + outputs))
    return rng.uniform(-bound, bound, (inputs, outputs))


def he_normal(inputs: int, outputs: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Draw weights from a normal distribution of variance 2 / inputs: for ReLU, which silences half of what comes.

    Parameters
    ----------
    inputs, outputs : int
        The layer's size; a convolution's inputs are all that its kernel sees.
    rng : numpy.random.Generator
        The same state gives the same weights, bit for bit.

    Returns
    -------
    ndarray of float64, shape (inputs, outputs)

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", ICCV 2015, equation 10.

    Examples
    --------
    >>> weights = he_normal(800, 100, np.random.default_rng(0))
    >>> weights.shape, round(float(weights.std()), 2)
    ((800, 100), 0.05)
    """
    return rng.normal(0, np.sqrt(2 / inputs), (inputs, outputs))


def zeros(inputs: int, outputs: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:  # noqa: ARG001
    """Give nothing but zeros, to show why nobody starts there.

    All units of a layer then do the same and are taught the same: however many there are, they stay one.

    Examples
    --------
    >>> zeros(2, 1, np.random.default_rng(0)).tolist()
    [[0.0], [0.0]]
    """
    return np.zeros((inputs, outputs))


STARTS: dict[str, Callable[[int, int, np.random.Generator], npt.NDArray[np.float64]]] = {
    "xavier": xavier_uniform,
    "he": he_normal,
    "zeros": zeros,
}
"""By the name that a training's recipe bears."""
