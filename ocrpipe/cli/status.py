"""`ocrpipe status`: what is done in a folder of results, what failed and why, and what is left."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ocrpipe.runs.journal import Status


def status(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder that `ocrpipe run -o DIR` wrote.", show_default=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Tell what is done in a folder of results, what failed and why, and what is left. A run may be going on in it."""
    from ocrpipe.errors import Exit
    from ocrpipe.runs.journal import read_status

    found = read_status(folder)
    typer.echo(to_json(found) if as_json else in_words(found))
    if found.inputs.get("failed") or found.inputs.get("left"):
        raise typer.Exit(int(Exit.SOME_FAILED))


def to_json(found: Status) -> str:
    """Return it as JSON."""
    import json

    failures = [
        {"stage": stage or None, "reason": why, "count": count, "first": first}
        for stage, why, count, first in found.failures
    ]
    return json.dumps({"inputs": found.inputs, "pages": found.pages, "failures": failures}, indent=2)


def in_words(found: Status) -> str:
    """Return it as text."""
    lines = [f"{what:<7} {counts(found, what, pages=what != 'left')}" for what in ("done", "failed", "left")]
    for stage, why, count, first in found.failures:
        who = f"{stage}: " if stage else ""
        lines.append(f"  {count} x {who}{why} (first: {first})")
    return "\n".join("".join(c if c.isprintable() else repr(c)[1:-1] for c in line) for line in lines)


def counts(found: Status, what: str, pages: bool) -> str:
    """Return how many inputs, and pages, are in a state."""
    inputs = found.inputs.get(what, 0)
    text = f"{inputs} input{'s' * (inputs != 1)}"
    number = found.pages.get(what, 0)
    return f"{text}, {number} page{'s' * (number != 1)}" if pages else text
