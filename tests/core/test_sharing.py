"""One stream for several readers, in step."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ocrpipe.sharing import share


def test_none_sees_an_item_before_all_are_done_with_the_one_before() -> None:
    seen: list[tuple[str, int]] = []

    def items() -> Iterator[int]:
        for n in (1, 2):
            seen.append(("made", n))
            yield n

    share(items(), [lambda got: seen.extend(("a", n) for n in got), lambda got: seen.extend(("b", n) for n in got)])
    assert seen == [("made", 1), ("a", 1), ("b", 1), ("made", 2), ("a", 2), ("b", 2)]


def test_one_that_stops_early_does_not_stop_the_others() -> None:
    seen = []

    def early(got: Iterator[int]) -> None:
        seen.append(next(got))

    share([1, 2, 3], [early, lambda got: seen.extend(got), lambda got: None])
    assert seen == [1, 1, 2, 3]


def test_no_items_are_a_stream_that_ends() -> None:
    ended = []
    share([], [lambda got: ended.append(list(got)), lambda got: ended.append(list(got))])
    assert ended == [[], []]


def test_what_one_raises_ends_the_others_and_comes_out() -> None:
    ended: list[str] = []

    def breaks(got: Iterator[int]) -> None:
        for n in got:
            raise KeyError(n)

    def tidy(got: Iterator[int]) -> None:
        try:
            list(got)
        finally:
            ended.append("tidied up")

    with pytest.raises(KeyError):
        share([1, 2], [tidy, breaks])
    assert ended == ["tidied up"]


def test_what_the_stream_raises_is_no_error_of_the_readers() -> None:
    caught: list[Exception] = []

    def items() -> Iterator[int]:
        yield 1
        raise ValueError("the stream broke")

    def careful(got: Iterator[int]) -> None:
        try:
            list(got)
        except Exception as error:
            caught.append(error)

    with pytest.raises(ValueError, match="the stream broke"):
        share(items(), [careful, careful])
    assert caught == []
