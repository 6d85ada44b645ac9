"""`ocrpipe convert`: saved results in other formats, without reading again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ocrpipe.cli.options import Debug, Formats

if TYPE_CHECKING:
    from ocrpipe.errors import OcrpipeError


def convert(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="RESULT",
            help="Saved results, or folders of them: ocrpipe's JSON, or ALTO, PAGE-XML or hOCR of any engine.",
            show_default=False,
        ),
    ],
    to: Formats = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            metavar="DIR",
            help="Write DIR/<result's name>.<suffix> instead of to stdout.",
            show_default=False,
        ),
    ] = None,
    pages: Annotated[
        str | None,
        typer.Option("--pages", metavar="1-3,7", help="Convert these pages; 9- is to the end.", show_default="all"),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(
            "--images",
            metavar="DIR",
            help="Where the images are, if they are neither where they were read nor beside the result.",
            show_default=False,
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="STAGE.OPTION=VALUE",
            help="Set a format's option; see `ocrpipe plugins show NAME`.",
            show_default=False,
        ),
    ] = None,
    debug: Debug = False,
) -> None:
    """Write saved results in other formats, without reading the pages again.

    Formats that show the page open its image again, and check that it is still the same.
    """
    from ocrpipe.batch import Batch
    from ocrpipe.cli.output import only_results, say, say_error
    from ocrpipe.cli.run import choices, write_results
    from ocrpipe.config import parse_setting
    from ocrpipe.document import PageRanges
    from ocrpipe.inputs import find_inputs
    from ocrpipe.saved import Saved

    def tell(error: OcrpipeError) -> None:
        say_error(error, debug)

    chosen = None if pages is None else PageRanges.parse(pages)
    given = choices({}, to) + [parse_setting(text) for text in settings or []]
    with only_results() as stdout:
        saved = Saved(given, images)
        batch = Batch(saved, tell)
        found = find_inputs(dict.fromkeys(inputs), chosen, saved.takes)
        for note in found.notes:
            say(note)
        for problem in found.problems:
            batch.refuse(problem)
        write_results(batch, found.documents, out, stdout)
    raise typer.Exit(int(batch.tally.exit))
