"""Results that were saved, in the place of a pipeline: their pages come from files, and nothing is read again."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ocrpipe.config import Choice, Value, configure
from ocrpipe.document import Document
from ocrpipe.errors import ConfigError, InputError, OcrpipeError
from ocrpipe.formats import kind_of, read_results
from ocrpipe.host import Worker, hire, load
from ocrpipe.names import HOME
from ocrpipe.page import Page, Source, Step
from ocrpipe.pipeline import Outcome, check_declared
from ocrpipe.registry import Registry
from ocrpipe.work import GrayPage

OWN_STAGES = ("load", "export")
"""The stages that have something to do."""


class Saved:
    """Saved results of ocrpipe or of other engines.

    Parameters
    ----------
    settings
        Which formats are to be written, and with which options; and the loaders of images whose results do not say how
        they were loaded.
    images
        Where images are looked for that are not where they were read; None to look beside the results.

    Examples
    --------
    >>> from ocrpipe.config import Value
    >>> [worker.name for worker in Saved([("export.use", Value("alto", "--to"))]).workers["export"]]
    ['alto']
    """

    def __init__(self, settings: Sequence[tuple[str, Value]] = (), images: Path | None = None) -> None:
        for key, value in settings:
            if key.partition(".")[0] not in OWN_STAGES:
                raise ConfigError(f"{value.origin} {key}: nothing is read again, so only export and load have options")
        self.registry = Registry()
        config = configure(self.registry, None, settings)
        self.workers = hire({stage: config[stage] for stage in OWN_STAGES}, self.registry)
        for worker in self.workers["export"]:
            check_declared(worker)
        self.images = images
        self.folder = Path()

    def read_all(self, thing: Any) -> Iterator[Outcome]:
        """Yield the pages of a file of results; an error ends it."""
        document = Document.of(thing)
        self.folder = document.path.parent if document.path else Path()
        try:
            for page in read_results(document):
                if document.wants(page.source.page):
                    yield Outcome(page.source.name, page=page)
        except InputError as error:
            yield Outcome(document.title, error=error)

    def takes(self, document: Document) -> bool:
        """Return whether a document holds results."""
        try:
            kind_of(document)
        except (InputError, OSError):
            return False
        return True

    def reload(self, page: Page) -> GrayPage:
        """Return the pixels that a page was read from: its image, loaded as it was then, and found to be the same.

        Raises
        ------
        InputError
            If it is gone or has changed, or cannot be loaded as it was.
        """
        source = page.source
        path = self.find(source)
        loaders = self.loaders(page)
        loaded = load_page(loaders, path, source.page)
        if isinstance(loaded, OcrpipeError) and source.sha256 is None and source.page > 1:
            loaded = load_page(loaders, path, 1)  # another engine's page 2 may be a file of its own
        if isinstance(loaded, OcrpipeError):
            raise loaded
        if source.sha256 is not None and loaded.source.sha256 != source.sha256:
            raise InputError(f"{source.name}: {path} has changed since it was read: its checksum is another")
        if (loaded.source.width, loaded.source.height) != (source.width, source.height):
            raise InputError(
                f"{source.name}: {path} has {loaded.source.width} x {loaded.source.height} pixels, but the result was "
                f"read from {source.width} x {source.height}: it is another image"
            )
        return loaded

    def find(self, source: Source) -> Path:
        """Return where the image of a page is."""
        if source.path in (None, "-"):
            raise InputError(f"{source.name}: the result does not say of which file it is; draw it when you read it")
        named = Path(str(source.path))
        places = [named, *([self.images / named.name] if self.images else []), self.folder / named.name]
        for place in places:
            if os.path.isfile(place):  # noqa: PTH113  # which bears any name, however long
                return place
        raise InputError(
            f"{source.name}: its image is gone; go to where it was read, or say where it is with --images DIR"
        )

    def loaders(self, page: Page) -> Sequence[Worker]:
        """Return who loaded a page's image, with the options of then; where the result does not say, those of now."""
        step = next((step for step in page.steps if step.stage == "load"), None)
        if step is None:
            return self.workers["load"]
        try:
            return hire({"load": [choice_of(step)]}, self.registry)["load"]
        except OcrpipeError as error:
            raise InputError(f"{page.source.name}: its image cannot be loaded as it was: {error}") from error


def choice_of(step: Step) -> Choice:
    """Return the choice of a plugin that a step records."""
    bare = step.package == HOME or "/" in step.plugin
    origin = "the result's load step"
    use = step.plugin if bare else f"{step.package}/{step.plugin}"
    return Choice(Value(use, origin), {key: Value(value, origin) for key, value in step.options.items()})


def load_page(loaders: Sequence[Worker], path: Path, number: int) -> GrayPage | OcrpipeError:
    """Return a page of a file, or why it cannot be loaded."""
    for outcome in load(loaders, Document.of(path, pages=(number,)), watch=lambda _: None):
        return outcome
    return InputError(f"{path}: has no page {number}")
