"""Activations: what a unit does with its sum. Each knows its slope, told from its output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["ACTIVATIONS", "Activation", "activation", "linear", "relu", "sigmoid", "tanh"]

Array = npt.NDArray[np.floating[Any]]


def sigmoid(x: Array) -> Array:
    """Compute 1 / (1 + exp(-x)) without overflow, as (1 + tanh(x / 2)) / 2: the same, and no exponential is large.

    Parameters
    ----------
    x : ndarray of float, any shape

    Returns
    -------
    ndarray, same shape and dtype
        0..1.

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    value: Array = np.tanh(x / 2)
    value += 1
    value /= 2
    return value


def tanh(x: Array) -> Array:
    """Compute the hyperbolic tangent, -1..1.

    Examples
    --------
    >>> tanh(np.array([0.0])).tolist()
    [0.0]
    """
    return np.tanh(x)


def relu(x: Array) -> Array:
    """Let pass what is above 0.

    Examples
    --------
    >>> relu(np.array([-2.0, 3.0])).tolist()
    [0.0, 3.0]
    """
    return np.maximum(x, 0)


def linear(x: Array) -> Array:
    """Let everything pass.

    Examples
    --------
    >>> linear(np.array([-2.0, 3.0])).tolist()
    [-2.0, 3.0]
    """
    return x


@dataclass(frozen=True)
class Activation:
    """A name, the function, and its slope as a function of its *output*."""

    name: str
    function: Callable[[Array], Array]
    slope: Callable[[Array], Array]


ACTIVATIONS = {
    item.name: item
    for item in (
        Activation("sigmoid", sigmoid, lambda y: y * (1 - y)),
        Activation("tanh", tanh, lambda y: 1 - y * y),
        Activation("relu", relu, lambda y: (y > 0).astype(y.dtype)),
        Activation("linear", linear, np.ones_like),
    )
}


def activation(name: str) -> Activation:
    """Find an activation by its name.

    Raises
    ------
    ValueError
        If there is none; the message names those that exist.

    Examples
    --------
    >>> activation("relu").name
    'relu'
    """
    try:
        return ACTIVATIONS[name]
    except KeyError:
        raise ValueError(f"no activation {name!r}; there are {', '.join(ACTIVATIONS)}") from None
