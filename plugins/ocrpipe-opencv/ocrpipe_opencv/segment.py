"""`segment/cv-boxes`: each connected piece of ink."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from ocrpipe import BinaryPage, Box, Level, Plugin, Region, SegmentedPage, hookimpl
from ocrpipe_opencv._engine import Ink, opencv


class Boxes(Plugin):
    """Takes each connected piece of ink above a fixed area for a letter.

    As the built-in `boxes`: what touches the border is cleared, and small regions are left out. The area is in pixels,
    so it suits one size of image only.
    """

    finds: ClassVar[Level] = "glyph"

    area: Annotated[int, Field(ge=0, description="leave out what has a smaller box than this, pixels")] = 500

    @hookimpl
    def segment(self, page: BinaryPage) -> SegmentedPage:
        """Return the page with a region for each large piece of ink."""
        boxes = [box for box in piece_boxes(within_regions(page)) if box.area >= self.area and is_inside(box, page)]
        return page.grow(SegmentedPage, regions=tuple(Region(box=box) for box in boxes))


def within_regions(page: BinaryPage) -> Ink:
    """Return the page's ink; where another segmenter was here before, only what lies in its regions."""
    if not isinstance(page, SegmentedPage):
        return page.ink
    ink = np.zeros_like(page.ink)
    for region in page.regions:
        inside = page.ink[region.box.slices]
        ink[region.box.slices] |= inside if region.mask is None else inside & region.mask
    return ink


def piece_boxes(ink: Ink) -> list[Box]:
    """Return a box around each connected piece of ink, in the order of their first pixels, row by row.

    Pixels that touch by a corner are connected. The pieces are found by their outlines, which OpenCV traces ten times
    as fast as it labels all pixels.

    Examples
    --------
    >>> piece_boxes(np.array([[1, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 0], [1, 1, 0, 0]], dtype=bool))
    [Box(x0=0, y0=0, x1=4, y1=2), Box(x0=0, y0=3, x1=2, y1=4)]
    """
    cv2 = opencv()
    outlines, inside = cv2.findContours(ink.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for n, outline in enumerate(outlines):
        if inside[0, n, 3] < 0:  # the outline of a piece, not of a hole in one
            x, y = outline[:, 0].T
            top = int(y.min())
            box = Box(int(x.min()), top, int(x.max()) + 1, int(y.max()) + 1)
            found.append((top, int(x[y == top].min()), box))
    return [box for *_, box in sorted(found, key=lambda piece: piece[:2])]


def is_inside(box: Box, page: BinaryPage) -> bool:
    """Return whether a box keeps away from the page's border."""
    return box.x0 > 0 and box.y0 > 0 and box.x1 < page.width and box.y1 < page.height
