"""Observers: the table of seconds, and the pictures and data of each stage."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from PIL import Image

from ocrpipe import (
    Affine,
    BinaryPage,
    Box,
    Call,
    CroppedPage,
    CropSpec,
    GrayPage,
    LinedPage,
    Page,
    Reading,
    Region,
    Row,
    SegmentedPage,
    Source,
    Step,
)
from ocrpipe.stages.observe import Keep, Timing, Trace, folder_name, safe
from tests.strategies import NASTY, page_of, pixels_of, sources, texts

STAGES = (
    "01-load",
    "02-prepare-shading",
    "03-binarize",
    "04-segment",
    "05-line_cluster",
    "06-crop_normalize",
    "07-classify",
    "08-postprocess-context",
    "09-postprocess-other",
)


def told(keep: Keep, stage: str, plugin: str, given: Any, result: Any) -> Any:
    """Tell `keep` of a call as the host does, and return the result with its step."""
    before = given.steps if given is not None else ()
    step = Step(stage=stage, plugin=plugin, package="ocrpipe", version="1")
    result = result.replace(steps=(*before, step))
    keep.observe(Call(stage, plugin, "ocrpipe", given, result.source.name, 0.1, result))
    return result


def gray_page(path: str | None = "notes.jpg", page: int = 1, frame: Affine | None = None) -> GrayPage:
    frame = frame or Affine.scale(2)
    gray = np.full((60, 200), 220, np.uint8)
    gray[20:40, 20:30] = gray[20:40, 50:80] = 10
    xs, ys = zip(*frame.polygon(Box(0, 0, 200, 60)), strict=True)
    size = {"width": round(max(xs) - min(xs)), "height": round(max(ys) - min(ys))}
    source = Source(**size, path=path, page=page, sha256="0" * 64 if path else None)
    return GrayPage(source=source, gray=gray, frame=frame)


def through_all_stages(keep: Keep, loaded: GrayPage, texts: tuple[str, ...] = ("A", "B", "C", "D")) -> Page:
    """Pass a page of two letters, one of them perhaps two, through every stage."""
    gray = told(keep, "load", "image", None, loaded)
    gray = told(keep, "prepare", "shading", gray, gray)
    binary = told(keep, "binarize", "otsu", gray, gray.grow(BinaryPage, ink=gray.gray < 100))
    mask = np.ones((20, 15), np.bool_)
    halves = (Region(box=Box(50, 20, 65, 40), mask=mask), Region(box=Box(65, 20, 80, 40)))
    first = Region(box=Box(20, 20, 30, 40), mask=np.ones((20, 10), np.bool_))
    second = Region(box=Box(50, 20, 80, 40), rivals=(halves,))
    found = told(keep, "segment", "letters", binary, binary.grow(SegmentedPage, regions=(first, second)))
    row = Row(words=((first,), (second,)), baseline=((20.0, 40.0), (80.0, 40.0)))
    lined = told(keep, "line_cluster", "rows", found, found.grow(LinedPage, blocks=((row,),)))
    spec = CropSpec(level="glyph", height=8, width=8)
    crops = np.linspace(0, 1, 4 * 64, dtype=np.float32).reshape(4, 8, 8)
    cropped = lined.grow(CroppedPage, spec=spec, crops=crops, widths=np.full(4, 8, np.int32))
    cropped = told(keep, "crop_normalize", "square", lined, cropped)
    page = told(keep, "classify", "mlp", cropped, cropped.read([Reading(text=text, confidence=0.9) for text in texts]))
    page = told(keep, "postprocess", "context", page, page)
    return told(keep, "postprocess", "other", page, page)


class TestTiming:
    def call(self, stage: str, plugin: str, seconds: float, error: Exception | None = None) -> Call:
        return Call(stage, plugin, "ocrpipe", None, "page.jpg", seconds, error=error)

    def test_seconds_are_added_up_by_stage_and_plugin(self) -> None:
        timing = Timing()
        for call in (
            self.call("load", "image", 0.25),
            self.call("prepare", "invert", 0.25),
            self.call("prepare", "shading", 0.5),
            self.call("load", "image", 0.75),
            self.call("prepare", "invert", 0.25, ValueError("no")),
        ):
            timing.observe(call)
        assert [tuple(row) for row in timing.rows()] == [
            ("load", "image", 2, 1.0, 0.5),
            ("prepare", "invert", 2, 0.5, 0.25),
            ("prepare", "shading", 1, 0.5, 0.25),
        ]
        assert timing.rows()[0].per_page == 0.5

    def test_the_report_is_an_aligned_table(self) -> None:
        timing = Timing()
        timing.observe(self.call("crop_normalize", "somebody/long", 12.5))
        timing.observe(self.call("load", "image", 0.0))
        lines = timing.report().splitlines()
        assert len({len(line) for line in lines}) == 1
        assert lines[0].split() == ["stage", "plugin", "pages", "seconds", "ms/page", "share"]
        assert lines[-1].split() == ["total", "1", "12.500", "12500.0", "100", "%"]

    def test_no_call_and_no_time_are_no_error(self) -> None:
        timing = Timing()
        assert timing.rows() == []
        assert timing.report() == "no stage was run"
        timing.observe(self.call("load", "image", 0.0))
        assert timing.rows()[0].share == 0.0
        assert "load" in timing.report()

    def test_two_observers_count_apart(self) -> None:
        one, other = Timing(), Timing()
        one.observe(self.call("load", "image", 1.0))
        assert other.rows() == []

    def test_it_is_cheap_to_import(self) -> None:
        heavy = "{'PIL.Image', 'scipy', 'skimage'}"
        code = f"import ocrpipe.stages.observe, sys; print(sorted({heavy} & set(sys.modules)))"
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert out.stdout.strip() == "[]"


class Telling:
    """Stands for `keep` in `through_all_stages`: passes each call on to `trace`."""

    def __init__(self, trace: Trace) -> None:
        self.observe = trace.observe


class TestTrace:
    def test_each_call_is_a_line_that_says_with_what_and_what_came_back(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        through_all_stages(Telling(Trace(text=2)), gray_page())
        told = [line.removeprefix("notes.jpg: ").split(" 100.0 ms: ") for line in capsys.readouterr().err.splitlines()]
        assert dict(told) == {
            "load/image (ocrpipe)": "document -> 200 x 60, mean grey 206",
            "prepare/shading (ocrpipe)": "200 x 60, mean grey 206 -> 200 x 60, mean grey 206",
            "binarize/otsu (ocrpipe)": "200 x 60, mean grey 206 -> ink 6.7%",
            "segment/letters (ocrpipe)": "ink 6.7% -> 2 glyph regions",
            "line_cluster/rows (ocrpipe)": "2 glyph regions -> 1 block, 1 row, 2 words",
            "crop_normalize/square (ocrpipe)": "1 block, 1 row, 2 words -> 4 glyph crops, 8 x 8",
            "classify/mlp (ocrpipe)": "4 glyph crops, 8 x 8 -> 1 line, 2 words 'A ...'",
            "postprocess/context (ocrpipe)": "1 line, 2 words 'A ...' -> 1 line, 2 words 'A ...'",
            "postprocess/other (ocrpipe)": "1 line, 2 words 'A ...' -> 1 line, 2 words 'A ...'",
        }

    @pytest.mark.parametrize("text", NASTY)
    def test_nothing_steers_the_terminal_or_ends_the_line(self, text: str, capsys: pytest.CaptureFixture[str]) -> None:
        page = page_of(text)
        Trace().observe(Call("classify", text, text, None, text, 0.1, page))
        Trace().observe(Call("classify", text, text, None, text, 0.1, error=ValueError(text)))
        first, second, end = capsys.readouterr().err.split("\n")
        assert (first + second).isprintable()
        assert " -> failed: " in second
        assert not end


class TestKeep:
    def test_every_stage_leaves_a_picture_and_data_in_order(self, tmp_path: Path) -> None:
        through_all_stages(Keep(dir=tmp_path), gray_page())
        folder = tmp_path / "notes"
        for stem in STAGES:
            with Image.open(folder / f"{stem}.png") as picture:
                picture.load()
                assert max(picture.size) <= 2000
            assert (folder / f"{stem}.json").read_text().startswith("{")
        with_arrays = {path.stem: set(np.load(path, allow_pickle=False)) for path in folder.glob("*.npz")}
        assert with_arrays == {
            "01-load": {"gray"},
            "02-prepare-shading": {"gray"},
            "03-binarize": {"ink"},
            "04-segment": {"mask_0", "mask_1_0_0"},
            "06-crop_normalize": {"crops", "widths"},
        }

    def test_data_is_what_the_stage_made(self, tmp_path: Path) -> None:
        loaded = gray_page()
        page = through_all_stages(Keep(dir=tmp_path), loaded)
        assert Page.from_json((tmp_path / "notes/09-postprocess-other.json").read_text()) == page
        assert (np.load(tmp_path / "notes/01-load.npz")["gray"] == loaded.gray).all()
        assert (np.load(tmp_path / "notes/03-binarize.npz")["ink"] == (loaded.gray < 100)).all()

    def test_nothing_unfinished_is_left(self, tmp_path: Path) -> None:
        through_all_stages(Keep(dir=tmp_path), gray_page())
        assert {path.suffix for path in (tmp_path / "notes").iterdir()} == {".png", ".json", ".npz"}

    @pytest.mark.parametrize("frame", [Affine(), Affine.scale(2), Affine(0, 1, 0, -1, 0, 200)], ids=str)
    def test_a_finished_page_is_drawn_on_its_pixels(self, tmp_path: Path, frame: Affine) -> None:
        through_all_stages(Keep(dir=tmp_path), gray_page(frame=frame))
        before = Image.open(tmp_path / "notes/07-classify.png")
        after = Image.open(tmp_path / "notes/08-postprocess-context.png")
        assert after.size == before.size
        apart = np.abs(np.asarray(after, np.int16) - np.asarray(before, np.int16))
        assert apart.mean() < 2

    def test_a_page_without_pixels_is_drawn_on_white(self, tmp_path: Path) -> None:
        told(Keep(dir=tmp_path), "postprocess", "context", page_of("A"), page_of("B"))
        assert (tmp_path / "page/01-postprocess-context.png").exists()

    def test_what_a_step_changed_stands_out(self, tmp_path: Path) -> None:
        keep = Keep(dir=tmp_path)
        told(keep, "postprocess", "same", page_of("A"), page_of("A"))
        told(keep, "postprocess", "other", page_of("B"), page_of("A"))
        same, other = (Image.open(tmp_path / f"page/01-postprocess-{name}.png").tobytes() for name in ("same", "other"))
        assert same != other

    def test_names_of_inputs_stay_inside_the_folder(self, tmp_path: Path) -> None:
        keep = Keep(dir=tmp_path / "kept")
        for path in (
            "../../up.png",
            "/etc/passwd",
            "a/..",
            "..",
            "",
            "C:\\x\\y.tif",
            "\x00",
            "-",
            None,
            "x" * 300 + ".png",
        ):
            told(keep, "load", "image", None, gray_page(path))
        assert {path.name for path in tmp_path.iterdir()} == {"kept"}
        names = {path.name for path in (tmp_path / "kept").iterdir()}
        assert {"up", "passwd", "page", "y", "stdin", "image"} <= names
        assert len(names) == 10

    def test_later_pages_of_a_document_have_their_number(self, tmp_path: Path) -> None:
        keep = Keep(dir=tmp_path)
        for page in (1, 2):
            told(keep, "load", "image", None, gray_page("fax.tif", page))
        assert {path.name for path in tmp_path.iterdir()} == {"fax", "fax-p0002"}

    def test_two_inputs_of_one_name_are_kept_apart(self, tmp_path: Path) -> None:
        keep = Keep(dir=tmp_path)
        for path in ("a/notes.jpg", "b/notes.jpg", "b/NOTES.png", None, None):
            told(keep, "load", "image", None, gray_page(path))
        assert {path.name for path in tmp_path.iterdir()} == {"notes", "notes~2", "NOTES~3", "image", "image~2"}

    def test_an_earlier_run_is_taken_away_and_nothing_else(self, tmp_path: Path) -> None:
        through_all_stages(Keep(dir=tmp_path), gray_page())
        mine = tmp_path / "notes/01-my-notes.png"
        mine.write_bytes(b"mine")
        told(Keep(dir=tmp_path), "load", "image", None, gray_page())
        left = {path.name for path in (tmp_path / "notes").iterdir()}
        assert left == {"01-load.png", "01-load.json", "01-load.npz", "01-my-notes.png"}

    def test_a_failed_call_leaves_nothing(self, tmp_path: Path) -> None:
        Keep(dir=tmp_path).observe(Call("load", "image", "ocrpipe", None, "x", 0.1, error=ValueError("no")))
        assert list(tmp_path.iterdir()) == []

    def test_pictures_of_large_pages_are_shrunk(self, tmp_path: Path) -> None:
        keep = Keep(dir=tmp_path, side=100)
        through_all_stages(keep, gray_page())
        for path in (tmp_path / "notes").glob("*.png"):
            assert Image.open(path).width <= 100

    def test_blank_and_tiny_pages(self, tmp_path: Path) -> None:
        keep = Keep(dir=tmp_path)
        gray = told(
            keep, "load", "image", None, GrayPage(source=Source(width=1, height=1), gray=np.zeros((1, 1), np.uint8))
        )
        binary = told(keep, "binarize", "otsu", gray, gray.grow(BinaryPage, ink=np.zeros((1, 1), np.bool_)))
        found = told(keep, "segment", "letters", binary, binary.grow(SegmentedPage, regions=()))
        lined = told(keep, "line_cluster", "rows", found, found.grow(LinedPage, blocks=()))
        none = np.zeros((0, 32, 32), np.float32), np.zeros(0, np.int32)
        spec = CropSpec(level="glyph", height=32, width=32)
        cropped = lined.grow(CroppedPage, spec=spec, crops=none[0], widths=none[1])
        page = told(keep, "classify", "mlp", told(keep, "crop_normalize", "square", lined, cropped), cropped.read([]))
        assert page.text == ""
        assert len(list((tmp_path / "image").glob("*.png"))) == 6

    def test_crops_of_lines_make_a_sheet(self, tmp_path: Path) -> None:
        keep = Keep(dir=tmp_path)
        gray = gray_page()
        region = Region(box=Box(20, 20, 80, 40), level="line")
        lined = gray.grow(LinedPage, ink=gray.gray < 100, regions=(region,), blocks=((Row(words=((region,),)),),))
        crops = np.ones((1, 48, 9000), np.float32)
        spec = CropSpec(level="line", height=48)
        told(
            keep,
            "crop_normalize",
            "lines",
            lined,
            lined.grow(CroppedPage, spec=spec, crops=crops, widths=np.array([8000], np.int32)),
        )
        assert Image.open(tmp_path / "notes/01-crop_normalize.png").width <= 2000

    @pytest.mark.parametrize("text", NASTY)
    def test_nasty_text(self, tmp_path: Path, text: str) -> None:
        page = page_of(text)
        told(Keep(dir=tmp_path), "classify", "mlp", pixels_of(page), page)
        assert Page.from_json((tmp_path / "page/01-classify.json").read_text()).text == text

    def test_pages_are_let_go(self, tmp_path: Path) -> None:
        keep = Keep(dir=tmp_path)
        page = gray_page()
        gone = weakref.ref(page.gray)
        kept = told(keep, "load", "image", None, page)
        assert gone() is not None
        del page, kept
        gc.collect()
        assert gone() is None

    def test_the_same_page_gives_the_same_bytes(self, tmp_path: Path) -> None:
        for run in ("a", "b"):
            through_all_stages(Keep(dir=tmp_path / run), gray_page())
        for path in (tmp_path / "a/notes").iterdir():
            assert path.read_bytes() == (tmp_path / "b/notes" / path.name).read_bytes(), path.name


class TestNames:
    @given(texts)
    @settings(max_examples=200)
    def test_any_name_becomes_a_harmless_one(self, name: str) -> None:
        made = safe(name)
        assert made
        assert not set(made) & set('/\\:*?"<>|\0\n')
        assert made[0] not in ".-"
        assert len(made.encode()) <= 120

    @given(sources())
    def test_a_page_has_one_folder(self, source: Source) -> None:
        assert Path(folder_name(source)).name == folder_name(source)
