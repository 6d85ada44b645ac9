"""Lines of text by the PP-OCR detector, with RapidOCR's own reading of its map.

M. Liao et al., "Real-time scene text detection with differentiable binarization", AAAI 2020.
"""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidocr.ch_ppocr_det.utils import DBPostProcess

from ocrpipe import Box, Region
from ocrpipe_rapidocr.session import Session

STEP = 32
"""The network takes only whole multiples of so many pixels."""

FARTHEST = 2
"""A very long page may be so many times as long as `longest`, for its short side's sake: its cost must be bounded."""

SIDEWAYS = 1.5
"""What is so many times as high as it is wide is taken for a line that runs downwards, as RapidOCR does."""


class Detector:
    """Finds lines on grey pages.

    Parameters
    ----------
    path
        The network's file.
    threads
        Threads that it may use.
    sides
        To which short side pages are enlarged, and to which long side they are shrunk, pixels.
    ink, sure, grow
        From which probability on a pixel belongs to text; from which mean on a line stands; how far lines are grown.
    """

    def __init__(self, path: Path, threads: int, sides: tuple[int, int], ink: float, sure: float, grow: float) -> None:
        self.network = Session(path, threads)
        self.sides = sides
        self.found = DBPostProcess(thresh=ink, box_thresh=sure, unclip_ratio=grow, use_dilation=True)

    def lines(self, gray: NDArray[np.uint8]) -> tuple[Region, ...]:
        """Return a region for each line of a page, top to bottom."""
        height, width = gray.shape
        seen = cv2.resize(gray, seen_size(width, height, *self.sides))
        scaled = seen.astype(np.float32) * np.float32(2 / 255) - np.float32(1)
        given = np.ascontiguousarray(np.broadcast_to(scaled, (1, 3, *scaled.shape)))
        boxes, _ = self.found(self.network(given), gray.shape)
        return tuple(region_of(corners, width, height) for corners in sorted(boxes.tolist(), key=lambda box: box[0][1]))


def seen_size(width: int, height: int, shortest: int, longest: int) -> tuple[int, int]:
    """Return at which size a page is seen, width and height: whole multiples of the network's step.

    Examples
    --------
    >>> seen_size(2270, 1631, 736, 2000), seen_size(400, 300, 736, 2000), seen_size(9000, 3, 736, 2000)
    ((2016, 1440), (992, 736), (4000, 32))
    """
    scale = min(1.0, longest / max(width, height))
    scale = max(scale, shortest / min(width, height))
    scale = min(scale, FARTHEST * longest / max(width, height))
    return tuple(max(round(side * scale / STEP), 1) * STEP for side in (width, height))  # type: ignore[return-value]


def region_of(corners: list[list[float]], width: int, height: int) -> Region:
    """Return the region with these four corners, clockwise from the top left, on a page of that size."""
    xs, ys = zip(*corners, strict=True)
    x0, y0 = min(max(int(min(xs)), 0), width - 1), min(max(int(min(ys)), 0), height - 1)
    box = Box(x0, y0, min(max(math.ceil(max(xs)), x0 + 1), width), min(max(math.ceil(max(ys)), y0 + 1), height))
    first, second, third, fourth = ((float(x), float(y)) for x, y in corners)
    if box.height >= SIDEWAYS * box.width:
        first, second, third, fourth = second, third, fourth, first
    return Region(box=box, level="line", polygon=(first, second, third, fourth))
