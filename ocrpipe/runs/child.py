"""A worker process: builds the pipeline once, does tasks until there are no more, and tells what it is at.

`ocrpipe.runs.pool` starts it, with a pipe to each side. Whatever a plugin prints goes to stderr. If the main process is
gone, so is this one, at once: what it would still write might lie over what a new run has written.
"""

from __future__ import annotations

import os
import signal
import traceback
from contextlib import suppress
from dataclasses import replace
from queue import SimpleQueue
from threading import Thread
from typing import Any, BinaryIO

from ocrpipe.call import Call
from ocrpipe.errors import OcrpipeError, told
from ocrpipe.host import Worker
from ocrpipe.pipeline import Outcome
from ocrpipe.runs.job import Done, Job, Recipe, Task
from ocrpipe.runs.messages import receive, send


def main() -> None:
    """Do what the main process asks for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the main process ends us
    given, out = own_pipes()
    asked: SimpleQueue[Any] = SimpleQueue()
    Thread(target=listen, args=(given, asked), daemon=True).start()
    with suppress(BrokenPipeError):
        recipe, observed = asked.get()
        serve(recipe, observed, asked, out)


def own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Return the pipes from and to the main process, which no plugin reads from or prints into."""
    given, out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return given, out


def listen(given: BinaryIO, asked: SimpleQueue[Any]) -> None:
    """Put what is asked for into a queue; end this process when the main one is gone."""
    while True:
        try:
            asked.put(receive(given))
        except (EOFError, OSError):
            os._exit(0)


def serve(recipe: Recipe, observed: bool, asked: SimpleQueue[Any], out: BinaryIO) -> None:
    """Build the pipeline and do tasks."""
    try:
        pipeline = recipe.build()
        job = Job(pipeline, folder=recipe.folder, taken=recipe.taken, limits=recipe.limits)
    except OcrpipeError as error:
        send(out, ("broken", error))
        return
    calls: list[Call] = []
    pipeline.watch = calls.append if observed else ignore  # type: ignore[assignment]  # observers are in the main process
    places = {
        id(worker): (stage, place) for stage, all_ in pipeline.workers.items() for place, worker in enumerate(all_)
    }
    one_thread()
    fresh = True
    send(out, ("ready",))

    def at(worker: Worker, title: str, number: int) -> None:
        send(out, ("at", *places[id(worker)], title, number))

    while True:
        task: Task = asked.get()
        for done in job.work(task, at):
            if done.outcome is not None:
                tell_done(out, replace(job.light(done), calls=tuple(calls)))
                calls.clear()
            del done  # its pixels go before the next page's come
        calls.clear()
        if fresh:  # its first pages have loaded what libraries there are
            one_thread()
            fresh = False
        send(out, ("whole",))


def one_thread() -> None:
    """Hold the numeric libraries that are loaded by now to one thread each: the workers share the cores."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1)


def ignore(call: Call) -> None:
    """Tell nobody."""


def tell_done(out: BinaryIO, done: Done) -> None:
    """Send what came of a page; an error keeps its origin as a note, for that cannot be sent."""
    outcome = done.outcome
    for error in (outcome.error if outcome else None, *done.faults):
        if error is not None and error.__cause__ is not None:
            error.add_note("".join(traceback.format_exception(error.__cause__)).rstrip())
    try:
        send(out, ("done", done))
    except BrokenPipeError:
        raise
    except Exception as error:
        title = outcome.title if outcome else ""
        failed = OcrpipeError(f"{title}: what came of it cannot be sent on: {told(error)}")
        send(out, ("done", Done(done.place, done.number, Outcome(title, error=failed), done.written)))


if __name__ == "__main__":
    main()
