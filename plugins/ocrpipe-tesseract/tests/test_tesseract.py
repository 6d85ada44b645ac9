"""Pages drawn here, found and read by Tesseract."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from ocrpipe import ConfigError, Pipeline
from ocrpipe_tesseract import TesseractLayout, TesseractReader
from ocrpipe_tesseract.engine import environment

LINES = ("The harbor opens at six", "and closes at nine in winter.", "Fuel is sold behind the cranes.")


@pytest.fixture(scope="module")
def page() -> Image.Image:
    """Return a page with three lines of print."""
    image = Image.new("L", (700, 220), 250)
    for number, line in enumerate(LINES):
        ImageDraw.Draw(image).text((40, 30 + 55 * number), line, fill=20, font=ImageFont.load_default(32))
    return image


@pytest.mark.parametrize("preset", ["tesseract", "tesseract-page"])
def test_a_preset_reads_lines_with_words_and_letters_in_their_places(preset: str, page: Image.Image) -> None:
    read = Pipeline.preset(preset).read(page)
    assert read.text.split("\n") == list(LINES)
    for line in read.lines:
        for word in line.words:
            assert not word.estimated
            assert 0 < (word.confidence or 0) < 1
            assert "".join(glyph.text for glyph in word.glyphs) in ("", word.text)
            assert line.box.y0 - 2 <= word.box.y0 < word.box.y1 <= line.box.y1 + 2
    first, second = read.lines[0].words[:2]
    assert abs(first.box.x0 - 40) < 8
    assert first.box.x1 <= second.box.x0 + 2


def test_words_are_found_and_read_one_by_one(page: Image.Image) -> None:
    settings = {"segment.tesseract.level": "word", "classify.level": "word"}
    read = Pipeline.preset("tesseract", settings).read(page)
    assert [word.text.lower() for word in read.words] == " ".join(LINES).lower().split()  # alone, a word may be a name


def test_words_are_found_within_the_lines_of_another_segmenter(page: Image.Image) -> None:
    pipeline = Pipeline.preset("tesseract", {"segment.use": "tesseract,letters"})
    assert pipeline.read(page).text.split("\n")[0] == LINES[0]


def test_a_blank_page_has_no_text() -> None:
    for preset in ("tesseract", "tesseract-page"):
        assert Pipeline.preset(preset).read(Image.new("L", (300, 200), 255)).text == ""


def test_a_language_that_is_not_there_is_refused_before_any_page(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"classify\.language = 'deu'.*deu\.traineddata|no .*deu\.traineddata"):
        Pipeline.preset("tesseract", {"classify.language": "deu"})
    with pytest.raises(ConfigError, match=r"eng\.traineddata"):
        Pipeline.preset("tesseract", {"classify.data": str(tmp_path)})
    with pytest.raises(ConfigError, match="language"):
        Pipeline.preset("tesseract", {"classify.language": "../eng"})


def test_another_folder_of_data_is_used_and_recorded(tmp_path: Path, page: Image.Image) -> None:
    [bundled] = TesseractReader().files()
    (tmp_path / "mine.traineddata").write_bytes(bundled.read_bytes())
    settings = {"classify.data": str(tmp_path), "classify.language": "mine"}
    read = Pipeline.preset("tesseract", settings).read(page)
    assert read.lines[0].text == LINES[0]
    assert list(read.steps[-1].files) == ["mine.traineddata"]


def test_it_reads_only_where_it_is_told_to() -> None:
    assert [TesseractLayout(read=read).also_reads for read in (False, True)] == [False, True]
    with pytest.raises(ConfigError, match="given takes over what the segmenter has read, but tesseract only finds"):
        Pipeline.preset("tesseract", {"classify.use": "given"})


def test_the_thread_limit_is_set_only_while_the_library_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_THREAD_LIMIT", "7")
    monkeypatch.delenv("OTHER", raising=False)
    with environment(OMP_THREAD_LIMIT="1", OTHER="2"):
        assert (os.environ["OMP_THREAD_LIMIT"], os.environ["OTHER"]) == ("1", "2")
    assert os.environ["OMP_THREAD_LIMIT"] == "7"
    assert "OTHER" not in os.environ
