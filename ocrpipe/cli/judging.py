"""What the verbs `eval`, `compare` and `tune` have in common: options, and figures as text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ocrpipe.evaluate.compare import Task
    from ocrpipe.evaluate.score import Interval
    from ocrpipe.pipeline import Pipeline

IgnoreCase = Annotated[bool, typer.Option("--ignore-case", help="Capitals count as small letters.")]
IgnoreSpaces = Annotated[
    bool, typer.Option("--ignore-spaces", help="Spaces and line breaks do not count as characters.")
]
IgnorePunctuation = Annotated[bool, typer.Option("--ignore-punctuation", help="Punctuation does not count.")]
IgnoreLongS = Annotated[
    bool, typer.Option("--ignore-long-s", help="The long s counts as s, and ligatures as their letters.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Pages = Annotated[
    list[str], typer.Argument(metavar="PAGES", help="Images or PDFs, folders, patterns.", show_default=False)
]
Truth = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Where page.txt (or .json, ALTO, PAGE, hOCR) says what is on page.jpg.",
        show_default="beside each page",
    ),
]


def tasks_of_inputs(inputs: list[str], truth: Path | None, pipeline: Pipeline) -> list[Task]:
    """Return the pages whose truth is known; of the others it is said that they are left out.

    Raises
    ------
    InputError
        If something was named that cannot be read, or nothing has a truth.
    """
    from ocrpipe.cli.output import say
    from ocrpipe.evaluate.compare import tasks_of
    from ocrpipe.inputs import find_inputs

    found = find_inputs(dict.fromkeys(inputs), None, pipeline.takes)
    for problem in found.problems:
        raise problem
    tasks, strays = tasks_of(found.documents, truth)
    for stray in strays:
        say(f"{stray}: has no truth; left out")
    return tasks


def percent(share: float | None) -> str:
    """Return a share as text; a dash where there is none.

    Examples
    --------
    >>> percent(0.0256), percent(None)
    ('2.56%', '-')
    """
    return "-" if share is None else f"{share:.2%}"


def between(interval: Interval | None) -> str:
    """Return an interval as text; nothing where there is none.

    Examples
    --------
    >>> between((0.01, 0.025))
    '1.00% to 2.50%'
    """
    return f"{percent(interval[0])} to {percent(interval[1])}" if interval else ""
