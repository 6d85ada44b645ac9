"""ocrpipe: reads pages through stages that anyone can swap.

These names are all that a plugin or a caller imports.

Examples
--------
>>> from ocrpipe import Box, Region
>>> Region(box=Box(0, 0, 10, 20)).box.height
20
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocrpipe.call import Call as Call
    from ocrpipe.document import Document as Document
    from ocrpipe.errors import ConfigError as ConfigError
    from ocrpipe.errors import InputError as InputError
    from ocrpipe.errors import NoPageError as NoPageError
    from ocrpipe.errors import OcrpipeError as OcrpipeError
    from ocrpipe.errors import PluginError as PluginError
    from ocrpipe.errors import StageError as StageError
    from ocrpipe.files import write_whole as write_whole
    from ocrpipe.geometry import Affine as Affine
    from ocrpipe.geometry import Box as Box
    from ocrpipe.geometry import Point as Point
    from ocrpipe.geometry import Quad as Quad
    from ocrpipe.hookspecs import hookimpl as hookimpl
    from ocrpipe.page import Block as Block
    from ocrpipe.page import Glyph as Glyph
    from ocrpipe.page import Line as Line
    from ocrpipe.page import Page as Page
    from ocrpipe.page import Source as Source
    from ocrpipe.page import Step as Step
    from ocrpipe.page import Word as Word
    from ocrpipe.pipeline import Outcome as Outcome
    from ocrpipe.pipeline import Pipeline as Pipeline
    from ocrpipe.plugin import Plugin as Plugin
    from ocrpipe.reading import Alternative as Alternative
    from ocrpipe.reading import CropSpec as CropSpec
    from ocrpipe.reading import Level as Level
    from ocrpipe.reading import Reading as Reading
    from ocrpipe.reading import Span as Span
    from ocrpipe.runs.feed import Feed as Feed
    from ocrpipe.runs.job import Done as Done
    from ocrpipe.runs.job import Job as Job
    from ocrpipe.runs.job import Recipe as Recipe
    from ocrpipe.runs.job import Task as Task
    from ocrpipe.work import BinaryPage as BinaryPage
    from ocrpipe.work import CroppedPage as CroppedPage
    from ocrpipe.work import GrayPage as GrayPage
    from ocrpipe.work import LinedPage as LinedPage
    from ocrpipe.work import Region as Region
    from ocrpipe.work import Row as Row
    from ocrpipe.work import SegmentedPage as SegmentedPage

__version__ = "0.1.0"

_HOMES = {
    "call": ("Call",),
    "document": ("Document",),
    "errors": ("ConfigError", "InputError", "NoPageError", "OcrpipeError", "PluginError", "StageError"),
    "files": ("write_whole",),
    "geometry": ("Affine", "Box", "Point", "Quad"),
    "hookspecs": ("hookimpl",),
    "page": ("Block", "Glyph", "Line", "Page", "Source", "Step", "Word"),
    "pipeline": ("Outcome", "Pipeline"),
    "plugin": ("Plugin",),
    "reading": ("Alternative", "CropSpec", "Level", "Reading", "Span"),
    "runs.feed": ("Feed",),
    "runs.job": ("Done", "Job", "Recipe", "Task"),
    "work": ("BinaryPage", "CroppedPage", "GrayPage", "LinedPage", "Region", "Row", "SegmentedPage"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Affine",
    "Alternative",
    "BinaryPage",
    "Block",
    "Box",
    "Call",
    "ConfigError",
    "CropSpec",
    "CroppedPage",
    "Document",
    "Done",
    "Feed",
    "Glyph",
    "GrayPage",
    "InputError",
    "Job",
    "Level",
    "Line",
    "LinedPage",
    "NoPageError",
    "OcrpipeError",
    "Outcome",
    "Page",
    "Pipeline",
    "Plugin",
    "PluginError",
    "Point",
    "Quad",
    "Reading",
    "Recipe",
    "Region",
    "Row",
    "SegmentedPage",
    "Source",
    "Span",
    "StageError",
    "Step",
    "Task",
    "Word",
    "__version__",
    "hookimpl",
    "write_whole",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: `ocrpipe --help` pays for none of them (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'ocrpipe' has no attribute {name!r}")
    value: object = getattr(import_module(f"ocrpipe.{_HOME[name]}"), name)
    globals()[name] = value
    return value
