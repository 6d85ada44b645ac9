"""Cuts documents into runs of pages for several hands, and brings what they give back into the order of the input.

How many pages a document has is known only when it ends. So it is begun with its first pages alone; when as many came
as were asked for, the next runs are handed out, several at a time. Those past the end come back empty.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from ocrpipe.runs.job import Done, Task

FIRST = 2
"""Pages of a document's first run: of one page alone it would not be known whether more follow."""

RUN = 4
"""Pages of the other runs: opening the document again for each costs little then, and all hands are busy to its end."""


@dataclass(eq=False)
class Part:
    """A run of pages that was handed out, and what came of it."""

    document: InWork
    task: Task
    done: list[Done] = field(default_factory=list)
    whole: bool = False


class InWork:
    """A document in work: its runs, in order."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.numbers = task.all_numbers()
        self.upcoming = tuple(islice(self.numbers, FIRST))
        self.parts: deque[Part] = deque()
        self.later = task.later or bool(task.skip)
        self.known = True
        self.ended = not self.upcoming

    def cut(self) -> Part | None:
        """Return the next run; None where there is none, or the first must first show whether there is."""
        if self.ended or not self.known:
            return None
        part = Part(self, replace(self.task, numbers=self.upcoming, later=self.later))
        self.parts.append(part)
        self.known = self.known and self.later
        self.later = True
        self.upcoming = tuple(islice(self.numbers, RUN))
        self.ended = not self.upcoming
        return part

    def note(self, part: Part) -> None:
        """Note what a run shows of the document's length."""
        broken = any(one.outcome and one.outcome.error and one.outcome.error.ends_document for one in part.done)
        if broken or len(part.done) < len(part.task.numbers or ()):
            while self.parts[-1] is not part:  # past the end
                self.parts.pop()
            self.ended = True
        self.known = True


class Feed:
    """What is to be done next, and what is done so far, in order.

    Parameters
    ----------
    tasks
        Whole documents, taken no sooner than they can be begun.
    ahead
        How many runs may be in work or waiting for one before them; so memory does not grow with the number of pages.
    """

    def __init__(self, tasks: Iterable[Task], ahead: int) -> None:
        self.tasks = iter(tasks)
        self.ahead = ahead
        self.documents: deque[InWork] = deque()
        self.exhausted = False

    @property
    def finished(self) -> bool:
        """Whether all is done and was taken."""
        return self.exhausted and not self.documents

    def next(self) -> Part | None:
        """Return the next run to hand out; None while there is none."""
        first = self.documents[0] if self.documents else None
        if first and not first.parts and (part := first.cut()):
            return part  # all others wait for it, however many they are
        if sum(max(1, len(document.parts)) for document in self.documents) >= self.ahead:
            return None
        for document in self.documents:
            if part := document.cut():
                return part
        while (task := next(self.tasks, None)) is not None:
            self.documents.append(InWork(task))
            if part := self.documents[-1].cut():
                return part
        self.exhausted = True
        return None

    def put(self, part: Part, done: Iterable[Done]) -> None:
        """Note all that came of a run."""
        part.done, part.whole = [one for one in done if one.outcome is not None], True
        if part in part.document.parts:  # else the document has ended before it
            part.document.note(part)

    def ready(self) -> Iterator[Done]:
        """Yield what is done and has nothing before it that is not."""
        while self.documents:
            document = self.documents[0]
            while document.parts and document.parts[0].whole:
                yield from document.parts.popleft().done
            if document.parts or not document.ended:
                return
            self.documents.popleft()
            yield Done(document.task.place)
