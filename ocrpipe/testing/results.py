"""The rules for what a hook gives back that neither the models nor the host look at."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any
from xml.etree import ElementTree

import numpy as np

from ocrpipe.geometry import Affine, Box
from ocrpipe.page import Glyph, Line, Page, Word
from ocrpipe.reading import Reading
from ocrpipe.testing.cases import Case
from ocrpipe.testing.digest import digest
from ocrpipe.testing.pages import DOT
from ocrpipe.testing.trial import Trial
from ocrpipe.work import BinaryPage, CroppedPage, GrayPage, SegmentedPage

NEAR = 2.0
"""Pixels of the source image by which a known point may be missed."""

MANY = 10
"""So many readings are enough to see that every one of them is as sure as can be."""

Fault = tuple[str, str]
"""A rule and what broke it."""


def faults(stage: str, case: Case, result: Any) -> Iterator[Fault]:
    """Yield what is wrong with a page that a stage gave back."""
    page = case.arguments["page"]
    yield from not_kept(stage, page, result)
    if isinstance(result, Page):
        yield from wrong_boxes(result)
        yield from twice_named(result)
    if stage == "prepare" and case.name == "one dot":
        yield from lost_dot(result)
    if stage == "segment":
        yield from cuts_outside(page, result)
    if stage == "crop_normalize":
        yield from wrong_crops(case.arguments["spec"], result)
    if stage == "postprocess":
        yield from forgotten(page, result)


NEW = {
    "prepare": {"gray", "frame"},
    "binarize": {"ink"},
    "segment": {"regions"},
    "line_cluster": {"blocks"},
    "crop_normalize": {"spec", "crops", "widths"},
}
"""Which fields of a page in work a stage makes; all others stay."""


def not_kept(stage: str, page: GrayPage | Page, result: GrayPage | Page) -> Iterator[Fault]:
    """Yield which fields of a page were changed that are not the stage's own."""
    if result.warnings[: len(page.warnings)] != page.warnings:
        yield "page-kept", "took warnings away: add to them by page.warn(...)"
    kept = ["dpi"] if isinstance(result, Page) else [*type(page).model_fields]
    own = {"warnings", "steps", "source"} | NEW.get(stage, set())
    for name in kept:
        before, after = getattr(page, name), getattr(result, name)
        if name not in own and before is not after and digest(before) != digest(after):
            yield "page-kept", f"changed {name}, which is not what {stage} makes"


def boxes_of(page: Page) -> list[Box]:
    """Return every box of a finished page."""
    return [piece.box for piece in chain(page.blocks, page.lines, page.words, page.glyphs)]


def wrong_boxes(page: Page) -> Iterator[Fault]:
    """Yield the first box that reaches out of the source image."""
    width, height = page.source.width, page.source.height
    for box in boxes_of(page):
        if box.x1 > width or box.y1 > height:
            yield "boxes-inside", f"{box} reaches out of the source image of {width} x {height} pixels"
            return


def twice_named(page: Page) -> Iterator[Fault]:
    """Yield an id that two pieces of a page bear."""
    ids = [piece.id for piece in chain(page.blocks, page.lines, page.words, page.glyphs)]
    if len(set(ids)) < len(ids):
        twice = next(name for name in ids if ids.count(name) > 1)
        yield "ids-unique", f"two pieces have the id {twice!r}"


def lost_dot(page: GrayPage) -> Iterator[Fault]:
    """Yield where the made page's dot is said to be, if that is not where it is."""
    found = dot_of(page)
    if found is not None and max(abs(found[0] - DOT[0]), abs(found[1] - DOT[1])) > NEAR:
        yield "frame-follows", f"the dot at {DOT} is mapped to ({found[0]:.1f}, {found[1]:.1f}): update `frame`"


def dot_of(page: GrayPage) -> tuple[float, float] | None:
    """Return where in the source image the dot of a made page is; None where it cannot be told from its ground."""
    away = np.abs(page.gray.astype(float) - float(np.median(page.gray)))
    if away.max() < 30:
        return None
    y, x = np.nonzero(away > away.max() / 2)
    return page.frame.apply((float(x.mean()) + 0.5, float(y.mean()) + 0.5))


def frame_outside(page: GrayPage) -> Iterator[Fault]:
    """Yield if `frame` maps a loaded page's pixels out of its image."""
    corners = Affine.polygon(page.frame, Box(0, 0, page.width, page.height))
    scale = max(page.source.width / page.width, page.source.height / page.height, 1) * NEAR
    for x, y in corners:
        if not (-scale <= x <= page.source.width + scale and -scale <= y <= page.source.height + scale):
            size = f"{page.source.width} x {page.source.height}"
            yield "frame-follows", f"a corner of the page is mapped to ({x:.0f}, {y:.0f}), out of the image of {size}"
            return


def cuts_outside(page: BinaryPage, result: SegmentedPage) -> Iterator[Fault]:
    """Yield a region that lies in none of those that the segmenter was given."""
    if not isinstance(page, SegmentedPage):
        return
    for region in result.regions:
        if not any(region.box.overlap(other.box) == region.box.area for other in page.regions):
            given = ", ".join(str(other.box) for other in page.regions)
            yield "cuts-within", f"found {region.box}, which is not within what it was given ({given})"
            return


def wrong_crops(spec: object, result: CroppedPage) -> Iterator[Fault]:
    """Yield what is wrong with the values of crops."""
    crops, widths = result.crops, result.widths
    if result.spec != spec:
        yield "result-fits", f"spec is {result.spec}, but {spec} was asked for"
    if crops.size and not (np.isfinite(crops).all() and crops.min() >= 0 and crops.max() <= 1):
        yield "result-fits", f"crops hold values from {crops.min():g} to {crops.max():g}, but must lie in 0..1"
    if len(widths) and not (widths.min() >= 1 and widths.max() <= crops.shape[2]):
        yield "result-fits", f"widths reach from {widths.min()} to {widths.max()}, but crops are {crops.shape[2]} wide"


def check_confidences(trial: Trial, pages: Sequence[Page]) -> None:
    """Look whether all readings are as sure as can be, which no engine is of everything."""
    sure = [reading.confidence for page in pages for reading in readings_of(page).values()]
    if len(sure) >= MANY and all(confidence == 1 for confidence in sure):
        trial.broken("confidence-honest", f"all {len(sure)} readings have confidence 1, even those of grain: say None")
    trial.checked("confidence-honest")


def readings_of(page: Page) -> dict[str, Reading]:
    """Return what was read at each place, by its id."""
    pieces: list[Line | Word | Glyph] = [*page.lines, *page.words, *page.glyphs]
    return {piece.id: piece.reading for piece in pieces if piece.reading is not None}


def forgotten(page: Page, result: Page) -> Iterator[Fault]:
    """Yield a text that was read before and that is no alternative any more."""
    read: list[Word | Glyph] = [*page.words, *page.glyphs]
    pieces = {piece.id: piece for piece in read}
    for name, reading in readings_of(result).items():
        if name not in pieces or not (old := pieces[name].text) or reading.text == old:
            continue
        if old not in [other.text for other in reading.alternatives]:
            yield "reading-kept", f"{old[:20]!r} became {reading.text[:20]!r} and is not among its alternatives"
            return


def check_written(trial: Trial, name: str, written: bytes) -> None:
    """Look whether what an exporter wrote is of the kind that its suffix says."""
    kind = str(getattr(trial.at_work.plugin, "suffix", "")).rpartition(".")[2].lower()
    look = READERS.get(kind)
    if look is None or not written:
        return
    try:
        look(written)
    except Exception as error:
        said = " ".join(str(error).split())
        trial.broken("well-formed", f"what was written is no well-formed {kind}: {said[:160]}", name)


def read_image(written: bytes) -> None:
    """Raise where bytes are no whole image."""
    from PIL import Image

    with Image.open(io.BytesIO(written)) as image:
        image.load()


def read_pdf(written: bytes) -> None:
    """Raise where bytes are not framed as a PDF is."""
    if not (written.startswith(b"%PDF-") and b"%%EOF" in written[-1024:]):
        raise ValueError("it does not begin with %PDF- or end with %%EOF")


def read_json(written: bytes) -> None:
    """Raise where bytes are neither JSON nor JSON Lines."""
    lines = written.decode().strip("\n").split("\n")
    try:
        json.loads("\n".join(lines))
    except ValueError:
        if len(lines) == 1:
            raise
        for line in lines:
            json.loads(line)


READERS: dict[str, Callable[[bytes], object]] = {
    **dict.fromkeys(("xml", "hocr", "xhtml", "svg"), ElementTree.fromstring),
    **dict.fromkeys(("json", "jsonl"), read_json),
    **dict.fromkeys(("png", "jpg", "jpeg", "tif", "tiff", "gif"), read_image),
    **dict.fromkeys(("txt", "md", "csv", "tsv", "html"), bytes.decode),
    "pdf": read_pdf,
}
"""What reads each kind of file, and raises where it is not well-formed."""
