"""A pipeline: chosen plugins, and what they make of a page.

Examples
--------
>>> import numpy as np
>>> from ocrpipe import Pipeline
>>> Pipeline.preset("handprint").read(np.full((60, 80), 255, np.uint8)).text    # a blank page
''
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import UnionType
from typing import Any

from ocrpipe.call import Call
from ocrpipe.config import Choice, Config, Value, configure
from ocrpipe.document import Document
from ocrpipe.errors import ConfigError, InputError, OcrpipeError, PluginError, StageError, told
from ocrpipe.host import Watchers, Worker, asks, hire, load, run
from ocrpipe.names import DEFAULT, ONCE, STAGES
from ocrpipe.one_file import read_all
from ocrpipe.page import Page, Source
from ocrpipe.reading import LEVELS, CropSpec, Level
from ocrpipe.registry import Registry
from ocrpipe.toml import to_toml
from ocrpipe.work import GrayPage, finer


@dataclass(frozen=True)
class Outcome:
    """What came of one page: either `page`, with the pixels that it was read from, or `error`.

    `trail` is what each of the page's steps gave, in order; it is kept only where a chosen exporter asks for it.
    """

    title: str
    page: Page | None = None
    loaded: GrayPage | None = field(default=None, repr=False)
    trail: tuple[GrayPage | Page, ...] = field(default=(), repr=False)
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
        self.keeps_trail = any(asks(worker, "trail") for worker in self.workers["export"])

    @classmethod
    def preset(
        cls, name: str = DEFAULT, settings: Mapping[str, Any] | None = None, plugins: Sequence[str | Path] = ()
    ) -> Pipeline:
        """Return the pipeline of a preset, with `settings` such as ``{"binarize.window": 31}`` on top.

        The `plugins` are Python files whose plugins it may use besides those that are installed.
        """
        return cls.configured(name, given(settings), plugins=plugins)

    @classmethod
    def from_file(
        cls, path: str | Path, settings: Mapping[str, Any] | None = None, plugins: Sequence[str | Path] = ()
    ) -> Pipeline:
        """Return the pipeline of a TOML file, with `settings` on top and `plugins` as in `preset`."""
        return cls.configured(Path(path), given(settings), plugins=plugins)

    @classmethod
    def configured(
        cls,
        pipeline: str | Path | None,
        settings: Sequence[tuple[str, Value]] = (),
        observers: Sequence[Choice] = (),
        plugins: Sequence[str | Path] = (),
    ) -> Pipeline:
        """Return the pipeline of a preset's name or a file, with settings that know where they came from.

        The `observers` are added to those of the pipeline; `plugins` are as in `preset`.
        """
        registry = Registry(read_all(plugins))
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
            else:
                yield self.outcome(loaded)  # made in a frame of its own, that none of it outlives its page here

    def outcome(self, loaded: GrayPage, step: Callable[..., Any] = run) -> Outcome:
        """Return what comes of a loaded page; `step` does each stage, as in `pass_stages`."""
        title = loaded.source.name
        trail: list[GrayPage | Page] = [loaded]
        watch = noted(self.watch, trail) if self.keeps_trail else self.watch
        try:
            page = self.pass_stages(loaded, watch, step)
        except StageError as error:
            return Outcome(title, error=error)
        return Outcome(title, page=page, loaded=loaded, trail=tuple(trail) if self.keeps_trail else ())

    def load(
        self, document: Document, watch: Callable[[Call], None] | None = None
    ) -> Iterator[GrayPage | OcrpipeError]:
        """Yield a document's pages as they are loaded; an error ends it. By default the observers are told."""
        return load(self.workers["load"], document, watch or self.watch)

    def reload(self, page: Page) -> GrayPage:
        """Load the pixels of a page again; observers are not told, for whom a page comes in once.

        Raises
        ------
        InputError
            If its file is gone or has changed, or the page never was in a file.
        """
        return reload(self.workers["load"], page.source)

    def takes(self, document: Document) -> bool:
        """Return whether a loader takes a document: it is not yet read, and may be broken."""
        for worker in self.workers["load"]:
            try:
                if worker.hook(document=document) is not None:
                    return True
            except (Exception, SystemExit):  # which reading it will tell
                return True
        return False

    def pass_stages(
        self, page: GrayPage, watch: Callable[[Call], None] | None = None, step: Callable[..., Any] = run
    ) -> Page:
        """Return the `Page` that a loaded page becomes, stage by stage.

        Parameters
        ----------
        page
            The page as it was loaded.
        watch
            Is told of each step; by default the observers are.
        step
            Does each; one that remembers what it did need not do it again. Arguments and result are those of
            `ocrpipe.host.run`.
        """
        watch = watch or self.watch
        work: Any = page
        for stage in ("prepare", "binarize", "segment", "line_cluster"):
            for worker in self.workers[stage]:
                work = step(worker, work, watch)
        if self.spec is not None:
            work = step(self.workers["crop_normalize"][0], work, watch, spec=self.spec)
        read: Page = step(self.workers["classify"][0], work, watch)
        revised = read
        for worker in self.workers["postprocess"]:
            revised = step(worker, revised, watch)
        return revised.remember(read)

    def to_toml(self) -> str:
        """Return this pipeline as a file that gives it again: every plugin with every option."""
        tables: dict[str, Any] = {}
        for stage in STAGES:
            chosen = [{"use": worker.name, **worker.plugin.model_dump(mode="json")} for worker in self.workers[stage]]
            tables[stage] = chosen[0] if stage in ONCE else chosen
        return to_toml(tables)


def noted(watch: Callable[[Call], None], trail: list[GrayPage | Page]) -> Callable[[Call], None]:
    """Return `watch`, made to note in `trail` what each call gave."""

    def note(call: Call) -> None:
        watch(call)
        if call.result is not None:
            trail.append(call.result)

    return note


def reload(loaders: Sequence[Worker], source: Source) -> GrayPage:
    """Return the pixels of `source`, loaded again.

    Raises
    ------
    InputError
        If its file is gone or has changed, or the page never was in a file.
    """
    if source.path in (None, "-"):
        raise InputError(f"{source.name}: its pixels are gone, for it was no file; draw it in the run that reads it")
    document = Document.of(source.path, pages=(source.page,))
    for outcome in load(loaders, document, watch=lambda _: None):
        if isinstance(outcome, OcrpipeError):
            raise outcome
        if outcome.source.sha256 != source.sha256:
            raise InputError(f"{source.name}: the file has changed since it was read")
        return outcome
    raise InputError(f"{source.name}: the file has no such page any more")


def given(settings: Mapping[str, Any] | None) -> list[tuple[str, Value]]:
    """Return settings of a program's own as those that know where they came from."""
    return [(key, Value(value, "settings")) for key, value in (settings or {}).items()]


def check_pairing(workers: Mapping[str, tuple[Worker, ...]]) -> CropSpec | None:
    """Return what crops the classifier reads, if what the segmenter finds is as fine.

    None if it reads no crops but takes over what the segmenter has read.

    Raises
    ------
    ConfigError
        If the two cannot work together.
    PluginError
        If one does not declare what it must.
    """
    segmenter, classifier = workers["segment"][-1], workers["classify"][0]
    found: Level = declared(segmenter, "finds", str, LEVELS)
    spec: CropSpec | None = declared(classifier, "reads", CropSpec | None)
    if spec is None:
        if not getattr(segmenter.plugin, "also_reads", False):
            raise ConfigError(
                f"{classifier.name} takes over what the segmenter has read, but {segmenter.name} only finds: "
                f"choose a classifier that reads {found}s, or a segmenter that also reads, and put it last"
            )
        return None
    if finer(spec.level, found):
        raise ConfigError(
            f"{classifier.name} reads each {spec.level}, but {segmenter.name} finds only each {found}: "
            f"choose a segmenter that finds {spec.level}s, or put one behind it (--segment {segmenter.name},NAME), "
            f"or choose a classifier that reads {found}s"
        )
    return spec


def check_declared(worker: Worker) -> None:
    """Raise PluginError where a plugin does not say of itself what its stage asks for, or says what cannot be."""
    if worker.stage == "segment":
        declared(worker, "finds", str, LEVELS)
    elif worker.stage == "classify":
        declared(worker, "reads", CropSpec | None)
    elif worker.stage == "export":
        declared(worker, "suffix", str)
        declared(worker, "per", str, ("page", "document"))


def declared(worker: Worker, name: str, kind: type | UnionType, allowed: tuple[str, ...] = ()) -> Any:
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
        wanted = f"one of {', '.join(allowed)}" if allowed else f"a {getattr(kind, '__name__', kind)}"
        raise PluginError(f"{worker.entry.title} declares {name} = {value!r}, which must be {wanted}")
    return value
