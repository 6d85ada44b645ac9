"""One stream for several who each want to pull it: they go through it in step, so that one item is held at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")

END = object()
STOP = object()
"""What a reader is given instead of an item: there are no more; or it must give up, for the stream broke."""


class Stopped(BaseException):
    """The stream broke. No `Exception`, so that nobody takes it for a fault of their own."""


class Reader(Generic[Item]):
    """Someone who reads the stream, in a thread of its own that never runs while another's does."""

    def __init__(self, read: Callable[[Iterator[Item]], None]) -> None:
        self.given: SimpleQueue[object] = SimpleQueue()
        self.asks: SimpleQueue[None] = SimpleQueue()
        self.done = False
        self.error: BaseException | None = None
        self.thread = Thread(target=self.run, args=(read,), daemon=True)
        self.thread.start()
        self.asks.get()

    def run(self, read: Callable[[Iterator[Item]], None]) -> None:
        """Read to the end; what is raised is kept."""
        try:
            read(self.items())
        except Stopped:
            pass
        except BaseException as error:
            self.error = error
        finally:
            self.done = True
            self.asks.put(None)

    def items(self) -> Iterator[Item]:
        """Yield what is given."""
        while True:
            self.asks.put(None)
            item = self.given.get()
            if item is END:
                return
            if item is STOP:
                raise Stopped
            yield item  # type: ignore[misc]

    def give(self, item: object) -> None:
        """Give an item, and return when the next is asked for."""
        if not self.done:
            self.given.put(item)
            self.asks.get()
        if self.error is not None:
            raise self.error


def share(items: Iterable[Item], reads: Sequence[Callable[[Iterator[Item]], None]]) -> None:
    """Call each of `reads` with the whole stream; each item is with all of them before the next is taken.

    Whoever stops early is given no more. What one raises ends the others too.

    Examples
    --------
    >>> seen = []
    >>> share("ab", [lambda got: seen.extend((1, x) for x in got), lambda got: seen.extend((2, x) for x in got)])
    >>> seen
    [(1, 'a'), (2, 'a'), (1, 'b'), (2, 'b')]
    """
    readers: list[Reader[Item]] = []
    last: object = STOP
    try:
        readers += [Reader(read) for read in reads]
        for item in items:
            for reader in readers:
                reader.give(item)
        last = END
    finally:
        for reader in readers:
            if last is STOP:
                reader.given.put(STOP)
            else:
                reader.give(END)
        for reader in readers:
            reader.thread.join()
