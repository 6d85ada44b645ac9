"""Pixels of any kind as grey uint8, 0 black and 255 white."""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocrpipe import Affine

WIDE_MODES = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")
"""Pillow's modes of more than 8 bits a channel; its own conversion to 8 bits clips them."""

TURNS = {
    1: (False, False, False),
    2: (False, True, False),
    3: (False, True, True),
    4: (False, False, True),
    5: (True, False, False),
    6: (True, True, False),
    7: (True, True, True),
    8: (True, False, True),
}
"""EXIF orientation -> (swap the axes, then mirror left to right, then mirror top to bottom). CIPA DC-008, 4.6.4."""

Gray = NDArray[np.uint8]


class WideScale(TypedDict):
    """How an image of more than 8 bits a channel is scaled.

    `white_level` is the value that means white, None where the mode says it; `inverted`, whether 0 means white.
    """

    white_level: int | None
    inverted: bool


def gray_image(image: Image.Image, white_level: int | None = None, inverted: bool = False) -> Image.Image:
    """Return a Pillow image of any mode in mode ``L``: what is transparent stands on white.

    Parameters
    ----------
    image
        Loaded, of any mode; not changed.
    white_level
        The value that means white in an image of more than 8 bits; None for the mode's own.
    inverted
        Whether 0 means white in an image of more than 8 bits. (Pillow sees to the others itself.)
    """
    if image.mode in WIDE_MODES:
        gray = narrowed(np.asarray(image), white_level)
        return Image.fromarray(255 - gray if inverted else gray)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("L", image.size, 255)
        return Image.composite(image.convert("L"), white, image.getchannel("A"))
    if image.mode == "LAB":
        return image.getchannel("L")
    if image.mode == "HSV":
        image = image.convert("RGB")
    return image if image.mode == "L" else image.convert("L")


def array_image(array: NDArray[Any]) -> Image.Image:
    """Return an array as a Pillow image of 8 bits a channel.

    Parameters
    ----------
    array
        (height, width) or (height, width, channels) with 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha)
        channels. bool: True is white. uint8, uint16: their whole range. All other numbers: as `narrowed` says.

    Raises
    ------
    ValueError
        If the shape or dtype is another, or there is no pixel.
    """
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or not 1 <= channels <= 4:
        raise ValueError(f"has shape {array.shape}: give (height, width) or (height, width, channels), 1 to 4 channels")
    if array.size == 0:
        raise ValueError(f"has shape {array.shape}, so it holds no pixel")
    if array.dtype.kind not in "buif":
        raise ValueError(f"is of {array.dtype}: give bool, uint8, uint16 or floats of 0..1")
    if array.ndim == 3 and channels == 1:
        array = array[:, :, 0]
    return Image.fromarray(np.ascontiguousarray(narrowed(array)))


def narrowed(values: NDArray[Any], white_level: int | None = None) -> Gray:
    """Return values of any kind in 8 bits.

    Unsigned 8 and 16 bits are scaled by their range, whatever part of it is used. The other kinds do not say what white
    is, so the values tell: floats within 0..1 have white at 1; what fits into 8 or 16 bits has
    white there; all else is stretched from its least to its greatest value. What is not a number becomes white.

    Examples
    --------
    >>> narrowed(np.array([0, 32896, 65535], np.uint16)).tolist()
    [0, 128, 255]
    >>> narrowed(np.array([0.0, 0.5, 1.0])).tolist()
    [0, 128, 255]
    >>> narrowed(np.array([-100.0, 100.0])).tolist()
    [0, 255]
    """
    if values.dtype == np.uint8:
        return values
    if values.dtype == np.bool_:
        return np.where(values, np.uint8(255), np.uint8(0))
    black, white = 0.0, float(white_level or 65535)
    if values.dtype != np.uint16:
        black, white = value_range(values)
    scaled = (values.astype(np.float32) - np.float32(black)) * np.float32(255 / (white - black))
    clipped: Gray = np.rint(np.clip(np.nan_to_num(scaled, nan=255), 0, 255)).astype(np.uint8)
    return clipped


def value_range(values: NDArray[Any]) -> tuple[float, float]:
    """Return what black and white are in values whose type does not say; see `narrowed`."""
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    least, most = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if least < 0 or most > 65535:
        return least, max(most, least + 1)
    if values.dtype.kind == "f" and most <= 1:
        return 0.0, 1.0
    return 0.0, 255.0 if most <= 255 else 65535.0


def upright(gray: Gray, orientation: int) -> Gray:
    """Return a view of `gray` turned and mirrored as an EXIF orientation says; unknown ones change nothing."""
    swap, mirror, flip = TURNS.get(orientation, TURNS[1])
    if swap:
        gray = gray.T
    return gray[:: -1 if flip else 1, :: -1 if mirror else 1]


def is_sideways(orientation: int) -> bool:
    """Return whether an orientation swaps width and height."""
    return TURNS.get(orientation, TURNS[1])[0]


def upright_frame(scale: float, shape: tuple[int, int], size: tuple[int, int], orientation: int) -> Affine:
    """Return the map from an upright, shrunken image to the upright full one.

    Parameters
    ----------
    scale
        Full pixels a shrunken one.
    shape
        Height and width of the shrunken image, upright.
    size
        Width and height of the full image, upright. Where a side is no multiple of `scale`, the last shrunken pixel
        reaches out of it: at the right and bottom as stored, which may be the left or top when upright.
    orientation
        As EXIF says.
    """
    _, mirror, flip = TURNS.get(orientation, TURNS[1])
    x = size[0] - scale * shape[1] if mirror else 0
    y = size[1] - scale * shape[0] if flip else 0
    return Affine.shift(x, y) @ Affine.scale(scale)
