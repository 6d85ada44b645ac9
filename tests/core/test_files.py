"""Files are written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocrpipe import write_whole


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "taken"
    target.mkdir()
    with pytest.raises(OSError, match="taken"):
        write_whole(target, b"data")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_breaks_off_half_way_replaces_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "page.txt"
    write_whole(path, b"old")

    def pieces() -> Iterator[bytes]:
        yield b"new, but not"
        raise error

    with pytest.raises(error):
        write_whole(path, pieces())
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("page.txt", b"old")]


def test_pieces_longest_names_and_the_users_mask(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    before = os.umask(0o027)
    try:
        write_whole(path, iter([b"a", b"b"]))
    finally:
        os.umask(before)
    assert path.read_bytes() == b"ab"
    assert path.stat().st_mode & 0o777 == 0o640
