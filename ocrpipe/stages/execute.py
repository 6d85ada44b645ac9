"""Who does the work of a run: `serial` in this process, `processes` in several of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from ocrpipe import Done, Job, Plugin, hookimpl


class Serial(Plugin):
    """Reads one page after the other, in the process of the command itself. What a page does to it, it does to all."""

    @hookimpl
    def execute(self, job: Job) -> Iterator[Done]:
        """Do the tasks as they come."""
        for task in job.tasks:
            yield from job.work(task)


class Processes(Plugin):
    """Reads pages in worker processes of this machine, each with one thread for its numbers.

    A page that hangs, ends its process or takes too much memory fails alone, and its process is replaced.
    """

    jobs: Annotated[int, Field(ge=0, le=4096, description="worker processes; 0 for as many as this may use cores")] = 0
    renew: Annotated[
        int, Field(ge=1, le=1_000_000, description="pages after which a worker process makes room for a new one")
    ] = 1000

    @hookimpl
    def execute(self, job: Job) -> Iterator[Done]:
        """Have the tasks done by the workers."""
        return job.in_processes(self.jobs, self.renew)
