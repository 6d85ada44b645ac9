"""From a glyph's ink to the square crop that a network reads: pure array functions.

The plugin ``crop_normalize/square`` and the training (`ocrpipe.train`) both go through this file, so that a
network reads what it was taught on. Everywhere here 1 is ink and 0 is blank.

Two steps, each with a reason:

`fit`
    The glyph's tight box, its aspect kept, is scaled until it fills the crop up to a margin, and is centred. Each
    crop pixel is the mean of the source pixels under it (area averaging); a source smaller than the crop is
    interpolated. A letter's size and place on the page so drop out.
`even_strokes`
    A pen and a marker write the same letter with strokes that differ fivefold. The stroke's width is estimated, and
    the strokes are made thicker or thinner towards one width, never so far that one vanishes.

The course's own crop (pad to a square, resize) is `fit` alone: ``batch(masks, even=False)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

__all__ = ["MARGIN", "SIDE", "STROKE", "batch", "even_strokes", "fit", "stroke_widths"]

SIDE = 32
"""Height and width of the shipped networks' crops, pixels."""

MARGIN = 2 / 32
"""Blank border on each side, as a share of the crop's height."""

STROKE = 3.0
"""The stroke width that `even_strokes` makes, pixels of the crop."""

_BLOCK = 48  # crops worked on at once: their copies stay in the processor's cache

Crops = npt.NDArray[np.float32]


@lru_cache(maxsize=2048)
def _weights(size: int, scale: float, odd: int) -> Crops:
    """Averaging weights for one axis: row i says how much each source pixel gives to crop pixel i.

    A crop pixel sees a window of `scale` source pixels (at least one: a window of exactly one pixel that falls between
    two is linear interpolation). The source line's middle lies on the crop's middle. Its length is even or
    odd as `odd` says, and at least what the crop can see, so that a caller with a shorter line cuts the columns
    about the middle: hence one matrix serves all lengths, and the cache is hit.
    """
    length = int(np.ceil(size * scale)) + 2
    length += (length + odd) % 2
    start = np.arange(length)
    centre = (np.arange(size) + 0.5 - size / 2) * scale + length / 2
    half = max(scale, 1.0) / 2
    seen = np.minimum(start + 1, (centre + half)[:, None]) - np.maximum(start, (centre - half)[:, None])
    weights: Crops = (np.maximum(seen, 0) / (2 * half)).astype(np.float32)
    weights.flags.writeable = False
    return weights


def _axis(count: int, size: int, scale: float) -> Crops:
    """Weights (size, count) for a source line of `count` pixels."""
    weights = _weights(size, scale, count % 2)
    first = (weights.shape[1] - count) // 2
    part: Crops = weights[:, first : first + count]
    return part


def _tight(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Cut to the ink's own box; an empty mask gives an empty array."""
    if mask.size and mask[0].any() and mask[-1].any() and mask[:, 0].any() and mask[:, -1].any():
        return mask  # the usual case: a segmenter's boxes are tight
    rows = np.flatnonzero(mask.any(axis=1))
    if not rows.size:
        return mask[:0, :0]
    columns = np.flatnonzero(mask.any(axis=0))
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _fit_into(out: Crops, mask: npt.NDArray[np.bool_], border: float) -> None:
    ink = _tight(mask)
    if not ink.size:
        out[:] = 0
        return
    (h, w), (height, width) = ink.shape, out.shape
    scale = max(h / (height - 2 * border), w / (width - 2 * border))
    rows = _axis(h, height, scale) @ ink.astype(np.float32)
    np.matmul(rows, _axis(w, width, scale).T, out=out)


def _border(height: int, width: int, margin: float) -> float:
    border = margin * height
    if not 0 <= 2 * border < min(height, width):
        raise ValueError(
            f"a margin of {margin:g} leaves no room in a crop of {height} x {width}: "
            "give a share of the height from 0 to below 0.5"
        )
    return border


def fit(mask: npt.NDArray[np.bool_], height: int = SIDE, width: int = SIDE, margin: float = MARGIN) -> Crops:
    """Scale one glyph to a crop: aspect kept, centred by its box, area-averaged.

    Parameters
    ----------
    mask : ndarray of bool, shape (h, w)
        True where the glyph has ink; blank borders are cut off first. Any size.
    height, width : int
        The crop's size, pixels.
    margin : float
        The blank border on each side, as a share of `height`.

    Returns
    -------
    ndarray of float32, shape (height, width)
        0 blank, 1 ink; all 0 where the mask has no ink.

    Raises
    ------
    ValueError
        If the margin leaves no room.

    Examples
    --------
    >>> bar = np.zeros((100, 60), dtype=bool)
    >>> bar[20:80, 25:45] = True
    >>> fit(bar, 8, 8, margin=0.125)[:, 3].tolist()  # 60 pixels of ink on 6, between two of margin
    [0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0]
    """
    crop: Crops = batch([mask], height, width, margin, even=False)[0]
    return crop


def batch(
    masks: Sequence[npt.NDArray[np.bool_]],
    height: int = SIDE,
    width: int = SIDE,
    margin: float = MARGIN,
    *,
    even: bool = True,
) -> Crops:
    """All that a list of glyphs needs: `fit` each, then `even_strokes` on all at once.

    Parameters
    ----------
    masks : sequence of ndarray of bool, each of shape (h, w)
        True where the glyph has ink; sizes may differ.
    height, width, margin
        As in `fit`.
    even : bool
        Make the strokes' width even; False gives the plain crop of the course.

    Returns
    -------
    ndarray of float32, shape (len(masks), height, width)
        0 blank, 1 ink. A network that wants dark ink on light paper is given ``1 - crops``.

    Examples
    --------
    >>> thin, thick = np.zeros((2, 90, 90), dtype=bool)
    >>> thin[:, 44:46] = thin[:2] = True
    >>> thick[:, 36:54] = thick[:18] = True
    >>> [f"{width:.1f}" for width in stroke_widths(batch([thin, thick], even=False))]
    ['1.0', '5.1']
    >>> [f"{width:.1f}" for width in stroke_widths(batch([thin, thick]))]
    ['3.1', '3.3']
    """
    border = _border(height, width, margin)
    crops = np.empty((len(masks), height, width), np.float32)
    for crop, mask in zip(crops, masks, strict=True):
        _fit_into(crop, mask, border)
    np.minimum(crops, 1, out=crops)  # rounding leaves a few at 1.0000001
    return even_strokes(crops) if even else crops


def stroke_widths(crops: Crops) -> npt.NDArray[np.float32]:
    """Estimate each crop's mean stroke width, pixels.

    A stroke of width w and length l has the area w * l and, but for its ends, the outline 2 * l; so w is twice the
    area by the outline's length. On a grey crop the area is the sum of the pixels and the outline the sum of the
    gradient's length (total variation). That cannot fall below 1, a stroke of less than a pixel is merely paler: so the
    estimate is lowered where the ink is pale.

    Parameters
    ----------
    crops : ndarray of float32, shape (n, height, width)
        1 = ink.

    Returns
    -------
    ndarray of float32, shape (n,)
        0 for an empty crop.
    """
    return _measure(crops)[0]


def _measure(crops: Crops) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Stroke width and darkness (about 1 where a stroke covers whole pixels) of each crop, both of shape (n,)."""
    across = crops[:, :-1, 1:] - crops[:, :-1, :-1]
    down = crops[:, 1:, :-1] - crops[:, :-1, :-1]
    across *= across
    down *= down
    across += down
    outline = np.sqrt(across, out=across).sum(axis=(1, 2))
    flat = crops.reshape(len(crops), -1)
    area = flat.sum(axis=1)
    square = np.einsum("ij,ij->i", flat, flat)
    darkness = np.minimum(square / np.maximum(area, 1e-6) / np.float32(0.65), 1)
    return 2 * area / np.maximum(outline, 1e-6) * darkness, darkness


def _widest(crops: Crops) -> Crops:
    """Each pixel becomes the largest of the 3 x 3 about it (a dilation)."""
    out = crops.copy()
    np.maximum(out[:, 1:], crops[:, :-1], out=out[:, 1:])
    np.maximum(out[:, :-1], crops[:, 1:], out=out[:, :-1])
    rows = out.copy()
    np.maximum(out[:, :, 1:], rows[:, :, :-1], out=out[:, :, 1:])
    np.maximum(out[:, :, :-1], rows[:, :, 1:], out=out[:, :, :-1])
    return out


def _thinner(crops: Crops) -> Crops:
    """Take a pixel off each side of every stroke, but leave what would vanish.

    The erosion, joined with what an opening removes: one step of the skeleton by openings (Lantuejoul; Serra, "Image
    Analysis and Mathematical Morphology", 1982, ch. XI).
    """
    paper = 1 - crops
    eroded = 1 - _widest(paper)
    lost = crops - _widest(eroded)
    np.maximum(eroded, lost, out=lost)
    return lost


def even_strokes(crops: Crops, target: float = STROKE) -> Crops:
    """Make the strokes of all crops about `target` pixels wide.

    One dilation by 3 x 3 widens a stroke by two pixels. So a stroke of width w is blended with its dilated copy in the
    share (target - w) / 2, or, if too wide, with copies thinned once and twice. Pale hairlines are first made dark.

    Parameters
    ----------
    crops : ndarray of float32, shape (n, height, width)
        1 = ink, as `fit` gives them; not changed.
    target : float
        The width wanted, pixels.

    Returns
    -------
    ndarray of float32, shape (n, height, width)
        0..1; a new array.
    """
    out = np.array(crops, np.float32)
    for first in range(0, len(out), _BLOCK):
        _even_block(out[first : first + _BLOCK], target)
    return out


def _even_block(out: Crops, target: float) -> None:
    """Do the work of `even_strokes` in place."""
    width, darkness = _measure(out)
    change = (np.float32(target) - width) / 2
    thin = np.flatnonzero((change > 0) & (width > 0))
    if thin.size:
        some = out[thin] * np.maximum(1 / np.maximum(darkness[thin], 0.2), 1)[:, None, None]
        np.minimum(some, 1, out=some)
        wide = _widest(some)
        wide -= some
        wide *= np.minimum(change[thin], 1)[:, None, None]
        out[thin] = np.add(wide, some, out=wide)
    for step in (0, 1):
        thick = np.flatnonzero(-change > step)
        if thick.size:
            some = out[thick]
            less = _thinner(some)
            less -= some
            less *= np.minimum(-change[thick] - step, 1)[:, None, None]
            out[thick] = np.add(less, some, out=less)
