"""Which of several pipelines reads some pages better, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from statistics import median
from typing import Any

from ocrpipe.document import Document
from ocrpipe.errors import ConfigError, InputError, OcrpipeError
from ocrpipe.evaluate.folding import Folding
from ocrpipe.evaluate.score import Interval, PageScore, Rate, Report, bounds, resampled, score_page
from ocrpipe.evaluate.shared import Reading, read_side_by_side
from ocrpipe.evaluate.sheet import Sheet
from ocrpipe.evaluate.sources import NO_TRUTH, Files, documents, sheets
from ocrpipe.host import Worker
from ocrpipe.page import Page
from ocrpipe.pipeline import Pipeline

FEWEST = 6
"""Pages that a difference must be seen on to be called beyond chance. Of two equally good pipelines, all of five pages
favour the same as often as five coins fall alike: once in 16 times."""

Looker = Callable[["Exam", "Task", int, Sheet, "Page | OcrpipeError"], None]
"""Is shown what each pipeline made of each page: the exam, the document and which page of it, its truth, the result."""


@dataclass(frozen=True)
class Task:
    """A document to read, and where its truth is."""

    document: Document
    truth: Files


@dataclass
class Exam:
    """How one pipeline did.

    Parameters
    ----------
    name
        The pipeline's.
    pipeline
        It itself.
    scores
        A score for each page, in the order in which they were read.
    seconds
        What the stages cost of each page that was read. What is built once for all pages does not count.
    failed
        The pages that could not be read.
    memory
        The peak of a process of its own that reads the largest page, MB; None where it was not measured.
    """

    name: str
    pipeline: Pipeline = field(repr=False)
    scores: list[PageScore] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    memory: float | None = None

    def report(self, folding: Folding) -> Report:
        """Return all scores together."""
        return Report(tuple(self.scores), folding)


@dataclass(frozen=True)
class Difference:
    """How much the character error rates of two pipelines differ: the first's less the second's.

    Parameters
    ----------
    first, second
        The pipelines' names.
    value
        The difference; below 0 the first reads better. None where the truth has no characters.
    interval
        Where it lies with 95% confidence, by the paired bootstrap over pages; None for fewer than two pages.
    pages
        How many pages that is known from.
    """

    first: str
    second: str
    value: float | None
    interval: Interval | None
    pages: int

    @property
    def beyond_chance(self) -> bool:
        """Whether there are enough pages to tell, and the interval leaves out 0."""
        known = self.pages >= FEWEST and self.interval is not None
        return known and self.interval is not None and (self.interval[0] > 0 or self.interval[1] < 0)

    @property
    def verdict(self) -> str:
        """The same in words."""
        if self.pages < FEWEST:
            return f"fewer than {FEWEST} pages do not tell"
        return "beyond chance" if self.beyond_chance else "may be chance"


@dataclass(frozen=True)
class Comparison:
    """How several pipelines did on the same pages."""

    exams: tuple[Exam, ...]
    folding: Folding

    @property
    def differences(self) -> list[Difference]:
        """Every pair of pipelines, the first named the one that reads better."""
        return [difference(*pair, self.folding) for pair in combinations(self.ranked, 2)]

    @property
    def ranked(self) -> list[Exam]:
        """The pipelines, the best first."""
        return sorted(self.exams, key=lambda exam: rate_of(exam, self.folding))

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON holds it."""
        return {
            "pipelines": [
                {
                    "name": exam.name,
                    "seconds": median(exam.seconds) if exam.seconds else None,
                    "memory_mb": exam.memory,
                    "failed": exam.failed,
                    **exam.report(self.folding).to_dict(),
                }
                for exam in self.exams
            ],
            "differences": [
                {
                    "first": one.first,
                    "second": one.second,
                    "cer": one.value,
                    "interval": one.interval,
                    "beyond_chance": one.beyond_chance,
                }
                for one in self.differences
            ],
        }


def tasks_of(inputs: Iterable[Document], truth: Path | None = None) -> tuple[list[Task], list[str]]:
    """Return the documents whose truth is known, and the names of the others.

    Parameters
    ----------
    inputs
        What to read.
    truth
        The folder in which ``page.txt`` (or ``.json``, ALTO, PAGE, hOCR) is the truth of ``page.jpg``; by default the
        one in which the document is.

    Raises
    ------
    InputError
        If none has a truth.
    """
    found: list[Task] = []
    strays: list[str] = []
    known: dict[Path, dict[str, Files]] = {}
    for document in inputs:
        if document.path is None:
            raise ConfigError(f"{document.title}: only files can be compared with their truth")
        folder = truth or document.path.parent
        files = known.setdefault(folder, documents(folder)).get(document.path.stem)
        if files:
            found.append(Task(document, files))
        else:
            strays.append(document.title)
    if not found:
        raise InputError(f"{truth or 'beside the pages'}: no truth: page.txt (or .json, .xml) for page.jpg")
    return found, strays


def compare(
    tasks: Sequence[Task],
    pipelines: Sequence[Pipeline],
    folding: Folding | None = None,
    look: Looker | None = None,
    tell: Callable[[int, Sequence[Exam]], object] = lambda *_: None,
) -> Comparison:
    """Read all pages with all pipelines and score them. Steps that pipelines share are run once a page.

    Parameters
    ----------
    tasks
        What to read.
    pipelines
        What to read it with; their names must differ.
    folding
        Which differences do not count.
    look
        Is shown what each pipeline made of each page.
    tell
        Is called after each document with the number of those that all have read, and how the pipelines did so far.
    """
    folding = folding or Folding()
    warm: set[Worker] = set()
    exams = tuple(Exam(pipeline.name, pipeline) for pipeline in pipelines)
    for number, task in enumerate(tasks, 1):
        scores: list[dict[int, PageScore]] = [{} for _ in exams]
        for reading, known in readings_of(task, pipelines, warm):
            exam, name = exams[reading.pipeline], page_name(task.document.title, reading.page)
            truth, note = (known, "") if known else (Sheet(""), NO_TRUTH)
            if isinstance(reading.result, Page):
                read = Sheet.of(reading.result)
                exam.seconds.append(reading.seconds)
            else:
                read, note = Sheet(""), str(reading.result)
                exam.failed += 1
            scores[reading.pipeline][reading.page] = score_page(name, truth, read, folding, note)
            if look:
                look(exam, task, reading.page, truth, reading.result)
        for exam, by_page in zip(exams, scores, strict=True):
            exam.scores += [by_page[page] for page in sorted(by_page)]
        tell(number, exams)
    return Comparison(exams, folding)


def readings_of(task: Task, pipelines: Sequence[Pipeline], warm: set[Worker]) -> Iterator[tuple[Reading, Sheet | None]]:
    """Yield what each pipeline made of each page, with the page's truth; None where that has no such page.

    A page that the truth has and a pipeline did not give counts as lost.
    """
    truth = dict(sheets(task.truth))
    missing = {(number, page) for number in range(len(pipelines)) for page in truth}
    for reading in read_side_by_side(task.document, pipelines, warm):
        missing.discard((reading.pipeline, reading.page))
        yield reading, truth.get(reading.page)
    for number, page in sorted(missing):
        yield Reading(number, page, InputError("no such page was loaded"), 0.0), truth[page]


def page_name(title: str, page: int) -> str:
    """Return what a page is called in a report."""
    return title if page == 1 else f"{title}, page {page}"


def rate_of(exam: Exam, folding: Folding) -> float:
    """Return a pipeline's character error rate; infinite where there is none."""
    value = exam.report(folding).characters.value
    return float("inf") if value is None else value


def difference(first: Exam, second: Exam, folding: Folding) -> Difference:
    """Return how much two pipelines differ, by the paired bootstrap: the same pages are drawn for both."""
    rates = [{score.name: score.characters for score in exam.scores} for exam in (first, second)]
    names = list(rates[0] | rates[1])  # one may have given pages, not in the truth either, that the other did not
    pairs = [[rate.get(name, Rate()) for name in names] for rate in rates]
    values = [exam.report(folding).characters.value for exam in (first, second)]
    value = None if values[0] is None or values[1] is None else values[0] - values[1]
    if len(names) < 2:
        return Difference(first.name, second.name, value, None, len(names))
    draws = resampled(*pairs)
    return Difference(first.name, second.name, value, bounds(draws[0] - draws[1], len(names)), len(names))
