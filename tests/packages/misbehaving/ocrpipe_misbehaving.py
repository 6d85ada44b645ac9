"""Plugins that do in their hook what the option `how` says: the key of a method's name, `_` for `-`.

Where the page's number is not among `on`, they behave.
"""

import os
import sys
import time
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np

from ocrpipe import (
    BinaryPage,
    Box,
    CroppedPage,
    CropSpec,
    GrayPage,
    LinedPage,
    Plugin,
    Reading,
    Region,
    Row,
    SegmentedPage,
    Source,
    hookimpl,
)


class Bad(Plugin):
    """Behaves but for what `how` says."""

    how: str = "well"
    on: tuple[int, ...] = (1, 2, 3, 4, 5)

    def model_post_init(self, context):
        if self.how == "build-raises":
            raise RuntimeError("not on a Tuesday")
        if self.how == "build-exits":
            sys.exit(7)

    def files(self):
        return [Path("/nowhere/weights")] if self.how == "file-is-gone" else []

    @cached_property
    def engine(self):
        raise MemoryError("no room for the engine")

    def act(self, page, **more):
        """Do what `how` says where it is told to; else what is right."""
        name = f"do_{self.how.replace('-', '_')}"
        acts = getattr(self, name, None) if page.source.page in self.on else None
        return acts(page) if acts else self.right(page, **more)

    def do_raises(self, page):
        raise RuntimeError("out of\ncheese")

    def do_exits(self, page):
        sys.exit(3)

    def do_sleeps(self, page):
        print("asleep", file=sys.stderr, flush=True)
        time.sleep(60)

    def do_first_use_raises(self, page):
        return self.engine

    def do_returns_none(self, page):
        return None

    def do_returns_text(self, page):
        return "a page"

    def do_returns_input(self, page):
        return page

    def do_changes_input(self, page):
        page.gray[0, 0] = 1

    def do_sets_field(self, page):
        page.source = None

    def do_changes_source(self, page):
        return self.right(page).replace(source=Source(width=1, height=1))

    def do_changes_steps(self, page):
        return self.right(page).replace(steps=())

    def do_prints(self, page):
        print("hello from python")
        os.write(1, b"hello from the system\n")
        os.system("echo hello from a child")
        return self.right(page)


class Load(Bad):
    """Loads pages of 8 x 8, up to `pages` of them."""

    pages: int = 3

    @hookimpl
    def load(self, document):
        if self.how == "call-raises":
            raise RuntimeError("will not even look")
        if self.how == "gives-number":
            return 5
        return None if self.how == "returns-none" else self.give(document)

    def give(self, document):
        for number in range(1, self.pages + 1):
            source = Source(width=8, height=8, path=document.name, page=1 if self.how == "numbers-alike" else number)
            page = GrayPage(source=source, gray=np.zeros((8, 8), np.uint8))
            if self.how == "ignores-wants" or document.wants(number):
                yield self.act(page)

    def right(self, page):
        return page

    def do_gives_pixels(self, page):
        return page.gray

    def do_wrong_dtype(self, page):
        return page.replace(gray=page.gray / 255)


class Prepare(Bad):
    """Returns the page as it is."""

    @hookimpl
    def prepare(self, page):
        return self.act(page)

    def right(self, page):
        return page


class Binarize(Bad):
    """Takes all that is dark for ink."""

    @hookimpl
    def binarize(self, page):
        return self.act(page)

    def right(self, page):
        return page.grow(BinaryPage, ink=page.gray < 128)

    def do_wrong_dtype(self, page):
        return page.grow(BinaryPage, ink=(page.gray < 128).astype("uint8"))

    def do_wrong_shape(self, page):
        return page.grow(BinaryPage, ink=page.gray[:-1] < 128)

    def do_wrong_rank(self, page):
        return page.grow(BinaryPage, ink=page.gray[0] < 128)


class Segment(Bad):
    """Takes the whole page for one letter."""

    finds: ClassVar[str] = "glyph"

    @hookimpl
    def segment(self, page):
        return self.act(page)

    def right(self, page):
        return page.grow(SegmentedPage, regions=[Region(box=Box(0, 0, page.width, page.height))])

    def do_box_outside(self, page):
        return page.grow(SegmentedPage, regions=[Region(box=Box(0, 0, page.width + 1, page.height))])

    def do_empty_box(self, page):
        return page.grow(SegmentedPage, regions=[Region(box=Box(3, 0, 3, page.height))])

    def do_wrong_level(self, page):
        return page.grow(SegmentedPage, regions=[Region(box=Box(0, 0, page.width, page.height), level="line")])

    def do_wrong_mask(self, page):
        mask = np.ones((1, 1), bool)
        return page.grow(SegmentedPage, regions=[Region(box=Box(0, 0, page.width, page.height), mask=mask)])


class LineCluster(Bad):
    """Puts all regions into one word."""

    @hookimpl
    def line_cluster(self, page):
        return self.act(page)

    def right(self, page):
        return page.grow(LinedPage, blocks=[[Row(words=[page.regions])]])

    def do_empty_row(self, page):
        return page.grow(LinedPage, blocks=[[Row(words=[])]])

    def do_region_twice(self, page):
        return page.grow(LinedPage, blocks=[[Row(words=[page.regions, page.regions])]])

    def do_foreign_region(self, page):
        return page.grow(LinedPage, blocks=[[Row(words=[[Region(box=Box(0, 0, 9999, 9999))]])]])


class CropNormalize(Bad):
    """Makes black crops."""

    @hookimpl
    def crop_normalize(self, page, spec):
        return self.act(page, spec=spec)

    def right(self, page, spec=None, more=0, height=0, dtype=np.float32):
        spec = spec or CropSpec(level="glyph", height=32, width=32)
        number = len(page.crop_regions(spec.level)) + more
        crops = np.zeros((number, spec.height + height, spec.width), dtype)
        return page.grow(CroppedPage, spec=spec, crops=crops, widths=np.full(number, spec.width, np.int32))

    def do_wrong_length(self, page):
        return self.right(page, more=1)

    def do_wrong_shape(self, page):
        return self.right(page, height=1)

    def do_wrong_dtype(self, page):
        return self.right(page, dtype=np.float64)


class Classify(Bad):
    """Reads B."""

    reads: ClassVar[CropSpec] = CropSpec(level="glyph", height=32, width=32)

    @hookimpl
    def classify(self, page):
        return self.act(page)

    def right(self, page, more=0, confidence=0.5):
        return page.read([Reading(text="B", confidence=confidence)] * (len(page.crops) + more))

    def do_wrong_length(self, page):
        return self.right(page, more=1)

    def do_wrong_confidence(self, page):
        return self.right(page, confidence=1.5)

    def do_changes_input(self, page):
        page.crops[:] = 1


class Postprocess(Bad):
    """Returns the page as it is."""

    @hookimpl
    def postprocess(self, page):
        return self.act(page)

    def right(self, page):
        return page

    def do_changes_input(self, page):
        page.blocks[0].lines[0].words[0].glyphs[0].reading.text = "C"


class Export(Bad):
    """Writes the text."""

    suffix: ClassVar[str] = "bad"
    per: ClassVar[str] = "document"

    @hookimpl
    def export(self, pages):
        return None if self.how == "returns-none" else self.write(pages)

    def write(self, pages):
        for page in pages:
            yield b"half of it, "
            if self.how == "gives-text":
                yield "text"
            yield self.act(page)

    def right(self, page):
        return f"{page.text}\n".encode()


class Observe(Bad):
    """Watches, badly."""

    @hookimpl
    def observe(self, call):
        if self.how == "raises":
            raise RuntimeError("I cannot look")
        if self.how == "exits":
            sys.exit(9)
        return "something that nobody wants"

    def report(self):
        if self.how == "report-raises":
            raise RuntimeError("I forgot")
        return "seen it all"
