"""`ocrpipe pipelines`: what presets there are, and what they consist of."""

from __future__ import annotations

from typing import Annotated

import typer

pipelines = typer.Typer(help="Show presets and pipeline files.", no_args_is_help=True)


@pipelines.command("list")
def list_pipelines() -> None:
    """List the installed presets, with what their packages' metadata shows to be wrong."""
    from rich.markup import escape
    from rich.table import Table

    from ocrpipe.cli.output import console
    from ocrpipe.errors import PluginError
    from ocrpipe.registry import Registry

    registry = Registry()
    table = Table("pipeline", "package", "what it is for", "", box=None, pad_edge=False)
    for entry in registry.of("presets"):
        try:
            first, _, _ = entry.path().read_text(encoding="utf-8").partition("\n")
        except (PluginError, OSError, UnicodeDecodeError) as error:
            first = f"broken: {error}"
        cells = entry.name, f"{entry.package} {entry.version}", first.removeprefix("#").strip()
        table.add_row(*map(escape, (*cells, "; ".join(registry.problems(entry)))))
    console().print(table)


@pipelines.command()
def show(
    pipeline: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A preset, or a TOML file.", show_default=False)],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="STAGE.OPTION=VALUE", help="Set an option first.", show_default=False),
    ] = None,
) -> None:
    """Print a pipeline with every plugin and option, as a file that gives it again."""
    from ocrpipe.cli.output import only_results
    from ocrpipe.config import parse_setting
    from ocrpipe.pipeline import Pipeline

    with only_results() as stdout:
        built = Pipeline.configured(pipeline, [parse_setting(text) for text in settings or []])
        stdout.write(built.to_toml().encode())
