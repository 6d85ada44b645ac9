"""Runs chosen plugins, guards what they give back, and tells observers.

Whatever a plugin raises, or returns wrongly, becomes a `StageError` that names page, stage, plugin, package and
version.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

import pluggy
from pydantic import ValidationError

from ocrpipe.call import Call
from ocrpipe.config import Choice, Config, Value
from ocrpipe.document import Document
from ocrpipe.errors import ConfigError, InputError, OcrpipeError, PluginError, StageError, told
from ocrpipe.hookspecs import PROJECT, Stages
from ocrpipe.names import STAGES, nearest
from ocrpipe.page import Page, Step
from ocrpipe.plugin import Plugin
from ocrpipe.registry import Entry, Registry
from ocrpipe.work import BinaryPage, CroppedPage, GrayPage, LinedPage, SegmentedPage

GIVES: Mapping[str, type[GrayPage | Page]] = {
    "load": GrayPage,
    "prepare": GrayPage,
    "binarize": BinaryPage,
    "segment": SegmentedPage,
    "line_cluster": LinedPage,
    "crop_normalize": CroppedPage,
    "classify": Page,
    "postprocess": Page,
}
"""What each stage gives back."""

AnyPage = TypeVar("AnyPage", GrayPage, Page)


@dataclass(frozen=True, eq=False)
class Worker:
    """A plugin at its place in a pipeline."""

    entry: Entry
    name: str
    plugin: Plugin
    hook: Callable[..., Any]

    @property
    def stage(self) -> str:
        """The stage that it works in."""
        return self.entry.stage

    @cached_property
    def step(self) -> Step:
        """What a result records of it; computed once, for it reads the plugin's files."""
        return Step(
            stage=self.stage,
            plugin=self.name,
            package=self.entry.package,
            version=self.entry.version,
            options=self.plugin.model_dump(mode="json"),
            files=checksums(self.plugin.files()),
        )

    def error(self, page: str, reason: str) -> StageError:
        """Return the error that says that this plugin failed on `page`."""
        return StageError(page, self.stage, self.name, self.entry.package, self.entry.version, reason)


def hire(config: Config, registry: Registry) -> dict[str, tuple[Worker, ...]]:
    """Import, build and check every plugin of a configuration; nothing costly is built yet.

    Raises
    ------
    ConfigError
        If a plugin or an option is unknown, or a value does not fit.
    PluginError
        If a plugin cannot be imported or built.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Stages)
    found = []
    for stage in STAGES:
        for place, choice in enumerate(config.get(stage, [])):
            entry = find(registry, stage, choice.use)
            plugin = build(entry, choice)
            register(manager, plugin, entry, f"{stage}:{place}")
            found.append((entry, str(choice.use.value), plugin))
    plugins = [plugin for _, _, plugin in found]
    workers: dict[str, tuple[Worker, ...]] = dict.fromkeys(STAGES, ())
    for entry, name, plugin in found:
        others = [other for other in plugins if other is not plugin]
        hook = manager.subset_hook_caller(entry.stage, others)
        workers[entry.stage] += (Worker(entry, name, plugin, hook),)
    return workers


def find(registry: Registry, stage: str, use: Value) -> Entry:
    """Return the entry of a chosen plugin; the error says where it was chosen."""
    try:
        return registry.find(stage, use.value)
    except ConfigError as error:
        raise ConfigError(f"{use.origin}: {error}") from None


def build(entry: Entry, choice: Choice) -> Plugin:
    """Return the plugin with its options, each checked."""
    kind = entry.load()
    for key, value in choice.options.items():
        if key not in kind.model_fields:
            known = ", ".join(kind.model_fields) or "none"
            hint = nearest(key, kind.model_fields) or f"; its options: {known}"
            raise ConfigError(
                f"{value.origin}: {entry.stage}.{key} = {value.value!r}: {choice.use.value} has no option {key!r}{hint}"
            )
    try:
        return kind(**{key: value.value for key, value in choice.options.items()})
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else ""
        if key not in choice.options:
            raise PluginError(f"{entry.title} cannot be built: {explain(error)}") from error
        given = choice.options[key]
        raise ConfigError(
            f"{given.origin}: {entry.stage}.{key} = {given.value!r}: {first['msg']} (option of {choice.use.value})"
        ) from error
    except Exception as error:
        raise PluginError(f"{entry.title} cannot be built: {told(error)}") from error


def register(manager: pluggy.PluginManager, plugin: Plugin, entry: Entry, name: str) -> None:
    """Register a plugin; a hook that is misspelt, or takes what it is not given, is refused."""
    try:
        manager.register(plugin, name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginError(
            f"{entry.title} breaks the contract of its hooks: {first_line(error)}; tell the authors"
        ) from error


def load(
    workers: Sequence[Worker], document: Document, watch: Callable[[Call], None]
) -> Iterator[GrayPage | OcrpipeError]:
    """Yield a document's pages from the first loader that takes it; an error ends it.

    Each step of the loader's iterator is guarded, for a lazy loader fails in the middle.
    """
    for worker in workers:
        start = perf_counter()
        try:
            pages = worker.hook(document=document)
        except InputError as error:
            yield error
            return
        except (Exception, SystemExit) as error:
            yield failed(worker, document.title, error)
            return
        if pages is None:
            continue
        yield from load_pages(worker, iter_or_error(pages), document, watch, start)
        return
    loaders = ", ".join(worker.name for worker in workers)
    yield InputError(f"{document.title}: no loader takes it (asked: {loaders}); is it an image?")


def iter_or_error(pages: Any) -> Any:
    """Return an iterator over `pages`, or `pages` itself where it is none: `next` then says so."""
    return iter(pages) if hasattr(pages, "__iter__") else pages


def load_pages(
    worker: Worker, pages: Any, document: Document, watch: Callable[[Call], None], start: float
) -> Iterator[GrayPage | OcrpipeError]:
    """Yield what a loader's iterator gives, page by page, each checked."""
    while True:
        try:
            page = check_kind(worker, next(pages)).replace(steps=(worker.step,))
        except StopIteration:
            return
        except InputError as error:
            yield error
            return
        except (Exception, SystemExit) as error:
            wrong = failed(worker, document.title, error)
            watch(call_of(worker, None, document.title, start, error=wrong))
            yield wrong
            return
        watch(call_of(worker, None, page.source.name, start, result=page))
        yield page
        start = perf_counter()


def run(worker: Worker, page: GrayPage | Page, watch: Callable[[Call], None], **more: Any) -> Any:
    """Return what `worker` makes of `page`, checked, with its step appended.

    Raises
    ------
    StageError
        If the plugin raises, or gives back what its stage does not allow.
    """
    title = page.source.name
    start = perf_counter()
    try:
        results = worker.hook(page=page, **more)
        result = results[-1] if results else None
        checked = check_kind(worker, result)
        check_kept(page, checked)
        checked = checked.replace(steps=(*page.steps, worker.step))
    except (Exception, SystemExit) as error:
        wrong = failed(worker, title, error)
        watch(call_of(worker, page, title, start, error=wrong))
        raise wrong from error
    watch(call_of(worker, page, title, start, result=checked))
    return checked


def check_kind(worker: Worker, result: Any) -> Any:
    """Return `result`, or raise ResultError where it is not what its stage must give back."""
    wanted = GIVES[worker.stage]
    if not isinstance(result, wanted):
        raise ResultError(f"returned {type(result).__name__}, but must return a {wanted.__name__}")
    return result


def check_kept(page: GrayPage | Page, result: Any) -> None:
    """Raise ResultError where a plugin changed what only the host may."""
    if result.source != page.source:
        raise ResultError("changed the page's source, which must stay as it was loaded")
    if result.steps != page.steps:
        raise ResultError("changed the page's steps, which the host alone writes")


class ResultError(TypeError):
    """A plugin's result is not what its stage allows."""


def failed(worker: Worker, title: str, error: BaseException) -> StageError:
    """Return the StageError for what a plugin raised."""
    if isinstance(error, ResultError):
        return worker.error(title, str(error))
    if isinstance(error, ValidationError):
        return worker.error(title, f"returned a wrong page: {explain(error)}")
    return worker.error(title, f"failed: {told(error)}")


def call_of(worker: Worker, page: GrayPage | Page | None, title: str, start: float, **outcome: Any) -> Call:
    """Return what observers are told."""
    seconds = perf_counter() - start
    return Call(worker.stage, worker.name, worker.entry.package, page, title, seconds, **outcome)


class Watchers:
    """The observers of a run. What they raise is reported once each and never fatal; what they return is not taken."""

    def __init__(self, workers: Sequence[Worker], report: Callable[[str], None] | None = None) -> None:
        self.workers = workers
        self.report = report or (lambda text: print(text, file=sys.stderr))  # noqa: T201
        self.reported: set[Worker] = set()

    def __call__(self, call: Call) -> None:
        """Tell every observer."""
        for worker in self.workers:
            try:
                worker.hook(call=call)
            except (Exception, SystemExit) as error:
                if worker not in self.reported:
                    self.reported.add(worker)
                    self.report(str(failed(worker, call.title, error)))


def checksums(paths: Sequence[Path]) -> dict[str, str]:
    """Return the sha256 of each file by its name, or by its path where two have one name."""
    names = [path.name for path in paths]
    return {
        path.name if names.count(path.name) == 1 else str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }


def explain(error: ValidationError) -> str:
    """Return what pydantic found to be wrong, as one line.

    Examples
    --------
    >>> from ocrpipe import Source
    >>> try:
    ...     Source(width=0, height=5)
    ... except ValidationError as error:
    ...     explain(error)
    'width: Input should be greater than or equal to 1'
    """
    details = []
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        place = ".".join(map(str, detail["loc"]))
        message = detail["msg"].removeprefix("Value error, ")
        details.append(f"{place}: {message}" if place else message)
    return "; ".join(details[:3]) + (f"; and {len(details) - 3} more" if len(details) > 3 else "")


def first_line(error: Exception) -> str:
    """Return an exception's text as one line."""
    return " ".join(str(error).split())
