"""Which options read some pages best: every combination tried, or some drawn at random, and an honest estimate.

The best of many combinations looks better on the pages it was chosen by than it is. So its error rate is also estimated
by cross-validation: the pages are dealt into folds, the best combination is chosen by all folds but one, and scored on
that one (Stone, J. R. Stat. Soc. B 36, 1974).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from ocrpipe.config import parse_setting
from ocrpipe.errors import ConfigError
from ocrpipe.evaluate.compare import Exam, Task, compare
from ocrpipe.evaluate.folding import Folding
from ocrpipe.evaluate.score import Rate
from ocrpipe.pipeline import Pipeline

FOLDS = 5
SEED = 0
MOST = 10_000
"""Combinations that may be tried; what is more is drawn at random with --random."""

RANGE = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\.\.([+-]?\d+(?:\.\d+)?)\s*")
"""Two numbers with two dots between: no path that leads upwards."""

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Range:
    """All numbers between two, of which random search draws."""

    low: float
    high: float

    def draw(self, numbers: random.Random) -> float:
        """Return one of them: a whole number where both ends are."""
        if isinstance(self.low, int) and isinstance(self.high, int):
            return numbers.randint(self.low, self.high)
        return round(numbers.uniform(self.low, self.high), 6)


Over = dict[str, list[Any] | Range]
"""For each option, ``stage.option``, the values to try."""


def parse_over(texts: Sequence[str]) -> Over:
    """Return the options to try and their values.

    Raises
    ------
    ConfigError
        If one is no ``stage.option=value,value`` or ``stage.option=low..high``.

    Examples
    --------
    >>> parse_over(["binarize.window=15,31", "binarize.k=0.1..0.5"])
    {'binarize.window': [15, 31], 'binarize.k': Range(low=0.1, high=0.5)}
    """
    over: Over = {}
    for text in texts:
        key, equals, written = text.partition("=")
        if not (equals and written.strip()):
            raise ConfigError(f"--over {text}: say STAGE.OPTION=VALUE,VALUE,... or STAGE.OPTION=LOW..HIGH")
        ends = RANGE.fullmatch(written)
        parts = ends.groups() if ends else written.split(",")
        values = [parse_setting(f"{key}={part}", "--over")[1].value for part in parts]
        if ends and values[0] >= values[1]:
            raise ConfigError(f"--over {text}: a range goes from one number to a larger one, such as 0.1..0.5")
        over[key.strip()] = Range(*values) if ends else values
    return over


def grid(over: Over) -> list[Settings]:
    """Return every combination of the values.

    Raises
    ------
    ConfigError
        If a range is among them, or they are too many.

    Examples
    --------
    >>> grid({"a.x": [1, 2], "b.y": [3]})
    [{'a.x': 1, 'b.y': 3}, {'a.x': 2, 'b.y': 3}]
    """
    lists: list[list[Any]] = []
    for key, values in over.items():
        if isinstance(values, Range):
            raise ConfigError(f"--over {key}: of a range, values are drawn: say how many combinations with --random N")
        lists.append(values)
    combinations: list[Settings] = [dict(zip(over, values, strict=True)) for values in product(*lists)]
    if len(combinations) > MOST:
        raise ConfigError(f"--over: these are {len(combinations)} combinations: draw some with --random N")
    return combinations


def drawn(over: Over, count: int, seed: int = SEED) -> list[Settings]:
    """Return `count` combinations drawn at random, fewer where they repeat."""
    numbers = random.Random(seed)
    combinations = [
        {
            key: values.draw(numbers) if isinstance(values, Range) else numbers.choice(values)
            for key, values in over.items()
        }
        for _ in range(count)
    ]
    return list({repr(one): one for one in combinations}.values())


@dataclass(frozen=True)
class Trial:
    """One combination, and how it did."""

    settings: Settings
    exam: Exam

    @property
    def rate(self) -> float:
        """The character error rate over all pages."""
        return rate_over(self, range(len(self.exam.scores)))


@dataclass(frozen=True)
class Tuning:
    """How all combinations did.

    Parameters
    ----------
    trials
        The best first; of two that read equally well the quicker one.
    before
        The error rate of the pipeline as it was.
    held_out
        The error rate of the best on pages that it was not chosen by; None for a single page.
    """

    trials: tuple[Trial, ...]
    before: Trial
    held_out: float | None

    @property
    def best(self) -> Trial:
        """The combination that reads all pages best."""
        return self.trials[0]


def tune(
    tasks: Sequence[Task],
    build: Callable[[Settings], Pipeline],
    combinations: Sequence[Settings],
    folding: Folding | None = None,
    tell: Callable[[int, float, Settings], object] = lambda *_: None,
) -> Tuning:
    """Read all pages with all combinations.

    Parameters
    ----------
    tasks
        What to read, with its truth.
    build
        Makes a pipeline of some settings; it refuses those that the plugins' bounds do.
    combinations
        The settings to try.
    folding
        Which differences do not count.
    tell
        Is called after each document with the number of those that all have read, and the best so far: its rate and
        settings.
    """
    before = build({})
    pipelines = [before, *(build(settings) for settings in combinations)]

    def tell_best(number: int, exams: Sequence[Exam]) -> None:
        best = min(trials_of(combinations, exams[1:]), key=lambda trial: trial.rate)
        tell(number, best.rate, best.settings)

    first, *exams = compare(tasks, pipelines, folding, tell=tell_best).exams
    trials = trials_of(combinations, exams)
    ranked = sorted(trials, key=lambda trial: (trial.rate, sum(trial.exam.seconds)))
    return Tuning(tuple(ranked), Trial({}, first), held_out_rate(trials))


def trials_of(combinations: Sequence[Settings], exams: Sequence[Exam]) -> list[Trial]:
    """Return each combination with how it did."""
    return [Trial(settings, exam) for settings, exam in zip(combinations, exams, strict=True)]


def held_out_rate(trials: Sequence[Trial]) -> float | None:
    """Return the error rate of the best, each fold of pages scored by the combination that the other folds choose."""
    pages = len(trials[0].exam.scores)
    if pages < 2:
        return None
    total = Rate()
    for fold in folds(pages):
        others = [page for page in range(pages) if page not in fold]
        best = min(trials, key=lambda trial: rate_over(trial, others))
        total = sum((best.exam.scores[page].characters for page in fold), total)
    return total.value


def folds(pages: int) -> Iterator[list[int]]:
    """Yield the numbers of the pages in each fold, dealt at random.

    Examples
    --------
    >>> sorted(page for fold in folds(7) for page in fold)
    [0, 1, 2, 3, 4, 5, 6]
    """
    numbers = list(range(pages))
    random.Random(SEED).shuffle(numbers)
    count = min(FOLDS, pages)
    for fold in range(count):
        yield numbers[fold::count]


def rate_over(trial: Trial, pages: Sequence[int]) -> float:
    """Return the character error rate over some pages; infinite where there is none."""
    value = sum((trial.exam.scores[page].characters for page in pages), Rate()).value
    return float("inf") if value is None else value
