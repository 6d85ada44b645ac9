"""What the stages are given: the made pages, as the built-in plugins of the stages before hand them on.

It is made once in the process that tests, and sent to the processes in which plugins run.
"""

from __future__ import annotations

import io
import pickle
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocrpipe import __version__
from ocrpipe.call import Call
from ocrpipe.errors import StageError
from ocrpipe.geometry import Box
from ocrpipe.names import HOME
from ocrpipe.page import Page, Step
from ocrpipe.pipeline import Pipeline
from ocrpipe.testing.pages import made_pages
from ocrpipe.testing.texts import hostile_pages
from ocrpipe.work import GrayPage, LinedPage, Region, SegmentedPage

LOADED = Step(stage="load", plugin="image", package=HOME, version=__version__)
"""What the host would have noted of the loader."""


@dataclass
class Works:
    """What one stage may be given.

    Parameters
    ----------
    pages
        Pages by their names, as the stage before gives them.
    loaded
        The pixels of those pages that were read, by the page's source.
    calls
        What an observer is told.
    trails
        What each step made of a page, for some pages.
    """

    pages: dict[str, Any] = field(default_factory=dict)
    loaded: dict[str, GrayPage] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    trails: list[tuple[GrayPage | Page, ...]] = field(default_factory=list)


@cache
def all_works() -> dict[str, Works]:
    """Return the works of every stage; the built-in pipeline makes them.

    Examples
    --------
    >>> works = all_works()
    >>> type(works["segment"].pages["lines"]).__name__, works["export"].pages["lines"].text.split()[:2]
    ('BinaryPage', ['HEAT', 'A'])
    """
    pipeline = Pipeline.preset()
    works: dict[str, Works] = defaultdict(Works)
    for name, made in made_pages().items():
        loaded = made.model_copy(update={"steps": (LOADED,)})
        calls: list[Call] = []
        read = pipeline.pass_stages(loaded, calls.append)
        for call in reversed(calls):  # of a stage's several steps the first one stays
            works[call.stage].pages[name] = call.page
        works["prepare"].pages[name] = works["binarize"].pages[name] = loaded  # unprepared is harder
        works["export"].pages[name] = read
        works["export"].loaded[name] = loaded
        if name in ("lines", "1x1"):
            works["export"].trails.append((loaded, *(call.result for call in calls if call.result)))
            works["observe"].calls += [Call("load", "image", "ocrpipe", None, name, 0.01, result=loaded), *calls]
    add_levels(works)
    for stage in ("postprocess", "export"):
        works[stage].pages.update(hostile_pages())
    works["observe"].calls += failed_calls(works["binarize"].pages["blank"])
    return dict(works)


def add_levels(works: dict[str, Works]) -> None:
    """Add pages whose segmenter found words or lines, and one that is to be cut finer."""
    large: LinedPage = works["crop_normalize"].pages["huge"]
    lined: LinedPage = works["crop_normalize"].pages["lines"]
    words = [Region(box=Box.union(part.box for part in word), level="word") for row in lined.rows for word in row.words]
    lines = [Region(box=row.box, level="line") for row in lined.rows]
    for name, regions in {"words found": words, "lines found": lines}.items():
        works["line_cluster"].pages[name] = lined.grow(SegmentedPage, regions=regions)
    works["segment"].pages["cut finer"] = lined.grow(SegmentedPage, regions=lines[:1])
    first = Region(box=large.rows[0].box, level="line")
    works["segment"].pages["huge, cut finer"] = large.grow(SegmentedPage, regions=[first])


def failed_calls(page: GrayPage) -> list[Call]:
    """Return the calls that an observer is told of where a loader and a binarizer failed."""
    error = StageError("blank.png", "binarize", "bad", "ocrpipe-bad", "1", "failed: ValueError: <&")
    return [
        Call("load", "bad", "ocrpipe-bad", None, "nothing.png", 0.0, error=error),
        Call("binarize", "bad", "ocrpipe-bad", page, "blank.png", 0.0, error=error),
    ]


def save(works: Works, path: Path) -> None:
    """Write works for another process of this machine to `load`."""
    with path.open("wb") as stream:
        Pickler(stream, pickle.HIGHEST_PROTOCOL).dump(works)


def load(path: Path) -> Works:
    """Return the works that `save` wrote, every array in them read-only."""
    works: Works = pickle.loads(path.read_bytes())
    return works


class Pickler(pickle.Pickler):
    """Writes arrays so that they come back read-only, whatever a plugin does to their flags."""

    def reducer_override(self, thing: Any) -> Any:
        """Return how an array is made again."""
        if isinstance(thing, np.ndarray):
            return frozen, (thing.tobytes(), thing.dtype.str, thing.shape)
        return NotImplemented


def frozen(data: bytes, dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return an array on bytes, which cannot be changed."""
    return np.frombuffer(data, dtype).reshape(shape)


def copy(works: Works) -> Works:
    """Return works as another process would get them: no test can spoil those of the next."""
    stream = io.BytesIO()
    Pickler(stream, pickle.HIGHEST_PROTOCOL).dump(works)
    loaded: Works = pickle.loads(stream.getvalue())
    return loaded
