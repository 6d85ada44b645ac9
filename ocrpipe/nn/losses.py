"""From scores to probabilities, and how wrong they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["cross_entropy", "one_hot", "softmax"]

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
    raised: Array = np.exp(scores - scores.max(axis=1, keepdims=True))
    raised /= raised.sum(axis=1, keepdims=True)
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
    return float(-(targets * np.log(np.maximum(probabilities, tiny))).sum() / len(targets))


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
