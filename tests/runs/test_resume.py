"""A stopped run costs the pages in work; the same command again does what is missing, changed or failed."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ocrpipe.runs.journal import JOURNAL
from tests.support import ROOT, Done, ocrpipe, results, toy_file

TRAP = Path(__file__).parent / "trap.py"


class Runs:
    """The same command, again and again, over two documents of one page and one of three."""

    def __init__(self, folder: Path, site: Path) -> None:
        self.inputs = folder / "in"
        self.inputs.mkdir()
        self.out, self.log, self.site = folder / "out", folder / "log", site
        for place, length in enumerate((1, 3, 1)):
            self.document(place, length)

    def document(self, place: int, length: int, letters: int = 1) -> Path:
        return toy_file(self.inputs / f"d{place}.toy", *("# " * (letters + page) for page in range(length)))

    def command(self, *more: object) -> list[str]:
        plugin = ["--plugin", TRAP, "--prepare", "trap", "--set", f"prepare.log={str(self.log)!r}"]
        return [str(word) for word in ("run", "-p", "toy", *plugin, self.inputs, "-o", self.out, *more)]

    def __call__(self, *more: object) -> Done:
        self.log.write_text("")
        return ocrpipe(*self.command(*more), on_path=self.site)

    @property
    def read(self) -> list[str]:
        """Which pages were read by the last command."""
        return sorted(line.removeprefix(f"{self.inputs}/") for line in self.log.read_text().split())

    @property
    def files(self) -> dict[str, bytes]:
        return {name: (self.out / name).read_bytes() for name in results(self.out)}


@pytest.fixture
def runs(tmp_path: Path, everything: Path) -> Runs:
    return Runs(tmp_path, everything)


BOTH = ("--to", "plain", "--to", "json")


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_done_is_not_done_again(jobs: int, runs: Runs) -> None:
    assert (runs(*BOTH, "-j", jobs).code, len(runs.read)) == (0, 5)
    files = runs.files
    again = runs(*BOTH, "-j", jobs)
    assert (again.code, runs.read) == (0, [])
    assert again.lines == ["ocrpipe: 5 pages were done before and kept; --redo reads again"]
    assert runs.files == files
    assert (runs(*BOTH, "-j", jobs, "--redo").code, len(runs.read)) == (0, 5)


def test_a_changed_input_is_read_again_and_a_touched_one_is_not(runs: Runs) -> None:
    runs(*BOTH)
    os.utime(runs.inputs / "d0.toy", (1, 1))
    runs.document(1, 2, letters=4)
    runs(*BOTH)
    assert runs.read == ["d1.toy:1", "d1.toy:2"]
    assert "d1-p0003.json" not in results(runs.out), "it was read from what the file no longer holds"
    assert (runs.out / "d1.txt").read_text() == "AAAA\n\fAAAAA\n"


def test_a_result_that_is_gone_or_cut_off_is_made_again(runs: Runs) -> None:
    runs(*BOTH)
    files = runs.files
    (runs.out / "d0.txt").unlink()
    (runs.out / "d1-p0002.json").write_bytes(b"")
    runs(*BOTH)
    assert runs.files == files
    assert runs.read[0] == "d0.toy:1"
    assert "d2.toy:1" not in runs.read


def test_another_format_joins_the_first_and_another_reading_replaces_it(runs: Runs) -> None:
    runs("--to", "plain")
    runs("--to", "json")
    assert len(results(runs.out)) == 3 + 5
    runs("--to", "json", "--set", "prepare.pause=0.001")
    assert results(runs.out) == ["d0.json", "d1-p0002.json", "d1-p0003.json", "d1.json", "d2.json"]


def test_failed_pages_are_tried_again_and_the_others_kept(runs: Runs) -> None:
    once = ["--set", f"prepare.once={str(runs.log.with_name('was'))!r}", "--set", "prepare.how=raises"]
    here = [*once, "--set", "prepare.on=[2]"]
    assert runs(*BOTH, *here).code == 1
    assert (runs.out / "d1.txt").read_text() == "A\n\fAAA\n"
    status = ocrpipe("status", runs.out)
    assert status.code == 1
    assert status.text.splitlines() == [
        "done    2 inputs, 4 pages",
        "failed  1 input, 1 page",
        "left    0 inputs",
        f"  1 x prepare/trap: failed: RuntimeError: out of cheese (first: {runs.inputs / 'd1.toy'}, page 2)",
    ]
    runs.document(3, 1)
    assert (runs(*BOTH, *here, "--redo-failed").code, runs.read) == (0, ["d1.toy:2"])
    assert (runs.out / "d1.txt").read_text() == "A\n\fAA\n\fAAA\n"
    assert (runs(*BOTH, *here).code, runs.read) == (0, ["d3.toy:1"])
    assert ocrpipe("status", runs.out).text.splitlines()[0] == "done    4 inputs, 6 pages"


def test_status_of_no_results_is_refused(tmp_path: Path) -> None:
    done = ocrpipe("status", tmp_path)
    assert (done.code, len(done.lines)) == (2, 1)
    assert "there is no journal in it" in done.err


def test_a_journal_that_is_none_is_refused(runs: Runs) -> None:
    runs.out.mkdir()
    (runs.out / JOURNAL).write_text("no journal at all, but long enough to be taken for one" * 20)
    done = runs()
    assert (done.code, len(done.lines)) == (2, 1)
    assert "delete it to begin anew" in done.err


def begun(runs: Runs, *more: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ocrpipe", *runs.command(*more)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{runs.site}{os.pathsep}{ROOT}", "OMP_NUM_THREADS": "1"},
    )


def wait_for(runs: Runs, pages: int, process: subprocess.Popen[str]) -> None:
    """Wait until so many pages were begun, or the run has ended."""
    end = time.monotonic() + 60
    while process.poll() is None and len(runs.log.read_text().split() if runs.log.exists() else ()) < pages:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_two_runs_into_one_folder_are_refused(runs: Runs) -> None:
    first = begun(runs, "--set", "prepare.how=hangs")
    wait_for(runs, 1, first)
    second = runs()
    first.kill()
    first.communicate()
    assert (second.code, len(second.lines)) == (2, 1)
    assert "another run is writing into it" in second.err
    assert runs().code == 0, "the system lets go of what a killed run held"


def noted_as_done(out: Path) -> set[str]:
    """Return which pages of a folder's journal need not be read again."""
    if not (out / JOURNAL).exists():
        return set()
    with sqlite3.connect(out / JOURNAL) as file:
        rows = file.execute("SELECT i.name, p.number FROM pages p JOIN inputs i USING (key) WHERE p.state = 'done'")
        return {f"{Path(name).name}:{number}" for name, number in rows}


def killed_again_and_again(runs: Runs, kills: int, longest: float, *more: object) -> None:
    """Kill a run and go on, then end it; nothing that was noted as done may be done twice."""
    chance = random.Random(7)
    for _ in range(kills):
        done = noted_as_done(runs.out)
        runs.log.write_text("")
        process = begun(runs, *more)
        wait_for(runs, 1, process)
        time.sleep(chance.uniform(0, longest))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        time.sleep(0.1)  # its workers end when they notice
        assert not done & set(runs.read)
    done = noted_as_done(runs.out)
    assert runs(*more).code == 0
    assert not done & set(runs.read)
    assert not [path.name for path in runs.out.iterdir() if path.name.startswith((".ocrpipe-lock", ".ocrpipe-0"))]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_run_goes_on_where_it_was(jobs: int, runs: Runs) -> None:
    runs.document(1, 12)
    more = (*BOTH, "--set", "prepare.pause=0.03", "-j", jobs)
    assert runs(*more).code == 0
    files, out = runs.files, runs.out
    runs.out = out.with_name("again")
    killed_again_and_again(runs, 2, 0.3, *more)
    assert runs.files == files
    assert results(runs.out) == results(out)


@pytest.mark.slow
def test_a_run_that_is_killed_twenty_times_ends_with_the_same_files(runs: Runs) -> None:
    for place in range(4, 100):
        runs.document(place, 1 + place % 5)
    more = (*BOTH, "--set", "prepare.pause=0.02", "-j", 2)
    assert runs(*more).code == 0
    files, out = runs.files, runs.out
    runs.out = out.with_name("again")
    killed_again_and_again(runs, 20, 0.4, *more)
    assert runs.files == files


def test_what_a_killed_run_has_not_finished_is_cleared_away_and_nothing_else(runs: Runs) -> None:
    runs.out.mkdir()
    for name in (".ocrpipe-0123456789abcdef", ".ocrpipe-mine", "ocrpipe-0123456789abcdef"):
        (runs.out / name).write_text("half of it")
    (runs.out / ".ocrpipe-fedcba9876543210").symlink_to(runs.inputs / "d0.toy")
    assert runs().code == 0
    left = {path.name for path in runs.out.iterdir()}
    assert ".ocrpipe-0123456789abcdef" not in left
    assert {".ocrpipe-mine", "ocrpipe-0123456789abcdef", ".ocrpipe-fedcba9876543210"} <= left
