"""Finding letters: `letters`, which offers rival cuts, and `boxes`, the plain method of the course."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from ocrpipe import BinaryPage, Box, Level, Plugin, Region, SegmentedPage, hookimpl
from ocrpipe.stages import _debris as debris
from ocrpipe.stages._chains import chains_of, regions_of
from ocrpipe.stages._cuts import seams_of
from ocrpipe.stages._ink import Bools, Parts, find_parts
from ocrpipe.stages._joins import Pairs, joined, linked
from ocrpipe.stages._rules import without_rules


class Letters(Plugin):
    """Finds letters, in pieces or touching; where shape alone cannot tell, it offers rival cuts.

    Connected pieces of ink are cleaned of what is no letter, and pieces that surely belong together are joined. What
    may be several letters is cut along the cheapest seams, what may be pieces of one letter is chained, and the ways to
    read such a chain as letters become a region's rivals. All sizes are in proportion to the letters nearby.

    Examples
    --------
    >>> from ocrpipe import Source
    >>> ink = np.zeros((60, 90), dtype=bool)
    >>> ink[10:50, 20:26] = ink[10:50, 60:66] = ink[44:50, 60:80] = True      # I and L
    >>> gray = np.where(ink, 0, 255).astype(np.uint8)
    >>> page = BinaryPage(source=Source(width=90, height=60), gray=gray, ink=ink)
    >>> [region.box for region in Letters().segment(page).regions]
    [Box(x0=20, y0=10, x1=26, y1=50), Box(x0=60, y0=10, x1=80, y1=50)]
    """

    finds: ClassVar[Level] = "glyph"

    faint: Annotated[
        float, Field(ge=0, le=1, description="leave out what has less than this share of the strong ink's contrast")
    ] = 0.4
    speck: Annotated[
        float, Field(ge=0, lt=1, description="leave out what is smaller than this share of a letter's height")
    ] = 0.12
    pieces: Annotated[
        int, Field(ge=1, description="look at no more pieces of ink than this, the largest (dirty pages cost time)")
    ] = 5000

    @hookimpl
    def segment(self, page: BinaryPage) -> SegmentedPage:
        """Return the page with its letters."""
        ink = within_regions(page)
        parts = find_parts(ink)
        if len(parts):
            cleared = without_rules(ink, parts, debris.page_sizes(parts).height)
            if cleared is not ink:
                ink, parts = cleared, find_parts(cleared)
        parts = self.cleaned(parts, page)
        if not len(parts):
            return page.grow(SegmentedPage, regions=())
        sizes = debris.page_sizes(parts)
        pairs = Pairs.of(joined(parts, sizes), sizes)
        seams = seams_of(pairs.parts, pairs.local, sizes.stroke)
        chains = chains_of(pairs.parts, pairs.local, linked(pairs, sizes.stroke), seams)
        return page.grow(SegmentedPage, regions=tuple(region for chain in chains for region in regions_of(chain, ink)))

    def cleaned(self, parts: Parts, page: BinaryPage) -> Parts:
        """Return the parts without what is no letter."""
        # One or two pixels are no letter on any page, and of grain there may be a million.
        parts = self.largest(parts.keep(parts.area > 2))
        parts = parts.keep(~debris.cut_by_border(parts, page.ink.shape))
        for _ in range(2):  # what is no letter had its say in the sizes the first time
            if len(parts):
                sizes = debris.page_sizes(parts)
                dirt = debris.specks(parts, sizes, self.speck) | debris.shadows(parts, sizes)
                parts = parts.keep(~(dirt | debris.rules(parts, sizes)))
        return parts.keep(~debris.ghosts(parts, page.gray, self.faint)) if len(parts) else parts

    def largest(self, parts: Parts) -> Parts:
        """Return the parts, if there are too many only the largest: a page of specks must not cost minutes."""
        if len(parts) <= self.pieces:
            return parts
        order = np.argsort(-parts.area, kind="stable")
        wanted = np.zeros(len(parts), np.bool_)
        wanted[order[: self.pieces]] = True
        return parts.keep(wanted)


def within_regions(page: BinaryPage) -> Bools:
    """Return the page's ink; where another segmenter was here before, only what lies in its regions."""
    if not isinstance(page, SegmentedPage):
        return page.ink
    ink = np.zeros_like(page.ink)
    for region in page.regions:
        inside = page.ink[region.box.slices]
        ink[region.box.slices] |= inside if region.mask is None else inside & region.mask
    return ink


class Boxes(Plugin):
    """Takes each connected piece of ink above a fixed area for a letter.

    This is the course's way, on scikit-image: what touches the border is cleared, the rest is labelled, and small
    regions are left out. The area is in pixels, so it suits one size of image only.
    """

    finds: ClassVar[Level] = "glyph"

    area: Annotated[int, Field(ge=0, description="leave out what has a smaller box than this, pixels")] = 500

    @hookimpl
    def segment(self, page: BinaryPage) -> SegmentedPage:
        """Return the page with a region for each large piece of ink."""
        from skimage.measure import label, regionprops
        from skimage.segmentation import clear_border

        inside = clear_border(within_regions(page).copy())  # type: ignore[no-untyped-call]
        pieces = regionprops(label(inside, connectivity=2))  # type: ignore[no-untyped-call]
        boxes = [Box(x0, y0, x1, y1) for y0, x0, y1, x1 in (piece.bbox for piece in pieces)]
        return page.grow(SegmentedPage, regions=tuple(Region(box=box) for box in boxes if box.area >= self.area))
