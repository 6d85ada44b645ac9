"""Real worker processes: one bad page costs no other, and the order is that of the input whoever reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import Done, ocrpipe, results, toy_file

TRAP = Path(__file__).parent / "trap.py"


@pytest.fixture
def pages(tmp_path: Path) -> list[Path]:
    """Documents of one to seven pages, of which each has a text of its own."""
    folder = tmp_path / "in"
    folder.mkdir()
    lengths = (1, 7, 2, 3, 1)
    return [
        toy_file(folder / f"d{place}.toy", *("# " * (place + number) for number in range(1, length + 1)))
        for place, length in enumerate(lengths)
    ]


def told(done: Done) -> list[str]:
    """Return what ocrpipe itself said on stderr; the toy engine says that it is built."""
    return [line for line in done.lines if line.startswith("ocrpipe: ")]


def run(*arguments: object, on: Path) -> Done:
    return ocrpipe("run", "-p", "toy", "--plugin", TRAP, "--prepare", "trap", *arguments, on_path=on)


def trap(how: str, page: int = 1, where: str = "") -> list[str]:
    return ["--set", f"prepare.how={how}", "--set", f"prepare.on=[{page}]", "--set", f"prepare.where={where!r}"]


@pytest.mark.parametrize("jobs", [2, 3])
def test_any_number_of_jobs_gives_the_same_bytes(
    jobs: int, pages: list[Path], everything: Path, tmp_path: Path
) -> None:
    one = run(*pages, "--jobs", 1, on=everything)
    assert one.text.count("\f") == 13
    assert run(*pages, "--jobs", jobs, on=everything).out == one.out
    formats = ["--to", "plain", "--to", "json", "--to", "size"]
    for number in (1, jobs):
        done = run(*pages, "--jobs", number, *formats, "-o", tmp_path / str(number), on=everything)
        assert (done.code, told(done)) == (0, [])
    names = results(tmp_path / "1")
    assert results(tmp_path / str(jobs)) == names
    assert len(names) == 14 + 5 + 5
    assert all((tmp_path / "1" / n).read_bytes() == (tmp_path / str(jobs) / n).read_bytes() for n in names)


def test_observers_see_all_pages_whoever_reads_them(pages: list[Path], everything: Path) -> None:
    done = run(*pages, "--jobs", 2, "--timings", on=everything)
    assert done.code == 0
    assert [line.split()[:3] for line in done.lines if "all-a" in line] == [["classify", "all-a", "14"]]


ENDS = {
    "raises": "failed: RuntimeError: out of cheese",
    "exits": "ended its process with code 3",
    "segfaults": "its process died of SIGSEGV",
    "hangs": "took more than 3 seconds (--page-seconds) and was ended",
    "hoards": "took more than 400 MB of memory (--page-memory) and was ended",
}


@pytest.mark.parametrize("how", ENDS)
def test_a_page_fails_alone_with_its_name_and_stage(
    how: str, pages: list[Path], everything: Path, tmp_path: Path
) -> None:
    limits = ["--page-seconds", 3] if how == "hangs" else ["--page-memory", 400] if how == "hoards" else []
    done = run(*pages, *trap(how, 4, "d1"), "--jobs", 2, *limits, on=everything)
    whole = run(*pages, "--jobs", 1, on=everything).text.split("\f")
    assert done.text.split("\f") == [*whole[:4], *whole[5:]]
    [line] = told(done)
    assert line.startswith(f"ocrpipe: {pages[1]}, page 4: prepare/trap (trap.py sha256:")
    assert line.endswith(f") {ENDS[how]}")
    assert done.code == 1


@pytest.mark.parametrize("how", ["raises", "exits"])
def test_a_page_that_fails_once_is_tried_again(how: str, pages: list[Path], everything: Path, tmp_path: Path) -> None:
    once = ["--set", f"prepare.once={str(tmp_path / 'was')!r}"]
    done = run(*pages, *trap(how, 2, "d3"), *once, "--jobs", 2, "--retries", 1, on=everything)
    assert (done.code, told(done)) == (0, [])
    assert done.text.count("\f") == 13


def test_a_worker_that_has_done_enough_is_replaced(pages: list[Path], everything: Path) -> None:
    done = run(*pages, "--execute", "processes", "--set", "execute.renew=2", "--jobs", 2, on=everything)
    assert (done.code, done.text.count("\f")) == (0, 13)


def test_a_run_that_goes_wrong_is_stopped(pages: list[Path], everything: Path, tmp_path: Path) -> None:
    done = run(*pages, *trap("raises"), "--max-failures", 2, "--jobs", 1, "-o", tmp_path / "out", on=everything)
    assert done.code == 1
    assert done.lines[-1] == ("ocrpipe: stopped: 3 of 9 pages failed, which is more than 2 (--max-failures)")


@pytest.mark.parametrize("text", ["some", "-1", "200%", "1.5", ""])
def test_a_ceiling_must_be_a_number_or_a_share(text: str, pages: list[Path], everything: Path) -> None:
    done = run(pages[0], "--max-failures", text, on=everything)
    assert (done.code, len(done.lines)) == (2, 1)
    assert "say a number of pages such as 10, or a share such as 5%" in done.err


def test_who_insists_on_one_process_cannot_have_pages_ended(pages: list[Path], everything: Path) -> None:
    done = run(pages[0], "--execute", "serial", "--page-seconds", 3, on=everything)
    assert (done.code, done.lines[0][:25]) == (2, "ocrpipe: --execute serial")


@pytest.mark.parametrize("end", ["\n", "\0", "\r\n"])
def test_inputs_may_be_listed_in_a_file(end: str, pages: list[Path], everything: Path, tmp_path: Path) -> None:
    listed = tmp_path / "list"
    listed.write_text(end.join(map(str, pages)) + end)
    assert run("--from-list", listed, on=everything).out == run(*pages, on=everything).out
    assert run("--from-list", "-", on=everything).code == 0
    done = run("--from-list", tmp_path / "gone", on=everything)
    assert (done.code, done.lines) == (
        4,
        [f"ocrpipe: --from-list {tmp_path / 'gone'}: cannot be read: No such file or directory"],
    )


@pytest.mark.parametrize("jobs", [1, 2])
def test_chosen_pages_are_read_and_no_other(jobs: int, pages: list[Path], everything: Path) -> None:
    done = run(pages[1], pages[3], "--pages", "2-3,6-", "--jobs", jobs, on=everything)
    assert done.code == 0
    assert done.text.count("\f") == 4 + 2 - 1
    short = run(pages[0], pages[1], "--pages", "2-3", "--jobs", jobs, on=everything)
    assert (short.code, short.text.count("\f")) == (1, 1)
    assert "has no page 2-3" in short.err


def test_a_folder_that_holds_an_inputs_later_page_by_name_is_left_alone(everything: Path, tmp_path: Path) -> None:
    one, two = toy_file(tmp_path / "a.toy", "#", "##"), toy_file(tmp_path / "a-p0002.toy", "####")
    for jobs in (1, 2):
        out = tmp_path / str(jobs)
        done = run(one, two, "--to", "json", "--jobs", jobs, "-o", out, on=everything)
        assert done.code == 1
        assert results(out) == ["a-p0002.json", "a.json"]
        assert f"holds what is read from {two}" in done.err


def test_an_input_that_is_called_like_a_later_page_has_later_pages_of_its_own(everything: Path, tmp_path: Path) -> None:
    scan = toy_file(tmp_path / "scan-p0002.toy", "#", "##")
    for jobs in (1, 2):
        out = tmp_path / str(jobs)
        done = run(scan, "--to", "json", "--jobs", jobs, "-o", out, on=everything)
        assert done.code == 0
        assert results(out) == ["scan-p0002-p0002.json", "scan-p0002.json"]
