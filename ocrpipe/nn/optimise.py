"""How weights follow their gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["SGD"]

Array = npt.NDArray[np.floating[Any]]


class SGD:
    """Stochastic gradient descent with momentum: M = momentum * M - rate * gradient; W = W + M.

    Parameters
    ----------
    parameters : sequence of ndarray
        Changed in place.
    rate : float
        The learning rate; may be changed between steps.
    momentum : float
        0 is plain gradient descent.

    References
    ----------
    B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", USSR Computational Mathematics and
    Mathematical Physics 4(5), 1964.

    Examples
    --------
    >>> weight = np.array([1.0])
    >>> descent = SGD([weight], rate=0.1)
    >>> for _ in range(2):
    ...     descent.step([np.array([1.0])])
    >>> weight.round(6).tolist()  # 1 - 0.1, then M = 0.9 * -0.1 - 0.1 = -0.19
    [0.71]
    """

    def __init__(self, parameters: Sequence[Array], rate: float, momentum: float = 0.9) -> None:
        self.parameters = list(parameters)
        self.rate, self.momentum = rate, momentum
        self.moments = [np.zeros_like(part) for part in self.parameters]

    def step(self, gradients: Sequence[Array]) -> None:
        """Take one step; `gradients` stand in the parameters' order."""
        for part, moment, gradient in zip(self.parameters, self.moments, gradients, strict=True):
            moment *= self.momentum
            moment -= gradient.dtype.type(self.rate) * gradient
            part += moment
