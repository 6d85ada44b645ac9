"""How weights follow their gradients.

An optimiser owns nothing but its moments: it changes the weights in place, and `state` gives and takes all that it
remembers, so that a training can be put down and taken up again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["SGD", "Adam", "Optimiser", "step_decay"]

Array = npt.NDArray[np.floating[Any]]


class Optimiser(Protocol):
    """What every optimiser knows."""

    rate: float

    @property
    def scale(self) -> float:
        """What `follow` wants a gradient multiplied by."""

    @property
    def state(self) -> list[Array]:
        """All that it remembers from step to step: arrays to be changed in place, always in the same order."""

    def step(self, gradients: Sequence[Array]) -> None:
        """Take one step; `gradients` stand in the parameters' order."""

    def follow(self, scaled: Sequence[Array]) -> None:
        """Take one step by gradients that were multiplied by `scale` already, and may be used up.

        A batch's few numbers are sooner multiplied than the many weights' gradients that are made of them.
        """


def step_decay(rate: float, factor: float, every: int, epoch: int) -> float:
    """Give an epoch's learning rate: multiplied by `factor` after each `every` epochs.

    Parameters
    ----------
    rate : float
        Of the first epochs.
    factor : float
    every : int
        0 leaves the rate alone.
    epoch : int
        Counted from 0.

    Examples
    --------
    >>> [step_decay(0.1, 0.5, 2, epoch) for epoch in range(5)]
    [0.1, 0.1, 0.05, 0.05, 0.025]
    """
    return rate * factor ** (epoch // every) if every else rate


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
        self.moments = [np.zeros_like(part) for part in self.parameters] if momentum else []

    @property
    def scale(self) -> float:
        """The learning rate."""
        return self.rate

    @property
    def state(self) -> list[Array]:
        """The moments; none where there is no momentum."""
        return self.moments

    def step(self, gradients: Sequence[Array]) -> None:
        """Take one step; `gradients` stand in the parameters' order."""
        self.follow([gradient.dtype.type(self.rate) * gradient for gradient in gradients])

    def follow(self, scaled: Sequence[Array]) -> None:
        """Take one step by gradients that were multiplied by the rate already."""
        if not self.momentum:
            for part, gradient in zip(self.parameters, scaled, strict=True):
                part -= gradient
            return
        for part, moment, gradient in zip(self.parameters, self.moments, scaled, strict=True):
            moment *= self.momentum
            moment -= gradient
            part += moment


class Adam:
    """Steps of about equal size for every weight, whatever the size of its gradients.

    Running means of the gradient and of its square, both freed of their start at 0; the step is the rate times the one
    over the root of the other.

    Parameters
    ----------
    parameters : sequence of ndarray
        Changed in place.
    rate : float
        The learning rate; may be changed between steps.
    keep, keep_squares : float
        How slowly the two means follow.
    tiny : float
        Keeps a step finite where there was no gradient yet.

    References
    ----------
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.

    Examples
    --------
    >>> weights = np.array([1.0, 1.0])
    >>> Adam([weights], rate=0.1).step([np.array([5.0, -0.001])])
    >>> weights.round(4).tolist()
    [0.9, 1.1]
    """

    def __init__(
        self,
        parameters: Sequence[Array],
        rate: float = 0.001,
        keep: float = 0.9,
        keep_squares: float = 0.999,
        tiny: float = 1e-8,
    ) -> None:
        self.parameters = list(parameters)
        self.rate, self.keep, self.keep_squares, self.tiny = rate, keep, keep_squares, tiny
        self.means = [np.zeros_like(part) for part in self.parameters]
        self.squares = [np.zeros_like(part) for part in self.parameters]
        self.steps = np.zeros(1)
        self.scale = 1.0

    @property
    def state(self) -> list[Array]:
        """Both means, and the number of steps taken."""
        return [*self.means, *self.squares, self.steps]

    def step(self, gradients: Sequence[Array]) -> None:
        """Take one step; `gradients` stand in the parameters' order."""
        self.follow([gradient.copy() for gradient in gradients])

    def follow(self, scaled: Sequence[Array]) -> None:
        """Take one step by gradients that may be used up."""
        self.steps += 1
        count = float(self.steps[0])
        root = (1 - self.keep_squares**count) ** 0.5
        rate = self.rate * root / (1 - self.keep**count)
        for part, mean, square, gradient in zip(self.parameters, self.means, self.squares, scaled, strict=True):
            mean += (1 - self.keep) * (gradient - mean)
            square *= self.keep_squares
            square += (1 - self.keep_squares) * np.square(gradient)
            np.sqrt(square, out=gradient)
            gradient += self.tiny * root
            np.divide(mean, gradient, out=gradient)
            gradient *= rate
            part -= gradient
