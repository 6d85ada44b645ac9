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
from ocrpipe.errors import ConfigError, InputError, NoPageError, OcrpipeError, PluginError, StageError, told
from ocrpipe.hookspecs import PROJECT, Stages
from ocrpipe.names import ONCE, STAGES, nearest
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
    hook: pluggy.HookCaller

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
            files={**dict(self.entry.checksums), **checksums(self.plugin.files())},
        )

    def error(self, page: str, reason: str) -> StageError:
        """Return the error that says that this plugin failed on `page`."""
        return StageError(page, self.stage, self.name, self.entry.package, self.entry.version, reason)


class Manager(pluggy.PluginManager):
    """Pluggy's manager, which does not look for hooks among what every plugin has from pydantic: a hundred names."""

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> pluggy.HookimplOpts | None:
        """Return how the attribute of that name is marked, None if it is no hook."""
        return None if name in NO_HOOKS else super().parse_hookimpl_opts(plugin, name)


NO_HOOKS = frozenset(dir(Plugin))


def hire(config: Config, registry: Registry) -> dict[str, tuple[Worker, ...]]:
    """Import, build and check every plugin of a configuration; nothing costly is built yet.

    Raises
    ------
    ConfigError
        If a plugin or an option is unknown, or a value does not fit.
    PluginError
        If a plugin cannot be imported or built.
    """
    manager = Manager(PROJECT)
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
        raise refusal(entry, choice, error) from error
    except (Exception, SystemExit) as error:
        raise PluginError(f"{entry.title} cannot be built: {told(error)}") from error


def refusal(entry: Entry, choice: Choice, error: ValidationError) -> ConfigError | PluginError:
    """Return the error for options that a plugin's model refused: the user's fault if the user gave or forgot them."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    key = str(first["loc"][0]) if first["loc"] else ""
    use, said = choice.use.value, first["msg"].removeprefix("Value error, ")
    place = entry.stage if entry.stage in ONCE else f"{entry.stage}.{use}"
    if given := choice.options.get(key):
        return ConfigError(f"{given.origin}: {place}.{key} = {given.value!r}: {said} (option of {use})")
    if first["type"] == "missing":
        return ConfigError(f"{choice.use.origin}: {use} needs its option {key!r}: say --set {entry.stage}.{key}=VALUE")
    if choice.options:  # each is right, but they do not go together
        *_, last = choice.options.values()
        return ConfigError(f"{last.origin}: options of {entry.stage} {use}: {explain(error)}")
    return PluginError(f"{entry.title} cannot be built: {explain(error)}")


def register(manager: pluggy.PluginManager, plugin: Plugin, entry: Entry, name: str) -> None:
    """Register a plugin; a hook that is unmarked or misspelt, or takes what it is not given, is refused."""
    try:
        manager.register(plugin, name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginError(
            f"{entry.title} breaks the contract of its hooks: {' '.join(str(error).split())}; tell the authors"
        ) from error
    if entry.stage not in {hook.name for hook in manager.get_hookcallers(plugin) or ()}:
        raise PluginError(f"{entry.title} has a method {entry.stage!r} without @hookimpl above it; tell the authors")


def asks(worker: Worker, argument: str) -> bool:
    """Return whether a plugin's hook takes `argument`, which it may leave out: what is not asked for costs nothing."""
    return any(argument in implementation.argnames for implementation in worker.hook.get_hookimpls())


def load(
    workers: Sequence[Worker], document: Document, watch: Callable[[Call], None]
) -> Iterator[GrayPage | OcrpipeError]:
    """Yield a document's pages from the first loader that takes it; an error ends it.

    Each step of the loader's iterator is guarded, for a lazy loader fails in the middle.
    """
    for worker in workers:
        start = perf_counter()
        try:
            given = worker.hook(document=document)
            pages = None if given is None else iter(given)
        except (Exception, SystemExit) as error:
            yield load_failed(worker, document, error, start, watch)
            return
        if pages is not None:
            yield from load_pages(worker, pages, document, start, watch)
            return
    loaders = ", ".join(worker.name for worker in workers)
    yield InputError(f"{document.title}: no loader takes it (asked: {loaders}); is it an image?")


def load_pages(
    worker: Worker,
    pages: Iterator[GrayPage | InputError],
    document: Document,
    start: float,
    watch: Callable[[Call], None],
) -> Iterator[GrayPage | OcrpipeError]:
    """Yield what a loader's iterator gives, page by page, each checked."""
    number, given_up = 0, False
    while True:
        try:
            given = next(pages)
            if isinstance(given, InputError):  # this page is broken, the next may not be
                yield load_failed(worker, document, given, start, watch, ends=False)
                given_up, start = True, perf_counter()
                continue
            page = check_loaded(worker, given, document, number).model_copy(update={"steps": (worker.step,)})
        except StopIteration:
            if not number and not given_up:
                yield load_failed(worker, document, no_pages(document), start, watch)
            return
        except (Exception, SystemExit) as error:
            yield load_failed(worker, document, error, start, watch)
            return
        watch(call_of(worker, None, page.source.name, start, result=page))
        yield page
        number, start = page.source.page, perf_counter()


def load_failed(
    worker: Worker,
    document: Document,
    error: BaseException,
    start: float,
    watch: Callable[[Call], None],
    ends: bool = True,
) -> OcrpipeError:
    """Return what went wrong with a document's loading, after observers were told of it."""
    wrong = error if isinstance(error, InputError) else failed(worker, document.title, error)
    wrong.ends_document = ends
    watch(call_of(worker, None, document.title, start, error=wrong))
    return wrong


def no_pages(document: Document) -> NoPageError:
    """Return the error for a document of which a loader gave nothing."""
    return NoPageError(f"{document.title}: has no page {document.wanted}".rstrip())


def check_loaded(worker: Worker, page: GrayPage, document: Document, before: int) -> GrayPage:
    """Return a loaded page, or raise ResultError where its number is not what it must be.

    Ids and files are named by the number, so it must not come twice.
    """
    checked: GrayPage = check_kind(worker, page)
    number = checked.source.page
    if number <= before:
        raise ResultError(f"gave page {number} after page {before}, but page numbers must rise")
    if not document.wants(number):
        raise ResultError(f"gave page {number}, which was not asked for")
    return checked


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
        check_regions(worker, checked)
        checked = checked.model_copy(update={"steps": (*page.steps, worker.step)})
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


def check_regions(worker: Worker, result: Any) -> None:
    """Raise ResultError where regions are not of the declared level, or rows hold what is not the page's, or twice.

    The page models do not check it again with each stage: it costs time, and only these two stages can break it.
    """
    if worker.stage == "segment":
        finds = getattr(worker.plugin, "finds", None)
        if other := {region.level for region in result.regions} - {finds}:
            raise ResultError(
                f"gave regions of the level {', '.join(sorted(other))}, but declares that it finds {finds}"
            )
        if getattr(worker.plugin, "also_reads", False) and any(region.reading is None for region in result.regions):
            raise ResultError("gave a region without a reading, but declares also_reads = True")
    elif worker.stage == "line_cluster":
        placed = [region for row in result.rows for region in row.regions]
        if len(placed) > len(set(placed)):
            raise ResultError("put a region into its rows twice")
        if not set(placed) <= set(result.regions):
            raise ResultError("put a region into its rows that is none of the page's")


class ResultError(TypeError):
    """A plugin's result is not what its stage allows."""


def failed(worker: Worker, title: str, error: BaseException) -> StageError:
    """Return the StageError for what a plugin raised, with that as its cause."""
    if isinstance(error, ResultError):
        reason = str(error)
    elif isinstance(error, ValidationError):
        reason = f"returned a wrong page: {explain(error)}"
    else:
        reason = f"failed: {told(error)}"
    wrong = worker.error(title, reason)
    wrong.__cause__ = error
    return wrong


def call_of(worker: Worker, page: GrayPage | Page | None, title: str, start: float, **outcome: Any) -> Call:
    """Return what observers are told."""
    seconds = perf_counter() - start
    return Call(worker.stage, worker.name, worker.entry.package, page, title, seconds, **outcome)


class Watchers:
    """The observers of a run. What they raise is told once each and never fatal; what they return is not taken.

    `tell` is called with what is to be told; it writes a line to stderr unless it is replaced.
    """

    def __init__(self, workers: Sequence[Worker]) -> None:
        self.workers = workers
        self.tell: Callable[[str], object] = lambda text: sys.stderr.write(f"{text}\n")
        self.reported: set[Worker] = set()

    def __call__(self, call: Call) -> None:
        """Tell every observer."""
        for worker in self.workers:
            try:
                worker.hook(call=call)
            except (Exception, SystemExit) as error:
                if worker not in self.reported:
                    self.reported.add(worker)
                    self.tell(str(failed(worker, call.title, error)))


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
