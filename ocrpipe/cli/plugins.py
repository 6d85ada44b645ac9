"""`ocrpipe plugins`: what is installed, what its options are, and whether it works."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ocrpipe.names import STAGES

if TYPE_CHECKING:
    from ocrpipe.cli.facts import Facts
    from ocrpipe.registry import Entry, Registry

plugins = typer.Typer(
    help="List, explain, test and begin plugins. OCRPIPE_PLUGINS=PACKAGE,... limits whose are seen.",
    no_args_is_help=True,
)

StageOption = Annotated[
    str | None, typer.Option("--stage", metavar="STAGE", help="Only of this stage.", show_default=False)
]


PluginOption = Annotated[
    list[Path] | None,
    typer.Option("--plugin", metavar="FILE", help="Also the plugins of this Python file.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]


@plugins.command("list")
def list_plugins(stage: StageOption = None, as_json: JsonOption = False) -> None:
    """List the installed plugins by stage, with what their packages' metadata shows to be wrong. Imports none."""
    from ocrpipe.cli.facts import facts_of
    from ocrpipe.cli.output import say
    from ocrpipe.registry import Registry

    registry = Registry()
    found = [facts_of(entry, registry) for name in stages(stage) for entry in registry.of(name)]
    if as_json:
        write_json({"plugins": found, "notes": registry.strays})
        return
    from rich.markup import escape
    from rich.table import Table

    from ocrpipe.cli.output import console

    table = Table("stage", "plugin", "package", "from", "licence", "", box=None, pad_edge=False)
    for facts in found:
        package, problems = f"{facts['package']} {facts['version']}", "; ".join(facts["problems"])
        cells = facts["stage"], facts["name"], package, facts["from"], facts["licence"] or "not said", problems
        table.add_row(*map(escape, cells))
    console().print(table)
    for stray in registry.strays:
        say(stray)


@plugins.command()
def show(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A plugin: NAME, STAGE/NAME or PACKAGE/NAME.", show_default=False)
    ],
    stage: StageOption = None,
    plugin: PluginOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print what a plugin does, where it is from, what it needs, and its options: types, bounds, defaults, meaning."""
    from ocrpipe.cli.facts import facts_of, more_facts
    from ocrpipe.cli.output import only_results
    from ocrpipe.one_file import read_all
    from ocrpipe.registry import Registry

    with only_results():  # what a plugin prints when it is imported
        registry = Registry(read_all(plugin or ()))
        entries = matching(registry, name, stage)
        found = [{**facts_of(entry, registry), **more_facts(entry, entry.load())} for entry in entries]
    if as_json:
        write_json({"plugins": found})
        return
    for facts in found:
        describe(facts)


@plugins.command()
def doctor(stage: StageOption = None, as_json: JsonOption = False) -> None:
    """Import and build every plugin, each in a process of its own, and say what is wrong with it."""
    from ocrpipe.cli.doctor import examine_all
    from ocrpipe.cli.facts import facts_of
    from ocrpipe.errors import Exit
    from ocrpipe.registry import Registry

    registry = Registry()
    found = []
    for entry, faults in examine_all([entry for name in stages(stage) for entry in registry.of(name)]):
        facts = facts_of(entry, registry)
        state = "broken" if faults else "note" if facts["problems"] else "ok"
        found.append({**facts, "state": state, "faults": faults})
        if not as_json:
            tell_state(entry.title, state, [*faults, *facts["problems"]])
    if as_json:
        write_json({"plugins": found, "notes": registry.strays})
    else:
        for stray in registry.strays:
            tell_state(stray, "note")
    if any(facts["faults"] for facts in found):
        raise typer.Exit(int(Exit.PLUGIN))


@plugins.command()
def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME", help="Plugins: NAME, STAGE/NAME or PACKAGE/NAME.", show_default="all of --plugin"
        ),
    ] = None,
    stage: StageOption = None,
    plugin: PluginOption = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="How long one call may take.")] = 60,
    megabytes: Annotated[float, typer.Option(min=1, help="How much memory a plugin may take.")] = 2000,
    as_json: JsonOption = False,
) -> None:
    """Test plugins against the rules that all must keep to, each in processes of its own."""
    from ocrpipe.cli.check import check_all, tell
    from ocrpipe.cli.output import only_results
    from ocrpipe.errors import ConfigError, Exit
    from ocrpipe.one_file import read_all
    from ocrpipe.registry import Registry

    with only_results():  # what a file prints when it is run
        registry = Registry(read_all(plugin or ()))
    if not names and not plugin:
        raise ConfigError("say which plugin to check, as `ocrpipe plugins check otsu`, or --plugin FILE")
    found = [entry for name in names for entry in matching(registry, name, stage)] if names else registry.given
    entries = [entry for entry in dict.fromkeys(found) if entry.stage in stages(stage)]
    reports = []
    for report in check_all(entries, seconds, megabytes):
        reports.append(report)
        if not as_json:
            tell(report)
    if as_json:
        write_json({"plugins": [report.to_dict() for report in reports]})
    if not all(report.ok for report in reports):
        raise typer.Exit(int(Exit.SOME_FAILED))


COLOURS = {"broken": "red", "note": "yellow", "ok": "green"}
"""How a plugin's state is shown on a terminal."""


def tell_state(title: str, state: str, reasons: Sequence[str] = ()) -> None:
    """Print how a plugin is, and why."""
    from rich.markup import escape

    from ocrpipe.cli.output import console

    lines = [title, *(f"\n       {reason}" for reason in reasons)]
    console().print(f"[{COLOURS[state]}]{state:<6}[/] ", *map(escape, lines), sep="")


@plugins.command()
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What the plugin is chosen by; its package is ocrpipe-NAME.")
    ],
    stage: Annotated[str, typer.Option("--stage", metavar="STAGE", help="The stage that it works in.")],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="DIR", help="The package's folder.", show_default="ocrpipe-NAME"),
    ] = None,
    author: Annotated[
        str | None, typer.Option("--author", metavar="NAME", help="Who holds the copyright.", show_default=False)
    ] = None,
) -> None:
    """Write a whole package for a new plugin, which works and passes its tests as it stands."""
    import shlex

    from ocrpipe.cli.output import say
    from ocrpipe.scaffold import draft, write

    [wanted] = stages(stage)
    package = draft(name, wanted, author)
    folder = out or Path(package.names.package)
    write(package, folder)
    typer.echo(folder)
    place = shlex.quote(str(folder))
    say(f"wrote {package.names.package}; try it: cd {place} && pip install --editable '.[dev]' && pytest")


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
        hint = registry.unseen(name, wanted) or nearest(name, known) or "; see `ocrpipe plugins list`"
        raise ConfigError(f"no plugin is called {name!r}{hint}")
    return found


def describe(facts: Facts) -> None:
    """Print what a plugin does, where it is from, what it needs, and its options."""
    from rich.markup import escape
    from rich.table import Table

    from ocrpipe.cli.facts import default_of, type_of
    from ocrpipe.cli.output import console

    out = console()
    title = f"{facts['stage']}/{facts['name']} ({facts['package']} {facts['version']})"
    out.print(f"[bold]{escape(title)}[/]")
    out.print(facts["summary"], markup=False)
    lines = about(facts)
    for head, text in lines.items():
        out.print(f"{head:<{max(map(len, lines))}}  {text}", markup=False)
    options = facts["options"]
    if not options:
        out.print("It has no options.\n")
        return
    table = Table("option", "type", "default", "what it means", box=None, pad_edge=False)
    for name, option in options.items():
        table.add_row(
            name, *(escape(text) for text in (type_of(option), default_of(option), str(option.get("description", ""))))
        )
    out.print(table)
    out.print()


def about(facts: Facts) -> dict[str, str]:
    """Return what is to be said of a plugin besides its options, by what it is about."""
    from ocrpipe.cli.facts import in_words

    needs = [f"{need['requirement']} ({need['installed'] or 'not installed'})" for need in facts["needs"]]
    lines = {"from": f"{facts['from']}, {facts['place']}", "licence": facts["licence"] or "not said"}
    lines |= {name: in_words(value) for name, value in facts["declares"].items()}
    lines |= {"needs": ", ".join(needs)} if needs else {}
    return lines | ({"wrong": "; ".join(facts["problems"])} if facts["problems"] else {})


def write_json(found: object) -> None:
    """Print one JSON object to stdout."""
    import json

    typer.echo(json.dumps(found, indent=2))
