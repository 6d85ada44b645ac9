"""Layers for pictures: convolution, pooling, dropout, flatten. Each knows its way forward and its way back.

A batch of pictures is an array of shape (n, height, width, channels): the channels stand last, so that what a kernel
sees of one row lies together in memory, and one matrix product a layer does all pictures, places and channels at once.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from ocrpipe.nn.activations import activation
from ocrpipe.nn.initialise import he_normal

__all__ = ["Convolution", "Dropout", "Flatten", "MaxPool"]

Array = npt.NDArray[np.floating[Any]]
Shape = tuple[int, ...]


class Convolution:
    """A square kernel slid over pictures: at each place ``activation(seen @ weight + bias)``.

    Parameters
    ----------
    weight : ndarray of float, shape (kernel, kernel, inputs, outputs)
    bias : ndarray of float, shape (outputs,)
    activation_name : str
        A name of `ocrpipe.nn.activations`.
    stride : int
        The step from place to place, pixels.
    padding : int
        How many blank pixels are put around each picture.

    Examples
    --------
    >>> blur = Convolution(np.full((3, 3, 1, 1), 1 / 9), np.zeros(1), padding=1)
    >>> picture = np.zeros((1, 4, 4, 1))
    >>> picture[0, 1, 1] = 9
    >>> blur.forward(picture)[0, :, :, 0].round(6).tolist()
    [[1.0, 1.0, 1.0, 0.0], [1.0, 1.0, 1.0, 0.0], [1.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    """

    def __init__(
        self, weight: Array, bias: Array, activation_name: str = "linear", stride: int = 1, padding: int = 0
    ) -> None:
        if weight.ndim != 4 or weight.shape[0] != weight.shape[1] or bias.shape != weight.shape[3:]:
            raise ValueError(
                f"a convolution wants a weight of shape (kernel, kernel, inputs, outputs) and a bias of shape "
                f"(outputs,), not {weight.shape} and {bias.shape}"
            )
        if stride < 1 or not 0 <= padding < weight.shape[0]:
            raise ValueError(
                f"a convolution wants a stride of at least 1 and a padding from 0 to below its kernel's "
                f"{weight.shape[0]}, not {stride} and {padding}"
            )
        self.weight, self.bias = weight, bias
        self.activation = activation(activation_name)
        self.stride, self.padding = stride, padding

    @classmethod
    def fresh(
        cls,
        kernel: int,
        inputs: int,
        outputs: int,
        rng: np.random.Generator,
        activation_name: str = "relu",
        stride: int = 1,
        padding: int = 0,
        dtype: npt.DTypeLike = np.float32,
    ) -> Convolution:
        """Make an untrained layer: weights by He, no bias."""
        weight = he_normal(kernel * kernel * inputs, outputs, rng).reshape(kernel, kernel, inputs, outputs)
        return cls(weight.astype(dtype), np.zeros(outputs, dtype), activation_name, stride, padding)

    @property
    def parameters(self) -> list[Array]:
        """What training changes, in place."""
        return [self.weight, self.bias]

    def shape_after(self, shape: Shape) -> Shape:
        """Give the shape of what comes out, (height, width, channels), from that of what goes in.

        Raises
        ------
        ValueError
            If such pictures do not fit; the message says why.
        """
        height, width, _ = _pictures(shape, self.weight.shape[2])
        places = [_places(side + 2 * self.padding, self.weight.shape[0], self.stride) for side in (height, width)]
        return places[0], places[1], self.weight.shape[3]

    def forward(self, x: Array) -> Array:
        """Compute (n, height, width, outputs) from pictures (n, height, width, inputs): one matrix product."""
        seen = self._seen(x)
        matrix = self.weight.reshape(-1, self.weight.shape[3])
        total = (seen.reshape(-1, len(matrix)) @ matrix).reshape(*seen.shape[:3], matrix.shape[1])
        total += self.bias
        return self.activation.function(total)

    def backward(self, x: Array, output: Array, gradient: Array) -> tuple[Array, list[Array]]:
        """Carry a loss's gradient back: as `Dense.backward`, on pictures."""
        kernel, _, inputs, outputs = self.weight.shape
        inner = gradient if self.activation.name == "linear" else gradient * self.activation.slope(output)
        flat = inner.reshape(-1, outputs)
        seen = self._seen(x).reshape(len(flat), -1)
        own = [(seen.T @ flat).reshape(self.weight.shape), flat.sum(axis=0)]
        shares = (flat @ self.weight.reshape(-1, outputs).T).reshape(*inner.shape[:3], kernel, kernel, inputs)
        padded = np.zeros_like(_padded(x, self.padding))
        for down in range(kernel):
            for right in range(kernel):
                self._under(padded, down, right, inner.shape[1:3])[...] += shares[:, :, :, down, right]
        inside = slice(self.padding, -self.padding or None)
        return padded[:, inside, inside], own

    def _under(self, padded: Array, down: int, right: int, places: Shape) -> Array:
        """View the pixels that lie under one of the kernel's cells, place by place."""
        rows = slice(down, down + self.stride * places[0], self.stride)
        columns = slice(right, right + self.stride * places[1], self.stride)
        view: Array = padded[:, rows, columns]
        return view[:, : places[0], : places[1]]

    def _seen(self, x: Array) -> Array:
        """Copy what the kernel sees: shape (n, height, width, kernel, kernel, inputs)."""
        views = sliding_window_view(_padded(x, self.padding), self.weight.shape[:2], axis=(1, 2))
        return np.ascontiguousarray(views[:, :: self.stride, :: self.stride].transpose(0, 1, 2, 4, 5, 3))


class MaxPool:
    """The largest value of each square of `size` x `size` pixels, channel by channel; what is left over is cut off.

    Examples
    --------
    >>> MaxPool(2).forward(np.arange(16.0).reshape(1, 4, 4, 1))[0, :, :, 0].tolist()
    [[5.0, 7.0], [13.0, 15.0]]
    """

    def __init__(self, size: int) -> None:
        if size < 1:
            raise ValueError(f"pooling wants a size of at least 1, not {size}")
        self.size = size

    @property
    def parameters(self) -> list[Array]:
        """None: nothing here is learned."""
        return []

    def shape_after(self, shape: Shape) -> Shape:
        """Give the shape of what comes out from that of what goes in."""
        height, width, channels = _pictures(shape)
        return _places(height, self.size, self.size), _places(width, self.size, self.size), channels

    def forward(self, x: Array) -> Array:
        """Compute (n, height / size, width / size, channels)."""
        cells = self.cells(x)
        out = np.maximum(cells[0], cells[-1])
        for cell in cells[1:-1]:
            np.maximum(out, cell, out=out)
        return out

    def backward(self, x: Array, output: Array, gradient: Array) -> tuple[Array, list[Array]]:
        """Carry a gradient back to the pixel that was the largest; equals share it."""
        back = np.zeros_like(x)
        winners = [cell == output for cell in self.cells(x)]
        share = gradient / np.sum(winners, axis=0)
        for cell, won in zip(self.cells(back), winners, strict=True):
            cell[...] = share * won
        return back, []

    def cells(self, x: Array) -> list[Array]:
        """View the pixels at each place of a square, one array a place."""
        height, width, _ = self.shape_after(x.shape[1:])
        size = self.size
        return [
            x[:, down : size * height : size, right : size * width : size]
            for down in range(size)
            for right in range(size)
        ]


class Dropout:
    """While learning, silences a share of the units at random, and makes the rest larger; reading passes it by.

    References
    ----------
    N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15, 2014.

    Examples
    --------
    >>> layer = Dropout(0.5)
    >>> layer.forward(np.ones((1, 4))).tolist()
    [[1.0, 1.0, 1.0, 1.0]]
    >>> layer.silence(np.ones((1, 4)), np.random.default_rng(1)).tolist()
    [[0.0, 2.0, 2.0, 2.0]]
    """

    def __init__(self, share: float) -> None:
        if not 0 <= share < 1:
            raise ValueError(f"dropout wants a share from 0 to below 1, not {share}")
        self.share = share
        self._kept: Array | None = None

    @property
    def parameters(self) -> list[Array]:
        """None: nothing here is learned."""
        return []

    def shape_after(self, shape: Shape) -> Shape:
        """Give the shape of what comes out: that of what goes in."""
        return shape

    def forward(self, x: Array) -> Array:
        """Pass what comes: when reading, no unit is silent."""
        self._kept = None
        return x

    def silence(self, x: Array, rng: np.random.Generator) -> Array:
        """Silence units of a batch that is learned from, and remember which."""
        self._kept = (rng.random(x.shape, np.float32) >= self.share) / x.dtype.type(1 - self.share)
        return x * self._kept

    def backward(self, _x: Array, _output: Array, gradient: Array) -> tuple[Array, list[Array]]:
        """Carry a gradient back through the units that were not silent."""
        return gradient if self._kept is None else gradient * self._kept, []


class Flatten:
    """Lays each picture out as one row of numbers, for dense layers.

    Examples
    --------
    >>> Flatten().forward(np.zeros((2, 4, 4, 3))).shape
    (2, 48)
    """

    @property
    def parameters(self) -> list[Array]:
        """None: nothing here is learned."""
        return []

    def shape_after(self, shape: Shape) -> Shape:
        """Give the shape of what comes out from that of what goes in."""
        height, width, channels = _pictures(shape)
        return (height * width * channels,)

    def forward(self, x: Array) -> Array:
        """Reshape (n, height, width, channels) to (n, height * width * channels)."""
        return x.reshape(len(x), math.prod(x.shape[1:]))

    def backward(self, x: Array, _output: Array, gradient: Array) -> tuple[Array, list[Array]]:
        """Give the gradient the pictures' shape again."""
        return gradient.reshape(x.shape), []


def _pictures(shape: Shape, channels: int | None = None) -> Shape:
    """Check the shape (height, width, channels) of pictures that go into a layer."""
    if len(shape) != 3 or (channels is not None and shape[2] != channels):
        wanted = "(height, width, channels)" if channels is None else f"(height, width, {channels})"
        raise ValueError(f"it wants pictures of shape {wanted}, not {shape}")
    return shape


def _places(side: int, kernel: int, stride: int) -> int:
    """Count the places of a kernel along a side."""
    if kernel > side:
        raise ValueError(f"its kernel of {kernel} pixels does not fit into {side}")
    return (side - kernel) // stride + 1


def _padded(x: Array, padding: int) -> Array:
    """Put blank pixels around each picture."""
    if not padding:
        return x
    n, height, width, channels = x.shape
    out = np.zeros((n, height + 2 * padding, width + 2 * padding, channels), x.dtype)
    out[:, padding:-padding, padding:-padding] = x
    return out
