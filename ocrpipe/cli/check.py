"""What `ocrpipe plugins check` does: examines plugins by the conformance kit, without pytest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ocrpipe.registry import Entry

if TYPE_CHECKING:
    from ocrpipe.testing import Report


def check_all(entries: Sequence[Entry], seconds: float, megabytes: float) -> Iterator[Report]:
    """Yield what comes of examining each plugin, in order."""
    from ocrpipe.testing.apart import examine
    from ocrpipe.testing.subject import subject_of_entry

    for entry in entries:
        yield examine(subject_of_entry(entry, seconds=seconds, megabytes=megabytes))


def tell(report: Report) -> None:
    """Print which rules a plugin broke, and how; the rules that it keeps are counted."""
    from rich.markup import escape

    from ocrpipe.cli.output import console

    out = console()
    mark = "[green]ok[/]    " if report.ok else "[red]broken[/]"
    skipped = {each.id: why for each in report.rules if (why := report.skipped(each))}
    kept = len(report.rules) - len(report.faults) - len(skipped)
    counts = [f"{kept} rules kept"]
    counts += [f"{len(report.faults)} broken"] if report.faults else []
    counts += [f"{len(skipped)} not looked at"] if skipped else []
    out.print(f"{mark} {escape(report.subject.title)}: {', '.join(counts)}")
    for each in report.rules:
        if each.id not in report.faults:
            continue
        out.print(f"       [bold]{each.id}[/]: {escape(each.says)}")
        for line in report.lines(each):
            out.print("        ", escape(line))
        out.print(f"         why: {each.anchor}")
    for why in dict.fromkeys(skipped.values()):
        names = ", ".join(name for name, reason in skipped.items() if reason == why)
        out.print(escape(f"       not looked at: {names} ({why})"), soft_wrap=True)
