"""A stack of any layers: what a convolutional network is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ocrpipe.nn.activations import ACTIVATIONS
from ocrpipe.nn.convolution import Convolution, Dropout, Flatten, MaxPool
from ocrpipe.nn.inference import features
from ocrpipe.nn.layers import Dense, Layered
from ocrpipe.nn.losses import cross_entropy, softmax

__all__ = ["Layer", "Stack", "layers_of", "tensor_shapes"]

Array = npt.NDArray[np.floating[Any]]
Layer = Convolution | MaxPool | Dropout | Flatten | Dense

_LARGEST = 100_000_000  # weights; who wants more is not one of ours
_MOST = 4_000_000  # numbers that a layer makes of one picture, the copies for its matrix product included


class Stack(Layered):
    """Layers one upon the other, from pictures of one channel to scores, which `softmax` makes probabilities.

    Parameters
    ----------
    layers : sequence of Layer
    height, width : int
        The size of the pictures, pixels.

    Raises
    ------
    ValueError
        If the layers do not fit on one another; the message says which and why.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> first = Convolution.fresh(5, 1, 8, rng, stride=2, padding=2)
    >>> stack = Stack([first, MaxPool(2), Flatten(), Dense.fresh(512, 37, "linear", rng)], 32, 32)
    >>> stack.probabilities(np.zeros((3, 32, 32), np.float32)).shape
    (3, 37)
    >>> stack.size
    19189
    """

    layers: list[Layer]

    def __init__(self, layers: Sequence[Layer], height: int, width: int) -> None:
        self.layers, self.height, self.width = list(layers), height, width
        shape: tuple[int, ...] = (height, width, 1)
        for number, layer in enumerate(self.layers):
            try:
                shape = _shape_after(layer, shape)
                if _work(layer, shape) > _MOST:
                    raise ValueError(f"it makes {_work(layer, shape)} numbers of one picture; at most are {_MOST}")
            except ValueError as error:
                raise ValueError(f"layer {number} ({_kind(layer)}): {error}") from None
        if len(shape) != 1:
            raise ValueError(f"the last layer gives pictures of shape {shape}, where scores are wanted")
        self.classes = shape[0]

    def scores(self, x: Array) -> Array:
        """Compute the last layer's sums, shape (n, classes), for pictures of shape (n, height, width)."""
        flat = next(number for number, layer in enumerate(self.layers) if isinstance(layer, Flatten))
        seeing = [layer for layer in self.layers[:flat] if isinstance(layer, Convolution | MaxPool)]
        signal = features(seeing, x.reshape(len(x), self.height, self.width, 1))
        for layer in self.layers[flat + 1 :]:
            signal = layer.forward(signal)
        return signal

    def probabilities(self, x: Array) -> Array:
        """Compute the classes' probabilities.

        Parameters
        ----------
        x : ndarray of float, shape (n, height, width), or (n, height * width)

        Returns
        -------
        ndarray of float, shape (n, classes)
            Each row adds up to 1.
        """
        return softmax(self.scores(x))

    def gradients(self, x: Array, targets: Array, rng: np.random.Generator | None = None) -> tuple[float, list[Array]]:
        """Compute the cross-entropy of a batch and its gradients, by back-propagation.

        Parameters
        ----------
        x : ndarray of float, shape (n, height, width)
        targets : ndarray of float, shape (n, classes)
        rng : numpy.random.Generator, optional
            Decides what `Dropout` silences; left out, nothing is.

        Returns
        -------
        tuple
            The loss, and the gradients by the `parameters`, in their order.
        """
        signals: list[Array] = [x.reshape(len(x), self.height, self.width, 1)]
        for layer in self.layers:
            if isinstance(layer, Dropout) and rng is not None:
                signals.append(layer.silence(signals[-1], rng))
            else:
                signals.append(layer.forward(signals[-1]))
        probabilities = softmax(signals[-1])
        gradient: Array = (probabilities - targets) / len(x)
        found: list[Array] = []
        for layer, before, after in reversed(list(zip(self.layers, signals[:-1], signals[1:], strict=True))):
            gradient, own = layer.backward(before, after, gradient)
            found = own + found
        return cross_entropy(probabilities, targets), found

    def described(self) -> list[dict[str, Any]]:
        """Say what layers there are, in terms that JSON holds; `layers_of` reads it."""
        return [_described(layer) for layer in self.layers]


def _shape_after(layer: Layer, shape: tuple[int, ...]) -> tuple[int, ...]:
    if not isinstance(layer, Dense):
        return layer.shape_after(shape)
    if shape != layer.weight.shape[:1]:
        raise ValueError(f"it wants {layer.weight.shape[0]} numbers, not {shape}")
    return layer.weight.shape[1:]


def _work(layer: Layer, shape: tuple[int, ...]) -> int:
    """Count the numbers in memory for one picture, by the shape of what a layer gives."""
    seen = math.prod(layer.weight.shape[:3]) if isinstance(layer, Convolution) else 1
    return max(math.prod(shape), math.prod(shape[:-1]) * seen)


def _kind(layer: Layer) -> str:
    return type(layer).__name__.lower()


_FIELDS: Mapping[str, Mapping[str, type]] = {
    "convolution": {
        "kernel": int,
        "inputs": int,
        "outputs": int,
        "stride": int,
        "padding": int,
        "activation": str,
    },
    "maxpool": {"size": int},
    "dropout": {"share": float},
    "flatten": {},
    "dense": {"inputs": int, "outputs": int, "activation": str},
}
"""What is said of each kind of layer."""


def _described(layer: Layer) -> dict[str, Any]:
    about: dict[str, Any] = {"kind": _kind(layer)}
    if isinstance(layer, Convolution):
        kernel, _, inputs, outputs = layer.weight.shape
        about |= {"kernel": kernel, "inputs": inputs, "outputs": outputs}
        about |= {"stride": layer.stride, "padding": layer.padding, "activation": layer.activation.name}
    elif isinstance(layer, Dense):
        about |= {"inputs": layer.weight.shape[0], "outputs": layer.weight.shape[1]}
        about["activation"] = layer.activation.name
    elif isinstance(layer, MaxPool):
        about["size"] = layer.size
    elif isinstance(layer, Dropout):
        about["share"] = layer.share
    return about


def tensor_shapes(described: Any) -> dict[str, tuple[int, ...]]:
    """Give name and shape of all the weights that described layers have; nothing is made yet.

    Parameters
    ----------
    described
        What `Stack.described` gave, as it came out of a file: it may be anything.

    Raises
    ------
    ValueError
        If it describes no layers, or impossible ones; the message says what is wrong.

    Examples
    --------
    >>> tensor_shapes([{"kind": "flatten"}, {"kind": "dense", "inputs": 4, "outputs": 2, "activation": "linear"}])
    {'1.weight': (4, 2), '1.bias': (2,)}
    """
    if not isinstance(described, list) or not 1 <= len(described) <= 100:
        raise ValueError("it is no list of 1 to 100 layers")
    shapes: dict[str, tuple[int, ...]] = {}
    for number, about in enumerate(described):
        _check(number, about)
        if "outputs" in about:
            window = (about["kernel"], about["kernel"]) if about["kind"] == "convolution" else ()
            shapes[f"{number}.weight"] = (*window, about["inputs"], about["outputs"])
            shapes[f"{number}.bias"] = (about["outputs"],)
    if sum(map(math.prod, shapes.values())) > _LARGEST:
        raise ValueError(f"its layers want more than {_LARGEST} weights")
    return shapes


def _check(number: int, about: Any) -> None:
    """Check that a layer's description has its kind's fields, each of its type and within reason."""
    kind = about.get("kind") if isinstance(about, dict) else None
    if not isinstance(kind, str) or kind not in _FIELDS:
        raise ValueError(f"layer {number} is of no known kind; there are {', '.join(_FIELDS)}")
    fields = _FIELDS[kind]
    if set(about) != {"kind", *fields}:
        raise ValueError(f"layer {number} ({kind}) must have just the keys {', '.join(('kind', *fields))}")
    for name, wanted in fields.items():
        if type(about[name]) is not wanted or not _possible(name, about[name]):
            raise ValueError(f"layer {number} ({kind}) has the impossible {name} {about[name]!r}")


def _possible(name: str, value: Any) -> bool:
    """Whether a field's value, which is of the right type, is within reason."""
    if name == "activation":
        return value in ACTIVATIONS
    return bool(0 <= value < 1 if name == "share" else (name != "padding") <= value <= _LARGEST)


def layers_of(described: Sequence[Mapping[str, Any]], tensors: Mapping[str, Array]) -> list[Layer]:
    """Make the layers that `described` says of their weights, named as `tensor_shapes` names them."""
    made: list[Layer] = []
    for number, about in enumerate(described):
        weight, bias = f"{number}.weight", f"{number}.bias"
        match about["kind"]:
            case "convolution":
                how = about["activation"], about["stride"], about["padding"]
                made.append(Convolution(tensors[weight], tensors[bias], *how))
            case "dense":
                made.append(Dense(tensors[weight], tensors[bias], about["activation"]))
            case "maxpool":
                made.append(MaxPool(about["size"]))
            case "dropout":
                made.append(Dropout(about["share"]))
            case _:
                made.append(Flatten())
    return made
