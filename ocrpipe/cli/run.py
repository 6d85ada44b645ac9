"""`ocrpipe run`: read pages."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from ocrpipe.cli.options import INPUTS, Debug, Formats, PipelineName, Plugins, Ranges, Settings
from ocrpipe.names import ONCE

if TYPE_CHECKING:
    from ocrpipe.batch import Batch
    from ocrpipe.config import Choice, Value
    from ocrpipe.document import Document
    from ocrpipe.errors import OcrpipeError
    from ocrpipe.host import Worker
    from ocrpipe.pipeline import Pipeline
    from ocrpipe.runs.job import Limits

CHOOSE = "Stages: choose a plugin by its name"
MANY = "Many pages"


@dataclass(frozen=True)
class How:
    """What the options say about how a run is to be done."""

    jobs: int | None
    limits: Limits
    max_failures: str | None
    redo: bool
    redo_failed: bool
    quiet: bool


def stage(name: str, does: str) -> typer.models.OptionInfo:
    """Return the option that chooses the plugins of a stage."""
    names = "NAME" if name in ONCE else "NAME,..."
    flags = dict.fromkeys((f"--{name.replace('_', '-')}", f"--{name}"))
    option: typer.models.OptionInfo = typer.Option(
        *flags, metavar=names, rich_help_panel=CHOOSE, help=does, show_default=False
    )
    return option


def run(
    inputs: Annotated[
        list[str] | None,
        INPUTS,
    ] = None,
    pipeline: PipelineName = None,
    to: Formats = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            metavar="DIR",
            help="Write DIR/<input's name>.<suffix> instead of to stdout.",
            show_default=False,
        ),
    ] = None,
    settings: Settings = None,
    plugin: Plugins = None,
    pages: Ranges = None,
    from_list: Annotated[
        Path | None,
        typer.Option(
            "--from-list", metavar="FILE", help="Read the inputs that FILE lists, one a line.", show_default=False
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            min=0,
            max=4096,
            metavar="N",
            help="Read this many pages at once, each in a process of its own.",
            show_default="the cores that may be used",
            rich_help_panel=MANY,
        ),
    ] = None,
    page_seconds: Annotated[
        float | None,
        typer.Option(
            "--page-seconds",
            min=0.01,
            metavar="S",
            help="Give a page up after this.",
            show_default="never",
            rich_help_panel=MANY,
        ),
    ] = None,
    page_memory: Annotated[
        float | None,
        typer.Option(
            "--page-memory",
            min=1,
            metavar="MB",
            help="Give a page up whose process takes more.",
            show_default="no limit",
            rich_help_panel=MANY,
        ),
    ] = None,
    retries: Annotated[
        int,
        typer.Option(
            "--retries", min=0, max=100, metavar="N", help="Try a page that fails so often again.", rich_help_panel=MANY
        ),
    ] = 0,
    max_failures: Annotated[
        str | None,
        typer.Option(
            "--max-failures",
            metavar="N|P%",
            help="End the run when more pages than this have failed.",
            show_default="never",
            rich_help_panel=MANY,
        ),
    ] = None,
    redo: Annotated[
        bool, typer.Option("--redo", help="Read again what DIR holds already.", rich_help_panel=MANY)
    ] = False,
    redo_failed: Annotated[
        bool, typer.Option("--redo-failed", help="Read again only what failed in DIR.", rich_help_panel=MANY)
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Tell of nothing but errors.", rich_help_panel=MANY)
    ] = False,
    timings: Annotated[bool, typer.Option("--timings", help="Show what each stage cost.")] = False,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep each stage's picture and data in DIR.", show_default=False)
    ] = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="Tell of each call: who was called with what, how long, what came back.")
    ] = False,
    debug: Debug = False,
    load: Annotated[str | None, stage("load", "Opens documents; the first that takes one.")] = None,
    prepare: Annotated[str | None, stage("prepare", "Makes the grey page better to read; none for no step.")] = None,
    binarize: Annotated[str | None, stage("binarize", "Tells ink from ground.")] = None,
    segment: Annotated[str | None, stage("segment", "Finds the letters, words or lines.")] = None,
    line_cluster: Annotated[str | None, stage("line_cluster", "Puts them into lines, words and reading order.")] = None,
    crop_normalize: Annotated[str | None, stage("crop_normalize", "Cuts a crop of each.")] = None,
    classify: Annotated[str | None, stage("classify", "Reads the crops.")] = None,
    postprocess: Annotated[str | None, stage("postprocess", "Makes the text better; none for no step.")] = None,
    observe: Annotated[str | None, stage("observe", "Watches every stage.")] = None,
    execute: Annotated[str | None, stage("execute", "Has the pages read, here or elsewhere.")] = None,
) -> None:
    """Read pages and write their text to stdout, or other formats to files.

    Pages of a document are parted by form feeds. With -o, what is done is remembered: the same command again reads only
    what is missing, changed or failed.
    """
    from ocrpipe.cli.executing import listed
    from ocrpipe.config import parse_setting
    from ocrpipe.errors import ConfigError
    from ocrpipe.runs.job import Limits

    chosen = {
        "load": load,
        "prepare": prepare,
        "binarize": binarize,
        "segment": segment,
        "line_cluster": line_cluster,
        "crop_normalize": crop_normalize,
        "classify": classify,
        "postprocess": postprocess,
        "observe": observe,
        "execute": execute,
    }
    given = choices(chosen, to) + [parse_setting(text) for text in settings or []]
    names = [*(inputs or []), *(listed(from_list) if from_list else [])]
    if not names and not from_list:
        raise ConfigError("Missing argument 'PAGE': say what to read, or --from-list FILE")
    how = How(jobs, Limits(page_seconds, page_memory, retries), max_failures, redo, redo_failed, quiet)
    raise typer.Exit(
        read(names, pages, pipeline, given, plugin or [], out, observers(timings, keep, trace), keep, debug, how)
    )


def choices(chosen: dict[str, str | None], to: list[str] | None) -> list[tuple[str, Value]]:
    """Return the settings that choosing plugins by the stages' options amounts to."""
    from ocrpipe.config import Value

    named = [(stage, name) for stage, name in chosen.items() if name is not None]
    settings = [(f"{stage}.use", Value(name, f"--{stage.replace('_', '-')}")) for stage, name in named]
    if to:
        settings.append(("export.use", Value(",".join(dict.fromkeys(to)), "--to")))
    return settings


def read(
    inputs: list[str],
    pages: str | None,
    pipeline: str | None,
    settings: list[tuple[str, Value]],
    plugins: list[Path],
    out: Path | None,
    watching: list[Choice],
    keep: Path | None,
    debug: bool,
    how: How,
) -> int:
    """Build the pipeline, read all inputs, and return the exit code."""
    from ocrpipe.batch import Batch, make_folder
    from ocrpipe.cli.executing import executor_of
    from ocrpipe.cli.going import going
    from ocrpipe.cli.output import only_results, say, say_error
    from ocrpipe.document import PageRanges
    from ocrpipe.errors import ConfigError
    from ocrpipe.inputs import find_inputs
    from ocrpipe.pipeline import Pipeline
    from ocrpipe.runs.running import Ceiling, Plan

    def tell(error: OcrpipeError) -> None:
        say_error(error, debug)

    if "" in inputs:
        raise ConfigError("an input's name is empty: is a variable of your shell not set?")
    if out is None and (how.redo or how.redo_failed):
        raise ConfigError("--redo and --redo-failed are for results that were kept: say where with -o DIR")
    chosen = None if pages is None else PageRanges.parse(pages)
    ceiling = None if how.max_failures is None else Ceiling.parse(how.max_failures)
    with only_results() as stdout:
        built = Pipeline.configured(pipeline, settings, watching, plugins)
        for note in built.registry.outranked:
            say(note)
        if keep is not None:
            make_folder(keep, "--keep")
        built.watch.tell = say
        found = find_inputs(inputs if out is None else dict.fromkeys(inputs), chosen, built.takes)
        for note in found.notes:
            say(note)
        number = len(found.documents)
        insists = any(key == "execute.use" for key, _ in settings)
        executor, alone = executor_of(built, how.jobs, insists, number, how.limits)
        with going(number, how.quiet) as progress:
            plan = Plan(executor, how.limits, alone, how.redo, how.redo_failed, ceiling, progress)
            batch = progress.batch = Batch(built, tell, plan)
            for problem in found.problems:
                batch.refuse(problem)
            try:
                write_results(batch, found.documents, out, stdout)
            except KeyboardInterrupt:
                say("interrupted" + ("" if out is None else "; the same command goes on from here"))
                raise
        report(built)
        if batch.tally.kept and not how.quiet:
            say(in_words_kept(batch.tally.kept))
    return int(batch.tally.exit)


def in_words_kept(pages: int) -> str:
    """Return that pages were done before, in words."""
    one = pages == 1
    return f"{pages} page{'s' * (not one)} {'was' if one else 'were'} done before and kept; --redo reads again"


def write_results(batch: Batch, documents: Sequence[Document], out: Path | None, stdout: BinaryIO) -> None:
    """Write what is read into a folder, or else to stdout."""
    if out is not None:
        batch.to_folder(documents, out)
        return
    refuse_stream(batch.pipeline.workers["export"], documents)
    with suppress(BrokenPipeError):  # the reader had enough, as in `| head`
        batch.to_stream(documents, stdout)


def observers(timings: bool, keep: Path | None, trace: bool) -> list[Choice]:
    """Return the observers that the command's own options ask for."""
    from ocrpipe.config import Choice, Value

    chosen = [Choice(Value("timing", "--timings"))] if timings else []
    if trace:
        chosen.append(Choice(Value("trace", "--trace")))
    if keep:
        chosen.append(Choice(Value("keep", "--keep"), {"dir": Value(str(keep), "--keep")}))
    return chosen


def refuse_stream(exporters: Sequence[Worker], documents: Sequence[Document]) -> None:
    """Raise ConfigError where the chosen formats cannot go to stdout."""
    from ocrpipe.batch import joins
    from ocrpipe.errors import ConfigError

    if len(exporters) > 1:
        raise ConfigError("several formats cannot share stdout: say where the files go with -o DIR")
    if not joins(exporters[0]) and len(documents) > 1:
        raise ConfigError(f"{exporters[0].name} of several inputs cannot share stdout: say -o DIR")


def report(pipeline: Pipeline) -> None:
    """Write to stderr what observers have to say at the end."""
    from ocrpipe.cli.output import say
    from ocrpipe.host import failed

    for worker in pipeline.workers["observe"]:
        words = getattr(worker.plugin, "report", None)
        if callable(words):
            try:
                sys.stderr.write(f"{words()}\n")
            except (Exception, SystemExit) as error:  # who only watches does no harm
                say(str(failed(worker, "report", error)))
