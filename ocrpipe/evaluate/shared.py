"""Pipelines side by side: what several of them do to a page is done once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ocrpipe.call import Call
from ocrpipe.document import Document
from ocrpipe.errors import OcrpipeError, StageError
from ocrpipe.host import Worker, load, run
from ocrpipe.names import PASSED
from ocrpipe.page import Page
from ocrpipe.pipeline import Pipeline
from ocrpipe.work import GrayPage

Key = tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """What one pipeline made of one page.

    Parameters
    ----------
    pipeline
        Its number among those compared.
    page
        Which of the document's pages, from 1.
    result
        What was read, or why nothing was.
    seconds
        What the stages cost, those too that another pipeline had run, but not what they built once for all pages.
    """

    pipeline: int
    page: int
    result: Page | OcrpipeError
    seconds: float


class Steps:
    """Runs the steps of one page, each once, and remembers what came of it.

    A step is the same where its plugin, version, options and files are, and so are all steps before it.

    Parameters
    ----------
    warm
        Who has worked before. Others work twice on their first page, and only the second time counts: the first builds
        what is costly (weights, an engine), which is no page's cost.
    """

    def __init__(self, warm: set[Worker]) -> None:
        self.warm = warm
        self.done: dict[Key, Call] = {}
        self.used: set[Key] = set()

    def run(self, worker: Worker, page: GrayPage | Page, watch: Callable[[Call], None], **more: Any) -> Any:
        """Return what a step makes of a page, as `ocrpipe.host.run` does."""
        key = (*map(repr, (*page.steps, worker.step)), repr(more))
        if key not in self.done:
            times = 1 if worker in self.warm else 2
            self.warm.add(worker)
            for _ in range(times):
                with suppress(StageError):  # raised below, as often as the step is asked for
                    run(worker, page, lambda call: self.done.update({key: call}), **more)
        self.used.add(key)
        call = self.done[key]
        watch(call)
        if call.error is not None:
            raise call.error
        return call.result

    def forget_unused(self) -> None:
        """Forget the steps that were not asked for since this was last called."""
        self.done = {key: call for key, call in self.done.items() if key in self.used}
        self.used.clear()


def read_side_by_side(
    document: Document, pipelines: Sequence[Pipeline], warm: set[Worker] | None = None
) -> Iterator[Reading]:
    """Yield what each pipeline makes of each page of a document, page by page.

    Parameters
    ----------
    document
        What to read.
    pipelines
        What to read it with.
    warm
        Who has worked on an earlier document; those who now do are added.
    """
    warm = set() if warm is None else warm
    for numbers in same_loaders(pipelines):
        loads: list[Call] = []
        loaders = pipelines[numbers[0]].workers["load"]
        if warm.isdisjoint(loaders):
            warm.update(loaders)
            next(load(loaders, document, lambda _: None), None)
        for page, loaded in enumerate(load(loaders, document, loads.append), 1):
            seconds = sum(call.seconds for call in loads)
            loads.clear()
            if isinstance(loaded, OcrpipeError):
                yield from (Reading(number, page, loaded, seconds) for number in numbers)
                continue
            steps = Steps(warm)
            for number in numbers:
                yield read_one(pipelines[number], number, loaded, steps, seconds)
                steps.forget_unused()


def read_one(pipeline: Pipeline, number: int, page: GrayPage, steps: Steps, seconds: float) -> Reading:
    """Return what a pipeline makes of a loaded page, whose loading took `seconds`."""
    calls: list[Call] = []
    try:
        result: Page | OcrpipeError = pipeline.pass_stages(page, calls.append, steps.run)
    except StageError as error:
        result = error
    return Reading(number, page.source.page, result, seconds + sum(call.seconds for call in calls))


def same_loaders(pipelines: Sequence[Pipeline]) -> list[list[int]]:
    """Return the numbers of the pipelines that load a document in the same way, together.

    Those that begin with the same steps stand side by side, so that only the last one's steps need be remembered.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    steps = [[repr([worker.step for worker in one.workers[stage]]) for stage in PASSED] for one in pipelines]
    for number in sorted(range(len(pipelines)), key=steps.__getitem__):
        groups[steps[number][0]].append(number)
    return list(groups.values())
