"""Pictures and data of each stage's result, for `observe/keep`: what a page looked like on its way.

One function for each kind of page, chosen by the result's type.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from functools import singledispatch
from itertools import chain
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ocrpipe import Affine, BinaryPage, Box, CroppedPage, GrayPage, LinedPage, Page, Region, Row, SegmentedPage
from ocrpipe.stages import _draw as draw
from ocrpipe.stages._draw import png

__all__ = ["data_of", "picture_of", "png"]

FADE = 0.35
"""How far pages fade behind what is drawn on them."""

FOUND, RIVAL = draw.ROWS[0], draw.ROWS[1]
CELL = 64
"""A crop's height on a sheet, pixels: easy to see, and a whole page of them still fits a screen."""


def picture_of(
    result: GrayPage | Page, given: GrayPage | Page | None, ground: Path | None, frame: Affine, side: int
) -> Image.Image:
    """Return a picture of what a stage made.

    Parameters
    ----------
    result, given
        The page that a stage gave back, and the one that it was given.
    ground, frame
        A picture of the page's pixels, for pages that no longer hold any, and how it maps to the source image; None
        draws on white.
    side
        The picture's longer side at most, pixels.
    """
    if isinstance(result, GrayPage):
        return stage_picture(result, side)
    if isinstance(given, GrayPage):
        return read_picture(result, None, Image.fromarray(given.gray), given.frame, side)
    if ground is None:
        size = (result.source.width, result.source.height)
        return read_picture(result, given, Image.new("L", size, 255), Affine(), side)
    with Image.open(ground) as pixels:
        return read_picture(result, given, pixels.convert("L"), frame, side)


def data_of(result: GrayPage | Page) -> tuple[bytes, bytes | None]:
    """Return what a stage made as JSON, and its new arrays as an ``.npz`` file, or None where it made none."""
    json = result.model_dump_json(indent=1).encode() + b"\n"
    arrays = {} if isinstance(result, Page) else dict(arrays_of(result))
    if not arrays:
        return json, None
    stream = io.BytesIO()
    with ZipFile(
        stream, "w", ZIP_DEFLATED, compresslevel=1
    ) as archive:  # as np.savez_compressed, but three times faster
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)
    return json, stream.getvalue()


@singledispatch
def stage_picture(page: GrayPage, side: int) -> Image.Image:
    """Return the grey page as it is."""
    image = Image.fromarray(page.gray)
    image.thumbnail((side, side))
    return image


@stage_picture.register
def _(page: BinaryPage, side: int) -> Image.Image:
    """Return the ink, black on white."""
    image = Image.fromarray(~page.ink).convert("L")
    image.thumbnail((side, side))
    return image


@stage_picture.register
def _(page: SegmentedPage, side: int) -> Image.Image:
    """Return the ink with what was found in it, and rival cuts dashed."""
    canvas = ink_canvas(page, side)
    rivals = [region for region in page.regions if region.rivals]
    for region in page.regions:
        canvas.outline(outline_of(region), FOUND, tint=0.08)
    for part in chain.from_iterable(chain.from_iterable(region.rivals) for region in rivals):
        canvas.outline(outline_of(part), RIVAL, 0.8, dashed=True)
    found = (FOUND, f"{counted(len(page.regions), 'region')} found")
    return draw.captioned(canvas.finish(), [found, (RIVAL, f"rival cuts of {len(rivals)}")])


@stage_picture.register
def _(page: LinedPage, side: int) -> Image.Image:
    """Return the ink with each row in a colour: its number, words, baseline, and its pieces in reading order."""
    canvas = ink_canvas(page, side)
    letter = draw.letter_height((region.box for region in page.regions), page.height)
    for rows in page.blocks if len(page.blocks) > 1 else ():
        column = draw.around(Box.union(row.box for row in rows), 0.4 * letter, before=letter)  # with the rows' numbers
        canvas.outline(column, draw.UNKNOWN, dashed=True)
    order = 0
    for number, row in enumerate(page.rows, 1):
        colour = draw.ROWS[(number - 1) % len(draw.ROWS)]
        draw_row(canvas, row, number, order, colour)
        order += len(row.regions)
    words = sum(len(row.words) for row in page.rows)
    counts = (counted(len(page.blocks), "block"), counted(len(page.rows), "row"), counted(words, "word"))
    return draw.captioned(
        canvas.finish(), [(draw.ROWS[0], ", ".join(counts)), (draw.ROWS[0], "numbers: reading order")]
    )


def draw_row(canvas: draw.Canvas, row: Row, number: int, order: int, colour: draw.Colour) -> None:
    """Draw a row, `order` pieces of the page being before it."""
    letter = draw.letter_height((region.box for region in row.regions), row.box.height)
    if row.baseline:
        canvas.path(row.baseline, colour, 1.6)
    for word in row.words:
        pad = 0.12 * letter
        canvas.outline(draw.around(Box.union(region.box for region in word), pad), colour, strength=0.7, tint=0.1)
    for place, region in enumerate(row.regions, order + 1):
        canvas.outline(outline_of(region), colour, 0.8, tint=0.1)
        canvas.label_above(str(place), outline_of(region), 0.7 * letter, colour)
    canvas.label_before(str(number), draw.around(row.box, 0.1 * letter), 1.4 * letter, colour)


@stage_picture.register
def _(page: CroppedPage, side: int) -> Image.Image:
    """Return the crops as a sheet, in the order in which they are read: a row begins where a row of the page does."""
    regions = page.crop_regions(page.spec.level)
    firsts = {id(row.regions[0]) for row in page.rows}
    standing = {id(region) for row in page.rows for region in row.regions}
    cells = [cell_of(crop[:, : max(width, 1)], side) for crop, width in zip(page.crops, page.widths, strict=True)]
    height = max((cell.height for cell in cells), default=CELL)
    places, size = laid_out([cell.width for cell in cells], [id(region) in firsts for region in regions], height, side)
    sheet = Image.new("RGB", size, draw.PAPER)
    pen = ImageDraw.Draw(sheet)
    for cell, (x, y), region in zip(cells, places, regions, strict=True):
        rival = page.spec.level == "glyph" and id(region) not in standing
        pen.rectangle((x - 2, y - 2, x + cell.width + 1, y + cell.height + 1), fill=RIVAL if rival else FOUND)
        sheet.paste(cell, (x, y))
    what = f"{counted(len(cells), 'crop')} of {page.spec.height} x {page.spec.width or 'any'} pixels"
    sheet.thumbnail((side, side))
    return draw.captioned(sheet, [(FOUND, what), (RIVAL, "of rival cuts")])


def cell_of(crop: NDArray[np.float32], side: int) -> Image.Image:
    """Return a crop as it stands on a sheet, its pixels as squares; a long line is shrunk to the sheet's width."""
    image = Image.fromarray(np.rint(np.clip(crop, 0, 1) * 255).astype(np.uint8))
    scale = min(max(CELL // image.height, 1), max(side - 16, 1) / image.width)
    return image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), Image.Resampling.BOX)


def laid_out(
    widths: list[int], starts: list[bool], height: int, side: int
) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Return where cells stand that are set like text, and the size of their sheet.

    Parameters
    ----------
    widths, height
        The cells' size, pixels.
    starts
        Which cells begin a new row.
    side
        How wide a row is at most, pixels.

    Examples
    --------
    >>> laid_out([20, 20, 20], [True, False, True], height=10, side=100)
    ([(8, 8), (36, 8), (8, 26)], (64, 44))
    """
    gap = 8
    places: list[tuple[int, int]] = []
    x, y, right = gap, gap, gap
    for width, start in zip(widths, starts, strict=True):
        if x > gap and (start or x + width + gap > side):
            x, y = gap, y + height + gap
        places.append((x, y))
        x += width + gap
        right = max(right, x)
    return places, (right, y + height + gap)


def read_picture(
    page: Page, before: GrayPage | Page | None, ground: Image.Image, frame: Affine, side: int
) -> Image.Image:
    """Return `ground` with the text that was read; what `before` read otherwise stands out."""
    style = draw.PageStyle(marked=changed(before, page) if isinstance(before, Page) else frozenset())
    canvas = draw.Canvas(draw.faded(ground, FADE), frame, draw.page_letter(page), side)
    draw.draw_page(canvas, page, style)
    return draw.captioned(canvas.finish(), style.legend)


def changed(before: Page, after: Page) -> frozenset[str]:
    """Return the ids of the glyphs and words whose text `after` is new."""

    def texts(page: Page) -> Mapping[str, str]:
        return {piece.id: piece.text for word in page.words for piece in (word.glyphs or (word,))}

    old = texts(before)
    return frozenset(name for name, text in texts(after).items() if old.get(name) != text)


def arrays_of(page: GrayPage) -> Iterator[tuple[str, NDArray[np.generic]]]:
    """Yield the arrays that a page has and the stage before it had not, by name."""
    if isinstance(page, CroppedPage):
        yield from (("crops", page.crops), ("widths", page.widths))
    elif isinstance(page, LinedPage):
        return
    elif isinstance(page, SegmentedPage):
        for number, region in enumerate(page.regions):
            yield from masks_of(region, f"mask_{number}")
    elif isinstance(page, BinaryPage):
        yield "ink", page.ink
    else:
        yield "gray", page.gray


def masks_of(region: Region, name: str) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yield the masks of a region and its rivals: `mask_7`, and of its first rival's second part `mask_7_0_1`."""
    if region.mask is not None:
        yield name, region.mask
    for cut, parts in enumerate(region.rivals):
        for place, part in enumerate(parts):
            yield from masks_of(part, f"{name}_{cut}_{place}")


def ink_canvas(page: SegmentedPage, side: int) -> draw.Canvas:
    """Return a canvas that shows the ink in grey, so that colours stand out."""
    letter = draw.letter_height((region.box for region in page.regions), page.height)
    ink = Image.fromarray(np.where(page.ink, np.uint8(110), np.uint8(255)))
    return draw.Canvas(ink, Affine(), letter, side)


def outline_of(region: Region) -> draw.Outline:
    """Return a region's outline."""
    return region.polygon or draw.around(region.box)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "row"), counted(2, "row")
    ('1 row', '2 rows')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
