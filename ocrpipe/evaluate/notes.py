"""What a report shows beside the figures: which characters are taken for which, and the pages that were read worst."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from statistics import fmean

from ocrpipe.errors import OcrpipeError
from ocrpipe.evaluate.align import edits
from ocrpipe.evaluate.compare import Exam, Task
from ocrpipe.evaluate.folding import Folding
from ocrpipe.evaluate.sheet import Sheet
from ocrpipe.page import Page

NOTHING = ""
"""Stands for no character: what was lost became it, and what is too many came from it."""

Confusions = Counter[tuple[str, str]]
"""How often a true character was read as another."""


@dataclass
class Case:
    """One page, its truth, and what each pipeline made of it.

    Parameters
    ----------
    task, page
        The document, and which of its pages.
    truth
        Its characters as they are compared, spaces among them even where they do not count.
    readings
        The same of what each pipeline read, by its name.
    errors
        Why a pipeline read nothing, by its name.
    """

    task: Task
    page: int
    truth: list[str]
    readings: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    rates: list[float] = field(default_factory=list)

    @property
    def badness(self) -> float:
        """The mean character error rate over the pipelines."""
        return fmean(self.rates) if self.rates else 0.0


class Notes:
    """Takes notes while pages are compared; `see` is what `compare` calls.

    Parameters
    ----------
    folding
        Which differences do not count.
    cases
        How many pages to keep, those that were read worst.
    """

    def __init__(self, folding: Folding | None = None, cases: int = 8) -> None:
        self.folding = folding or Folding()
        self.most = cases
        self.confusions: dict[str, Confusions] = {}
        self.cases: dict[tuple[str, int], Case] = {}

    def see(self, exam: Exam, task: Task, page: int, truth: Sheet, result: Page | OcrpipeError) -> None:
        """Note what a pipeline made of a page."""
        text = result.text if isinstance(result, Page) else ""
        true, read = self.folding.counted(truth.text), self.folding.counted(text)
        found = confusions(true, read)
        if isinstance(result, Page):
            self.confusions.setdefault(exam.name, Counter()).update(found)
        case = self.cases.setdefault((task.document.title, page), Case(task, page, self.folding.fold(truth.text)[0]))
        case.readings[exam.name] = self.folding.fold(text)[0]
        case.rates.append(found.total() / max(len(true), 1))
        if isinstance(result, OcrpipeError):
            case.errors[exam.name] = str(result)
        if len(self.cases) > 4 * self.most:
            self.cases = {(one.task.document.title, one.page): one for one in (*self.worst, case)}

    @property
    def worst(self) -> list[Case]:
        """The pages that were read worst, the worst first; those without any error are left out."""
        ranked = sorted(self.cases.values(), key=lambda case: -case.badness)
        return [case for case in ranked[: self.most] if case.badness > 0]


def confusions(truth: list[str], read: list[str]) -> Confusions:
    """Return which characters were taken for which; what was lost was taken for `NOTHING`.

    Examples
    --------
    >>> confusions(list("BOOT"), list("B00"))
    Counter({('O', '0'): 2, ('T', ''): 1})
    """
    return Counter(
        (
            truth[edit.truth] if edit.kind != "insert" else NOTHING,
            read[edit.read] if edit.kind != "delete" else NOTHING,
        )
        for edit in edits(truth, read)
    )
