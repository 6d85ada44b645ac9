"""Tests a plugin in processes of its own, which are ended where they take too long or too much memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import IO, Any, TextIO

from ocrpipe.runs.process import memory_of, python_path
from ocrpipe.testing.making import COSTLY
from ocrpipe.testing.report import Report
from ocrpipe.testing.subject import SECONDS, Subject

TICK = 0.05
"""Seconds between two looks at a process."""

HASH_SEEDS = ("0", "1")
"""The order of Python's sets differs between the two processes, as it does between any two runs."""


@dataclass
class Seen:
    """What a process told: its last `step`, and whether that is `theirs`, the plugin's own code and not the kit's.

    At its end `done` holds the results' checksums, unless it `stopped` because what was broken left nothing to look at.
    """

    step: str = "starting"
    theirs: bool = False
    done: dict[str, str] | None = None
    stopped: bool = False
    ended: bool = False
    measured: dict[str, tuple[float, float]] = field(default_factory=dict)


def examine(subject: Subject) -> Report:
    """Test a plugin against all rules of its stage.

    The plugin is not imported into this process. The first process looks at every rule; a second one calls the plugin
    again, and what it gives must be the same.
    """
    report = Report(subject)
    works = None if subject.stage == "load" else str(saved_works(subject.stage))
    other = Report(subject)  # what breaks in the second process is told by the first, or by the comparison
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(run, other, works, again=True)
        first = run(report, works, again=False)
    if first.done is not None:
        compare(report, first.done, second.result().done or {})
        check_costs(report, first, second.result())
    return report


def run(report: Report, works: str | None, *, again: bool) -> Seen:
    """Run a process, note in the report what it tells, and end it where a limit is reached."""
    seen = Seen()
    request = {"subject": report.subject.to_json(), "works": works, "again": again}
    with tempfile.TemporaryDirectory(prefix="ocrpipe-") as folder, tempfile.TemporaryFile() as errors:
        process = start(report.subject, folder, errors, HASH_SEEDS[again])
        try:
            send(process, request)
            for message in messages(process, report.subject, seen):
                note(report, seen, message)
        finally:
            process.kill()
            process.wait()
        errors.seek(0)
        note_end(report, seen, process.returncode, errors.read().decode(errors="replace"))
    return seen


def start(subject: Subject, folder: str, errors: IO[bytes], hash_seed: str) -> subprocess.Popen[str]:
    """Return a process that waits for its request; exporters and observers may write files where they stand."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "ocrpipe.testing.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": python_path(), "PYTHONHASHSEED": hash_seed},
        cwd=folder if subject.stage in ("export", "observe") and not subject.options else None,
    )


def send(process: subprocess.Popen[str], request: dict[str, Any]) -> None:
    """Send a process its request; if it is gone already, its end tells why."""
    assert process.stdin is not None, "it is a pipe"
    with suppress(BrokenPipeError):
        process.stdin.write(json.dumps(request))
        process.stdin.close()


def note_end(report: Report, seen: Seen, code: int, errors: str) -> None:
    """Note how a process ended, if it was not we who ended it, and it had not told all that it had to."""
    last = errors.strip().splitlines()[-1:]
    told_all = seen.done is not None or seen.stopped
    if seen.ended and (code != 0 or not told_all):
        report.broken("stays-alive", died(code, last), seen.step)


def messages(process: subprocess.Popen[str], subject: Subject, seen: Seen) -> Iterator[dict[str, Any]]:
    """Yield what a process tells, and at last either that it ended, or which limit it reached."""
    lines: SimpleQueue[str | None] = SimpleQueue()
    assert process.stdout
    Thread(target=forward, args=(process.stdout, lines), daemon=True).start()
    since, at_first = monotonic(), 0.0
    while True:
        try:
            line = lines.get(timeout=TICK)
        except Empty:
            line = ""
        if line is None:
            process.wait()
            yield {"ended": True}
            return
        if line:
            since = monotonic()
            message = json.loads(line)
            if message.get("step") == "importing":
                at_first = memory_of(process.pid)
            yield message
        used = memory_of(process.pid) - at_first
        if at_first and used > subject.megabytes:
            reason = f"takes more than {subject.megabytes:g} MB of memory"
            yield {"broken": "memory", "reason": reason, "page": seen.step}
            return
        limit = subject.seconds if seen.theirs else max(subject.seconds, SECONDS)
        if monotonic() - since > limit:
            reason = f"did not come back within {limit:g} seconds"
            yield {"broken": "comes-back", "reason": reason, "page": seen.step}
            return


def forward(stream: TextIO, lines: SimpleQueue[str | None]) -> None:
    """Put a stream's lines into a queue, and None at its end."""
    for line in stream:
        lines.put(line)
    lines.put(None)


def note(report: Report, seen: Seen, message: dict[str, Any]) -> None:
    """Note what a process told."""
    match message:
        case {"broken": name, "reason": reason, "page": page}:
            report.broken(name, reason, page)
        case {"checked": names}:
            report.kept.update(names)
        case {"skipped": name, "reason": reason}:
            report.skips[name] = reason
        case {"step": step, **more}:
            seen.step, seen.theirs = step, "theirs" in more
        case {"measured": what, "seconds": seconds, "base": base}:
            seen.measured[what] = (seconds, base)
        case {"done": done}:
            seen.done = done
        case {"stopped": stopped}:
            seen.stopped = stopped
        case {"ended": ended}:
            seen.ended = ended


def compare(report: Report, first: dict[str, str], second: dict[str, str]) -> None:
    """Note where the two processes gave different results."""
    if report.subject.stage == "observe":
        return
    for name, digest in first.items():
        if second.get(name) != digest and name not in {fault.page for fault in report.faults.get("same-again", ())}:
            report.broken("same-elsewhere", "another process gave something else for the same input", name)
    report.kept.add("same-elsewhere")


def check_costs(report: Report, first: Seen, second: Seen) -> None:
    """Note what costs too much, by the better of both measurements: the first may have compiled bytecode."""
    for what, name in (("import", "imports-little"), ("making", "built-late")):
        costs = [seen.measured[what] for seen in (first, second) if what in seen.measured]
        if costs and min(seconds / base for seconds, base in costs) > COSTLY:
            seconds, base = min(costs)
            doing = {"import": "importing the module", "making": "making the plugin"}[what]
            host = f"all of ocrpipe's host takes {base:.1f} s"
            report.broken(name, f"{doing} takes {seconds:.1f} s of processor time; {host}")


def died(code: int, last: list[str]) -> str:
    """Return how a process ended that should not have."""
    said = f" ({last[-1][:160]})" if last else ""
    return f"its process died of signal {-code}{said}" if code < 0 else f"ended its process with code {code}{said}"


MAKING = Lock()
"""Several examinations may run at once; the works of a stage are made by the first that needs them."""


@cache
def works_folder() -> tempfile.TemporaryDirectory[str]:
    """Return the folder of this process's works; it goes when the process ends."""
    return tempfile.TemporaryDirectory(prefix="ocrpipe-works-")


def saved_works(stage: str) -> Path:
    """Return the file that holds what plugins of a stage are given."""
    from ocrpipe.testing.works import all_works, save

    with MAKING:
        path = Path(works_folder().name) / f"{stage}.pickle"
        if not path.exists():
            save(all_works()[stage], path)
    return path
