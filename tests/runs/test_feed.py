"""Documents are cut into runs of pages, and what comes of them is in order, whoever is first."""

from __future__ import annotations

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from ocrpipe import Document, Done, Feed, Outcome, Task
from ocrpipe.document import PageRanges
from ocrpipe.errors import OcrpipeError
from ocrpipe.runs.feed import Part
from ocrpipe.runs.job import without


def work(task: Task, length: int, breaks: int | None) -> list[Done]:
    """Return what a document of so many pages would give; at page `breaks` its loading ends for good."""
    done = []
    for number in task.numbers or ():
        if number > length:
            break
        error = OcrpipeError("broken")
        error.ends_document = True
        if number == breaks:
            return [*done, Done(task.place, number, Outcome("", error=error))]
        if breaks is not None and number > breaks:
            return [*done, Done(task.place, number, Outcome("", error=error))]
        done.append(Done(task.place, number, Outcome("")))
    return done


@given(
    lengths=st.lists(st.tuples(st.integers(0, 30), st.none() | st.integers(1, 30)), max_size=6),
    ahead=st.integers(1, 9),
    data=st.data(),
)
def test_order_is_that_of_the_input(lengths: list[tuple[int, int | None]], ahead: int, data: st.DataObject) -> None:
    tasks = [Task(place, Document(data=b"", name=str(place))) for place in range(len(lengths))]
    feed, hands, got = Feed(tasks, ahead), [], list[tuple[int, int]]()
    for _ in range(1000):
        if feed.finished:
            break
        while part := feed.next():
            hands.append(part)
        assert sum(len(document.parts) for document in feed.documents) <= ahead
        if hands:
            part = hands.pop(data.draw(st.integers(0, len(hands) - 1)))
            length, breaks = lengths[part.task.place]
            feed.put(part, work(part.task, length, breaks))
        got += [(done.place, done.number if done.outcome else 0) for done in feed.ready()]
    wanted = []
    for place, (length, breaks) in enumerate(lengths):
        last = length if breaks is None else min(length, breaks)
        wanted += [(place, number) for number in range(1, last + 1)] + [(place, 0)]
    assert got == wanted


def test_a_document_of_one_page_is_one_run() -> None:
    feed = Feed([Task(0, Document(data=b""))], ahead=8)
    part = feed.next()
    assert part
    assert part.task.numbers == (1, 2)
    assert feed.next() is None, "nobody knows yet whether there are more"
    feed.put(part, [Done(0, 1, Outcome(""))])
    assert feed.next() is None
    assert [done.number for done in feed.ready()] == [1, 0]
    assert feed.finished


def test_pages_that_are_done_are_not_handed_out() -> None:
    parts: list[Part] = []
    document = Document(data=b"", pages=PageRanges.parse("1-6,9"))
    feed = Feed([Task(0, document, skip=frozenset({1, 2, 5}))], ahead=8)
    while part := feed.next():
        parts.append(part)
    assert [part.task.numbers for part in parts] == [(3, 4), (6, 9)]
    assert all(part.task.later for part in parts)


ranges = st.lists(st.tuples(st.integers(1, 20), st.none() | st.integers(1, 20)), min_size=1, max_size=4).map(
    lambda pairs: PageRanges(tuple((min(a, b or a), None if b is None else max(a, b)) for a, b in pairs))
)


@given(ranges | st.none(), st.frozensets(st.integers(1, 25)))
def test_what_is_left_of_chosen_pages(pages: PageRanges | None, skip: frozenset[int]) -> None:
    left = without(pages, skip)
    for number in range(1, 40):
        assert (number in left) == ((pages is None or number in pages) and number not in skip)
    task = Task(0, Document(data=b"", pages=pages), skip)
    numbers = task.all_numbers()
    first = list(islice(numbers, 30))
    assert first == [number for number in range(1, 100) if number in left][: len(first)]
