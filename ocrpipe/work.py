"""Pages in work: the page grows by one field a stage, until `CroppedPage.read` makes a `Page` of it.

Boxes here are in the page's own pixels; `read` maps them to the source image, once. Pages in work compare by identity.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Annotated, Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, model_validator

from ocrpipe.arrays import CropArray, GrayArray, InkArray, MaskArray, WidthArray
from ocrpipe.geometry import Affine, Box, Point, Quad
from ocrpipe.page import Page, Source, Step
from ocrpipe.reading import LEVELS, CropSpec, Level, Model, Reading, Text


class InWork(Model):
    """A model that may hold arrays, and so compares by identity."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


class Region(InWork):
    """A piece of the page that a segmenter found.

    Parameters
    ----------
    box
        Where it is, in the page's own pixels.
    level
        What it holds.
    polygon
        Its outline where a box says too little, else None. Four corners, clockwise from the text's own top left, say
        how the text lies: words and lines are then cropped along them.
    mask
        bool (box height, box width): which pixels of the box may hold its ink, None if all. So letters whose boxes
        overlap do not see each other's strokes.
    reading
        What an engine that finds and reads at once has read, else None. The spans' pixels are the page's own, from the
        region's left edge.
    rivals
        Other cuts of the same ink, each a tuple of regions: the two letters that this blob may be, or the parts that
        this letter was joined from. The classifier reads them too, and the best cut stands.

    Examples
    --------
    >>> Region(box=Box(0, 0, 4, 8)).level
    'glyph'
    """

    box: Box
    level: Level = "glyph"
    polygon: tuple[Point, ...] | None = None
    mask: MaskArray | None = Field(default=None, exclude=True, repr=False)
    reading: Reading | None = None
    rivals: tuple[tuple[Region, ...], ...] = ()

    def model_post_init(self, _context: Any, /) -> None:  # a validator would run again for each page that holds it
        """Check that the mask fits the box, and that no rival is empty."""
        size = (self.box.height, self.box.width)
        if self.mask is not None and self.mask.shape != size:
            raise ValueError(f"mask has shape {self.mask.shape}, but its {self.box} has {size}")
        if self.rivals and not all(self.rivals):
            raise ValueError("rivals holds an empty cut: each must name at least one region")

    @property
    def parts(self) -> tuple[Region, ...]:
        """The region itself and those of its rivals, each once."""
        named = (self, *chain.from_iterable(self.rivals))
        return tuple({id(region): region for region in named}.values())

    @property
    def quad(self) -> Quad:
        """The four corners of its text: those of the polygon where it has four, else those of the box."""
        match self.polygon:
            case (first, second, third, fourth):
                return Quad((first, second, third, fourth))
        return Quad(self.box.corners)


class Row(InWork):
    """A line of a page in work.

    Parameters
    ----------
    words
        The words in reading order, each the regions that it consists of, in reading order. Where the segmenter found
        words or lines, each holds one region. A row of several such lines is one that the segmenter found in pieces:
        they are read one by one.
    baseline
        The points that the letters stand on, left to right, in the page's own pixels; None if unknown.
    """

    words: tuple[tuple[Region, ...], ...]
    baseline: tuple[Point, ...] | None = None

    @model_validator(mode="after")
    def _holds(self) -> Self:
        if not self.words or not all(self.words):
            raise ValueError("a row needs at least one word, and each word at least one region")
        return self

    @property
    def regions(self) -> tuple[Region, ...]:
        """All regions, in reading order."""
        return tuple(chain.from_iterable(self.words))

    @property
    def box(self) -> Box:
        """The smallest box around all regions."""
        return Box.union(region.box for region in self.regions)

    def pieces(self, level: Level) -> tuple[Region, ...]:
        """Return what is read at once where a classifier reads words or lines."""
        if level == "word":
            return tuple(join(word, level, self.baseline) for word in self.words)
        if all(region.level == "line" for region in self.regions):
            return self.regions
        return (join(self.regions, level, self.baseline),)


Grown = TypeVar("Grown", bound="GrayPage")


class GrayPage(InWork):
    """A page as it was loaded.

    Parameters
    ----------
    source
        The image that it came from.
    gray
        uint8 (height, width), 0 is black. Read-only.
    frame
        How these pixels map to those of the source image.
    dpi
        Pixels per inch of the source image, None if it does not say.
    warnings
        What a reader of the result should know.
    steps
        What was done so far; the host alone appends to it.

    Examples
    --------
    >>> import numpy as np
    >>> page = GrayPage(source=Source(width=8, height=6), gray=np.zeros((6, 8), np.uint8))
    >>> page.height, page.width
    (6, 8)
    """

    source: Source
    gray: GrayArray
    frame: Affine = Affine()
    dpi: Annotated[float, Field(gt=0)] | None = None
    warnings: tuple[Text, ...] = ()
    steps: tuple[Step, ...] = ()

    @model_validator(mode="after")
    def _has_pixels(self) -> Self:
        if self.gray.size == 0:
            raise ValueError(f"gray has shape {self.gray.shape}: a page has at least one pixel")
        return self

    @property
    def height(self) -> int:
        """Pixels from top to bottom, as in work."""
        return int(self.gray.shape[0])

    @property
    def width(self) -> int:
        """Pixels from left to right, as in work."""
        return int(self.gray.shape[1])

    def grow(self, kind: type[Grown], /, **fields: Any) -> Grown:
        """Return a page of `kind` with this page's fields and those given, all of them checked.

        Raises
        ------
        pydantic.ValidationError
            If a field is missing, unknown or does not fit the page.
        """
        mine = {name: value for name, value in self if name in kind.model_fields}
        return kind(**{**mine, **fields})

    def replace(self, **changes: Any) -> Self:
        """Return this page with some fields changed, all of it checked again."""
        return self.grow(type(self), **changes)

    def warn(self, *warnings: str) -> Self:
        """Return this page with more warnings."""
        return self.replace(warnings=self.warnings + warnings)


class BinaryPage(GrayPage):
    """A page whose ink is known: `ink` is bool (height, width), True where ink is."""

    ink: InkArray

    @model_validator(mode="after")
    def _ink_fits(self) -> Self:
        if self.ink.shape != self.gray.shape:
            raise ValueError(f"ink has shape {self.ink.shape}, but the page has {self.gray.shape}")
        return self

    @property
    def gray_within(self) -> NDArray[np.uint8]:
        """What a segmenter may look at: the grey page; after another segmenter only its regions, the rest blank."""
        return self.gray

    def cut_within(self, found: Iterable[Region]) -> tuple[Region, ...]:
        """Return what a segmenter found, so that it may be its result; after another only what lies in its regions."""
        return tuple(found)


class SegmentedPage(BinaryPage):
    """A page whose pieces are known: `regions`, in any order."""

    regions: tuple[Region, ...]

    @model_validator(mode="after")
    def _regions_fit(self) -> Self:
        for region in self.regions:
            for part in region.parts:
                if part.box.x1 > self.width or part.box.y1 > self.height:
                    raise ValueError(f"{part.box} reaches out of the page of {self.width} x {self.height} pixels")
        return self

    @property
    def gray_within(self) -> NDArray[np.uint8]:
        """The grey of the regions, the rest as bright as most of the page."""
        gray = np.full_like(self.gray, np.bincount(self.gray[::4, ::4].ravel()).argmax())
        for region in self.regions:
            gray[region.box.slices] = self.gray[region.box.slices]
        return gray

    def cut_within(self, found: Iterable[Region]) -> tuple[Region, ...]:
        """Return the parts of what a later segmenter found that lie in the regions here, each in one of them.

        A part counts if it is half of what was found, or of the region. What was read goes to the largest part alone.
        """
        cut: list[Region] = []
        for piece in found:
            parts = [part for region in self.regions if (part := overlapping(piece.box, region.box))]
            if piece.reading and parts:
                parts = [max(parts, key=lambda part: part.area)]
            cut += [piece if part == piece.box else clipped(piece, part) for part in parts]
        return tuple(cut)


def clipped(region: Region, box: Box) -> Region:
    """Return the part of a region that lies in `box`; where its letters stood in the whole, nobody knows any more."""
    reading = region.reading.replace(spans=()) if region.reading else None
    return Region(box=box, level=region.level, reading=reading)


def overlapping(one: Box, other: Box) -> Box | None:
    """Return what two boxes share, if that is half of either at least."""
    part = one.within(other)
    return part if part and 2 * part.area >= min(one.area, other.area) else None


class LinedPage(SegmentedPage):
    """A page whose lines are known: `blocks` of rows of words of regions, all in reading order."""

    blocks: tuple[tuple[Row, ...], ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, in reading order."""
        return tuple(chain.from_iterable(self.blocks))

    def crop_regions(self, level: Level) -> tuple[Region, ...]:
        """Return every region that is to be cropped, in the one order that `CroppedPage.read` undoes.

        At the level `glyph` that is each glyph and behind it the regions of its rivals; a region that stands in
        several cuts comes once. At `word` and `line` it is each word or row as a whole, without rivals; of a row that
        the segmenter found as several lines, each of these.
        """
        if level == "glyph":
            parts = chain.from_iterable(region.parts for row in self.rows for region in row.regions)
            return tuple({id(part): part for part in parts}.values())
        return tuple(chain.from_iterable(row.pieces(level) for row in self.rows))

    def read_given(self) -> Page:
        """Return the finished page, by what the segmenter's engine has read in each region.

        Raises
        ------
        ValueError
            If a region has no reading.
        """
        from ocrpipe.finish import finish  # which stands on this module

        level = self.regions[0].level if self.regions else "line"
        readings = [region.reading for region in self.crop_regions(level)]
        known = [reading for reading in readings if reading is not None]
        if len(known) < len(readings):
            raise ValueError(f"{len(readings) - len(known)} of {len(readings)} {level} regions have no reading to take")
        return finish(self, level, known)


class CroppedPage(LinedPage):
    """A page whose crops are cut.

    Parameters
    ----------
    spec
        What the classifier asked for.
    crops
        float32 (number, height, width), 0..1, one for each of ``crop_regions(spec.level)``.
    widths
        int32 (number,): how many columns of each crop are its own; what follows is padding.
    """

    spec: CropSpec
    crops: CropArray
    widths: WidthArray

    @model_validator(mode="after")
    def _crops_fit(self) -> Self:
        wanted = len(self.crop_regions(self.spec.level))
        number, height, width = self.crops.shape
        if number != wanted:
            raise ValueError(f"crops holds {number} crops, but the page has {wanted} {self.spec.level} regions to crop")
        if number and (height != self.spec.height or self.spec.width not in (None, width)):
            asked = f"{self.spec.height} x {self.spec.width or 'any'}"
            raise ValueError(f"crops are {height} x {width} pixels, but the classifier asked for {asked}")
        if self.widths.shape != (number,):
            raise ValueError(f"widths has shape {self.widths.shape}, but there are {number} crops")
        return self

    def read(self, readings: Sequence[Reading]) -> Page:
        """Return the finished page: rivals settled, boxes mapped to the source image, empty readings dropped.

        Parameters
        ----------
        readings
            One for each crop, in order.

        Raises
        ------
        ValueError
            If there are more or fewer readings than crops.
        """
        from ocrpipe.finish import finish  # which stands on this module

        crops = len(self.crops)
        if len(readings) != crops:
            raise ValueError(f"{len(readings)} readings for {crops} crops: there must be one for each, in order")
        return finish(self, self.spec.level, readings, self.spec)


def join(regions: Sequence[Region], level: Level, baseline: Sequence[Point] | None = None) -> Region:
    """Return the region around those that together make a word or a line.

    Where the `baseline` slopes, so does the region: its neighbours above and below stay out of its crop.
    """
    if len(regions) == 1:
        return regions[0]
    box = Box.union(region.box for region in regions)
    return Region(box=box, level=level, polygon=sloping(regions, box, baseline))


LEVEL_ENOUGH = 0.1
"""A baseline that falls or rises by less than this share of the line's height is level."""


def sloping(regions: Sequence[Region], box: Box, baseline: Sequence[Point] | None) -> tuple[Point, ...] | None:
    """Return the corners of the parallelogram around `regions` that follows the baseline; None if that is level."""
    if not baseline or baseline[-1][0] <= baseline[0][0]:
        return None
    (first_x, first_y), (last_x, last_y) = baseline[0], baseline[-1]
    slope = (last_y - first_y) / (last_x - first_x)
    corners = [corner for region in regions for corner in region.box.corners]
    drops = [y - slope * x for x, y in corners]
    top, bottom = min(drops), max(drops)
    if abs(slope) * box.width < LEVEL_ENOUGH * (bottom - top):
        return None
    left, right = slope * box.x0, slope * box.x1
    return (box.x0, left + top), (box.x1, right + top), (box.x1, right + bottom), (box.x0, left + bottom)


def finer(level: Level, other: Level) -> bool:
    """Return whether `level` is smaller than `other`.

    Examples
    --------
    >>> finer("glyph", "line"), finer("word", "word")
    (True, False)
    """
    return LEVELS.index(level) < LEVELS.index(other)
