"""`ocrpipe show`: read pages and write them to look at in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ocrpipe.cli.options import INPUTS, Debug, PipelineName, Plugins, Ranges, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocrpipe.config import Value
    from ocrpipe.document import Document
    from ocrpipe.errors import OcrpipeError


def show(
    inputs: Annotated[
        list[str],
        INPUTS,
    ],
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="DIR", help="Write DIR/<input's name>.html.", show_default="here")
    ] = Path(),
    pipeline: PipelineName = None,
    settings: Settings = None,
    plugin: Plugins = None,
    pages: Ranges = None,
    browse: Annotated[bool, typer.Option("--open", help="Open what was written in the browser.")] = False,
    debug: Debug = False,
) -> None:
    """Read pages, write each as one file to look at in a browser, and print where that is.

    The file shows what was read, how sure it is, and what each stage did; it needs nothing else, and can be passed on.
    """
    from ocrpipe.config import Value, parse_setting

    given = [*map(parse_setting, settings or []), ("export.use", Value("html", "ocrpipe show"))]
    code, written = write(inputs, pages, pipeline, given, plugin or [], out, debug)
    for path in written:
        typer.echo(str(path))
    if browse:
        open_all(written)
    raise typer.Exit(code)


def write(
    inputs: Sequence[str],
    pages: str | None,
    pipeline: str | None,
    settings: Sequence[tuple[str, Value]],
    plugins: Sequence[Path],
    out: Path,
    debug: bool,
) -> tuple[int, list[Path]]:
    """Read all inputs; return the exit code, and the files that were written."""
    from ocrpipe.batch import Batch
    from ocrpipe.cli.output import only_results, say, say_error
    from ocrpipe.cli.run import report
    from ocrpipe.document import PageRanges
    from ocrpipe.errors import ConfigError
    from ocrpipe.inputs import find_inputs
    from ocrpipe.pipeline import Pipeline

    def tell(error: OcrpipeError) -> None:
        say_error(error, debug)

    if "" in inputs:
        raise ConfigError("an input's name is empty: is a variable of your shell not set?")
    chosen = None if pages is None else PageRanges.parse(pages)
    with only_results():
        built = Pipeline.configured(pipeline, settings, plugins=plugins)
        built.watch.tell = say
        found = find_inputs(dict.fromkeys(inputs), chosen, built.takes)
        for note in (*built.registry.outranked, *found.notes):
            say(note)
        refuse_strangers(found.documents, out)
        batch = Batch(built, tell)
        for problem in found.problems:
            batch.refuse(problem)
        batch.to_folder(found.documents, out)
        report(built)
    return int(batch.tally.exit), batch.written


OURS = b'<meta name="generator" content="ocrpipe '
"""What the head of each file that `html` writes holds."""


def refuse_strangers(documents: Sequence[Document], out: Path) -> None:
    """Raise ConfigError where a file of the user's own would be replaced: who shows `index.jpg` may have `index.html`.

    `ocrpipe run -o` names a folder for results; this verb writes where the user happens to be.
    """
    from glob import escape

    from ocrpipe.batch import stem_of
    from ocrpipe.errors import ConfigError

    for document in documents:
        stem = stem_of(document)
        for path in (out / f"{stem}.html", *sorted(out.glob(f"{escape(stem)}-p[0-9]*.html"))):
            if path.is_file() and not is_ours(path):
                raise ConfigError(f"{path} is there and was not written by ocrpipe: choose another folder with -o")


def is_ours(path: Path) -> bool:
    """Return whether a file was written by `html`."""
    with path.open("rb") as stream:
        return OURS in stream.read(2000)


def open_all(paths: Sequence[Path]) -> None:
    """Open files in the browser; say so where there is none."""
    import webbrowser

    from ocrpipe.cli.output import say

    for path in paths:
        if not webbrowser.open(path.resolve().as_uri()):
            say(f"no browser can be opened here: open {path} in one")
            return
