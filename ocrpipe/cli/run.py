"""`ocrpipe run`: read pages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ocrpipe.names import ONCE

if TYPE_CHECKING:
    from ocrpipe.config import Choice, Value
    from ocrpipe.document import Document
    from ocrpipe.errors import OcrpipeError
    from ocrpipe.pipeline import Pipeline

CHOOSE = "Stages: choose a plugin by its name"


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
        list[str], typer.Argument(metavar="PAGE", help="Images to read; - is standard input.", show_default=False)
    ],
    pipeline: Annotated[
        str | None,
        typer.Option(
            "--pipeline", "-p", metavar="NAME|FILE", help="A preset, or a TOML file.", show_default="handprint"
        ),
    ] = None,
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to",
            "--export",
            metavar="FORMAT",
            help="Write this format; may be given several times.",
            show_default="text",
        ),
    ] = None,
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
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="STAGE.OPTION=VALUE",
            help="Set a plugin's option; see `ocrpipe plugins show NAME`.",
            show_default=False,
        ),
    ] = None,
    timings: Annotated[bool, typer.Option("--timings", help="Show what each stage cost.")] = False,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep each stage's picture and data in DIR.", show_default=False)
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show where in the code an error came from.")] = False,
    load: Annotated[str | None, stage("load", "Opens documents; the first that takes one.")] = None,
    prepare: Annotated[str | None, stage("prepare", "Makes the grey page better to read; none for no step.")] = None,
    binarize: Annotated[str | None, stage("binarize", "Tells ink from ground.")] = None,
    segment: Annotated[str | None, stage("segment", "Finds the letters, words or lines.")] = None,
    line_cluster: Annotated[str | None, stage("line_cluster", "Puts them into lines, words and reading order.")] = None,
    crop_normalize: Annotated[str | None, stage("crop_normalize", "Cuts a crop of each.")] = None,
    classify: Annotated[str | None, stage("classify", "Reads the crops.")] = None,
    postprocess: Annotated[str | None, stage("postprocess", "Makes the text better; none for no step.")] = None,
    observe: Annotated[str | None, stage("observe", "Watches every stage.")] = None,
) -> None:
    """Read pages and write their text to stdout, or other formats to files.

    Pages of a document are parted by form feeds.
    """
    from ocrpipe.config import parse_setting

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
    }
    given = choices(chosen, to) + [parse_setting(text) for text in settings or []]
    raise typer.Exit(read(inputs, pipeline, given, out, timings, keep, debug))


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
    pipeline: str | None,
    settings: list[tuple[str, Value]],
    out: Path | None,
    timings: bool,
    keep: Path | None,
    debug: bool,
) -> int:
    """Build the pipeline, read all inputs, and return the exit code."""
    from ocrpipe.batch import Batch, make_folder
    from ocrpipe.cli.output import only_results, say, say_error
    from ocrpipe.document import Document
    from ocrpipe.errors import ConfigError
    from ocrpipe.pipeline import Pipeline

    def tell(error: OcrpipeError) -> None:
        say_error(error, debug)

    if "" in inputs:
        raise ConfigError("an input's name is empty: is a variable of your shell not set?")
    with only_results() as stdout:
        built = Pipeline.configured(pipeline, settings, observers(timings, keep))
        if keep is not None:
            make_folder(keep, "--keep")
        built.watch.tell = say
        documents = [Document.of(name) for name in (inputs if out is None else dict.fromkeys(inputs))]
        batch = Batch(built, tell)
        if out is not None:
            tally = batch.to_folder(documents, out)
        else:
            refuse_stream(built, documents)
            try:
                tally = batch.to_stream(documents, stdout)
            except BrokenPipeError:  # the reader had enough, as in `| head`
                tally = batch.tally
        report(built)
    return int(tally.exit)


def observers(timings: bool, keep: Path | None) -> list[Choice]:
    """Return the observers that the command's own options ask for."""
    from ocrpipe.config import Choice, Value

    chosen = [Choice(Value("timing", "--timings"))] if timings else []
    if keep:
        chosen.append(Choice(Value("keep", "--keep"), {"dir": Value(str(keep), "--keep")}))
    return chosen


def refuse_stream(pipeline: Pipeline, documents: list[Document]) -> None:
    """Raise ConfigError where the chosen formats cannot go to stdout."""
    from ocrpipe.batch import is_picture
    from ocrpipe.errors import ConfigError

    exporters = pipeline.workers["export"]
    if len(exporters) > 1:
        raise ConfigError("several formats cannot share stdout: say where the files go with -o DIR")
    if is_picture(exporters[0]) and len(documents) > 1:
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
