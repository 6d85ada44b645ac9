"""Who does the work of `ocrpipe run`, from its options; and the inputs that a file lists."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ocrpipe.errors import ConfigError, InputError
from ocrpipe.names import HOME

if TYPE_CHECKING:
    from ocrpipe.host import Worker
    from ocrpipe.pipeline import Pipeline
    from ocrpipe.runs.job import Limits


def executor_of(
    built: Pipeline, jobs: int | None, insists: bool, documents: int, limits: Limits
) -> tuple[Worker, bool]:
    """Return who does the work, and whether the first pages are best read in this process.

    Parameters
    ----------
    built
        The pipeline; its `execute` stage says who, where that is not the plain default.
    jobs
        What ``--jobs`` says.
    insists
        Whether the command line itself chooses the plugin.
    documents
        How many there are to read.
    limits
        What a page may cost.

    Raises
    ------
    ConfigError
        If the chosen plugin cannot do what is asked for.
    """
    from ocrpipe.runs.process import cores

    [chosen] = built.workers["execute"]
    serial = chosen.entry.built_in and chosen.entry.name == "serial"
    if insists or not serial:
        if serial and ((jobs or 1) > 1 or limits.need_processes):
            raise ConfigError(
                "--execute serial reads one page after the other in one process: it takes no --jobs, and "
                "--page-seconds and --page-memory need a process that can be ended; say --execute processes"
            )
        return (chosen if jobs is None or serial else with_jobs(built, chosen, jobs)), False
    wanted = cores() if jobs is None else jobs or cores()
    if limits.need_processes or (jobs or 0) > 1:
        return processes(built, wanted), False
    return (chosen, False) if wanted == 1 else (processes(built, wanted), jobs is None and documents < 2)


def processes(built: Pipeline, jobs: int) -> Worker:
    """Return the built-in executor with that many worker processes."""
    from ocrpipe.config import Choice, Value
    from ocrpipe.host import hire

    choice = Choice(Value(f"{HOME}/processes", "--jobs"), {"jobs": Value(jobs, "--jobs")})
    return hire({"execute": [choice]}, built.registry)["execute"][0]


def with_jobs(built: Pipeline, chosen: Worker, jobs: int) -> Worker:
    """Return the chosen executor with that many jobs, if it has such an option."""
    from ocrpipe.config import Choice, Value
    from ocrpipe.host import hire

    options = {key: Value(value, "pipeline") for key, value in chosen.plugin.model_dump(mode="json").items()}
    choice = Choice(Value(chosen.name, "--execute"), {**options, "jobs": Value(jobs, "--jobs")})
    return hire({"execute": [choice]}, built.registry)["execute"][0]


def listed(path: Path) -> list[str]:
    """Return the inputs that a file lists: one a line, or parted by zero bytes, as `find -print0` does.

    Parameters
    ----------
    path
        The file; ``-`` is standard input.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        content = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise InputError(f"--from-list {path}: cannot be read: {error.strerror or error}") from error
    names = content.split(b"\0") if b"\0" in content else content.splitlines()
    return [os.fsdecode(name) for name in names if name.strip()]
