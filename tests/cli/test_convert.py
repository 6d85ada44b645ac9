"""`ocrpipe convert` and what `run` takes, as one types them."""

from __future__ import annotations

from pathlib import Path

from tests.strategies import page_of
from tests.support import ocrpipe, toy_file


def test_a_result_from_a_pipe_is_converted() -> None:
    page = page_of("A", "B", path=None)
    done = ocrpipe("convert", "-", "--to", "tsv", given=page.to_json().encode())
    assert (done.code, done.err) == (0, "")
    assert done.text.splitlines()[-1].endswith("\t95\tAB")


def test_a_folder_of_results_is_converted_and_the_rest_is_told(tmp_path: Path) -> None:
    for name, letter in (("b10", "C"), ("b9", "B"), ("a", "A")):
        (tmp_path / f"{name}.json").write_text(page_of(letter, path=None).to_json())
    (tmp_path / "notes.md").write_text("# Notes")
    done = ocrpipe("convert", tmp_path)
    assert done.text == "A\n\fB\n\fC\n"
    assert done.lines == [f"ocrpipe: {tmp_path}: skipped 1 file that no loader takes: notes.md"]
    assert done.code == 0


def test_what_is_wrong_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<alto><Layout>\n<Page")
    for arguments, code, said in (
        ((tmp_path / "a.xml",), 4, f"{tmp_path / 'a.xml'}, line 2: the XML is cut off or damaged"),
        ((tmp_path / "a.xml", "--to", "altos"), 2, "--to: no export plugin is called 'altos'; did you mean 'alto'?"),
        ((tmp_path / "a.xml", "--pages", "3-1"), 2, "--pages 3-1: choose pages such as 7, 1-3 or 9-"),
    ):
        done = ocrpipe("convert", *arguments)
        assert done.lines[0].startswith(f"ocrpipe: {said}")
        assert (done.code, len(done.lines), done.out) == (code, 1, b"")


def test_pages_are_chosen(tmp_path: Path, everything: Path) -> None:
    document = toy_file(tmp_path / "four.toy", "#", "# #", "# # #", "# # # #")
    done = ocrpipe("run", "-p", "toy", "--pages", "1,3-", document, on_path=everything)
    assert done.text == "A\n\fAAA\n\fAAAA\n"
    done = ocrpipe("run", "-p", "toy", "--pages", "9", document, on_path=everything)
    assert done.lines == [f"ocrpipe: {document}: has no page 9"]
    assert done.code == 4


def test_a_format_that_does_not_join_takes_one_input_on_stdout(tmp_path: Path, everything: Path) -> None:
    paths = [toy_file(tmp_path / f"{name}.toy", "#") for name in "ab"]
    done = ocrpipe("run", "-p", "toy", "--to", "alto", *paths, on_path=everything)
    assert done.lines == ["ocrpipe: alto of several inputs cannot share stdout: say -o DIR"]
    assert done.code == 2
