"""What goes wrong is one line on stderr, without traceback; stdout stays empty, and nothing half-written is left."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.support import ROOT, Done, ocrpipe, results, toy_file

MADE_UP = ("-p", "toy", "--load", "image,lines")
"""A pipeline that reads images and toy documents, and does not depend on how well the built-in stages read."""


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    (folder / "folder").mkdir()
    (folder / "empty.png").touch()
    (folder / "text.jpg").write_text("This is no picture.\n")
    picture = io.BytesIO()
    Image.linear_gradient("L").save(picture, "JPEG")
    (folder / "cut.jpg").write_bytes(picture.getvalue()[:1500])
    Image.new("L", (64, 8), 255).save(folder / "blank.png")
    toy_file(folder / "good.toy", "#", "# #")
    return folder


def check(done: Done, code: int, *starts: str) -> None:
    assert done.out == b""
    assert len(done.lines) == len(starts), done.err
    for line, start in zip(done.lines, starts, strict=True):
        assert line.startswith(f"ocrpipe: {start}"), line
    assert done.code == code
    assert "Traceback" not in done.err


@pytest.mark.parametrize("to_folder", [False, True])
def test_inputs_that_cannot_be_read(to_folder: bool, inputs: Path, everything: Path, tmp_path: Path) -> None:
    names = ["gone.png", "folder", "empty.png", "text.jpg", "cut.jpg", "x" * 300]
    paths = [inputs / name for name in names]
    out = tmp_path / "out"
    done = ocrpipe("run", *MADE_UP, *paths, *(("-o", out) if to_folder else ()), on_path=everything)
    check(
        done,
        4,
        f"{paths[1]}: the folder holds no file that can be read",
        f"{paths[0]}: there is no such file",
        f"{paths[2]}: is empty",
        f"{paths[3]}: no loader takes it (asked: image, lines); is it an image?",
        f"{paths[4]}: the image is cut off",
        f"{paths[5]}: cannot be read: File name too long",
    )
    assert not to_folder or results(out) == []


def test_the_others_are_read_and_the_code_says_that_some_were_not(inputs: Path, everything: Path) -> None:
    done = ocrpipe("run", *MADE_UP, inputs / "gone.png", inputs / "good.toy", on_path=everything)
    assert (done.code, done.text) == (1, "A\n\fAA\n")


USAGE = {
    "unknown plugin": (
        ["--binarize", "otsuu"],
        "--binarize: no binarize plugin is called 'otsuu'; did you mean",
    ),
    "unknown option": (
        ["--set", "binarize.hlaf=3"],
        "--set: binarize.hlaf = 3: half has no option 'hlaf'; did you",
    ),
    "wrong value": (["--set", "binarize.half=300"], "--set: binarize.half = 300: Input should be less than or equal"),
    "unknown pipeline": (["-p", "toi"], "no pipeline is called 'toi'; did you mean 'toy'?"),
    "missing pipeline file": (["-p", "no/such.toml"], "no/such.toml: there is no such pipeline file"),
    "unknown flag": (["--binarise", "otsu"], "No such option: --binarise"),
    "two formats on stdout": (["--to", "plain", "--to", "pages"], "several formats cannot share stdout"),
    "claimed twice": (
        ["--binarize", "twin"],
        "--binarize: 2 packages bring a binarize plugin 'twin': say",
    ),
    "pictures on stdout": (["--to", "overlay", "other.toy"], "overlay of several inputs cannot share stdout: say -o"),
    "pairing": (["--segment", "whole"], "all-a reads each glyph, but whole finds only each line"),
}


@pytest.mark.parametrize("case", USAGE)
def test_usage_and_configuration(case: str, inputs: Path, everything: Path) -> None:
    arguments, says = USAGE[case]
    check(ocrpipe("run", "-p", "toy", *arguments, inputs / "good.toy", on_path=everything), 2, says)


def test_no_input_at_all() -> None:
    check(ocrpipe("run"), 2, "Missing argument 'PAGE'")


PLUGINS = {
    "import-error": "binarize/import-error (ocrpipe-import-error 2.0) cannot be imported",
    "unmet": "binarize/unmet (ocrpipe-unmet 1.0) cannot be imported",
    "misspelt-too": "binarize/misspelt-too (ocrpipe-broken-contract 0.1) breaks the contract",
}


@pytest.mark.parametrize("name", PLUGINS)
def test_plugins_that_cannot_be_imported_or_built(name: str, inputs: Path, everything: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = ocrpipe("run", "-p", "toy", "--binarize", name, inputs / "good.toy", "-o", out, on_path=everything)
    check(done, 3, PLUGINS[name])
    assert not out.exists()


RAISES = ("-p", "toy", "--binarize", "bad", "--set", "binarize.how=raises")


def test_a_plugin_that_raises(inputs: Path, everything: Path, tmp_path: Path) -> None:
    good = inputs / "good.toy"
    done = ocrpipe("run", *RAISES, good, "-o", tmp_path / "out", on_path=everything)
    says = "binarize/bad (ocrpipe-misbehaving 6.6.6) failed: RuntimeError: out of cheese"
    check(done, 1, f"{good}: {says}", f"{good}, page 2: {says}")
    assert results(tmp_path / "out") == []


def test_debug_shows_where_it_was_raised(inputs: Path, everything: Path) -> None:
    done = ocrpipe("run", *RAISES, inputs / "good.toy", "--debug", on_path=everything)
    assert "Traceback" in done.err
    assert "ocrpipe_misbehaving.py" in done.err
    loader = ("--load", "bad", "--set", "load.how=raises")
    assert (
        "ocrpipe_misbehaving.py"
        in ocrpipe("run", "-p", "toy", *loader, inputs / "good.toy", "--debug", on_path=everything).err
    )
    assert "Traceback" in ocrpipe("run", "-p", "toi", "x", "--debug", on_path=everything).err


def test_an_observer_harms_nothing(inputs: Path, everything: Path) -> None:
    for how in ("raises", "report-raises"):
        bad = ("--observe", "bad", "--set", f"observe.how={how}")
        done = ocrpipe("run", "-p", "toy", *bad, inputs / "good.toy", on_path=everything)
        assert (done.code, done.text) == (0, "A\n\fAA\n")
        told = [line for line in done.lines if "observe/bad (ocrpipe-misbehaving 6.6.6) failed: RuntimeError" in line]
        assert [line.startswith("ocrpipe: ") for line in told] == [True]


@pytest.mark.parametrize("name", [b"two\nlines.toy", b"not-utf8-\xff.toy", "Grüße 😀.toy".encode()])
def test_odd_file_names_stay_on_one_line(name: bytes, everything: Path, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    check(ocrpipe("run", "-p", "toy", path, on_path=everything, PYTHONUTF8="1"), 4, str(tmp_path))
    toy_file(path, "#")
    done = ocrpipe("run", "-p", "toy", path, "--to", "json", on_path=everything, PYTHONUTF8="1")
    assert (done.code, done.out[:1]) == (0, b"{")


def test_a_blank_page_is_no_error(inputs: Path, everything: Path) -> None:
    done = ocrpipe("run", *MADE_UP, "--to", "text", inputs / "blank.png", on_path=everything)
    assert (done.code, done.out, done.err) == (0, b"", "")


def test_an_interrupted_run_leaves_nothing_half_written(inputs: Path, everything: Path, tmp_path: Path) -> None:
    sleeps = ("--segment", "bad", "--set", "segment.how=sleeps", "--set", "segment.on=[2]")
    process = subprocess.Popen(
        [sys.executable, "-m", "ocrpipe", "run", "-p", "toy", *sleeps, inputs / "good.toy", "-o", tmp_path / "out"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{everything}{os.pathsep}{ROOT}"},
    )
    assert process.stderr
    while "asleep" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert results(tmp_path / "out") == []


def run_into(stdout: int, page: Path, everything: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "ocrpipe", "run", "-p", "toy", page],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{everything}{os.pathsep}{ROOT}"},
        check=False,
    )
    return done.returncode, done.stderr.replace("the engine is built\n", "")


def test_a_reader_who_had_enough_is_no_error(inputs: Path, everything: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert run_into(writer, inputs / "good.toy", everything) == (0, "")
    finally:
        os.close(writer)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_told(inputs: Path, everything: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        code, err = run_into(full.fileno(), inputs / "good.toy", everything)
    assert (code, err) == (1, "ocrpipe: standard output: cannot be written: No space left on device; free space\n")


def test_pictures_of_two_pages_do_not_share_a_stream(tmp_path: Path) -> None:
    white = Image.new("L", (40, 30), 255)
    white.save(tmp_path / "two.tif", save_all=True, append_images=[white])
    done = ocrpipe("run", tmp_path / "two.tif", "--to", "overlay")
    assert done.code == 1
    assert done.lines == [f"ocrpipe: {tmp_path / 'two.tif'}, page 2: a stream holds one overlay: say -o DIR"]
    assert done.out.endswith(b"IEND\xaeB`\x82")


def test_debug_changes_no_exit_code() -> None:
    done = ocrpipe("run", "page.jpg", "--binarize", "sauvla", "--debug")
    assert done.code == 2
    assert "Traceback" in done.err
    assert done.lines[-1] == "ocrpipe: --binarize: no binarize plugin is called 'sauvla'; did you mean 'sauvola'?"


def test_folders_that_cannot_be_used_are_refused_before_any_work(tmp_path: Path) -> None:
    page = tmp_path / "page.png"
    Image.new("L", (40, 30), 255).save(page)
    for option in ("--keep", "-o"):
        done = ocrpipe("run", page, option, page)
        assert (done.code, done.out) == (2, b"")
        assert done.err.startswith(f"ocrpipe: {option} {page}: cannot be made or is no folder")
    assert ocrpipe("run", "").lines == ["ocrpipe: an input's name is empty: is a variable of your shell not set?"]


def test_a_damaged_later_page_is_named(tmp_path: Path) -> None:
    pages = [Image.effect_noise((300, 200), 40) for _ in range(3)]
    pages[0].save(tmp_path / "three.tif", save_all=True, append_images=pages[1:], compression="tiff_deflate")
    whole = (tmp_path / "three.tif").read_bytes()
    with Image.open(tmp_path / "three.tif") as image:
        image.seek(1)
        start = image.tag_v2[273][0]
    (tmp_path / "three.tif").write_bytes(whole[: start + 40] + b"\0" * 200 + whole[start + 240 :])
    done = ocrpipe("run", tmp_path / "three.tif")
    assert done.code == 1
    assert done.err.startswith(f"ocrpipe: {tmp_path / 'three.tif'}, page 2: the image is cut off or damaged")
    assert done.out == b"\f", "pages 1 and 3 are blank, and were read"
