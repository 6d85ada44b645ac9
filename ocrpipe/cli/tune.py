"""`ocrpipe tune`: which options read these pages best."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from statistics import median
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
    watching,
)
from ocrpipe.cli.options import Plugins

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
    plugin: Plugins = None,
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
        given = [(key, Value(value, "--over")) for key, value in settings.items()]
        return Pipeline.configured(pipeline, given, plugins=plugin or [])

    if out is not None and out.suffix != ".toml":
        raise ConfigError(f"-o {out}: is no pipeline file's name: end it in .toml")
    folding = Folding(ignore_case, ignore_spaces, ignore_punctuation, ignore_long_s)
    values = search.parse_over(over)
    combinations = search.grid(values) if random is None else search.drawn(values, random, seed)
    with only_results():
        tasks = tasks_of_inputs(pages, truth, build({}))
        with watching(f"{len(combinations)} combinations", len(tasks)) as tell:
            found = search.tune(
                tasks,
                build,
                combinations,
                folding,
                lambda done, rate, settings: tell(done, f"{percent(finite(rate))} ({told(settings)})"),
            )
    if out is not None:
        write_whole(out, found.best.exam.pipeline.to_toml().encode())
        say(f"the best pipeline is in {out}: ocrpipe run page.jpg --pipeline {out}")
    if as_json:
        typer.echo(json.dumps(as_dict(found), ensure_ascii=False, allow_nan=False, default=str))
    else:
        show(found)


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
    out.print(f"\nas it was {percent(finite(found.before.rate))}, best {percent(finite(found.best.rate))}", end="")
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
        seconds = f"{median(trial.exam.seconds):.3f}" if trial.exam.seconds else "-"
        table.add_row(escape(told(trial.settings)), percent(finite(trial.rate)), seconds)
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
