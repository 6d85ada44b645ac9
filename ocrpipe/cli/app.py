"""The verbs, put together."""

from __future__ import annotations

from typing import Annotated

import typer

from ocrpipe import __version__
from ocrpipe.cli.confusion import confusion
from ocrpipe.cli.pipelines import pipelines
from ocrpipe.cli.plugins import plugins
from ocrpipe.cli.run import run
from ocrpipe.cli.schema import schema
from ocrpipe.cli.synth import synth
from ocrpipe.cli.train import train
from ocrpipe.cli.weights import weights

app = typer.Typer(
    help="Read pages through stages that anyone can swap.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(run)
app.add_typer(plugins, name="plugins")
app.add_typer(pipelines, name="pipelines")
app.command()(schema)
app.add_typer(synth, name="synth")
app.command()(confusion)
app.add_typer(train, name="train")
app.add_typer(weights, name="weights")


def show_version(wanted: bool) -> None:
    """Print the version and end, if asked to."""
    if wanted:
        typer.echo(f"ocrpipe {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Read pages through stages that anyone can swap."""
