"""Options that several verbs take: each is said once, so that it means the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

INPUTS = typer.Argument(
    metavar="PAGE",
    help="Images, PDFs, folders of these, or patterns such as 'scans/*.tif'; - is standard input.",
    show_default=False,
)
"""The argument of what to read; whether there must be any is the verb's."""

PipelineName = Annotated[
    str | None,
    typer.Option("--pipeline", "-p", metavar="NAME|FILE", help="A preset, or a TOML file.", show_default="handprint"),
]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--to",
        "--export",
        metavar="FORMAT",
        help="Write this format; may be given several times.",
        show_default="text",
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="STAGE.OPTION=VALUE",
        help="Set a plugin's option; see `ocrpipe plugins show NAME`.",
        show_default=False,
    ),
]
Plugins = Annotated[
    list[Path] | None,
    typer.Option(
        "--plugin",
        metavar="FILE",
        help="Use the plugins of this Python file, too; may be given several times.",
        show_default=False,
    ),
]
Ranges = Annotated[
    str | None,
    typer.Option("--pages", metavar="1-3,7", help="Read these pages; 9- is to the end.", show_default="all"),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show where in the code an error came from.")]
