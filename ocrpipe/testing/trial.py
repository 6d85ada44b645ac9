"""One plugin under test in this process: runs its code under watch, and tells what rules it broke."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import process_time
from typing import Any, TextIO

import pluggy

from ocrpipe.errors import told
from ocrpipe.hookspecs import PROJECT, Stages
from ocrpipe.host import Manager, Worker, register
from ocrpipe.testing.guards import Guard, Printed, watched
from ocrpipe.testing.rules import rule, rules_of
from ocrpipe.testing.subject import Subject


class Stop(Exception):  # noqa: N818 - it is no error but the end of a trial
    """What was found leaves nothing more to look at."""


@dataclass
class Trial:
    """A plugin under test.

    Parameters
    ----------
    subject
        The plugin, and how to test it.
    out
        Where to tell the testing process what was seen, a line of JSON each.
    base
        Seconds of processor time that the host itself took to be imported: the measure for what is costly.
    """

    subject: Subject
    out: TextIO
    guard: Guard
    printed: Printed
    base: float
    worker: Worker | None = None
    opened: dict[str, set[str]] = field(default_factory=dict)

    @property
    def rules(self) -> set[str]:
        """The ids of the rules that hold for the plugin."""
        return {each.id for each in rules_of(self.subject.stage)}

    @property
    def at_work(self) -> Worker:
        """The plugin at its place, once it is built."""
        assert self.worker is not None, "only asked for behind the check `builds`"
        return self.worker

    def tell(self, **message: Any) -> None:
        """Send a message."""
        self.out.write(json.dumps(message) + "\n")

    def broken(self, name: str, reason: str, page: str = "") -> None:
        """Tell that a rule was broken; a rule that does not hold for the stage stands for a plainer one."""
        self.tell(broken=name if name in self.rules else "result-fits", reason=reason, page=page)

    def checked(self, *names: str) -> None:
        """Tell that the plugin was looked at by these rules, as far as they hold for its stage."""
        self.tell(checked=[rule(name).id for name in names if name in self.rules])

    def skipped(self, name: str, reason: str) -> None:
        """Tell that a rule could not be looked at, and why."""
        if name in self.rules:
            self.tell(skipped=name, reason=reason)

    @contextmanager
    def watch(self, what: str) -> Iterator[None]:
        """Run the plugin's code: what it prints, asks and opens is seen; `what` says what is done, for messages."""
        self.tell(step=what, theirs=True)
        try:
            with watched(self.guard):
                yield
        finally:
            if printed := self.printed.take():
                self.broken("no-stdout", f"printed {printed[:60]!r}", what)
            asked, opened = self.guard.take()
            for place in dict.fromkeys(asked):
                self.broken("no-network", f"asked for {place}", what)
            for path in opened:
                self.opened.setdefault(path, set()).add(what)

    def attempt(self, name: str, what: str, make: Callable[[], Any]) -> Any:
        """Return what `make` gives; where it raises, that breaks a rule, and ends the trial."""
        try:
            with self.watch(what):
                made = make()
        except (Exception, SystemExit) as error:
            if not isinstance(error, Exception):
                name = "stays-alive"
            self.broken(name, told(error), "" if name == "imports" else what)
            raise Stop from error
        self.checked(name)
        return made


def cost(make: Callable[[], Any]) -> tuple[Any, float]:
    """Return what `make` gives, and the seconds of processor time that it took."""
    start = process_time()
    made = make()
    return made, process_time() - start


def hired(subject: Subject, plugin: Any) -> Worker:
    """Return a plugin at its place, as the host would hire it; PluginError where its hooks are wrong."""
    manager = Manager(PROJECT)
    manager.add_hookspecs(Stages)
    register(manager, plugin, subject.entry, subject.name)
    hook: pluggy.HookCaller = getattr(manager.hook, subject.stage)
    return Worker(subject.entry, subject.name, plugin, hook)
