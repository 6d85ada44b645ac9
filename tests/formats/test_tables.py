"""`tsv`, `csv` and `jsonl`: tables that programs read line by line."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocrpipe import Alternative, Box, Page, Reading, Word
from ocrpipe.stages.export.csv import Csv
from ocrpipe.stages.export.jsonl import JsonLines
from ocrpipe.stages.export.tsv import Tsv
from tests.formats.common import written
from tests.strategies import page_of, page_with, pages

few = settings(max_examples=30, deadline=None)

NUMBERS = ["level", "page_num", "block_num", "par_num", "line_num", "word_num"]
TESSERACT = [*NUMBERS, "left", "top", "width", "height", "conf", "text"]
"""The columns as Tesseract 5 writes them."""


def tsv(*some: Page) -> list[dict[str, str]]:
    lines = written(Tsv(), some).decode().removesuffix("\n").split("\n")
    assert lines[0].split("\t") == TESSERACT
    return [dict(zip(TESSERACT, line.split("\t"), strict=True)) for line in lines[1:]]


def table(*some: Page) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written(Csv(), some).decode(), newline="")))


def test_tsv_has_a_row_for_each_level() -> None:
    page = page_of("A", "B", confidence=0.9652, number=3)
    rows = tsv(page)
    numbers = [[int(row[name]) for name in NUMBERS] for row in rows]
    assert numbers == [
        [1, 3, 0, 0, 0, 0],
        [2, 3, 1, 0, 0, 0],
        [3, 3, 1, 1, 0, 0],
        [4, 3, 1, 1, 1, 0],
        [5, 3, 1, 1, 1, 1],
    ]
    assert [row["conf"] for row in rows] == ["-1", "-1", "-1", "-1", "96.52"]
    assert [row["text"] for row in rows] == ["", "", "", "", "AB"]
    box = page.words[0].box
    assert [int(rows[4][name]) for name in TESSERACT[6:10]] == [box.x0, box.y0, box.width, box.height]


@pytest.mark.parametrize(("confidence", "said"), [(None, "-1"), (0.0, "0"), (0.09, "9"), (1.0, "100")])
def test_tsv_has_percents(confidence: float | None, said: str) -> None:
    assert tsv(page_of("A", confidence=confidence))[-1]["conf"] == said


@given(st.lists(pages(), max_size=3))
@few
def test_tsv_has_a_line_for_each_piece_whatever_was_read(some: list[Page]) -> None:
    rows = tsv(*some)
    words = [row["text"] for row in rows if row["level"] == "5"]
    assert words == [" ".join(word.text.split()) for page in some for word in page.words]
    assert len(rows) == sum(1 + 2 * len(page.blocks) + len(page.lines) + len(page.words) for page in some)


@given(st.lists(pages(), max_size=3))
@few
def test_csv_gives_back_what_was_read(some: list[Page]) -> None:
    pieces = [piece for page in some for word in page.words for piece in (word.glyphs or (word,))]
    rows = table(*some)
    assert [row["text"] for row in rows] == [piece.text for piece in pieces]
    assert [float(row["confidence"]) if row["confidence"] else None for row in rows] == [p.confidence for p in pieces]
    boxes = [Box(*(int(row[name]) for name in ("x0", "y0", "x1", "y1"))) for row in rows]
    assert boxes == [piece.box for piece in pieces]


def test_csv_names_page_and_place_and_alternatives() -> None:
    both = (Alternative(text="O", confidence=0.5), Alternative(text="0"))
    word = Word(id="w", box=Box(1, 1, 5, 5), reading=Reading(text="O", alternatives=both))
    page = page_of("A", number=2)
    [first] = table(page)
    assert [first[name] for name in ("source", "page", "block", "line", "word", "glyph")] == [
        "page.png",
        "2",
        "1",
        "1",
        "1",
        "1",
    ]
    [whole] = table(page_with(page.source, [word]))
    assert (whole["glyph"], json.loads(whole["alternatives"])) == ("", [["O", 0.5], ["0", None]])


@given(st.lists(pages(), max_size=3))
@few
def test_jsonl_is_a_page_a_line_without_loss(some: list[Page]) -> None:
    lines = written(JsonLines(), some).decode().split("\n")
    assert lines.pop() == ""
    assert [Page.from_json(line) for line in lines] == some
