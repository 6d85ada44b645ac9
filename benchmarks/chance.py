"""How far the intervals of `ocrpipe eval`, and the verdicts of `ocrpipe compare`, can be trusted: tried on made pages.

    python benchmarks/chance.py [--trials N]

Pages of 50 to 400 characters are drawn whose error rates vary much, as those of real pages do: how hard a page is, and
how a pipeline takes to it, are drawn from gamma distributions (of shape 1 about 5%, and of shape 2 about 1), the errors
from a Poisson one. Two equally good pipelines read the same pages. Counted is how often the interval holds the rate
that all pages of the kind have, and how often the two are called different. Writes a Markdown table.
"""

from __future__ import annotations

import argparse

import numpy as np
from machine import table

from ocrpipe import Pipeline
from ocrpipe.evaluate import Folding, PageScore, Rate
from ocrpipe.evaluate.compare import Exam, difference
from ocrpipe.evaluate.score import interval

HARDNESS = 0.05
"""The rate of all pages of the kind."""

PAGES = 2, 4, 6, 10, 20, 50


def exams(pages: int, numbers: np.random.Generator, pipeline: Pipeline) -> list[Exam]:
    """Return what two equally good pipelines make of so many pages."""
    lengths = numbers.integers(50, 400, pages)
    hard = lengths * numbers.gamma(1, HARDNESS, pages)
    made = []
    for name in ("one", "other"):
        edits = numbers.poisson(hard * numbers.gamma(2, 0.5, pages))
        scores = [
            PageScore(str(page), Rate(int(some), int(length)), Rate(), Rate())
            for page, (some, length) in enumerate(zip(edits, lengths, strict=True))
        ]
        made.append(Exam(name, pipeline, scores))
    return made


def main() -> None:
    """Try, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=500)
    given = parser.parse_args()
    numbers, pipeline, rows = np.random.default_rng(0), Pipeline.preset("course"), []
    for pages in PAGES:
        held = called = 0
        for _ in range(given.trials):
            one, other = exams(pages, numbers, pipeline)
            low, high = interval([score.characters for score in one.scores]) or (0, 0)
            held += low <= HARDNESS <= high
            called += difference(one, other, Folding()).beyond_chance
        rows.append([str(pages), f"{held / given.trials:.0%}", f"{called / given.trials:.0%}"])
    print(table(["pages", "the interval holds the rate", "equal pipelines called different"], rows))


if __name__ == "__main__":
    main()
