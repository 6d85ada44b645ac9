"""Layers: each knows its way forward and its way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ocrpipe.nn.activations import activation
from ocrpipe.nn.initialise import STARTS
from ocrpipe.nn.products import gradient_product, product

__all__ = ["Dense", "Layered"]

Array = npt.NDArray[np.floating[Any]]


class Dense:
    """A fully connected layer: ``activation(x @ weight + bias)``.

    Parameters
    ----------
    weight : ndarray of float, shape (inputs, outputs)
    bias : ndarray of float, shape (outputs,)
    activation_name : str
        A name of `ocrpipe.nn.activations`.

    Examples
    --------
    >>> layer = Dense(np.array([[1.0], [2.0]]), np.array([-1.0]), "relu")
    >>> layer.forward(np.array([[3.0, 0.5], [0.0, 0.0]])).tolist()
    [[3.0], [0.0]]
    """

    def __init__(self, weight: Array, bias: Array, activation_name: str = "linear") -> None:
        if weight.ndim != 2 or bias.shape != weight.shape[1:]:
            raise ValueError(
                f"a dense layer wants a weight of shape (inputs, outputs) and a bias of shape (outputs,), "
                f"not {weight.shape} and {bias.shape}"
            )
        self.weight, self.bias = weight, bias
        self.activation = activation(activation_name)

    @classmethod
    def fresh(
        cls,
        inputs: int,
        outputs: int,
        activation_name: str,
        rng: np.random.Generator,
        dtype: npt.DTypeLike = np.float32,
        start: str = "xavier",
    ) -> Dense:
        """Make an untrained layer: weights by a name of `ocrpipe.nn.initialise`, no bias."""
        return cls(STARTS[start](inputs, outputs, rng).astype(dtype), np.zeros(outputs, dtype), activation_name)

    @property
    def parameters(self) -> list[Array]:
        """What training changes, in place."""
        return [self.weight, self.bias]

    def forward(self, x: Array) -> Array:
        """Compute the layer's outputs, shape (n, outputs), for a whole batch x, shape (n, inputs)."""
        total = product(x, self.weight)
        total += self.bias
        return self.activation.function(total)

    def backward(self, x: Array, output: Array, gradient: Array) -> tuple[Array, list[Array]]:
        """Carry a loss's gradient back through the layer.

        Parameters
        ----------
        x : ndarray, shape (n, inputs)
            What went in.
        output : ndarray, shape (n, outputs)
            What `forward` made of it.
        gradient : ndarray, shape (n, outputs)
            The loss's gradient by the output.

        Returns
        -------
        tuple
            The gradient by x, shape (n, inputs), and those by the `parameters`, in their order.
        """
        inner = self.inner(output, gradient)
        return inner @ self.weight.T, self.slopes(x, inner)

    def inner(self, output: Array, gradient: Array) -> Array:
        """Give the loss's gradient by the layer's sums, from that by its output; both (n, outputs)."""
        return gradient if self.activation.name == "linear" else gradient * self.activation.slope(output)

    def slopes(self, x: Array, inner: Array, into: Sequence[Array] | None = None) -> list[Array]:
        """Give the loss's gradients by the `parameters`, in their order, from that by the sums.

        `into` are arrays of the parameters' shapes to write to: large ones cost more to make than to fill.
        """
        weight, bias = into or (None, None)
        return [gradient_product(x, inner, out=weight), np.add.reduce(inner, axis=0, out=bias)]


class Learning(Protocol):
    """A layer of any kind, as far as what it learns is concerned."""

    @property
    def parameters(self) -> list[Array]:
        """What training changes, in place; none where nothing is learned."""


class Layered:
    """What is made of layers one upon the other, and learns what they learn.

    Examples
    --------
    >>> net = Layered()
    >>> net.layers = [Dense(np.zeros((3, 2)), np.zeros(2)), Dense(np.zeros((2, 1)), np.zeros(1))]
    >>> net.size, [part.shape for part in net.parameters]
    (11, [(3, 2), (2,), (2, 1), (1,)])
    """

    layers: Sequence[Learning]

    @property
    def size(self) -> int:
        """The number of weights and biases."""
        return sum(part.size for part in self.parameters)

    @property
    def parameters(self) -> list[Array]:
        """All that training changes, from input to output."""
        return [part for layer in self.layers for part in layer.parameters]
