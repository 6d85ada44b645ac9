"""Pages drawn here, found and read by RapidOCR's networks."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocrpipe import ConfigError, Pipeline
from ocrpipe_rapidocr import RapidLines, RapidReader
from ocrpipe_rapidocr.detector import region_of, seen_size
from ocrpipe_rapidocr.reader import Reader, edges_of

LINES = ("The harbor opens at six", "and closes at nine in winter.", "Fuel is sold behind the cranes.")
SMALL = {"segment.rapidocr.shortest": 256, "segment.rapidocr.longest": 640}


@pytest.fixture(scope="module")
def page() -> Image.Image:
    """Return a page with three lines of print."""
    image = Image.new("L", (620, 220), 250)
    for number, line in enumerate(LINES):
        ImageDraw.Draw(image).text((40, 30 + 55 * number), line, fill=20, font=ImageFont.load_default(32))
    return image


def test_the_preset_reads_lines_with_words_and_letters_in_their_places(page: Image.Image) -> None:
    read = Pipeline.preset("rapidocr", SMALL).read(page)
    assert read.text.split("\n") == list(LINES)
    for line in read.lines:
        for word in line.words:
            assert not word.estimated
            assert 0 < (word.confidence or 0) < 1
            assert "".join(glyph.text for glyph in word.glyphs) in ("", word.text)
    first, second = read.lines[0].words[:2]
    assert abs(first.box.x0 - 40) < 10
    assert first.box.x1 <= second.box.x0 + 4


def test_lines_that_slope_are_cut_along_their_corners(page: Image.Image) -> None:
    turned = page.rotate(-8, expand=True, fillcolor=250, resample=Image.Resampling.BICUBIC)
    read = Pipeline.preset("rapidocr", SMALL).read(turned)
    assert read.text.split("\n") == list(LINES)
    assert all(word.polygon for word in read.words)


def test_lines_are_cut_into_letters_by_another_segmenter(page: Image.Image) -> None:
    settings = {**SMALL, "segment.use": "rapidocr,letters", "binarize.use": "strokes", "classify.use": "mlp"}
    read = Pipeline.preset("rapidocr", settings).read(page)
    assert len(read.lines) == len(LINES)
    assert all(word.glyphs for word in read.words)


def test_a_blank_page_has_no_text() -> None:
    assert Pipeline.preset("rapidocr", SMALL).read(Image.new("L", (300, 200), 255)).text == ""


def test_the_networks_are_in_the_wheel_and_recorded(page: Image.Image) -> None:
    for plugin in (RapidLines(), RapidReader()):
        [path] = plugin.files()
        assert path.is_file()
    files = [step.files for step in Pipeline.preset("rapidocr", SMALL).read(page).steps if step.plugin == "rapidocr"]
    assert [len(names) for names in files] == [1, 1]


def test_a_model_that_is_not_there_is_refused_before_any_page() -> None:
    with pytest.raises(ConfigError, match=r"classify\.model = 'gone\.onnx': there is no file gone\.onnx"):
        Pipeline.preset("rapidocr", {"classify.model": "gone.onnx"})


def test_a_detector_is_no_reader() -> None:
    with pytest.raises(ValueError, match="does not say which letters it knows"):
        Reader(RapidLines().files()[0], threads=1, batch=1)


@pytest.mark.parametrize("size", [(1, 1), (1, 9000), (9000, 3), (620, 220), (4000, 3000), (200, 9000)])
def test_no_page_is_seen_larger_than_it_may_cost(size: tuple[int, int]) -> None:
    seen = seen_size(*size, 736, 2000)
    assert all(side % 32 == 0 for side in seen)
    assert max(seen) <= 4000 + 16
    assert min(seen) >= 32


def test_a_line_that_runs_downwards_is_read_from_its_top() -> None:
    region = region_of([[10, 10], [30, 10], [30, 110], [10, 110]], 200, 200)
    assert region.quad.corners == ((30, 10), (30, 110), (10, 110), (10, 10))
    assert (region.quad.width, region.quad.height) == (100, 20)


def test_letters_reach_half_way_to_their_neighbours() -> None:
    assert edges_of(np.array([8.0]), width=16) == [(0.0, 16.0)]
    edges = edges_of(np.array([5.0, 15.0, 95.0]), width=100)
    assert edges[0] == (0.0, 10.0)
    assert all(0 <= x0 < x1 <= 100 for x0, x1 in edges)


def test_readings_come_in_the_crops_order() -> None:
    reader = RapidReader().reader
    crops = np.ones((3, 48, 400), np.float32)
    for crop, text in zip(crops, ("LONGER TEXT", "A", "MIDDLE"), strict=True):
        image = Image.new("L", (400, 48), 255)
        ImageDraw.Draw(image).text((6, 4), text, fill=0, font=ImageFont.load_default(36))
        crop[:] = np.asarray(image, np.float32) / 255
    readings = reader.readings(crops, np.array([400, 60, 220], np.int32))
    assert [reading.text for reading in readings] == ["LONGER TEXT", "A", "MIDDLE"]
    assert all(0 <= span.x0 < span.x1 <= 400 for reading in readings for span in reading.spans)
