"""`ocrpipe eval`: how well pages were read, against their truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ocrpipe.cli.judging import (
    AsJson,
    IgnoreCase,
    IgnoreLongS,
    IgnorePunctuation,
    IgnoreSpaces,
    between,
    caution,
    percent,
)

if TYPE_CHECKING:
    from rich.table import Table

    from ocrpipe.evaluate import Report

SELDOM = 50_000
"""How many objects are made before Python looks for cycles. Pages are trees of thousands that hold none; to look at
every 700th, as it does by default, takes a third of all time."""


def eval(
    truth: Annotated[
        Path,
        typer.Argument(
            metavar="TRUTH", help="What is right: .txt, .json (a Page), ALTO, PAGE, hOCR, or a folder of such."
        ),
    ],
    result: Annotated[
        Path, typer.Argument(metavar="RESULT", help="What was read, of any of these, matched by name in a folder.")
    ],
    ignore_case: IgnoreCase = False,
    ignore_spaces: IgnoreSpaces = False,
    ignore_punctuation: IgnorePunctuation = False,
    ignore_long_s: IgnoreLongS = False,
    as_json: AsJson = False,
) -> None:
    """Compare what was read with what is right: error rates, boxes, and which stage made the errors."""
    import gc
    import json

    from ocrpipe.cli.output import say
    from ocrpipe.errors import Exit
    from ocrpipe.evaluate import Folding, Report, match, score_page
    from ocrpipe.evaluate.sources import NO_RESULT, NO_TRUTH

    gc.set_threshold(SELDOM)
    folding = Folding(ignore_case, ignore_spaces, ignore_punctuation, ignore_long_s)
    pairs = match(truth, result)
    for stray in pairs.strays:
        say(f"{stray}: has no truth in {truth}; left out")
    report = Report(tuple(score_page(*pair[:3], folding, pair.note) for pair in pairs), folding)
    if as_json:
        typer.echo(json.dumps(report.to_dict(), ensure_ascii=False, allow_nan=False))
    else:
        show(report)
    broken = dict.fromkeys(page.note for page in report.pages if page.note not in ("", NO_RESULT, NO_TRUTH))
    for note in broken:
        say(note)
    if broken:
        raise typer.Exit(int(Exit.SOME_FAILED))


def show(report: Report) -> None:
    """Print a report as tables."""
    from ocrpipe.cli.output import console

    out = console()
    out.print(pages_table(report))
    for name, rate, interval in (
        ("character error rate", report.characters, report.cer_interval),
        ("word error rate", report.words, report.wer_interval),
        ("  in any order", report.bag, None),
    ):
        spread = f"  95% sure: {between(interval)}" if interval else ""
        out.print(f"{name:<22} {percent(rate.value):>7}  ({rate.edits} of {rate.length}){spread}")
    if said := caution(len(report.pages)):
        out.print(said)
    if report.folding.names:
        out.print(f"not counted: {', '.join(report.folding.names)}")
    if report.boxes:
        out.print("", boxes_table(report), sep="\n")
    if report.ledger:
        out.print("", ledger_table(report), sep="\n")


def pages_table(report: Report) -> Table:
    """Return the table of pages, the rates of each."""
    from rich.markup import escape
    from rich.table import Table

    table = Table("page", box=None, pad_edge=False)
    for name in ("characters", "CER", "words", "WER", "in any order"):
        table.add_column(name, justify="right")
    table.add_column("")
    for page in report.pages:
        cells = str(page.characters.length), percent(page.characters.value), str(page.words.length)
        rates = percent(page.words.value), percent(page.bag.value)
        table.add_row(escape(page.name), *cells, *rates, page.note)
    return table


def boxes_table(report: Report) -> Table:
    """Return the table of boxes, a row a level."""
    from rich.table import Table

    table = Table("boxes", box=None, pad_edge=False)
    for name in ("true", "found", "precision", "recall", "overlap"):
        table.add_column(name, justify="right")
    for level, found in report.boxes.items():
        shares = (percent(share) for share in (found.precision, found.recall, found.mean))
        table.add_row(level, str(found.truth), str(found.found), *shares)
    return table


def ledger_table(report: Report) -> Table:
    """Return the table of errors and the stages that made them."""
    from rich.table import Table

    from ocrpipe.evaluate import STAGE

    table = Table("errors", box=None, pad_edge=False)
    table.add_column("characters", justify="right")
    table.add_column("stage")
    for cause, count in report.ledger.most_common():
        table.add_row(str(cause), str(count), STAGE[cause])
    return table
