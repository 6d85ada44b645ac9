"""Whole pages read by faster-paddle (`segment/ppocr`): it finds lines and reads them at once.

Its lines and texts come in as regions with their readings, which `classify/given` takes over; its own order of lines is
not used, `line_cluster` puts them in order. The models lie inside the wheel of `faster-paddle`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field

from ocrpipe import BinaryPage, Box, Level, Plugin, Reading, Region, SegmentedPage, hookimpl

DIGITS, SUREST = 4, 0.9999
"""Decimals of a confidence, and what it is at most: rounding must not make a certainty."""

SLIMMEST = 1 / 64
"""A page whose one side is less than this share of the other is laid on a broader ground: the engine would enlarge it
until its short side is some hundred pixels, and fill the memory."""


class PpOcr(Plugin):
    """Finds and reads lines of text in one go: print and handwriting, Latin and Chinese. Say classify given with it.

    Lines are upright boxes. Larger models than `small` would be fetched from the network when first used, and so are
    not offered.
    """

    finds: ClassVar[Level] = "line"
    also_reads: ClassVar[bool] = True

    size: Annotated[Literal["tiny", "small"], Field(description="which models: tiny is several times as fast")] = "tiny"
    threads: Annotated[int, Field(ge=1, le=64, description="processor threads that the engine may use")] = 1
    longest: Annotated[
        int, Field(ge=64, le=8000, description="look for lines on the page shrunk to this long side, pixels")
    ] = 1600
    shortest: Annotated[
        int, Field(ge=0, le=4000, description="look for lines on the page enlarged to this short side, pixels")
    ] = 736
    sure: Annotated[float, Field(ge=0, le=1, description="leave out lines read with less confidence than this")] = 0.0

    @cached_property
    def engine(self) -> Any:
        """The engine with its models, made when the first page comes."""
        return import_module("faster_paddle").OcrEngine(
            model_size=self.size, threads=self.threads, det_max_side=self.longest, det_min_side=self.shortest
        )

    def files(self) -> list[Path]:
        """Return the library that the models are part of."""
        spec = find_spec("faster_paddle")
        folders = list(spec.submodule_search_locations or ()) if spec else []
        return sorted(path for folder in folders for path in Path(folder).glob("faster_paddle*.*") if is_library(path))

    @hookimpl
    def segment(self, page: BinaryPage) -> SegmentedPage:
        """Return the page with its lines and what stands in them."""
        found = self.engine.ocr(bitmap(page.gray_within))["bounds"].values()
        return page.grow(SegmentedPage, regions=page.cut_within(regions_of(found, page.width, page.height, self.sure)))


def is_library(path: Path) -> bool:
    """Return whether a file is a compiled module of Python's."""
    return path.suffix in (".so", ".pyd", ".dylib")


def bitmap(gray: NDArray[np.uint8]) -> bytes:
    """Return a page as the engine takes it, the bytes of an image file: BMP, which costs next to nothing to write."""
    height, width = gray.shape
    least = round(max(height, width) * SLIMMEST)
    image = Image.fromarray(gray)
    if min(height, width) < least:
        broad = Image.new("L", (max(width, least), max(height, least)), int(np.median(gray)))
        broad.paste(image)
        image = broad
    stream = BytesIO()
    image.save(stream, "BMP")
    return stream.getvalue()


def regions_of(found: Iterable[Mapping[str, Any]], width: int, height: int, sure: float) -> Iterable[Region]:
    """Yield a region for each line that was read, kept within a page of that size."""
    for line in found:
        text, confidence = line["text"].strip(), float(line["confidence"])
        (left, top), (right, bottom) = line["topLeftCoord"], line["bottomRightCoord"]
        x0, y0 = max(round(left), 0), max(round(top), 0)
        x1, y1 = min(round(right), width), min(round(bottom), height)
        if text and confidence >= sure and x0 < x1 and y0 < y1:
            reading = Reading(text=text, confidence=min(max(round(confidence, DIGITS), 0.0), SUREST))
            yield Region(box=Box(x0, y0, x1, y1), level="line", reading=reading)


__all__ = ["PpOcr"]
