"""`ocrpipe compare`: which of several pipelines reads these pages better."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated

import typer

from ocrpipe.cli.judging import (
    AsJson,
    IgnoreCase,
    IgnoreLongS,
    IgnorePunctuation,
    IgnoreSpaces,
    Pages,
    Truth,
    between,
    caution,
    percent,
    tasks_of_inputs,
    watching,
)
from ocrpipe.cli.options import Plugins

NOTED = 5
"""Pages of a pipeline of which is told that something was wrong."""

if TYPE_CHECKING:
    from rich.table import Table

    from ocrpipe.evaluate.compare import Comparison, Task
    from ocrpipe.evaluate.notes import Notes
    from ocrpipe.pipeline import Pipeline


def compare(
    pages: Pages,
    pipeline: Annotated[
        list[str],
        typer.Option("--pipeline", "-p", metavar="NAME|FILE", help="A preset, or a TOML file; say it several times."),
    ],
    truth: Truth = None,
    plugin: Plugins = None,
    ignore_case: IgnoreCase = False,
    ignore_spaces: IgnoreSpaces = False,
    ignore_punctuation: IgnorePunctuation = False,
    ignore_long_s: IgnoreLongS = False,
    as_json: AsJson = False,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html",
            help="Write a report: figures, confusions, and the worst pages beside their pictures.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Read pages with several pipelines, and say which reads them better, and whether that is more than chance."""
    import json

    from ocrpipe.cli.output import only_results
    from ocrpipe.errors import Exit
    from ocrpipe.evaluate import Folding
    from ocrpipe.evaluate import compare as evaluate
    from ocrpipe.evaluate.notes import Notes

    folding = Folding(ignore_case, ignore_spaces, ignore_punctuation, ignore_long_s)
    with only_results():
        pipelines = built(pipeline, plugin or [])
        tasks = tasks_of_inputs(pages, truth, pipelines[0])
        notes = Notes(folding)
        with watching(f"{len(pipelines)} pipelines", len(tasks)) as tell:
            look = notes.see if report else None
            found = evaluate.compare(tasks, pipelines, folding, look, lambda done, _: tell(done))
        tell_notes(found)
        measure_memory(found, tasks, plugin or [])
        if report:
            write_report(report, found, notes)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False))
    else:
        show(found)
    if any(exam.failed for exam in found.exams):
        raise typer.Exit(int(Exit.SOME_FAILED))


def tell_notes(found: Comparison) -> None:
    """Tell which pages could not be read, and why, and which are not in the truth; of many only the first."""
    from ocrpipe.cli.output import say

    for exam in found.exams:
        noted = [score for score in exam.scores if score.note]
        for score in noted[:NOTED]:
            say(f"{exam.name}: {score.name}: {score.note.removeprefix(f'{score.name}: ')}")
        if len(noted) > NOTED:
            say(f"{exam.name}: and {len(noted) - NOTED} more pages")


def write_report(path: Path, found: Comparison, notes: Notes) -> None:
    """Write the report of a comparison."""
    from ocrpipe.cli.output import say
    from ocrpipe.errors import ConfigError
    from ocrpipe.evaluate.report import report_html
    from ocrpipe.files import write_whole

    try:
        write_whole(path, report_html(found, notes))
    except OSError as error:
        raise ConfigError(f"--report {path}: cannot be written: {error.strerror or error}") from error
    say(f"the report is {path}")


def built(names: list[str], plugins: list[Path]) -> list[Pipeline]:
    """Return the pipelines of these names; they may use the plugins of these files, too."""
    from ocrpipe.errors import ConfigError
    from ocrpipe.pipeline import Pipeline

    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"-p {name}: is named twice")
    return [Pipeline.configured(name, plugins=plugins) for name in names]


def measure_memory(found: Comparison, tasks: list[Task], plugins: list[Path]) -> None:
    """Let each pipeline read the largest file once more, in a process of its own."""
    from ocrpipe.evaluate.memory import peak_memory

    files = [task.document.path for task in tasks if task.document.path and task.document.path.is_file()]
    for exam in found.exams if files else ():
        exam.memory = peak_memory(exam.pipeline, max(files, key=lambda path: path.stat().st_size), plugins)


def show(found: Comparison) -> None:
    """Print a comparison as tables."""
    from ocrpipe.cli.output import console

    out = console()
    out.print(pipelines_table(found))
    for said in (caution(len(found.exams[0].scores)), note_of_many(found)):
        if said:
            out.print(said)
    if found.folding.names:
        out.print(f"not counted: {', '.join(found.folding.names)}")
    if found.differences:
        out.print("", differences_table(found), sep="\n")
    if any(exam.report(found.folding).ledger for exam in found.exams):
        out.print("", ledger_table(found), sep="\n")


def note_of_many(found: Comparison) -> str:
    """Return what is to be said where many pairs are compared."""
    from ocrpipe.evaluate.compare import FEWEST

    told = sum(one.pages >= FEWEST for one in found.differences)
    return f"{told} pairs are compared: one in twenty that are equal looks beyond chance" if told > 1 else ""


def pipelines_table(found: Comparison) -> Table:
    """Return the table of pipelines, the best first."""
    from rich.markup import escape
    from rich.table import Table

    table = Table("pipeline", box=None, pad_edge=False)
    for name in ("CER", "95% sure", "WER", "in any order", "s a page", "MB", "failed"):
        table.add_column(name, justify="right")
    for exam in found.ranked:
        report = exam.report(found.folding)
        rates = percent(report.characters.value), between(report.cer_interval), percent(report.words.value)
        seconds = f"{median(exam.seconds):.3f}" if exam.seconds else "-"
        memory = "-" if exam.memory is None else f"{exam.memory:.0f}"
        table.add_row(escape(exam.name), *rates, percent(report.bag.value), seconds, memory, str(exam.failed or ""))
    return table


def differences_table(found: Comparison) -> Table:
    """Return the table of pairs, and whether they differ beyond chance."""
    from rich.markup import escape
    from rich.table import Table

    table = Table("better", "than", box=None, pad_edge=False)
    table.add_column("by", justify="right")
    table.add_column("95% sure", justify="right")
    table.add_column("")
    for one in found.differences:
        flipped = None if one.interval is None else (-one.interval[1], -one.interval[0])
        by = percent(None if one.value is None else abs(one.value))
        table.add_row(escape(one.first), escape(one.second), by, between(flipped), one.verdict)
    return table


def ledger_table(found: Comparison) -> Table:
    """Return the table of errors, a column a pipeline."""
    from rich.markup import escape
    from rich.table import Table

    from ocrpipe.evaluate import STAGE, Cause

    table = Table("errors", "stage", box=None, pad_edge=False)
    ledgers = [exam.report(found.folding).ledger for exam in found.ranked]
    for exam in found.ranked:
        table.add_column(escape(exam.name), justify="right")
    for cause in Cause:
        if any(ledger[cause] for ledger in ledgers):
            table.add_row(str(cause), STAGE[cause], *(str(ledger[cause]) for ledger in ledgers))
    return table
