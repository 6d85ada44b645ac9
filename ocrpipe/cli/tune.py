"""`ocrpipe tune`: which options read these pages best."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ocrpipe.cli.judging import (
    AsJson,
    IgnoreCase,
    IgnoreLongS,
    IgnorePunctuation,
    IgnoreSpaces,
    Pages,
    Truth,
    percent,
    tasks_of_inputs,
)

if TYPE_CHECKING:
    from rich.table import Table

    from ocrpipe.evaluate.tune import Settings, Tuning
    from ocrpipe.pipeline import Pipeline

SHOWN = 10
"""Combinations that are listed."""


def tune(
    pages: Pages,
    over: Annotated[
        list[str],
        typer.Option(
            "--over",
            metavar="STAGE.OPTION=VALUES",
            help="An option and the values to try: 15,31,61; or, with --random, a range 0.1..0.5. Several times.",
        ),
    ],
    truth: Truth = None,
    pipeline: Annotated[
        str | None,
        typer.Option("--pipeline", "-p", metavar="NAME|FILE", help="What to begin with.", show_default="handprint"),
    ] = None,
    random: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Try N combinations drawn at random.", show_default="all of them"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides what is drawn.", min=0)] = 0,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="FILE", help="Write the best pipeline there.", show_default=False),
    ] = None,
    ignore_case: IgnoreCase = False,
    ignore_spaces: IgnoreSpaces = False,
    ignore_punctuation: IgnorePunctuation = False,
    ignore_long_s: IgnoreLongS = False,
    as_json: AsJson = False,
) -> None:
    """Try options of plugins on pages whose truth is known, and write the best pipeline as a file."""
    import json

    from ocrpipe.cli.output import only_results, say
    from ocrpipe.config import Value
    from ocrpipe.errors import ConfigError
    from ocrpipe.evaluate import Folding
    from ocrpipe.evaluate import tune as search
    from ocrpipe.files import write_whole
    from ocrpipe.pipeline import Pipeline

    def build(settings: Settings) -> Pipeline:
        return Pipeline.configured(pipeline, [(key, Value(value, "--over")) for key, value in settings.items()])

    if out is not None and out.suffix != ".toml":
        raise ConfigError(f"-o {out}: is no pipeline file's name: end it in .toml")
    folding = Folding(ignore_case, ignore_spaces, ignore_punctuation, ignore_long_s)
    values = search.parse_over(over)
    combinations = search.grid(values) if random is None else search.drawn(values, random, seed)
    with only_results():
        tasks = tasks_of_inputs(pages, truth, build({}))
        with watching(len(tasks), len(combinations)) as tell:
            found = search.tune(tasks, build, combinations, folding, tell)
    if out is not None:
        write_whole(out, found.best.exam.pipeline.to_toml().encode())
        say(f"the best pipeline is in {out}: ocrpipe run page.jpg --pipeline {out}")
    if as_json:
        typer.echo(json.dumps(as_dict(found), ensure_ascii=False, allow_nan=False, default=str))
    else:
        show(found)


@contextmanager
def watching(pages: int, combinations: int) -> Iterator[Callable[[int, float, Settings], object]]:
    """Yield who tells how far the search is, with the best so far: a bar on a terminal, plain lines elsewhere."""
    if not sys.stderr.isatty():
        yield lambda page, rate, settings: sys.stderr.write(
            f"page {page} of {pages}: best {percent(rate)} ({told(settings)})\n"
        )
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, TextColumn("best {task.fields[best]}"), console=Console(stderr=True)) as progress:
        task = progress.add_task(f"{combinations} combinations, pages", total=pages, best="-")
        yield lambda page, rate, settings: progress.update(
            task, completed=page, best=f"{percent(rate)} ({told(settings)})"
        )


def told(settings: Settings) -> str:
    """Return settings as one writes them.

    Examples
    --------
    >>> told({"binarize.window": 31, "binarize.k": 0.2})
    'binarize.window=31 binarize.k=0.2'
    """
    return " ".join(f"{key}={value}" for key, value in settings.items())


def show(found: Tuning) -> None:
    """Print what was found."""
    from ocrpipe.cli.output import console

    out = console()
    out.print(trials_table(found))
    out.print(f"\nas it was {percent(found.before.rate)}, best {percent(found.best.rate)}", end="")
    if found.held_out is None:
        out.print("; one page tells nothing of others")
    else:
        out.print(f"; on pages that it was not chosen by, about {percent(found.held_out)}")


def trials_table(found: Tuning) -> Table:
    """Return the table of the best combinations."""
    from rich.markup import escape
    from rich.table import Table

    table = Table("", box=None, pad_edge=False)
    table.add_column("CER", justify="right")
    table.add_column("s a page", justify="right")
    for trial in found.trials[:SHOWN]:
        seconds = sum(trial.exam.seconds) / max(len(trial.exam.seconds), 1)
        table.add_row(escape(told(trial.settings)), percent(trial.rate), f"{seconds:.3f}")
    if len(found.trials) > SHOWN:
        table.add_row(f"and {len(found.trials) - SHOWN} more", "", "")
    return table


def as_dict(found: Tuning) -> dict[str, Any]:
    """Return what was found as JSON holds it."""
    return {
        "cer_before": finite(found.before.rate),
        "cer_best": finite(found.best.rate),
        "cer_held_out": found.held_out,
        "best": dict(found.best.settings),
        "trials": [{"settings": dict(trial.settings), "cer": finite(trial.rate)} for trial in found.trials],
    }


def finite(rate: float) -> float | None:
    """Return a rate as JSON can hold it: None where there is no truth to be a share of."""
    return rate if isfinite(rate) else None
