"""Watches a plugin in this process: what it prints, what it asks of the network, which files it opens.

Python's audit hooks cannot be taken away again, so this is for a process that ends when the plugin was tested. What a
C library does by itself (its own sockets, its own files) raises no audit event and is not seen.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TextIO

NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
"""Audit events that speak to another machine, or look up where it is."""

READING = ("r", "rb", None)
"""Modes of opening that only read; None is what `os.open` says."""


@dataclass
class Guard:
    """What was seen since it was last asked."""

    asked: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    active: bool = False

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note an event; what goes to the network is refused."""
        if not self.active:
            return
        if event == "open" and isinstance(arguments[0], str | bytes) and arguments[1] in READING:
            self.opened.append(os.fsdecode(arguments[0]))
        elif event in NETWORK and (place := place_of(event, arguments)):
            self.asked.append(place)
            raise PermissionError(f"the conformance kit lets no plugin ask the network ({place})")

    def take(self) -> tuple[list[str], list[str]]:
        """Return what was asked of the network and which files were opened since the last time."""
        seen = self.asked, self.opened
        self.asked, self.opened = [], []
        return seen


def place_of(event: str, arguments: tuple[Any, ...]) -> str:
    """Return where an event would have gone to; empty for what stays on this machine's own files."""
    place = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[0]
    if isinstance(place, str | bytes) and event in ("socket.connect", "socket.sendto"):
        return ""  # a socket of the file system
    return ":".join(map(str, place)) if isinstance(place, tuple) else str(place)


def install() -> Guard:
    """Return a guard that watches this process until its end."""
    guard = Guard()
    sys.addaudithook(guard.audit)
    return guard


class Printed:
    """Takes the process's standard output to a file, so that whatever writes there (Python, C, a child) is seen."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process is
        self.seen = 0
        sys.stdout.flush()
        os.dup2(self.file.fileno(), 1)

    def take(self) -> str:
        """Return what was printed since the last time."""
        sys.stdout.flush()
        size = os.fstat(self.file.fileno()).st_size
        data = os.pread(self.file.fileno(), min(size - self.seen, 200), self.seen)
        self.seen = size
        return data.decode(errors="replace")


def channel() -> TextIO:
    """Return a stream to where stdout led, for this process's own words."""
    return os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")


@contextmanager
def watched(guard: Guard) -> Iterator[None]:
    """Watch while a plugin's code runs."""
    guard.active = True
    try:
        yield
    finally:
        guard.active = False
