"""What observers are told: one `Call` for each time that a stage was run on a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocrpipe.page import Page
    from ocrpipe.work import GrayPage


@dataclass(frozen=True, slots=True)
class Call:
    """A stage was run on a page.

    Parameters
    ----------
    stage, plugin, package
        Which stage, the plugin that ran it, and the package that it came from.
    page
        The page that it was given; None for `load`, which is given a document.
    title
        The page's or document's name, for messages.
    seconds
        How long it took, wall clock.
    result
        The page that it gave back, already checked; None if it failed.
    error
        Why it failed, else None.
    """

    stage: str
    plugin: str
    package: str
    page: GrayPage | Page | None = field(repr=False)
    title: str
    seconds: float
    result: GrayPage | Page | None = field(repr=False, default=None)
    error: Exception | None = None
