"""Examines plugins, each in a process of its own, so that one that crashes or hangs is reported like any other."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from ocrpipe.registry import Entry, Registry

SECONDS = 60
"""How long one plugin may take to be imported and built."""

AT_ONCE = 2
"""Processes at one time."""

EXAMINED = "examined"
"""The last word of a process that came to its end: a plugin may end it before, and with any exit code."""


def examine_all(entries: Sequence[Entry]) -> Iterator[tuple[Entry, list[str]]]:
    """Yield each entry with what is wrong with it, in order."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from zip(entries, pool.map(examine_apart, entries), strict=True)


def examine_apart(entry: Entry) -> list[str]:
    """Return what is wrong with a plugin, found in a process of its own."""
    command = [sys.executable, "-m", "ocrpipe.cli.doctor", entry.stage, f"{entry.package}/{entry.name}"]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [f"was not imported and built within {SECONDS} seconds"]
    lines = done.stderr.strip().splitlines()
    if done.returncode == 0 and lines[-1:] == [EXAMINED]:
        return ["prints to stdout when it is imported"] if done.stdout.strip() else []
    if done.returncode < 0:
        return [f"its process died of signal {-done.returncode} while it was imported and built"]
    return [lines[-1] if lines else f"ended its process (with code {done.returncode}) while it was imported and built"]


def examine(stage: str, name: str) -> None:
    """Import, build and check one plugin with its default options.

    Raises
    ------
    OcrpipeError
        Saying what is wrong.
    """
    from ocrpipe.config import Choice, Value
    from ocrpipe.host import hire
    from ocrpipe.pipeline import check_declared

    registry = Registry()
    workers = hire({stage: [Choice(Value(name, "doctor"))]}, registry)
    check_declared(workers[stage][0])


def main() -> int:
    """Examine the plugin that the command line names; what is wrong goes to stderr."""
    from ocrpipe.errors import OcrpipeError

    try:
        examine(*sys.argv[1:3])
    except OcrpipeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.write(f"\n{EXAMINED}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
