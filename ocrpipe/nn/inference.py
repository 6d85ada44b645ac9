"""How pictures pass a network's layers when nothing is to be learned: the same numbers as `forward` gives, faster.

A block of pictures at a time goes through arrays that are made once, and small enough to stay in the processor's cache.
Of what training does, three things are left out:

- No bias is added. max(sum + bias, 0) is max(sum, -bias) + bias. So a layer gives its outputs without the last addend:
  all of a channel are too low by the same amount, and -bias, the channel's *floor*, stands for 0. The next layer
  reckons that into its own bias.
- No picture is copied to get a border: a layer writes into the middle of the next one's, where the border is.
- Where kernels overlap in every row, only what they see of a row is copied, not the whole window: each of the kernel's
  rows has its own product, and the products are added.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from ocrpipe.nn.convolution import Convolution, MaxPool
from ocrpipe.nn.products import rows_at_once

__all__ = ["features"]

Array = npt.NDArray[np.floating[Any]]

_BLOCK = 16  # pictures; measured: 8 to 32 are alike, fewer cost calls, more fall out of the cache
_NEIGHBOURS = 4  # places that a kernel on one channel does at once; measured: fewer copy more, more multiply more
_LONG = 64  # numbers of a kernel's row from which on a product for each row is worth while


def features(layers: Sequence[Convolution | MaxPool], pictures: Array) -> Array:
    """Compute what layers make of pictures.

    Parameters
    ----------
    layers : sequence of Convolution and MaxPool
        They must fit on one another and on the pictures.
    pictures : ndarray of float, shape (n, height, width, channels)

    Returns
    -------
    ndarray of float, shape (n, numbers)
        Each picture's outputs, laid out as one row.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> layers = [Convolution.fresh(5, 1, 8, rng, stride=2, padding=2), MaxPool(2)]
    >>> pictures = rng.random((3, 32, 32, 1), np.float32)
    >>> found = features(layers, pictures)
    >>> bool(np.allclose(found, layers[1].forward(layers[0].forward(pictures)).reshape(3, -1), atol=1e-5))
    True
    """
    n = len(pictures)
    size = max(min(n, _BLOCK), 1)
    passage = Passage(layers, size, pictures)
    found = np.empty((n, *passage.last.shape[1:]), passage.last.dtype)
    for start in range(0, n, size):
        first = min(start, n - size)  # a last block that is not full takes a few pictures once more
        passage.run(pictures[first : first + size], found[first : first + size])
    return found.reshape(n, passage.last[0].size)


class Passage:
    """The arrays of one block on its way through the layers, laid out once."""

    def __init__(self, layers: Sequence[Convolution | MaxPool], size: int, pictures: Array) -> None:
        dtype = np.result_type(pictures, *(part for layer in layers for part in layer.parameters))
        shape = pictures.shape[1:]
        floor: Array = np.zeros(shape[2], dtype)
        self.steps: list[Step] = []
        self.inputs: list[Array] = []
        for layer in layers:
            padding = layer.padding if isinstance(layer, Convolution) else 0
            room = np.empty((size, shape[0] + 2 * padding, shape[1] + 2 * padding, shape[2]), dtype)
            room[:] = floor
            self.inputs.append(room[:, padding : padding + shape[0], padding : padding + shape[1]])
            shape = layer.shape_after(shape)
            if isinstance(layer, Convolution):
                self.steps.append(Convolved(layer, room, shape, floor))
            else:
                self.steps.append(Pooled(layer, room, floor))
            floor = self.steps[-1].floor
        self.last = np.empty((size, *shape), dtype)
        self.floors = _everywhere(floor, self.last)

    def run(self, pictures: Array, out: Array) -> None:
        """Write to `out` what the layers make of a block of pictures."""
        places = [*self.inputs, self.last]
        places[0][...] = pictures
        for step, place in zip(self.steps, places[1:], strict=True):
            step.run(place)
        np.subtract(self.last, self.floors, out=out)


class Step(Protocol):
    """A layer with the arrays that it works on."""

    floor: Array
    """What stands for 0 in what comes out, shape (channels,)."""

    def run(self, out: Array) -> None:
        """Write to `out` what the layer makes of what lies in the array that it was given."""


class Convolved:
    """A convolution over the pictures in `room`, whose border is there already."""

    def __init__(self, layer: Convolution, room: Array, shape: tuple[int, ...], floor: Array) -> None:
        self.total = np.empty((len(room), *shape), room.dtype)
        self.activation = layer.activation
        lowered = np.einsum("c,hwco->o", floor, layer.weight) - layer.bias
        self.floors = _everywhere(lowered, self.total)
        self.floor: Array = lowered if layer.activation.name == "relu" else np.zeros_like(lowered)
        kernel, _, inputs, _ = layer.weight.shape
        if layer.stride == 1 and kernel * inputs >= _LONG:
            self._by_rows(layer, room)
        else:
            self._by_windows(layer, room, _NEIGHBOURS if inputs == 1 and shape[1] % _NEIGHBOURS == 0 else 1)
        self.spare = np.empty_like(self.sums) if len(self.products) > 1 else self.sums

    def _by_rows(self, layer: Convolution, room: Array) -> None:
        """Plan a product for each row of the kernel: of what it sees of all rows, moved up by one each time."""
        kernel, _, inputs, outputs = layer.weight.shape
        n, height, width, _ = self.total.shape
        self.windows = sliding_window_view(room, kernel, axis=2).transpose(0, 1, 2, 4, 3)
        self.seen = np.empty(self.windows.shape, room.dtype)
        rows = [self.seen[:, down : down + height].reshape(n, height * width, -1) for down in range(kernel)]
        self.products = list(zip(rows, layer.weight.reshape(kernel, kernel * inputs, outputs), strict=True))
        self.sums = self.total.reshape(n, height * width, outputs)

    def _by_windows(self, layer: Convolution, room: Array, at_once: int) -> None:
        """Plan one product, of all that the kernel sees at each place, or at some neighbouring places at once."""
        kernel, stride = layer.weight.shape[0], layer.stride
        windows = sliding_window_view(room, (kernel, kernel + stride * (at_once - 1)), axis=(1, 2))
        self.windows = windows[:, ::stride, :: stride * at_once].transpose(0, 1, 2, 4, 5, 3)
        self.seen = np.empty(self.windows.shape, room.dtype)
        matrix = _for_neighbours(layer, at_once)
        inputs, outputs = matrix.shape
        rows = rows_at_once(self.total.size // outputs, inputs, outputs)
        self.products = [(self.seen.reshape(-1, rows, inputs), matrix)]
        self.sums = self.total.reshape(-1, rows, outputs)

    def run(self, out: Array) -> None:
        """Multiply, add the products, cut off at the floor, and put it where it is wanted."""
        np.copyto(self.seen, self.windows)
        (seen, matrix), *others = self.products
        np.matmul(seen, matrix, out=self.sums)
        for seen, matrix in others:
            np.matmul(seen, matrix, out=self.spare)
            np.add(self.sums, self.spare, out=self.sums)
        if self.activation.name == "relu":
            np.maximum(self.total, self.floors, out=self.total)
            np.copyto(out, self.total)  # measured: twice over whole arrays is faster than once into the rows of another
        else:
            np.subtract(self.total, self.floors, out=self.total)
            out[...] = self.activation.function(self.total)


class Pooled:
    """The largest of each square of the pictures in `room`; the floor stays what it was."""

    def __init__(self, layer: MaxPool, room: Array, floor: Array) -> None:
        self.cells = layer.cells(room)
        self.floor = floor

    def run(self, out: Array) -> None:
        """Write the largest."""
        np.maximum(self.cells[0], self.cells[-1], out=out)
        for cell in self.cells[1:-1]:
            np.maximum(out, cell, out=out)


def _everywhere(floor: Array, pictures: Array) -> Array:
    """Give each channel's floor at every place: whole arrays are worked on faster than broadcast rows."""
    out = np.empty_like(pictures)
    out[:] = floor
    return out


def _for_neighbours(layer: Convolution, at_once: int) -> Array:
    """Lay a kernel out as a matrix that does `at_once` neighbouring places in one go.

    Each neighbour's kernel stands `stride` pixels further right in a wider window; the rest is 0. On a single channel a
    kernel's row is but a few numbers, too short to copy fast: neighbours share it.
    """
    kernel, _, inputs, outputs = layer.weight.shape
    wide = kernel + layer.stride * (at_once - 1)
    matrix = np.zeros((kernel, wide, inputs, at_once, outputs), layer.weight.dtype)
    for place in range(at_once):
        first = layer.stride * place
        matrix[:, first : first + kernel, :, place] = layer.weight
    return matrix.reshape(kernel * wide * inputs, at_once * outputs)
