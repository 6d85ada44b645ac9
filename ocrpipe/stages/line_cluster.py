"""Putting letters into lines, words and reading order: `rows`, and `centers`, the plain method of the course."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from ocrpipe import LinedPage, Plugin, Region, Row, SegmentedPage, hookimpl
from ocrpipe.stages._columns import Block, blocks_of
from ocrpipe.stages._rows import Layout, baseline
from ocrpipe.stages._words import words_of


class Rows(Plugin):
    """Finds rows that slope or bend, words by their gaps, and columns, whatever the letters' sizes and spacing.

    All sizes are shares of the height of the letters nearby, so there is nothing to set.

    Examples
    --------
    >>> from ocrpipe import Box, Region, Source
    >>> places = [(0, 0), (12, 3), (40, 1), (2, 40)]
    >>> regions = [Region(box=Box(x, y, x + 8, y + 20)) for x, y in places]
    >>> blank = np.zeros((80, 80), np.uint8)
    >>> page = SegmentedPage(source=Source(width=80, height=80), gray=blank, ink=blank > 0, regions=regions)
    >>> [[len(word) for word in row.words] for row in Rows().line_cluster(page).rows]
    [[2, 1], [1]]
    """

    @hookimpl
    def line_cluster(self, page: SegmentedPage) -> LinedPage:
        """Return the page with its blocks."""
        if not page.regions:
            return page.grow(LinedPage, blocks=())
        layout = layout_of(page.regions)
        alone = np.array([region.level != "glyph" for region in page.regions])
        lines = all(region.level == "line" for region in page.regions)
        blocks = blocks_of(layout, np.arange(len(page.regions)), apart=lines)
        return page.grow(LinedPage, blocks=tuple(self._rows(page, layout, block, alone) for block in blocks))

    def _rows(self, page: SegmentedPage, layout: Layout, block: Block, alone: np.ndarray) -> tuple[Row, ...]:
        """Return a block's rows, each with its words and baseline."""
        words = words_of(layout, block.rows, alone)
        return tuple(
            Row(
                words=tuple(tuple(page.regions[item] for item in word) for word in row),
                baseline=None if alone[items].all() else baseline(layout, items, block.slope),
            )
            for row, items in zip(words, block.rows, strict=True)
        )


class Centers(Plugin):
    """Puts letters whose middles are at about the same height into a row, and parts words at wide gaps.

    This is the course's way. It takes rows to be level, and letters to be of one size.
    """

    row: Annotated[
        float, Field(gt=0, description="a letter further from a row's middle starts a new row; in mean letter heights")
    ] = 0.75
    gap: Annotated[float, Field(gt=0, description="a wider gap starts a new word; in mean letter widths")] = 0.8

    @hookimpl
    def line_cluster(self, page: SegmentedPage) -> LinedPage:
        """Return the page with its rows, in one block."""
        if not page.regions:
            return page.grow(LinedPage, blocks=())
        height = float(np.mean([region.box.height for region in page.regions]))
        rows: list[list[Region]] = []
        for region in sorted(page.regions, key=middle):
            if rows and middle(region) - np.mean([middle(other) for other in rows[-1]]) < self.row * height:
                rows[-1].append(region)
            else:
                rows.append([region])
        return page.grow(LinedPage, blocks=(tuple(Row(words=self._words(row)) for row in rows),))

    def _words(self, row: list[Region]) -> tuple[tuple[Region, ...], ...]:
        """Return a row's words."""
        row = sorted(row, key=lambda region: region.box.x0)
        width = float(np.mean([region.box.width for region in row]))
        words = [[row[0]]]
        for region in row[1:]:
            if region.level != "glyph" or region.box.x0 - words[-1][-1].box.x1 > self.gap * width:
                words.append([])
            words[-1].append(region)
        return tuple(tuple(word) for word in words)


def middle(region: Region) -> float:
    """Return how far down a region's middle is, pixels."""
    return region.box.center[1]


def layout_of(regions: tuple[Region, ...]) -> Layout:
    """Return the regions to put into rows: those with four corners as high as their text is, however it slopes."""
    boxes = boxes_of(regions)
    quads = [(place, region.quad) for place, region in enumerate(regions) if region.polygon]
    if not quads:
        return Layout(boxes)
    rise = run = 0.0
    for place, quad in quads:
        first, second, third, fourth = quad.corners
        run += (second[0] + third[0] - first[0] - fourth[0]) / 2
        rise += (second[1] + third[1] - first[1] - fourth[1]) / 2
        middle = sum(y for _, y in quad.corners) / 4
        boxes[place, 1], boxes[place, 3] = round(middle - quad.height / 2), round(middle + quad.height / 2)
    return Layout(boxes, rise / run if run > 0 else 0.0)


def boxes_of(regions: tuple[Region, ...]) -> np.ndarray:
    """Return regions' boxes as intp (number, 4): x0, y0, x1, y1."""
    edges = [(box.x0, box.y0, box.x1, box.y1) for box in (region.box for region in regions)]
    return np.array(edges, dtype=np.intp).reshape(-1, 4)
