"""What the command is given: files, folders, patterns, and which of their pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrpipe import ConfigError, Document
from ocrpipe.document import PageRanges
from ocrpipe.inputs import find_inputs


def takes(document: Document) -> bool:
    return str(document.name).endswith(".png")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("page10.png", "page2.png", "Page1.png", "notes.txt", ".hidden.png"):
        (tmp_path / name).touch()
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "page3.png").touch()
    return tmp_path


def names(found: list[Document]) -> list[str]:
    return [document.path.name for document in found if document.path]


def test_a_folder_is_its_files_in_natural_order_and_what_is_skipped_is_told(folder: Path) -> None:
    found = find_inputs([str(folder)], None, takes)
    assert names(found.documents) == ["Page1.png", "page2.png", "page10.png"]
    assert list(found.notes) == [f"{folder}: skipped 1 file that no loader takes: notes.txt"]


def test_many_that_are_skipped_are_one_line(folder: Path) -> None:
    for n in range(9):
        (folder / f"x{n}.txt").touch()
    [note] = find_inputs([str(folder)], None, takes).notes
    assert note.endswith("skipped 10 files that no loader takes: notes.txt, x0.txt, x1.txt and 7 more")


def test_a_folder_of_nothing_is_a_problem_and_the_others_are_read(folder: Path) -> None:
    (folder / "empty").mkdir()
    found = find_inputs([str(folder / "empty"), str(folder / "page2.png")], None, takes)
    assert names(found.documents) == ["page2.png"]
    assert [str(problem) for problem in found.problems] == [
        f"{folder / 'empty'}: the folder holds no file that can be read"
    ]


def test_a_pattern_is_what_matches_it(folder: Path) -> None:
    assert names(find_inputs([f"{folder}/*.png"], None, takes).documents) == ["Page1.png", "page2.png", "page10.png"]
    assert names(find_inputs([f"{folder}/**/page?.png"], None, takes).documents) == ["page3.png", "page2.png"]
    [problem] = find_inputs([f"{folder}/*.tif"], None, takes).problems
    assert str(problem).endswith("*.tif: matches no file")


def test_a_pattern_that_matches_only_folders_is_a_problem(folder: Path) -> None:
    found = find_inputs([f"{folder}/bel*"], None, takes)
    assert [str(problem) for problem in found.problems] == [f"{folder}/bel*: matches no file"]
    assert not found.documents


def test_a_file_that_bears_a_patterns_signs_is_that_file(folder: Path) -> None:
    (folder / "a[1].txt").touch()
    assert names(find_inputs([str(folder / "a[1].txt")], None, takes).documents) == ["a[1].txt"]


def test_a_named_file_is_not_asked_for(folder: Path) -> None:
    chosen = PageRanges.parse("2")
    [document] = find_inputs([str(folder / "notes.txt")], chosen, takes).documents
    assert document.pages == chosen


@pytest.mark.parametrize("text", ["", "0", "-3", "3-2", "1-3,", "a", "1 2", "1--2", "1.5", "9" * 30])
def test_pages_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"--pages .*: choose pages such as 7, 1-3 or 9-"):
        PageRanges.parse(text)


@given(st.lists(st.tuples(st.integers(1, 50), st.one_of(st.none(), st.integers(0, 20))), min_size=1, max_size=4))
def test_ranges_hold_what_they_say(parts: list[tuple[int, int | None]]) -> None:
    ranges = [(first, None if more is None else first + more) for first, more in parts]
    chosen = PageRanges.parse(",".join(f"{first}-{last or ''}" for first, last in ranges))
    assert PageRanges.parse(str(chosen)) == chosen
    held = {page for first, last in ranges for page in range(first, (last or 99) + 1)}
    assert {page for page in range(100) if page in chosen} == held
    document = Document.of(b"", pages=chosen)
    for page in range(80):
        assert document.wants_after(page) == any(later > page for later in held)


def test_a_document_says_which_pages_are_wanted() -> None:
    assert Document.of(b"", pages=(1, 7)).wanted == "1, 7"
    assert Document.of(b"", pages=PageRanges.parse("2-4,9-")).wanted == "2-4, 9-"
    assert Document.of(b"").wanted == ""
    assert not Document.of(b"", pages=(1, 7)).wants_after(7)
