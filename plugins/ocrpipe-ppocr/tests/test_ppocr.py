"""Pages drawn here, read in one go by faster-paddle."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocrpipe import Box, ConfigError, Pipeline
from ocrpipe_ppocr import PpOcr, bitmap, regions_of

LINES = ("The harbor opens at six", "and closes at nine in winter.", "Fuel is sold behind the cranes.")
SMALL = {"segment.ppocr.shortest": 256}


@pytest.fixture(scope="module")
def page() -> Image.Image:
    """Return a page with three lines of print."""
    image = Image.new("L", (620, 220), 250)
    for number, line in enumerate(LINES):
        ImageDraw.Draw(image).text((40, 30 + 55 * number), line, fill=20, font=ImageFont.load_default(32))
    return image


def test_the_preset_reads_lines_and_cuts_no_crops(page: Image.Image) -> None:
    read = Pipeline.preset("ppocr", SMALL).read(page)
    assert read.text.split("\n") == list(LINES)
    assert "crop_normalize" not in [step.stage for step in read.steps]
    for line in read.lines:
        assert 0 < (line.confidence or 0) < 1
        assert all(word.estimated and word.confidence is None for word in line.words)  # it gives lines no words


def test_the_library_that_holds_the_models_is_recorded(page: Image.Image) -> None:
    [step] = [step for step in Pipeline.preset("ppocr", SMALL).read(page).steps if step.plugin == "ppocr"]
    assert len(step.files) == 1


def test_columns_are_read_one_after_the_other() -> None:
    image = Image.new("L", (900, 300), 250)
    columns = ["ONE", "TWO", "THREE", "FOUR"], ["FIVE", "SIX", "SEVEN", "EIGHT"]
    for x, words in zip((30, 520), columns, strict=True):
        for number, word in enumerate(words):
            text = f"{word} is a number"
            ImageDraw.Draw(image).text((x, 20 + 60 * number), text, fill=20, font=ImageFont.load_default(30))
    read = Pipeline.preset("ppocr", SMALL).read(image)
    assert [line.text.split()[0].upper() for line in read.lines] == [*columns[0], *columns[1]]


def test_a_blank_page_has_no_text() -> None:
    assert Pipeline.preset("ppocr", SMALL).read(Image.new("L", (300, 200), 255)).text == ""


def test_models_that_would_be_fetched_are_not_offered() -> None:
    with pytest.raises(ConfigError, match="size"):
        Pipeline.preset("ppocr", {"segment.ppocr.size": "medium"})


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (620, 220)])
def test_the_engine_gets_the_page_at_its_place_and_never_a_mere_strip(size: tuple[int, int]) -> None:
    gray = np.full((size[1], size[0]), 77, np.uint8)
    with Image.open(BytesIO(bitmap(gray))) as image:
        assert image.getpixel((0, 0)) == 77
        assert image.width >= size[0]
        assert image.height >= size[1]
        assert max(image.size) <= 64 * min(image.size) + 64


def test_lines_off_the_page_unsure_or_empty_are_left_out() -> None:
    def line(text: str, sure: float, *edges: int) -> dict[str, object]:
        return {"text": text, "confidence": sure, "topLeftCoord": edges[:2], "bottomRightCoord": edges[2:]}

    found = [
        line(" A ", 1.0, -3, 2, 120, 20),
        line("B", 0.2, 0, 0, 9, 9),
        line(" ", 1, 0, 0, 9, 9),
        line("C", 1, 200, 0, 210, 9),
    ]
    [region] = regions_of(found, 100, 50, sure=0.5)
    assert region.box == Box(0, 2, 100, 20)
    assert region.reading is not None
    assert (region.reading.text, region.reading.confidence) == ("A", 0.9999)
    assert PpOcr.also_reads
