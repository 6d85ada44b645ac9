"""A stack of layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ocrpipe.nn.layers import Dense, Layered
from ocrpipe.nn.losses import LOSSES, softmax

__all__ = ["Network"]

Array = npt.NDArray[np.floating[Any]]


class Network(Layered):
    """A stack of dense layers; its last gives scores, which `softmax` makes probabilities, or a picture again.

    Parameters
    ----------
    layers : sequence of int
        Sizes from input to output, at least two.
    activation : str
        Of all layers but the last.
    seed : int
        The same seed gives the same weights, bit for bit.
    dtype : dtype
        Of all weights; float64 is for checking gradients.
    output : str
        The last layer's activation: linear for scores.
    loss : str
        What training makes small, a name of `ocrpipe.nn.losses`: ``cross-entropy``, of the scores' `softmax`, or
        ``squared``, of the outputs themselves.
    start : str
        How the first weights are drawn, a name of `ocrpipe.nn.initialise`: ``xavier``, ``he`` or ``zeros``.

    Examples
    --------
    >>> network = Network([1024, 512, 37], activation="relu", seed=1)
    >>> network.probabilities(np.zeros((3, 1024), np.float32)).shape
    (3, 37)
    >>> network.size
    543781
    """

    layers: list[Dense]

    def __init__(
        self,
        layers: Sequence[int],
        activation: str = "relu",
        seed: int = 0,
        dtype: npt.DTypeLike = np.float32,
        *,
        output: str = "linear",
        loss: str = "cross-entropy",
        start: str = "xavier",
    ) -> None:
        if len(layers) < 2 or min(layers) < 1:
            raise ValueError(f"a network wants at least two layers' sizes, each above 0, not {list(layers)}")
        rng = np.random.default_rng(seed)
        names = [activation] * (len(layers) - 2) + [output]
        pairs = zip(layers[:-1], layers[1:], names, strict=True)
        self.layers = [Dense.fresh(a, b, name, rng, dtype, start) for a, b, name in pairs]
        self.activation, self.loss = activation, LOSSES[loss]

    @classmethod
    def of(cls, layers: Sequence[Dense], activation: str, loss: str = "cross-entropy") -> Network:
        """Stack layers that exist."""
        network = cls.__new__(cls)
        network.layers, network.activation, network.loss = list(layers), activation, LOSSES[loss]
        return network

    @property
    def sizes(self) -> list[int]:
        """The layers' sizes from input to output."""
        return [self.layers[0].weight.shape[0], *(layer.weight.shape[1] for layer in self.layers)]

    def scores(self, x: Array) -> Array:
        """Compute the last layer's sums, shape (n, classes), for x of shape (n, inputs)."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def probabilities(self, x: Array) -> Array:
        """Compute the classes' probabilities: one matrix product a layer over the whole batch.

        Parameters
        ----------
        x : ndarray of float, shape (n, inputs), or (n, height, width) with height * width = inputs

        Returns
        -------
        ndarray of float, shape (n, classes)
            Each row adds up to 1.
        """
        return softmax(self.scores(x.reshape(len(x), self.layers[0].weight.shape[0])))

    def gradients(
        self,
        x: Array,
        targets: Array,
        drop: float = 0.0,
        rng: np.random.Generator | None = None,
        into: Sequence[Array] | None = None,
    ) -> tuple[float, list[Array]]:
        """Compute the loss of a batch and its gradients, by back-propagation.

        Parameters
        ----------
        x : ndarray of float, shape (n, inputs)
        targets : ndarray of float, shape (n, outputs)
        drop : float
            The share of each hidden layer's units that are silenced at random (dropout; Srivastava et al., JMLR 15,
            2014); the rest are made larger by 1 / (1 - drop), so that reading needs no change.
        rng : numpy.random.Generator, optional
            Wanted where `drop` is above 0.
        into : sequence of ndarray, optional
            Where to write the gradients, arrays of the parameters' shapes.

        Returns
        -------
        tuple
            The loss, a mean over the batch, and the gradients by the `parameters`, in their order.
        """
        answers, found = self.taught(x, targets, drop, rng, into=into)
        return self.loss.value(answers, targets), found

    def taught(
        self,
        x: Array,
        targets: Array,
        drop: float = 0.0,
        rng: np.random.Generator | None = None,
        scale: float = 1.0,
        into: Sequence[Array] | None = None,
    ) -> tuple[Array, list[Array]]:
        """Compute a batch's answers (n, outputs) and `scale` times the gradients; all else as for `gradients`."""
        if drop and rng is None:
            raise ValueError("dropout needs a generator: give rng")
        signals, outputs, masks = [x], [], []
        for layer in self.layers:
            outputs.append(layer.forward(signals[-1]))
            signal = outputs[-1]
            if drop and rng and layer is not self.layers[-1]:
                keep = rng.random(signal.shape, np.float32) >= drop
                masks.append(keep / signal.dtype.type(1 - drop))
                signal = signal * masks[-1]
            signals.append(signal)
        answers = self.loss.answer(outputs[-1])
        gradient = self.loss.slope(answers, targets, scale)
        found: list[list[Array]] = []
        for index in reversed(range(len(self.layers))):
            layer = self.layers[index]
            if drop and index < len(self.layers) - 1:
                gradient = gradient * masks[index]
            inner = layer.inner(outputs[index], gradient)
            found.append(layer.slopes(signals[index], inner, into and into[2 * index : 2 * index + 2]))
            if index:  # what the pictures should have been is of no use
                gradient = inner @ layer.weight.T
        return answers, [part for pair in reversed(found) for part in pair]
