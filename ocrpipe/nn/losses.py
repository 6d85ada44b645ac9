"""From scores to answers, and how wrong they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["LOSSES", "Loss", "cross_entropy", "one_hot", "psnr", "softmax", "squared_error"]

Array = npt.NDArray[np.floating[Any]]


def softmax(scores: Array) -> Array:
    """Turn each row of scores into probabilities.

    Softmax does not change when a row is shifted: each row's maximum is taken off first, and no exponential overflows.

    Parameters
    ----------
    scores : ndarray of float, shape (n, classes)

    Returns
    -------
    ndarray, same shape and dtype
        Each row adds up to 1.

    Examples
    --------
    >>> softmax(np.array([[1000.0, 1000.0], [0.0, -1000.0]])).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """
    raised: Array = scores - np.maximum.reduce(scores, axis=1, keepdims=True)
    np.exp(raised, out=raised)
    raised /= np.add.reduce(raised, axis=1, keepdims=True)
    return raised


def cross_entropy(probabilities: Array, targets: Array) -> float:
    """Mean over the rows of -sum(target * log(probability)), in nats.

    Its gradient by the scores that went into `softmax` is simply (probabilities - targets) / n.

    Parameters
    ----------
    probabilities, targets : ndarray of float, shape (n, classes)
        Rows of each add up to 1.

    Examples
    --------
    >>> round(cross_entropy(np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]])), 4)
    0.6931
    """
    tiny = np.finfo(probabilities.dtype).tiny
    logs = np.log(np.maximum(probabilities, tiny))
    return -float(np.vdot(targets, logs)) / len(targets)


def one_hot(classes: npt.NDArray[np.integer[Any]], count: int, smoothing: float = 0.0) -> npt.NDArray[np.float32]:
    """Make targets: `1 - smoothing` for the class itself, and `smoothing` shared out evenly over all.

    Parameters
    ----------
    classes : ndarray of int, shape (n,)
    count : int
        The number of classes.
    smoothing : float
        Label smoothing (Szegedy et al., "Rethinking the Inception architecture", CVPR 2016, section 7): it keeps a
        network from certainty.

    Returns
    -------
    ndarray of float32, shape (n, count)

    Examples
    --------
    >>> one_hot(np.array([1]), 2, smoothing=0.5).tolist()
    [[0.25, 0.75]]
    """
    out = np.full((len(classes), count), smoothing / count, np.float32)
    out[np.arange(len(classes)), classes] += 1 - smoothing
    return out


def squared_error(answers: Array, targets: Array) -> float:
    """Mean over the rows of the sum of their squared differences.

    Parameters
    ----------
    answers, targets : ndarray of float, shape (n, outputs)

    Examples
    --------
    >>> squared_error(np.array([[1.0, 2.0], [0.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 0.0]]))
    2.0
    """
    away = (answers - targets).ravel()
    return float(away @ away) / len(targets)


def psnr(pictures: Array, answers: Array) -> float:
    """Give the peak signal-to-noise ratio of pictures of 0..1, decibels: the mean over the pictures.

    -10 log10 of a picture's mean squared error: 20 is a tenth of the whole range off, 14 a fifth.

    Parameters
    ----------
    pictures, answers : ndarray of float, shape (n, ...)

    Returns
    -------
    float
        Infinite where all are the same.

    Examples
    --------
    >>> round(psnr(np.zeros((2, 4)), np.full((2, 4), 0.1)), 6)
    20.0
    """
    away = np.square(pictures - answers).reshape(len(pictures), -1).mean(axis=1, dtype=np.float64)
    with np.errstate(divide="ignore"):
        return float((-10 * np.log10(away)).mean())


@dataclass(frozen=True)
class Loss:
    """What a network's last sums mean, and how wrong that is.

    Attributes
    ----------
    name : str
    answer : callable
        From the last layer's outputs (n, outputs) to the answers, same shape: `softmax`, or the outputs as they are.
    value : callable
        The loss of answers and targets, a mean over the rows.
    slope : callable
        Its gradient by the last layer's outputs, told from answers and targets, times a number.
    """

    name: str
    answer: Callable[[Array], Array]
    value: Callable[[Array, Array], float]
    slope: Callable[[Array, Array, float], Array]


LOSSES = {
    item.name: item
    for item in (
        Loss("cross-entropy", softmax, cross_entropy, lambda p, t, scale: (p - t) * (scale / len(t))),
        Loss("squared", lambda outputs: outputs, squared_error, lambda a, t, scale: (a - t) * (2 * scale / len(t))),
    )
}
