"""Worker processes, watched from outside: one that hangs, dies or takes too much memory costs one page.

Why not another's pool: with `loky`, as with `concurrent.futures`, a worker that dies breaks the pool, and all that it
was given fails; neither can end a task that hangs. `pebble` can, and replaces a worker; but in it a task is one call
with one result. Here a task is a run of pages whose results must not be lost with the page that kills the process, the
fault must be charged to the stage that the process was in, and memory has a limit too. So this is our own, as small as
that allows: a process, a pipe each way, a thread that listens, and a clock.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, BinaryIO, cast

from ocrpipe.call import Call
from ocrpipe.errors import PluginError, StageError
from ocrpipe.pipeline import Outcome
from ocrpipe.runs.feed import Feed, Part
from ocrpipe.runs.job import Done, Job, Task
from ocrpipe.runs.messages import receive, send
from ocrpipe.runs.process import ending, memory_of, python_path

TICK = 0.05
"""Seconds between two looks at the workers."""

AHEAD = 4
"""Runs of pages for each worker that may wait for one before them: what is in memory at most."""

START_SECONDS = 300
"""A worker that has not built its pipeline by then never will."""

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
"""What numeric libraries read when they are loaded."""


@dataclass
class At:
    """What a worker is at: a plugin of a stage, on a page."""

    stage: str = "load"
    place: int = 0
    title: str = ""
    number: int = 0


@dataclass(eq=False)
class Hand:
    """A worker process and what it is doing."""

    number: int
    process: subprocess.Popen[bytes]
    since: float
    ready: bool = False
    part: Part | None = None
    task: Task | None = None
    at: At = field(default_factory=At)
    pages: int = 0
    ended_for: str = ""

    @property
    def free(self) -> bool:
        """Whether it waits for a task."""
        return self.ready and self.part is None


class Pool:
    """The workers of a run.

    Parameters
    ----------
    job
        What is to be done.
    jobs
        How many workers at most.
    pages
        After how many pages a worker is replaced.
    """

    def __init__(self, job: Job, jobs: int, pages: int) -> None:
        self.job = job
        self.jobs = jobs
        self.pages = pages
        self.feed = Feed(job.tasks, ahead=AHEAD * jobs)
        self.waiting: deque[tuple[Part, Task]] = deque()
        self.hands: list[Hand] = []
        self.heard: SimpleQueue[tuple[Hand, Any]] = SimpleQueue()
        self.tries: dict[tuple[int, int], int] = {}
        self.lost: set[int] = set()
        self.started = 0

    def run(self) -> Iterator[Done]:
        """Yield what comes of each page, in order; end all workers at the end, whatever ends it."""
        try:
            if self.job.alone and (part := self.feed.next()):
                self.feed.put(part, self.job.work(part.task))
            while True:
                self.hand_out()
                yield from self.feed.ready()
                if self.feed.finished:
                    return
                self.listen()
                self.look()
        finally:
            for hand in self.hands:
                end(hand)

    def hand_out(self) -> None:
        """Give every free worker something to do, and start more where there is more to do."""
        for hand in [hand for hand in self.hands if hand.free]:
            if self.has_waiting(1):
                self.give(hand, *self.waiting.popleft())
        starting = sum(not hand.ready for hand in self.hands)
        while len(self.hands) < self.jobs and self.has_waiting(starting + 1):
            self.start()
            starting += 1

    def has_waiting(self, number: int) -> bool:
        """Return whether there are as many tasks to hand out."""
        while len(self.waiting) < number and (part := self.feed.next()):
            self.waiting.append((part, part.task))
        return len(self.waiting) >= number

    def give(self, hand: Hand, part: Part, task: Task) -> None:
        """Give a worker a task; one that is just dying is heard of soon, and what it had is given to another."""
        hand.part, hand.task, hand.since = part, task, monotonic()
        hand.at = At(title=task.document.title, number=next(task.all_numbers(), 0))
        with suppress(OSError):
            send(cast(BinaryIO, hand.process.stdin), task)

    def start(self) -> None:
        """Start a worker and a thread that listens to it."""
        environment = {**os.environ, **dict.fromkeys(THREADS, "1"), "PYTHONPATH": python_path()}
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "ocrpipe.runs.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        self.started += 1
        hand = Hand(self.started, process, monotonic())
        self.hands.append(hand)
        Thread(target=self.forward, args=(hand,), daemon=True).start()
        with suppress(OSError):
            send(cast(BinaryIO, process.stdin), (self.job.recipe, bool(self.job.pipeline.workers["observe"])))

    def forward(self, hand: Hand) -> None:
        """Hear a worker to its end."""
        stream = cast(BinaryIO, hand.process.stdout)
        try:
            while True:
                self.heard.put((hand, receive(stream)))
        except Exception:  # whatever broke what it said, it is of no more use
            self.heard.put((hand, None))

    def listen(self) -> None:
        """Hear what the workers have to say, and wait a little where that is nothing."""
        try:
            hand, message = self.heard.get(timeout=TICK)
            while True:
                self.hear(hand, message)
                hand, message = self.heard.get_nowait()
        except Empty:
            return

    def hear(self, hand: Hand, message: Any) -> None:
        """Note what a worker says."""
        match message:
            case ("at", stage, place, title, number):
                if stage == "load":
                    hand.since = monotonic()
                hand.at = At(stage, place, title, number)
                self.job.at_work[hand.number] = title, stage, hand.since
            case ("done", done):
                self.note(hand, done)
            case ("whole",):
                self.whole(hand)
            case ("ready",):
                hand.ready, hand.since = True, monotonic()
            case ("broken", error):
                raise error
            case None:
                self.gone(hand)

    def note(self, hand: Hand, done: Done) -> None:
        """Note a page that is done."""
        hand.since = monotonic()
        hand.pages += 1
        for call in done.calls:
            self.job.pipeline.watch(call)
        if hand.part is not None:
            hand.part.done.append(replace(done, calls=()))

    def whole(self, hand: Hand) -> None:
        """Note that a task is done, and let a worker go that has done enough."""
        part, hand.part, hand.task = hand.part, None, None
        self.job.at_work.pop(hand.number, None)
        if part is not None:
            self.feed.put(part, part.done)
        if hand.pages >= self.pages:
            self.hands.remove(hand)
            end(hand)

    def look(self) -> None:
        """End the workers that have reached a limit."""
        limits, now = self.job.limits, monotonic()
        for hand in self.hands:
            if hand.ended_for:
                continue
            if not hand.ready and now - hand.since > START_SECONDS:
                hand.ended_for = f"was not ready within {START_SECONDS} seconds"
            elif hand.part is not None and limits.seconds is not None and now - hand.since > limits.seconds:
                hand.ended_for = f"took more than {limits.seconds:g} seconds (--page-seconds) and was ended"
            elif hand.part is not None and self.is_heavy(hand):
                hand.ended_for = f"took more than {limits.megabytes:g} MB of memory (--page-memory) and was ended"
            if hand.ended_for:
                hand.process.kill()

    def is_heavy(self, hand: Hand) -> bool:
        """Return whether a worker takes more memory than it may."""
        limit = self.job.limits.megabytes
        return limit is not None and memory_of(hand.process.pid) > limit

    def gone(self, hand: Hand) -> None:
        """Note that a worker is gone, charge it to the page that it was at, and hand on what else it had."""
        if hand not in self.hands:
            return  # we let it go
        self.hands.remove(hand)
        self.job.at_work.pop(hand.number, None)
        code = hand.process.wait()
        end(hand)
        reason = hand.ended_for or ending(code)
        if not hand.ready:
            raise PluginError(f"a worker process {reason} before its first page; `--jobs 1` shows more")
        if hand.part is None or hand.task is None:
            return  # between two pages, which costs none
        self.charge(hand, hand.part, hand.task, reason)

    def charge(self, hand: Hand, part: Part, task: Task, reason: str) -> None:
        """Note the page that a worker was lost at as failed, unless it is to be tried again, and hand on the others."""
        at = hand.at
        tries = self.tries[task.place, at.number] = self.tries.get((task.place, at.number), 0) + 1
        numbers = [number for number in task.numbers or () if number >= at.number]
        if tries <= self.job.limits.retries:
            self.waiting.appendleft((part, replace(task, numbers=tuple(numbers))))
            return
        error = self.error(at, reason)
        seconds = monotonic() - hand.since
        self.job.pipeline.watch(Call(error.stage, error.plugin, error.package, None, at.title, seconds, error=error))
        title = at.title if at.stage != "load" or at.number == 1 else f"{at.title}, page {at.number}"
        part.done.append(Done(task.place, at.number, Outcome(title, error=error), seconds=seconds))
        left = tuple(number for number in numbers if number > at.number)
        if at.stage == "load" and task.place in self.lost:
            error.ends_document = True  # a document that costs two processes to load is not loaded any further
        elif left:
            self.waiting.appendleft((part, replace(task, numbers=left, later=True)))
            self.lost |= {task.place} if at.stage == "load" else set()
            return
        self.lost |= {task.place} if at.stage == "load" else set()
        self.feed.put(part, part.done)

    def error(self, at: At, reason: str) -> StageError:
        """Return the error for a page whose process was lost."""
        worker = self.job.pipeline.workers[at.stage][at.place]
        return worker.error(at.title, reason)


def end(hand: Hand) -> None:
    """End a worker and wait until it is gone."""
    hand.process.kill()
    hand.process.wait()
    for stream in (hand.process.stdin, hand.process.stdout):
        with suppress(OSError):
            cast(BinaryIO, stream).close()
