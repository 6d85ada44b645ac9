"""The verbs, put together: only the one that was named is imported, for the others would slow it down."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from ocrpipe import __version__

VERBS = (
    "run",
    "convert",
    "status",
    "show",
    "plugins",
    "pipelines",
    "schema",
    "synth",
    "train",
    "weights",
    "confusion",
    "eval",
    "compare",
    "tune",
)
"""Each verb is a function, or a group of verbs, of the same name in a module of the same name."""


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """Return the command with the verb that `arguments` begin with; with all verbs where they begin otherwise."""
    app = typer.Typer(
        help="Read pages through stages that anyone can swap.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(options)
    for verb in arguments[:1] if arguments and arguments[0] in VERBS else VERBS:
        found = getattr(import_module(f"ocrpipe.cli.{verb}"), verb)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=verb)
        else:
            app.command(verb)(found)
    return app


def show_version(wanted: bool) -> None:
    """Print the version and end, if asked to."""
    if wanted:
        typer.echo(f"ocrpipe {__version__}")
        raise typer.Exit


def options(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Read pages through stages that anyone can swap."""
