"""Many inputs: files whole or not at all, no input overwritten, clashes refused before any work."""

from __future__ import annotations

import io
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ocrpipe import ConfigError, Document, OcrpipeError, Page, Pipeline
from ocrpipe.batch import Batch
from ocrpipe.errors import Exit
from tests.support import toy_file


@pytest.fixture(autouse=True)
def packages(installed: Callable[..., Path]) -> None:
    installed("toy", "misbehaving")


class Run:
    """A batch over toy documents, with what it told."""

    def __init__(self, export: str = "plain", **settings: Any) -> None:
        self.told: list[str] = []
        options = {key.replace("__", "."): value for key, value in settings.items()}
        self.pipeline = Pipeline.preset("toy", {"export.use": export, **options})
        self.batch = Batch(self.pipeline, lambda error: self.told.append(str(error)))

    def files(self, folder: Path, *paths: Path | str) -> dict[str, str]:
        self.tally = self.batch.to_folder([Document.of(path) for path in paths], folder)
        return {path.name: path.read_text() for path in sorted(folder.iterdir()) if path.is_file()}

    def stream(self, *paths: Path | str) -> str:
        stream = io.BytesIO()
        self.tally = self.batch.to_stream([Document.of(path) for path in paths], stream)
        return stream.getvalue().decode()


@pytest.fixture
def one(tmp_path: Path) -> Path:
    return toy_file(tmp_path / "one.toy", "#")


@pytest.fixture
def three(tmp_path: Path) -> Path:
    return toy_file(tmp_path / "three.toy", "#", "# #", "# # #")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out" / "deep"


def test_texts_on_a_stream_are_parted_by_form_feeds(one: Path, three: Path) -> None:
    run = Run()
    assert run.stream(one, three) == "A\n\fA\n\fAA\n\fAAA\n"
    assert (run.tally.read, run.tally.exit, run.told) == (4, Exit.OK, [])


def test_a_format_of_single_pages_is_streamed_page_by_page(three: Path) -> None:
    assert Run("pages").stream(three) == "A\nAA\nAAA\n"


def test_files_are_named_after_the_input_and_later_pages_numbered(one: Path, three: Path, out: Path) -> None:
    run = Run("plain,pages")
    assert run.files(out, one, three) == {
        "one.page.txt": "A\n",
        "one.txt": "A\n",
        "three-p0002.page.txt": "AA\n",
        "three-p0003.page.txt": "AAA\n",
        "three.page.txt": "A\n",
        "three.txt": "A\n\fAA\n\fAAA\n",
    }
    assert run.tally.exit == Exit.OK


def test_an_input_that_is_called_like_a_later_page_has_later_pages_of_its_own(tmp_path: Path, out: Path) -> None:
    scan = toy_file(tmp_path / "scan-p0002.toy", "#", "# #")
    assert Run("pages").files(out, scan) == {"scan-p0002-p0002.page.txt": "AA\n", "scan-p0002.page.txt": "A\n"}


def test_a_page_that_fails_is_told_and_the_others_are_written(three: Path, out: Path) -> None:
    run = Run("plain,pages", binarize__use="bad", segment__use="bad", segment__how="raises", segment__on=[2])
    assert run.files(out, three) == {"three-p0003.page.txt": "A\n", "three.page.txt": "A\n", "three.txt": "A\n\fA\n"}
    [told] = run.told
    assert told.startswith(f"{three}, page 2: segment/bad (ocrpipe-misbehaving 6.6.6) failed: RuntimeError")
    assert (run.tally.read, run.tally.failed, run.tally.exit) == (2, 1, Exit.SOME_FAILED)


def test_a_document_of_which_nothing_was_read_leaves_no_file(one: Path, out: Path) -> None:
    assert Run("plain,pages", segment__use="bad", segment__how="raises").files(out, one) == {}


@pytest.mark.parametrize(
    ("inputs", "code"),
    [(["one"], 0), (["one", "gone"], 1), (["gone"], 4), (["gone", "no"], 4)],
)
def test_inputs_that_cannot_be_opened_count(inputs: list[str], code: int, one: Path, out: Path) -> None:
    run = Run()
    run.files(out, *(one.with_stem(name) for name in inputs))
    assert run.tally.exit == code
    assert len(run.told) == len(inputs) - inputs.count("one")


EXPORTERS = {
    "raises": "failed: RuntimeError: out of cheese",
    "exits": "failed: SystemExit: 3",
    "returns-none": "gave NoneType, but must give bytes",
    "returns-text": "gave str, but must give bytes",
    "gives-text": "gave str, but must give bytes",
    "first-use-raises": "failed: MemoryError: no room for the engine",
}


@pytest.mark.parametrize("how", EXPORTERS)
def test_an_exporter_that_fails_half_way_leaves_nothing_and_harms_no_other(how: str, three: Path, out: Path) -> None:
    out.mkdir(parents=True)
    (out / "three.bad").write_text("what was there before")
    run = Run("bad,pages", export__bad__how=how, export__bad__on=[2])
    files = run.files(out, three)
    assert list(files) == ["three-p0002.page.txt", "three-p0003.page.txt", "three.bad", "three.page.txt"]
    assert files["three.bad"] == "what was there before"
    assert run.told == [f"{three}: export/bad (ocrpipe-misbehaving 6.6.6) {EXPORTERS[how]}"]
    assert (run.tally.read, run.tally.exit) == (3, Exit.SOME_FAILED)


def test_an_exporter_that_fails_on_a_stream_is_told(three: Path) -> None:
    run = Run("bad", export__how="raises", export__on=[2])
    assert run.stream(three) == "half of it, A\nhalf of it, "
    assert run.told == ["standard output: export/bad (ocrpipe-misbehaving 6.6.6) failed: RuntimeError: out of cheese"]
    assert run.tally.exit == Exit.SOME_FAILED


def refused(run: Run, out: Path, *paths: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        run.files(out, *paths)
    assert run.batch.tally.read == 0
    return str(caught.value)


def test_two_inputs_that_would_write_one_file_are_refused_before_any_work(one: Path, out: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = toy_file(tmp_path / "other" / "one.png", "##")
    said = refused(Run(), out, one, other)
    assert said == f"{one} and {other} would both write {out / 'one.txt'}: run them into two folders"
    assert not out.exists()


def test_two_formats_of_one_ending_are_refused(one: Path, out: Path) -> None:
    assert "end in .txt: choose one" in refused(Run("plain,text"), out, one)


def test_an_input_is_never_overwritten(tmp_path: Path) -> None:
    page = toy_file(tmp_path / "page.txt", "#")
    for folder in (tmp_path, tmp_path / "sub" / ".."):
        (tmp_path / "sub").mkdir(exist_ok=True)
        assert "is an input and would be replaced" in refused(Run(), folder, page)
    assert page.read_text() == "toy\n#"


def test_nor_is_a_result_by_the_number_of_a_later_page(three: Path, tmp_path: Path, out: Path) -> None:
    """How many pages there are is only known when they come."""
    other = toy_file(tmp_path / "three-p0002.toy", "##")
    run = Run("pages")
    files = run.files(out, three, other)
    assert files == {"three-p0002.page.txt": "AA\n", "three-p0003.page.txt": "AAA\n", "three.page.txt": "A\n"}
    taken = out / "three-p0002.page.txt"
    assert run.told == [
        f"{other}: {taken} is not written, for it holds what was read from {three}, page 2: "
        "run it into a folder of its own"
    ]
    assert run.tally.exit == Exit.SOME_FAILED


def test_nor_is_an_input_by_the_number_of_a_later_page(three: Path, tmp_path: Path) -> None:
    other = toy_file(tmp_path / "three-p0002.page.txt", "#")
    run = Run("pages")
    files = run.files(tmp_path, three, other)
    assert files["three-p0002.page.txt"] == "toy\n#"
    assert files["three-p0002.page.page.txt"] == "A\n"
    [told] = run.told
    assert told.startswith(f"{three}, page 2: {other} is not written, for it holds an input")


def test_a_link_to_an_input_is_not_followed_over_it(one: Path, tmp_path: Path, out: Path) -> None:
    out.mkdir(parents=True)
    (out / "one.txt").symlink_to(one)
    assert "is an input and would be replaced" in refused(Run(), out, one)


def test_an_output_folder_that_is_a_file_is_refused(one: Path) -> None:
    assert refused(Run(), one, one).startswith(f"-o {one}: cannot be made or is no folder")


def test_what_cannot_be_written_is_told_and_the_rest_goes_on(one: Path, three: Path, out: Path) -> None:
    (out / "one.txt").mkdir(parents=True)
    run = Run()
    run.tally = run.batch.to_folder([Document.of(one), Document.of(three)], out)
    assert sorted(path.name for path in out.iterdir()) == ["one.txt", "three.txt"]
    [told] = run.told
    assert told.startswith(f"{out / 'one.txt'}: cannot be written: ")
    assert run.tally.exit == Exit.SOME_FAILED


def test_a_full_stream_is_told_and_a_closed_one_is_not(one: Path) -> None:
    class Full(io.RawIOBase):
        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    class Closed(Full):
        def write(self, data: object) -> int:
            raise BrokenPipeError

    with pytest.raises(OcrpipeError, match="standard output: cannot be written: No space left on device"):
        Run().batch.to_stream([Document.of(one)], Full())  # type: ignore[arg-type]
    with pytest.raises(BrokenPipeError):
        Run().batch.to_stream([Document.of(one)], Closed())  # type: ignore[arg-type]


def test_files_have_the_rights_of_any_new_file(one: Path, out: Path) -> None:
    Run().files(out, one)
    (out / "plain").touch()
    assert (out / "one.txt").stat().st_mode == (out / "plain").stat().st_mode


@pytest.mark.parametrize("export", ["size", "size,plain"])
def test_those_who_draw_get_the_pixels_in_hand_or_load_them_again(export: str, three: Path, out: Path) -> None:
    run = Run(export, observe__use="diary")
    assert run.files(out, three)["three.size"] == "8 x 8\n24 x 8\n40 x 8\n"
    [diary] = run.pipeline.workers["observe"]
    assert diary.plugin.report().count("load ok") == 3  # type: ignore[attr-defined]


def test_pixels_that_have_changed_or_gone_are_not_drawn(three: Path, out: Path) -> None:
    pages = list(Run().batch.pages(Document.of(three)))
    toy_file(three, "##", "##", "##")
    drawn = Run("size")
    with pytest.raises(OcrpipeError, match="the file has changed since it was read"):
        drawn.batch.image(pages[1])
    three.unlink()
    with pytest.raises(OcrpipeError, match=r"three.toy"):
        drawn.batch.image(pages[1])
    with pytest.raises(OcrpipeError, match="its pixels are gone, for it was no file"):
        drawn.batch.image(pages[1].replace(source=pages[1].source.model_copy(update={"path": "-"})))


def test_what_came_from_stdin_is_called_so(one: Path, out: Path) -> None:
    run = Run("size")
    run.batch.to_folder([Document(data=one.read_bytes(), name="-"), Document.of(one)], out)
    assert sorted(path.name for path in out.iterdir()) == ["one.size", "stdin.size"]


def test_several_formats_of_one_document_hold_a_page_at_a_time(tmp_path: Path, out: Path) -> None:
    many = toy_file(tmp_path / "many.toy", *["#"] * 20)
    run = Run("plain,jsonl,alto,pages")
    alive: list[weakref.ref[Page]] = []
    most = 0
    pages = run.batch.pages

    def counted(*given: Any) -> Iterator[Page]:
        nonlocal most
        for page in pages(*given):
            alive.append(weakref.ref(page))
            most = max(most, sum(one() is not None for one in alive))
            yield page

    run.batch.pages = counted  # type: ignore[method-assign]
    files = run.files(out, many)
    assert files["many.txt"] == "\f".join(["A\n"] * 20)
    assert files["many.jsonl"].count("\n") == files["many.alto.xml"].count("<Page ") == 20
    assert most <= 3


def test_what_one_format_fails_on_harms_no_other_that_shares_its_pages(three: Path, out: Path) -> None:
    run = Run("bad,jsonl", export__bad__how="raises", export__bad__on=[2])
    assert list(run.files(out, three)) == ["three.jsonl"]
    assert run.told == [f"{three}: export/bad (ocrpipe-misbehaving 6.6.6) failed: RuntimeError: out of cheese"]


def test_a_format_that_does_not_say_that_it_joins_is_one_to_a_stream(three: Path) -> None:
    run = Run("page")
    written = run.stream(three)
    assert written.count("<PcGts") == 1
    assert run.told == [f"{three}, page 2: a stream holds one page: say -o DIR"]
