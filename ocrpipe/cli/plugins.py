"""`ocrpipe plugins`: what is installed, what its options are, and whether it works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ocrpipe.names import STAGES

if TYPE_CHECKING:
    from ocrpipe.plugin import Plugin
    from ocrpipe.registry import Entry, Registry

plugins = typer.Typer(help="List, explain and test plugins.", no_args_is_help=True)

StageOption = Annotated[
    str | None, typer.Option("--stage", metavar="STAGE", help="Only of this stage.", show_default=False)
]


@plugins.command("list")
def list_plugins(stage: StageOption = None) -> None:
    """List the installed plugins by stage, with what their packages' metadata shows to be wrong. Imports none."""
    from rich.markup import escape
    from rich.table import Table

    from ocrpipe.cli.output import console, say
    from ocrpipe.registry import Registry

    registry = Registry()
    table = Table("stage", "plugin", "package", "", box=None, pad_edge=False)
    for name in stages(stage):
        for entry in registry.of(name):
            cells = entry.name, f"{entry.package} {entry.version}", "; ".join(registry.problems(entry))
            table.add_row(name, *map(escape, cells))
    console().print(table)
    for stray in registry.strays:
        say(stray)


@plugins.command()
def show(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A plugin: NAME, STAGE/NAME or PACKAGE/NAME.", show_default=False)
    ],
    stage: StageOption = None,
) -> None:
    """Print what a plugin does and its options: types, bounds, defaults and what they mean."""
    from ocrpipe.cli.output import only_results
    from ocrpipe.registry import Registry

    with only_results():  # what a plugin prints when it is imported
        found = [(entry, entry.load()) for entry in matching(Registry(), name, stage)]
    for entry, kind in found:
        describe(entry, kind)


@plugins.command()
def doctor(stage: StageOption = None) -> None:
    """Import and build every plugin, each in a process of its own, and say what is wrong with it."""
    from rich.markup import escape

    from ocrpipe.cli.doctor import examine_all
    from ocrpipe.cli.output import console
    from ocrpipe.errors import Exit
    from ocrpipe.registry import Registry

    registry = Registry()
    out, broken = console(), 0
    for entry, faults in examine_all([entry for name in stages(stage) for entry in registry.of(name)]):
        notes = registry.problems(entry)
        broken += bool(faults)
        mark = "[red]broken[/]" if faults else "[yellow]note[/]  " if notes else "[green]ok[/]    "
        lines = [entry.title, *(f"\n       {text}" for text in (*faults, *notes))]
        out.print(f"{mark} ", *map(escape, lines), sep="")
    for stray in registry.strays:
        out.print("[yellow]note[/]  ", escape(stray), sep="")
    if broken:
        raise typer.Exit(int(Exit.PLUGIN))


def stages(only: str | None) -> tuple[str, ...]:
    """Return all stages, or the one that was named."""
    from ocrpipe.errors import ConfigError
    from ocrpipe.names import nearest

    if only is None:
        return STAGES
    stage = only.replace("-", "_")
    if stage not in STAGES:
        raise ConfigError(f"--stage {only}: there is no such stage{nearest(stage, STAGES)}")
    return (stage,)


def matching(registry: Registry, name: str, stage: str | None) -> list[Entry]:
    """Return the entries that a name may mean, in any stage."""
    from ocrpipe.errors import ConfigError
    from ocrpipe.names import nearest

    first, slash, rest = name.partition("/")
    if slash and first.replace("-", "_") in STAGES:
        return [registry.find(first.replace("-", "_"), rest)]
    wanted = stages(stage)
    found = [entry for entry in registry.all if entry.stage in wanted and registry.means(name, entry)]
    if not found:
        known = [entry.name for entry in registry.all if entry.stage in wanted]
        raise ConfigError(f"no plugin is called {name!r}{nearest(name, known) or '; see `ocrpipe plugins list`'}")
    return found


def describe(entry: Entry, kind: type[Plugin]) -> None:
    """Print a plugin's purpose and its options, taken from its model."""
    import inspect

    from rich.markup import escape
    from rich.table import Table

    from ocrpipe.cli.output import console

    out = console()
    out.print(f"[bold]{entry.title}[/]", markup=True)
    out.print(inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0], markup=False)
    properties = options_of(entry, kind)
    if not properties:
        out.print("It has no options.\n")
        return
    table = Table("option", "type", "default", "what it means", box=None, pad_edge=False)
    for name, option in properties.items():
        table.add_row(
            name, *(escape(text) for text in (type_of(option), default_of(option), str(option.get("description", ""))))
        )
    out.print(table)
    out.print()


def options_of(entry: Entry, kind: type[Plugin]) -> dict[str, dict[str, object]]:
    """Return a plugin's options as JSON Schema describes them, by their names.

    Raises
    ------
    PluginError
        If one of them has a type that cannot be described.
    """
    from ocrpipe.errors import PluginError, told

    try:
        options: dict[str, dict[str, object]] = kind.model_json_schema().get("properties", {})
    except Exception as error:
        raise PluginError(f"{entry.title} has options that cannot be described: {told(error)}") from error
    return options


BOUNDS = {
    "minimum": ">=",
    "exclusiveMinimum": ">",
    "maximum": "<=",
    "exclusiveMaximum": "<",
    "multipleOf": "a multiple of",
}
"""How JSON Schema names bounds, and how people write them."""


def type_of(option: dict[str, object]) -> str:
    """Return an option's type and bounds in words.

    Examples
    --------
    >>> type_of({"type": "integer", "minimum": 1})
    'integer >= 1'
    """
    either = option.get("anyOf")
    if isinstance(either, list):
        return " or ".join(type_of(choice) for choice in either)
    choices = option.get("enum")
    if isinstance(choices, list):
        return " | ".join(map(str, choices))
    kind = str(option.get("format") or option.get("type") or option.get("const") or "any")
    return " ".join([kind, *(f"{sign} {option[bound]}" for bound, sign in BOUNDS.items() if bound in option)])


def default_of(option: dict[str, object]) -> str:
    """Return an option's default as TOML writes it."""
    from ocrpipe.toml import to_value

    if "default" not in option:
        return "(must be given)"
    return "none" if option["default"] is None else to_value(option["default"])
