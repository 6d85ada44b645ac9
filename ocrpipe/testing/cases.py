"""The calls that a plugin is tried with: for its stage's hook, every argument that the hook's specification names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ocrpipe.config import Choice, Value
from ocrpipe.geometry import Box
from ocrpipe.hookspecs import Stages
from ocrpipe.host import Worker, hire, run
from ocrpipe.page import Page
from ocrpipe.reading import CropSpec, Reading
from ocrpipe.registry import Registry
from ocrpipe.testing.works import Works
from ocrpipe.work import GrayPage, LinedPage, Region

SPECS = (
    CropSpec(level="glyph", height=32, width=32),
    CropSpec(level="glyph", height=20, width=20, margin=0.1, polarity="dark"),
    CropSpec(level="word", height=32, of="gray"),
    CropSpec(level="line", height=48, of="gray", polarity="dark"),
)
"""What classifiers may ask `crop_normalize` for."""


@dataclass(frozen=True)
class Case:
    """One call of a hook: what it is called in messages, and its arguments."""

    name: str
    arguments: dict[str, Any]


def arguments_of(stage: str) -> list[str]:
    """Return the names of a hook's arguments, as its specification has them.

    Examples
    --------
    >>> arguments_of("crop_normalize")
    ['page', 'spec']
    """
    return [name for name in inspect.signature(getattr(Stages, stage)).parameters if name != "self"]


def cases_of(worker: Worker, works: Works) -> list[Case]:
    """Return the calls for a plugin, for every stage but `load`, whose documents are another matter."""
    stage = worker.stage
    if stage == "observe":
        return [Case(f"{call.stage} of {call.title}", given(stage, call=call)) for call in works.calls]
    if stage == "export":
        return export_cases(worker, works)
    if stage == "crop_normalize":
        pairs = [(name, page, SPECS[0]) for name, page in works.pages.items()]
        pairs += [(f"lines as {spec.level}s", works.pages["lines"], spec) for spec in SPECS[1:]]
        return [Case(name, given(stage, page=page, spec=spec)) for name, page, spec in pairs]
    pages = works.pages
    if stage == "classify":
        pages = for_classifier(worker.plugin.reads, pages)  # type: ignore[attr-defined]  # `declares` has seen it
    return [Case(name, given(stage, page=page)) for name, page in pages.items()]


def given(stage: str, **known: Any) -> dict[str, Any]:
    """Return the arguments of a hook, all that its specification names.

    Raises
    ------
    LookupError
        If a hook has grown an argument that the kit does not know yet.
    """
    missing = [name for name in arguments_of(stage) if name not in known]
    if missing:
        raise LookupError(f"the conformance kit does not know the argument {missing[0]} of {stage}")
    return {name: known[name] for name in arguments_of(stage)}


def for_classifier(spec: CropSpec | None, pages: dict[str, LinedPage]) -> dict[str, Any]:
    """Return pages as a classifier wants them: cropped by the built-in plugin, or with what an engine has read."""
    if spec is None:
        return {name: read_before(page) for name, page in pages.items()}
    cropper = built_in("crop_normalize", "square")
    return {name: run(cropper, page, lambda _: None, spec=spec) for name, page in pages.items()}


@cache
def built_in(stage: str, name: str) -> Worker:
    """Return a built-in plugin, ready to work."""
    [worker] = hire({stage: [Choice(Value(name, "conformance kit"))]}, Registry())[stage]
    return worker


def read_before(page: LinedPage) -> LinedPage:
    """Return a page as if its segmenter were an engine that had read each region."""
    seen: dict[Region, Region] = {}
    for number, region in enumerate(page.regions):
        reading = Reading(text=chr(ord("a") + number % 26), confidence=None if number % 3 else 0.5)
        seen[region] = region.replace(reading=reading, rivals=())
    blocks = tuple(
        tuple(row.replace(words=tuple(tuple(seen[region] for region in word) for word in row.words)) for row in block)
        for block in page.blocks
    )
    return page.replace(regions=tuple(seen.values()), blocks=blocks)


def export_cases(worker: Worker, works: Works) -> list[Case]:
    """Return a call for each page, or, where a format is one file a document, for a document of many."""
    pages: dict[str, list[Page]] = {name: [page] for name, page in works.pages.items()}
    if getattr(worker.plugin, "per", "") == "document":
        pages["a document of all pages"] = [page for several in pages.values() for page in several]
    return [Case(name, export_arguments(several, works)) for name, several in pages.items()]


def export_arguments(pages: Sequence[Page] | Iterator[Page], works: Works) -> dict[str, Any]:
    """Return the arguments of `export` for these pages."""
    return given("export", pages=pages, image=images(works), trail=trails(works))


def images(works: Works) -> Callable[[Page], GrayPage]:
    """Return the function that gives the pixels of a page: its own, or even grey where it never had any."""
    loaded = {page.source: page for page in works.loaded.values()}

    def image(page: Page) -> GrayPage:
        size = (page.source.height, page.source.width)
        return loaded.get(page.source) or GrayPage(source=page.source, gray=np.full(size, 230, np.uint8))

    return image


def trails(works: Works) -> Callable[[Page], tuple[GrayPage | Page, ...]]:
    """Return the function that gives what each step made of a page, where that is known."""
    known = {trail[-1].source: trail for trail in works.trails if trail}

    def trail(page: Page) -> tuple[GrayPage | Page, ...]:
        return known.get(page.source, ())

    return trail


def inside(box: Box, width: int, height: int) -> bool:
    """Return whether a box lies in an image of that size."""
    return box.x1 <= width and box.y1 <= height
