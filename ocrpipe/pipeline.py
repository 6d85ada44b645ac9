"""A pipeline: chosen plugins, and what they make of a page.

Examples
--------
>>> import numpy as np
>>> from ocrpipe import Pipeline
>>> Pipeline.preset("handprint").read(np.full((60, 80), 255, np.uint8)).text    # a blank page
''
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from ocrpipe.config import Choice, Config, Value, configure
from ocrpipe.document import Document
from ocrpipe.errors import ConfigError, InputError, OcrpipeError, PluginError, StageError, told
from ocrpipe.host import Watchers, Worker, hire, load, run
from ocrpipe.names import DEFAULT, ONCE, STAGES
from ocrpipe.page import Page
from ocrpipe.reading import LEVELS, CropSpec, Level
from ocrpipe.registry import Registry
from ocrpipe.toml import to_toml
from ocrpipe.work import GrayPage, finer


@dataclass(frozen=True)
class Outcome:
    """What came of one page: either `page`, with the pixels that it was read from, or `error`."""

    title: str
    page: Page | None = None
    loaded: GrayPage | None = field(default=None, repr=False)
    error: OcrpipeError | None = None


class Pipeline:
    """Chosen plugins for every stage, checked and ready to read pages.

    Make one by `preset`, `from_file` or `configured`; plugins' costly parts are built with the first page.

    Examples
    --------
    >>> pipeline = Pipeline.preset("handprint", {"binarize.use": "sauvola", "binarize.window": 31})
    >>> pipeline.workers["binarize"][0].plugin.window
    31
    """

    def __init__(self, config: Config, registry: Registry, name: str = "") -> None:
        self.name = name
        self.registry = registry
        self.workers = hire(config, registry)
        for worker in chain.from_iterable(self.workers.values()):
            check_declared(worker)
        self.spec = check_pairing(self.workers)
        self.watch = Watchers(self.workers["observe"])

    @classmethod
    def preset(cls, name: str = DEFAULT, settings: Mapping[str, Any] | None = None) -> Pipeline:
        """Return the pipeline of a preset, with `settings` such as ``{"binarize.window": 31}`` on top."""
        return cls.configured(name, given(settings))

    @classmethod
    def from_file(cls, path: str | Path, settings: Mapping[str, Any] | None = None) -> Pipeline:
        """Return the pipeline of a TOML file, with `settings` on top."""
        return cls.configured(Path(path), given(settings))

    @classmethod
    def configured(
        cls,
        pipeline: str | Path | None,
        settings: Sequence[tuple[str, Value]] = (),
        observers: Sequence[Choice] = (),
    ) -> Pipeline:
        """Return the pipeline of a preset's name or a file, with settings that know where they came from.

        The `observers` are added to those of the pipeline.
        """
        registry = Registry()
        config = configure(registry, pipeline, settings)
        config["observe"] = [*config.get("observe", []), *observers]
        return cls(config, registry, str(pipeline or DEFAULT))

    def read(self, thing: Any, page: int = 1) -> Page:
        """Read one page.

        Parameters
        ----------
        thing
            A path, `-` for standard input, a file's bytes, a Pillow image, or a NumPy array.
        page
            Which page of the document, from 1.

        Raises
        ------
        InputError
            If it cannot be opened, or has no such page.
        StageError
            If a plugin failed.
        """
        document = Document.of(thing, pages=(page,))
        for outcome in self.read_all(document):
            if outcome.page is None:
                raise outcome.error or InputError(f"{document.title}: could not be read")
            return outcome.page
        raise InputError(f"{document.title}: has no page {page}")

    def read_all(self, thing: Any) -> Iterator[Outcome]:
        """Yield what comes of each page of a document, in order; a page that fails does not end it."""
        document = Document.of(thing)
        for loaded in self.load(document):
            if isinstance(loaded, OcrpipeError):
                yield Outcome(document.title, error=loaded)
                continue
            title = loaded.source.name
            try:
                yield Outcome(title, page=self.pass_stages(loaded), loaded=loaded)
            except StageError as error:
                yield Outcome(title, error=error)

    def load(self, document: Document) -> Iterator[GrayPage | OcrpipeError]:
        """Yield a document's pages as they are loaded; an error ends it."""
        return load(self.workers["load"], document, self.watch)

    def pass_stages(self, page: GrayPage) -> Page:
        """Return the `Page` that a loaded page becomes, stage by stage."""
        work: Any = page
        for stage in ("prepare", "binarize", "segment", "line_cluster"):
            for worker in self.workers[stage]:
                work = run(worker, work, self.watch)
        work = run(self.workers["crop_normalize"][0], work, self.watch, spec=self.spec)
        read: Page = run(self.workers["classify"][0], work, self.watch)
        revised = read
        for worker in self.workers["postprocess"]:
            revised = run(worker, revised, self.watch)
        return revised.remember(read)

    def to_toml(self) -> str:
        """Return this pipeline as a file that gives it again: every plugin with every option."""
        tables: dict[str, Any] = {}
        for stage in STAGES:
            chosen = [{"use": worker.name, **worker.plugin.model_dump(mode="json")} for worker in self.workers[stage]]
            tables[stage] = chosen[0] if stage in ONCE else chosen
        return to_toml(tables)


def given(settings: Mapping[str, Any] | None) -> list[tuple[str, Value]]:
    """Return settings of a program's own as those that know where they came from."""
    return [(key, Value(value, "settings")) for key, value in (settings or {}).items()]


def check_pairing(workers: Mapping[str, tuple[Worker, ...]]) -> CropSpec:
    """Return what the classifier reads, if what the segmenter finds is as fine.

    Raises
    ------
    ConfigError
        If the two cannot work together.
    PluginError
        If one does not declare what it must.
    """
    segmenter, classifier = workers["segment"][-1], workers["classify"][0]
    found: Level = declared(segmenter, "finds", str, LEVELS)
    spec: CropSpec = declared(classifier, "reads", CropSpec)
    if finer(spec.level, found):
        raise ConfigError(
            f"{classifier.name} reads each {spec.level}, but {segmenter.name} finds only each {found}: "
            f"choose a segmenter that finds {spec.level}s, or a classifier that reads {found}s"
        )
    return spec


def check_declared(worker: Worker) -> None:
    """Raise PluginError where a plugin does not say of itself what its stage asks for, or says what cannot be."""
    if worker.stage == "segment":
        declared(worker, "finds", str, LEVELS)
    elif worker.stage == "classify":
        declared(worker, "reads", CropSpec)
    elif worker.stage == "export":
        declared(worker, "suffix", str)
        declared(worker, "per", str, ("page", "document"))


def declared(worker: Worker, name: str, kind: type, allowed: tuple[str, ...] = ()) -> Any:
    """Return what a plugin says of itself under `name`, if it is of that kind and one of the allowed values, if any.

    Raises
    ------
    PluginError
        If it is not.
    """
    try:
        value = getattr(worker.plugin, name)
    except OcrpipeError:
        raise
    except Exception as error:
        raise PluginError(f"{worker.entry.title} must declare {name!r}, but: {told(error)}") from error
    if not isinstance(value, kind) or (allowed and value not in allowed):
        wanted = f"one of {', '.join(allowed)}" if allowed else f"a {kind.__name__}"
        raise PluginError(f"{worker.entry.title} declares {name} = {value!r}, which must be {wanted}")
    return value
