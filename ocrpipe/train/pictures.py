"""Pictures of networks, drawn with Pillow alone: weights as tiles, originals beside what came back."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from ocrpipe.files import write_whole

__all__ = ["first_layer", "pairs", "save_picture", "sheet"]

Array = npt.NDArray[np.floating[Any]]
Bytes = npt.NDArray[np.uint8]

_GAP, _LINE, _SCALE = 3, 18, 2  # pixels between tiles, of a line of text, and of the picture for one of a tile
_LEAST = 48  # pixels: a kernel of 5 x 5 is to be seen, too


def save_picture(path: Path, picture: Image.Image) -> None:
    """Write a picture as PNG, whole or not at all."""
    content = io.BytesIO()
    picture.save(content, "PNG")
    write_whole(path, content.getvalue())


def sheet(tiles: Bytes, across: int, scale: int = _SCALE) -> Image.Image:
    """Lay tiles out in rows.

    Parameters
    ----------
    tiles : ndarray of uint8, shape (number, height, width), or (number, height, width, 3) in colour
    across : int
        Tiles in a row.
    scale : int
        Pixels for one of a tile.

    Examples
    --------
    >>> sheet(np.zeros((5, 8, 8), np.uint8), across=3).size
    (60, 41)
    """
    height, width = (side * scale for side in tiles.shape[1:3])
    rows = math.ceil(len(tiles) / across)
    size = across * (width + _GAP) + _GAP, rows * (height + _GAP) + _GAP
    out = Image.new("RGB", size, "white")
    for number, tile in enumerate(tiles):
        row, column = divmod(number, across)
        large = Image.fromarray(tile).resize((width, height), Image.Resampling.NEAREST)
        out.paste(large, (_GAP + column * (width + _GAP), _GAP + row * (height + _GAP)))
    return out


def tinted(weights: Array) -> Bytes:
    """Colour weights: red above 0, blue below, white at 0; the largest of each tile is full colour.

    Parameters
    ----------
    weights : ndarray of float, shape (number, height, width)

    Returns
    -------
    ndarray of uint8, shape (number, height, width, 3)

    Examples
    --------
    >>> tinted(np.array([[[1.0, -1.0, 0.0]]])).tolist()
    [[[[255, 0, 0], [0, 0, 255], [255, 255, 255]]]]
    """
    largest = np.maximum(np.abs(weights).max(axis=(1, 2), keepdims=True), 1e-12)
    share = weights / largest
    red, blue = 1 + np.minimum(share, 0), 1 - np.maximum(share, 0)
    coloured = np.stack([red, np.minimum(red, blue), blue], axis=-1)
    return (coloured * 255 + 0.5).astype(np.uint8)


def first_layer(weights: Mapping[str, Array], height: int, width: int, *, dark: bool = False) -> Image.Image:
    """Draw a layer's weights as one small picture for each of its units.

    Parameters
    ----------
    weights : mapping
        By a heading (such as ``before``): arrays of shape (inputs, units), of which the first height * width inputs
        are drawn.
    height, width : int
        The size of the pictures that the layer sees.
    dark : bool
        Whether ink is 0 in them.

    Returns
    -------
    PIL.Image.Image
        Red: ink there speaks for the unit; blue: against it.
    """
    sheets = {}
    for heading, weight in weights.items():
        signed = -weight if dark else weight
        tiles = tinted(signed[: height * width].T.reshape(-1, height, width))
        scale = max(_SCALE, _LEAST // max(height, width))
        sheets[heading] = sheet(tiles, max(1, math.ceil(math.sqrt(len(tiles)))), scale)
    return side_by_side(sheets)


def side_by_side(sheets: Mapping[str, Image.Image]) -> Image.Image:
    """Put pictures beside one another, each under its heading."""
    height = max(picture.height for picture in sheets.values()) + _LINE
    out = Image.new("RGB", (sum(picture.width + 12 for picture in sheets.values()), height), "white")
    brush, left = ImageDraw.Draw(out), 0
    for heading, picture in sheets.items():
        brush.text((left + _GAP, 2), heading, "black", font=ImageFont.load_default(12))
        out.paste(picture, (left, _LINE))
        left += picture.width + 12
    return out


def pairs(
    originals: Array, back: Array, labels: Sequence[str], each: int = 2, across: int = 6, *, dark: bool = False
) -> Image.Image:
    """Draw originals and what an autoencoder made of them, some of each class.

    Parameters
    ----------
    originals, back : ndarray of float, shape (number, height, width)
        0..1.
    labels : sequence of str
        The class of each.
    each : int
        How many of a class, the first that come.
    across : int
        Classes in a row.
    dark : bool
        Whether ink is 0 (else it is drawn dark all the same).

    Returns
    -------
    PIL.Image.Image
        The original left, beside it what came back.
    """
    classes = sorted(set(labels))
    height, width = originals.shape[1:]
    tile_width, tile_height = 2 * each * (width + _GAP) + 2 * _GAP, height + _LINE + _GAP
    out = Image.new("RGB", (across * tile_width, math.ceil(len(classes) / across) * tile_height), "white")
    brush = ImageDraw.Draw(out)
    for number, label in enumerate(classes):
        top, left = (number // across) * tile_height, (number % across) * tile_width
        brush.text((left + _GAP, top + 2), label, "black", font=ImageFont.load_default(12))
        chosen = [n for n, other in enumerate(labels) if other == label][:each]
        for place, tile in enumerate(picture[n] for n in chosen for picture in (originals, back)):
            grey = (np.clip(tile if dark else 1 - tile, 0, 1) * 255 + 0.5).astype(np.uint8)
            at = left + _GAP + place * (width + 1) + (place // 2) * _GAP, top + _LINE
            out.paste(Image.fromarray(grey), at)
    return out.resize((out.width * _SCALE, out.height * _SCALE), Image.Resampling.NEAREST)
