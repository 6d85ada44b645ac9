"""The stops of the viewer's slider: for each stage a picture, and in words what it did to this page.

Without a trail there are two: the page's pixels, and the reading. Pictures are data URIs in small formats, and each
has its frame, so that all lie on the source image however a stage has moved the pixels.
"""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocrpipe import (
    Affine,
    BinaryPage,
    Box,
    CroppedPage,
    Glyph,
    GrayPage,
    Line,
    LinedPage,
    Page,
    Point,
    Region,
    Row,
    SegmentedPage,
    Step,
    Word,
)
from ocrpipe.stages._draw import tonal_range
from ocrpipe.stages._pictures import counted

PALETTE = (
    (140, 140, 145),  # ink that belongs to no piece
    (45, 125, 190),  # and, to part neighbours, the colours of `_draw.ROWS`, of a lightness for white and for black
    (217, 95, 40),
    (30, 150, 115),
    (165, 95, 175),
    (180, 135, 20),
    (80, 165, 215),
)
"""The colours of ink. The viewer's style names the last six too, for what it draws in the same colours."""

DARK = 110
"""The middle grey below which a page is dark, so that what is drawn on it must be light."""

SHEET = 1536
"""How wide a sheet of crops is, pixels, unless a single crop is wider."""

Stop = dict[str, Any]
"""What the viewer is told of a stop: `name`, `title`, `says`, `found`, `steps`, and drawings of its own."""


@dataclass(frozen=True)
class Look:
    """What the user chose: the longer side of pictures, their quality, and the confidences that part the colours."""

    side: int
    quality: int
    sure: float
    doubtful: float


def stops_of(
    page: Page, pieces: Sequence[str], pixels: GrayPage, trail: Sequence[GrayPage | Page], look: Look
) -> list[Stop]:
    """Return the stops, in the order of work; `pieces` are the ids of what is shown of the text, in order."""
    stages: dict[str, list[tuple[Step, Any]]] = {}
    for step, result in zip(page.steps, trail, strict=False):  # a page of an earlier run has steps, but no trail
        stages.setdefault(step.stage, []).append((step, result))
    _, first = stages["classify"][-1] if "classify" in stages else (None, page)

    stops = grey_stops(pixels, page.steps[:1], stages.get("prepare", []), look)
    told = {"load", "prepare"} if trail else {"load"}
    for stage, stop_of in (("binarize", ink_stop), ("segment", components_stop), ("line_cluster", rows_stop)):
        for _, result in stages.get(stage, [])[-1:]:  # of several segmenters the last, which cut finest
            stops.append(stop_of(result, look) | {"steps": steps_of(page, stage)})
            told.add(stage)
    for _, result in stages.get("crop_normalize", []):
        stops.append(crops_stop(result, first, pieces) | {"steps": steps_of(page, "crop_normalize")})
        told.add("crop_normalize")
    rest = [step_of(step) for step in page.steps if step.stage not in told]
    return [*stops, reading_stop(page, first, pieces) | {"steps": rest, **ground_of(pixels)}]


def steps_of(page: Page, stage: str) -> list[dict[str, Any]]:
    """Return what was done in a stage."""
    return [step_of(step) for step in page.steps if step.stage == stage]


def step_of(step: Step, idle: bool = False) -> dict[str, Any]:
    """Return who did something and with which options; `idle` where it left the page as it was."""
    return {"idle": idle, **step.model_dump(mode="json", exclude={"files"})}


def grey_stops(
    pixels: GrayPage, opened: Sequence[Step], prepared: Sequence[tuple[Step, GrayPage]], look: Look
) -> list[Stop]:
    """Return the stop of the page as it was loaded, and one of what it was made into, unless that is the same."""
    source, work = pixels.source, f"{pixels.width} × {pixels.height}"
    size = f"{source.width} × {source.height} pixels"
    loaded: Stop = {
        "name": "grey",
        "title": "Grey",
        "says": "The page is opened, and each pixel becomes a shade of grey.",
        "found": size if pixels.gray.shape == (source.height, source.width) else f"{size}, decoded to {work}",
        "steps": [step_of(step) for step in opened],
        "picture": grey_picture(pixels, look),
    }
    steps, before = [], pixels
    for step, after in prepared:
        steps.append(step_of(step, idle=is_same(before, after)))
        before = after
    if is_same(pixels, before):
        loaded["steps"] += steps
        return [loaded]
    done = [step["plugin"] for step in steps if not step["idle"]]
    return [
        loaded,
        {
            "name": "prepared",
            "title": "Prepared",
            "says": "The page is made better to read: evener, straighter, no larger than it need be.",
            "found": f"by {' and '.join(done)}, to {before.width} × {before.height} pixels",
            "steps": steps,
            "picture": grey_picture(before, look),
        },
    ]


def is_same(before: GrayPage, after: GrayPage) -> bool:
    """Return whether two pages show the same pixels at the same place."""
    return before.frame == after.frame and np.array_equal(before.gray, after.gray)


def ink_stop(page: BinaryPage, look: Look) -> Stop:
    """Return what was taken for ink."""
    return {
        "name": "ink",
        "title": "Ink",
        "says": "Each pixel is decided: ink, or ground.",
        "found": f"{page.ink.mean():.1%} of the pixels are ink",
        "picture": ink_picture(page.ink.astype(np.uint8), page.frame, [(0, 0, 0)], look),
    }


def components_stop(page: SegmentedPage, look: Look) -> Stop:
    """Return the pieces that were found, each in a colour, and the boxes of rival cuts."""
    rivals = list(chain.from_iterable(chain.from_iterable(region.rivals) for region in page.regions))
    torn = sum(bool(region.rivals) for region in page.regions)
    doubt = f"; {torn} could be cut otherwise, which reading decides" if torn else ""
    return {
        "name": "components",
        "title": "Components",
        "says": "Ink that hangs together becomes a piece: a letter, as far as shape can tell.",
        "found": f"{counted(len(page.regions), 'piece')}{doubt}",
        "picture": ink_picture(coloured(page, enumerate(page.regions)), page.frame, PALETTE, look),
        "frame": matrix(page.frame),
        "boxes": [edges(region.box) for region in page.regions],
        "rivals": [edges(region.box) for region in rivals],
    }


def rows_stop(page: LinedPage, look: Look) -> Stop:
    """Return the rows, each in a colour, with their words, baselines, and the path of reading."""
    owned = ((number, region) for number, row in enumerate(page.rows) for region in row.regions)
    words = sum(len(row.words) for row in page.rows)
    blocks = f" in {len(page.blocks)} blocks" if len(page.blocks) > 1 else ""
    return {
        "name": "rows",
        "title": "Rows",
        "says": "Pieces are put into words, words into rows, and rows into the order of reading.",
        "found": f"{counted(len(page.rows), 'row')} of {counted(words, 'word')}{blocks}",
        "picture": ink_picture(coloured(page, owned), page.frame, PALETTE, look),
        "frame": matrix(page.frame),
        "rows": [row_of(row) for row in page.rows],
    }


def row_of(row: Row) -> dict[str, Any]:
    """Return how a row is drawn."""
    return {
        "box": edges(row.box),
        "words": [edges(Box.union(region.box for region in word)) for word in row.words],
        "baseline": row.baseline and rounded(row.baseline),
    }


def crops_stop(page: CroppedPage, read: Page, pieces: Sequence[str]) -> Stop:
    """Return the crops as the classifier saw them, row by row, and what it made of each; `read` is its page."""
    spec = page.spec
    regions = page.crop_regions(spec.level)
    standing = {id(region) for row in page.rows for region in row.regions}
    texts = Texts(page, read)
    places, sheet = sheet_of(page)
    numbers = {name: number for number, name in enumerate(pieces)}
    crops = []
    for region, place in zip(regions, places, strict=True):
        text = texts.of(region)
        crop: dict[str, Any] = {"at": place}
        if text is None:
            torn = spec.level == "glyph" and (id(region) not in standing or texts.has_rival(region))
            crop["lost"] = "rival" if torn else "no text"
        else:
            crop |= {"piece": numbers.get(first_piece(text)), **told(text)}
        crops.append(crop)
    rivals = sum("lost" in crop for crop in crops)
    spare = f"; {rivals} will not be taken" if rivals else ""
    called = "letter" if spec.level == "glyph" else spec.level
    return {
        "name": "crops",
        "title": "Crops",
        "says": f"Each {called} is cut out and brought to one size: this is all that the classifier sees.",
        "found": f"{counted(len(crops), 'crop')} of {spec.height} × {spec.width or 'any'} pixels{spare}",
        "sheet": sheet,
        "height": spec.height,
        "crops": crops,
        "rows": rows_of_crops(page, regions),
    }


def reading_stop(page: Page, first: Page, pieces: Sequence[str]) -> Stop:
    """Return what was read, and which pieces were read otherwise at `first`."""
    before, after = texts_by_id(first), texts_by_id(page)
    changed = [
        (number, before[name]) for number, name in enumerate(pieces) if name in before and before[name] != after[name]
    ]
    known = [glyph.confidence for glyph in page.glyphs or page.words if glyph.confidence is not None]
    parts = [counted(len(page.glyphs), "letter") if page.glyphs else counted(len(page.words), "word")]
    parts += [f"sure to {sum(known) / len(known):.0%} on average"] if known else []
    parts += [f"{len(changed)} changed by context"] if changed else []
    return {
        "name": "reading",
        "title": "Reading",
        "says": "Every crop becomes text, with how sure that is and what else it may be.",
        "found": ", ".join(parts) if page.lines else "nothing was read on this page",
        "changed": changed,
    }


def ground_of(pixels: GrayPage) -> dict[str, Any]:
    """Return how much brighter the picture is shown behind the reading, that paper be white, and whether it is dark."""
    _, white = tonal_range(Image.fromarray(pixels.gray).histogram())
    lift = 255 / max(white, 1)
    return {"lift": round(lift, 3), "dark": bool(np.median(pixels.gray) * lift < DARK)}


def texts_by_id(page: Page) -> Mapping[str, str]:
    """Return the text of each letter and word."""
    return {word.id: word.text for word in page.words} | {glyph.id: glyph.text for glyph in page.glyphs}


class Texts:
    """Finds what a page that was read holds at the place of a region of the page in work."""

    def __init__(self, work: CroppedPage, read: Page) -> None:
        self.work = work
        self.level = work.spec.level
        items: dict[str, Sequence[Glyph | Word | Line]] = {"glyph": read.glyphs, "word": read.words, "line": read.lines}
        self.items: Sequence[Glyph | Word | Line] = items[self.level]
        self.by_box = {item.box: item for item in self.items}

    def of(self, region: Region) -> Glyph | Word | Line | None:
        """Return it, or None where nothing was read."""
        size = self.work.source.width, self.work.source.height
        box = self.work.frame.box(region.box, *size)
        if self.level == "glyph" and region.polygon is None:
            return self.by_box.get(box)
        best = max(self.items, key=lambda item: item.box.iou(box), default=None)  # outlines may be cut along a slope
        return best if best and best.box.iou(box) > 0.5 else None

    def has_rival(self, region: Region) -> bool:
        """Return whether another cut of the same ink was read."""
        return any(self.of(part) for part in chain.from_iterable(region.rivals))


def told(text: Glyph | Word | Line) -> dict[str, Any]:
    """Return a text, how sure it is, and what else it may be."""
    reading = text.reading
    others = [(other.text, other.confidence) for other in reading.alternatives] if reading else []
    return {"text": text.text, "sure": text.confidence} | ({"others": others} if others else {})


def first_piece(text: Glyph | Word | Line) -> str:
    """Return the id of the first piece that the viewer shows of a text."""
    if isinstance(text, Line):
        return first_piece(text.words[0])
    return text.glyphs[0].id if isinstance(text, Word) and text.glyphs else text.id


def rows_of_crops(page: CroppedPage, regions: Sequence[Region]) -> list[list[list[int]]]:
    """Return for each row its words, each the numbers of its crops; what is cropped as a whole is as one word."""
    level = page.spec.level
    if level != "glyph":
        number = count()
        return [[[next(number)] for _ in row.pieces(level)] for row in page.rows]
    left = {id(region): n for n, region in enumerate(regions)}  # a part that stands in two cuts is cropped once
    rows = [
        [[left.pop(id(part)) for region in word for part in region.parts if id(part) in left] for word in row.words]
        for row in page.rows
    ]
    return [[word for word in row if word] for row in rows]


def sheet_of(page: CroppedPage) -> tuple[list[tuple[int, int, int]], str]:
    """Return each crop's place on a sheet of all (left, top, width), and the sheet.

    Sixteen shades are enough to see a crop, and take half the bytes.
    """
    number, height, width = page.crops.shape
    across = max(SHEET // max(width, 1), 1)
    down = -(-number // across)
    sheet = np.zeros((max(down * height, 1), max(min(across, number) * width, 1)), np.uint8)
    places = []
    for n, crop in enumerate(page.crops):
        x, y = n % across * width, n // across * height
        sheet[y : y + height, x : x + width] = np.rint(np.clip(crop, 0, 1) * 15)
        places.append((x, y, max(int(page.widths[n]), 1)))
    image = Image.fromarray(sheet).convert("P")
    image.putpalette([shade * 17 for shade in range(16) for _ in range(3)])
    return places, png_uri(image, bits=4)


def coloured(page: SegmentedPage, owned: Iterable[tuple[int, Region]]) -> NDArray[np.uint8]:
    """Return the ink as numbers of a colour: 0 none, 1 nobody's, and from 2 on that of its region's number."""
    colours = page.ink.astype(np.uint8)
    for number, region in owned:
        ink = page.ink[region.box.slices]
        mine = ink if region.mask is None else ink & region.mask
        colours[region.box.slices][mine] = 2 + number % (len(PALETTE) - 1)
    return colours


def ink_picture(
    colours: NDArray[np.uint8], frame: Affine, palette: Sequence[tuple[int, int, int]], look: Look
) -> dict[str, Any]:
    """Return a picture of numbers of colours from 1 on; 0 is seen through."""
    step = -(-max(colours.shape) // look.side)
    if step > 1:  # the highest of each square, so that no thin stroke is lost
        height, width = (max(length // step, 1) for length in colours.shape)
        padded = np.pad(colours, [(0, max(step - length, 0)) for length in colours.shape])
        squares = padded[: height * step, : width * step].reshape(height, step, width, step)
        colours = squares.max(axis=(1, 3))
    image = Image.fromarray(np.ascontiguousarray(colours)).convert("P")
    image.putpalette([0, 0, 0, *chain.from_iterable(palette)])
    uri = png_uri(image, bits=1 if len(palette) == 1 else 4, transparency=0)
    return picture(uri, image, frame @ Affine.scale(step))


def grey_picture(page: GrayPage, look: Look) -> dict[str, Any]:
    """Return a picture of a page's pixels: as JPEG, or without loss where it has few shades."""
    image = Image.fromarray(page.gray)
    few = image.getcolors(16)
    image.thumbnail((look.side, look.side))
    if few and image.width == page.width:
        uri = png_uri(image)
    else:
        stream = io.BytesIO()
        image.save(stream, "jpeg", quality=look.quality, optimize=True)
        uri = data_uri("image/jpeg", stream.getvalue())
    return picture(uri, image, page.frame @ Affine.scale(page.width / image.width, page.height / image.height))


def picture(uri: str, image: Image.Image, frame: Affine) -> dict[str, Any]:
    """Return a picture, its size, and how it maps to the source image."""
    return {"uri": uri, "size": image.size, "frame": matrix(frame)}


def png_uri(image: Image.Image, **options: Any) -> str:
    """Return an image as a PNG in a data URI."""
    stream = io.BytesIO()
    image.save(stream, "png", optimize=True, **options)
    return data_uri("image/png", stream.getvalue())


def data_uri(kind: str, content: bytes) -> str:
    """Return bytes as a data URI."""
    return f"data:{kind};base64,{b64encode(content).decode()}"


def matrix(frame: Affine) -> list[float]:
    """Return an affine map in the order of an SVG's matrix."""
    return [round(value, 6) for value in (frame.a, frame.d, frame.b, frame.e, frame.c, frame.f)]


def rounded(points: Sequence[Point]) -> list[tuple[float, float]]:
    """Return points to a tenth of a pixel: nobody sees more."""
    return [(round(x, 1), round(y, 1)) for x, y in points]


def edges(box: Box) -> list[int]:
    """Return a box as a list."""
    return [box.x0, box.y0, box.x1, box.y1]
