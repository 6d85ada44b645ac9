"""What came of testing a plugin: each rule is kept, broken, or could not be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ocrpipe.testing.rules import Rule, rule, rules_of
from ocrpipe.testing.subject import Subject

SHOWN = 3
"""How many pages are named where a rule was broken on many."""


@dataclass(frozen=True)
class Fault:
    """How a rule was broken: the reason, and with which page or in what step."""

    reason: str
    page: str = ""

    def __str__(self) -> str:
        return f"{self.page}: {self.reason}" if self.page else self.reason


@dataclass
class Report:
    """What came of testing a plugin.

    Examples
    --------
    >>> from ocrpipe.testing.subject import subject_of
    >>> report = Report(subject_of("binarize/otsu"))
    >>> report.broken("no-stdout", "printed 'hello'", "blank")
    >>> print(report.text(rule("no-stdout")))
    binarize/otsu (ocrpipe 0.1.0) breaks the rule no-stdout: Nothing is printed to stdout.
      blank: printed 'hello'
    Why: docs/plugins/rules.md#no-stdout
    """

    subject: Subject
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    skips: dict[str, str] = field(default_factory=dict)

    def broken(self, name: str, reason: str, page: str = "") -> None:
        """Note that a rule was broken."""
        faults = self.faults.setdefault(name, [])
        if (fault := Fault(reason, page)) not in faults:
            faults.append(fault)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that hold for the plugin."""
        return rules_of(self.subject.stage)

    @property
    def ok(self) -> bool:
        """Whether no rule was broken."""
        return not self.faults

    def skipped(self, each: Rule) -> str:
        """Return why a rule could not be looked at; empty where it was."""
        if each.id in self.faults or (each.id in self.kept and each.id not in self.skips):
            return ""
        return self.skips.get(each.id) or f"not reached, because {' and '.join(self.faults) or 'the trial'} ended it"

    def text(self, each: Rule) -> str:
        """Return how a rule was broken, what it says, and where to read why."""
        return "\n".join(
            (
                f"{self.subject.title} breaks the rule {each.id}: {each.says}",
                *(f"  {line}" for line in self.lines(each)),
                f"Why: {each.anchor}",
            )
        )

    def lines(self, each: Rule) -> Iterator[str]:
        """Yield how a rule was broken, a line for each different way, with the pages that show it."""
        ways: dict[str, list[str]] = {}
        for fault in self.faults.get(each.id, ()):
            ways.setdefault(fault.reason, []).append(fault.page)
        for reason, pages in ways.items():
            named = ", ".join(page for page in pages[:SHOWN] if page)
            more = f" and {len(pages) - SHOWN} more" if len(pages) > SHOWN else ""
            yield f"{named}{more}: {reason}" if named else reason

    def to_dict(self) -> dict[str, Any]:
        """Return this as plain values for JSON."""
        return {
            "stage": self.subject.stage,
            "plugin": self.subject.name,
            "package": self.subject.package,
            "version": self.subject.version,
            "ok": self.ok,
            "rules": [self.rule_dict(each) for each in self.rules],
        }

    def rule_dict(self, each: Rule) -> dict[str, Any]:
        """Return what came of one rule as plain values."""
        faults = [{"page": fault.page or None, "reason": fault.reason} for fault in self.faults.get(each.id, ())]
        skipped = self.skipped(each)
        outcome = "broken" if faults else "skipped" if skipped else "kept"
        return {"rule": each.id, "says": each.says, "outcome": outcome, "faults": faults, "skipped": skipped or None}


__all__ = ["Fault", "Report", "rule"]
