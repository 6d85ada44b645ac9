"""From readings to the finished page: rivals, empty readings, ids, places, and engines that read words or lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrpipe import (
    Affine,
    BinaryPage,
    Box,
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
    Span,
)
from ocrpipe.reading import Level

Words = Sequence[Sequence[Region]]


def cell(x: int, width: int = 8, height: int = 10, y: int = 20, **more: Any) -> Region:
    return Region(box=Box(x, y, x + width, y + height), **more)


def cropped(
    *blocks: Sequence[Words],
    level: Level = "glyph",
    frame: Affine | None = None,
    size: tuple[int, int] = (200, 100),
    baseline: Any = None,
    page: int = 1,
    **spec: Any,
) -> CroppedPage:
    """Return a page of 100 x 200 pixels whose blocks hold rows, whose rows hold words, which hold regions."""
    source = Source(width=size[0], height=size[1], page=page)
    rows = [[Row(words=words, baseline=baseline) for words in block] for block in blocks]
    regions = [region for block in rows for row in block for region in row.regions]
    gray = np.zeros((100, 200), np.uint8)
    work = GrayPage(source=source, gray=gray, frame=frame or Affine()).grow(BinaryPage, ink=gray > 0)
    lined = work.grow(SegmentedPage, regions=regions).grow(LinedPage, blocks=rows)
    asked = CropSpec(level=level, height=20, **spec)
    number = len(lined.crop_regions(level))
    return lined.grow(
        CroppedPage, spec=asked, crops=np.zeros((number, 20, 4), np.float32), widths=np.full(number, 4, np.int32)
    )


def read(page: CroppedPage, *texts: str | tuple[str, float | None] | Reading) -> Page:
    readings = [
        text
        if isinstance(text, Reading)
        else Reading(text=text)
        if isinstance(text, str)
        else Reading(text=text[0], confidence=text[1])
        for text in texts
    ]
    return page.read(readings)


def test_the_rival_that_reads_better_stands_in_reading_order() -> None:
    blob = cell(10, 20, rivals=((cell(10), cell(20)),))
    page = read(cropped([[[cell(0), blob, cell(40)]]]), ("C", 0.9), ("M", 0.4), ("I", 0.9), ("V", 0.9), ("E", 0.9))
    assert page.text == "CIVE"
    assert [glyph.box.x0 for glyph in page.glyphs] == [0, 10, 20, 40]


def test_an_unsure_rival_or_one_of_unknown_confidence_does_not_stand() -> None:
    blob = cell(10, 20, rivals=((cell(10), cell(20)),))
    assert read(cropped([[[blob]]]), ("M", 0.9), ("I", 0.5), ("V", 0.9)).text == "M"
    assert read(cropped([[[blob]]]), ("M", 0.1), ("I", None), ("V", 0.9)).text == "M"


def test_a_rival_without_a_letter_counts_against_its_cut() -> None:
    blob = cell(10, 20, rivals=((cell(10), cell(20)),))
    assert read(cropped([[[blob]]]), ("M", 0.4), ("I", 0.9), ("", 0.9)).text == "M"


def test_empty_readings_take_empty_words_lines_and_blocks_with_them() -> None:
    page = cropped([[[cell(0)], [cell(10), cell(20)]], [[cell(30)]]], [[[cell(40)]]], [[[cell(50)]]])
    found = read(page, "", "A", "", "", "", "B")
    assert found.text == "A\n\nB"
    assert [(len(b.lines), b.id) for b in found.blocks] == [(1, "p1-b1"), (1, "p1-b2")]
    assert read(page, *[""] * 6).blocks == ()


@pytest.mark.parametrize("level", ["word", "line"])
def test_an_empty_word_or_line_is_dropped_too(level: Level) -> None:
    rows = [[[cell(0), cell(10)]], [[cell(30)]]]
    page = read(cropped(rows, level=level), "", "TWO")
    assert [line.text for line in page.lines] == ["TWO"]


@given(
    st.lists(st.lists(st.lists(st.lists(st.booleans(), min_size=1, max_size=3), min_size=1, max_size=3)), max_size=3)
)
def test_ids_are_unique_and_say_where(shape: list[list[list[list[bool]]]]) -> None:
    blocks = [[[[cell(0) for _ in word] for word in row] for row in block] for block in shape]
    kept = [is_letter for block in shape for row in block for word in row for is_letter in word]
    page = read(cropped(*blocks, page=7), *["A" if is_letter else "" for is_letter in kept])
    ids = [piece.id for some in (page.blocks, page.lines, page.words, page.glyphs) for piece in some]
    assert len(ids) == len(set(ids))
    assert all(name.startswith("p7-") for name in ids)
    assert [glyph.id.rpartition("-")[0] for glyph in page.glyphs] == [w.id for w in page.words for _ in w.glyphs]
    assert len(list(page.glyphs)) == sum(kept)


@given(st.floats(-8, 8), st.integers(1, 4), st.integers(0, 150), st.integers(0, 60))
def test_a_known_place_is_mapped_back_within_a_pixel(degrees: float, shrunk: int, x: int, y: int) -> None:
    """A page was decoded at a part of its size and deskewed; its source is large enough to hold all of it."""
    frame = Affine.scale(shrunk) @ Affine.shift(100, 100) @ Affine.rotation(degrees, (100, 50))
    place = Region(box=Box(x, y, x + 8, y + 10))
    base = ((x, y + 10.0), (x + 8.0, y + 10.0))
    found = read(cropped([[[place]]], frame=frame, size=(2000, 2000), baseline=base), "A")
    [glyph] = found.glyphs
    corners = [frame.apply(corner) for corner in place.box.corners]
    box = glyph.box
    assert np.allclose((box.x0, box.y0), np.min(corners, axis=0), atol=1)
    assert np.allclose((box.x1, box.y1), np.max(corners, axis=0), atol=1)
    [line] = found.lines
    assert np.allclose(line.baseline, [frame.apply(point) for point in base])
    if frame.keeps_boxes:
        assert glyph.polygon is None
    else:
        assert np.allclose(glyph.polygon, corners)


def test_a_page_that_was_turned_upright_has_upright_boxes_without_outline() -> None:
    frame = Affine(0, -1, 100, 1, 0, 0)  # a quarter turn: the page in work is 200 x 100, the source 100 x 200
    [glyph] = read(cropped([[[cell(0, y=0)]]], frame=frame, size=(100, 200)), "A").glyphs
    assert (glyph.box, glyph.polygon) == (Box(90, 0, 100, 8), None)


def test_a_box_on_the_edge_stays_in_the_source() -> None:
    corner = Region(box=Box(190, 90, 200, 100))
    [glyph] = read(cropped([[[corner]]], frame=Affine.scale(2.01), size=(400, 200)), "A").glyphs
    assert glyph.box == Box(381, 180, 400, 200)


def test_a_regions_own_outline_is_kept_and_mapped() -> None:
    outline = ((0.0, 20.0), (8.0, 22.0), (4.0, 30.0))
    [glyph] = read(cropped([[[cell(0, polygon=outline)]]], frame=Affine.scale(2), size=(400, 200)), "A").glyphs
    assert glyph.polygon == ((0, 40), (16, 44), (8, 60))
    assert glyph.box == Box(0, 40, 16, 60)


@pytest.mark.parametrize("level", ["word", "line"])
def test_what_was_read_as_a_whole_keeps_its_outline(level: Level) -> None:
    outline = ((0.0, 20.0), (8.0, 22.0), (4.0, 30.0))
    page = read(cropped([[[cell(0, polygon=outline, level=level)]]], level=level), "A")
    assert (page.words if level == "word" else page.lines)[0].polygon == outline


def test_a_word_engine_reads_words_and_its_spans_become_glyphs() -> None:
    spans = (Span(text="H", x0=0, x1=8, confidence=0.9), Span(text="I", x0=10, x1=16))
    page = cropped([[[cell(0), cell(8)], [cell(40)]]], level="word")
    found = read(page, Reading(text="HI", confidence=0.8, spans=spans), ("YOU", 0.7))
    hi, you = found.words
    assert (found.text, hi.confidence, you.glyphs) == ("HI YOU", 0.8, ())
    assert [(g.text, g.box.x0, g.box.x1, g.confidence) for g in hi.glyphs] == [("H", 0, 4, 0.9), ("I", 5, 8, None)]


def test_a_line_engines_word_spans_place_its_words() -> None:
    spans = (Span(text="TWO", x0=4, x1=24, confidence=0.5), Span(text="BY", x0=30, x1=44, confidence=0.7))
    row = [[cell(0, 50)]]
    [line] = read(cropped([row], level="line", margin=0.1), Reading(text="TWO BY", confidence=0.4, spans=spans)).lines
    # 20 pixels high with margins of 2: the row's 10 pixels are 16 of the crop's
    assert [(w.text, w.box.x0, w.box.x1, w.confidence, w.estimated) for w in line.words] == [
        ("TWO", 1, 14, 0.5, False),
        ("BY", 18, 26, 0.7, False),
    ]
    assert (line.confidence, line.box) == (0.4, Box(0, 20, 50, 30))


def test_a_line_engines_character_spans_make_words_and_glyphs() -> None:
    spans = [Span(text=c, x0=10 * n, x1=10 * n + 8, confidence=0.5) for n, c in enumerate("GO OK") if c != " "]
    page = read(cropped([[[cell(0, 50)]]], level="line"), Reading(text="GO OK", spans=tuple(spans)))
    assert [[g.text for g in w.glyphs] for w in page.words] == [["G", "O"], ["O", "K"]]
    assert [w.box.x0 for w in page.words] == [0, 15]


def test_words_without_place_are_shared_out_and_say_so() -> None:
    """The row has two words; a reading of two takes their places, a reading of three is shared out by length."""
    row = [[cell(0, 20)], [cell(60, 40)]]
    two = read(cropped([row], level="line"), ("AB CD", 0.9))
    assert [(w.box.x0, w.box.x1, w.estimated, w.confidence) for w in two.words] == [
        (0, 20, True, None),
        (60, 100, True, None),
    ]
    three = read(cropped([row], level="line"), ("AB CDE F", 0.9))
    assert [(w.text, w.box.x0, w.box.x1) for w in three.words] == [("AB", 0, 25), ("CDE", 38, 75), ("F", 88, 100)]
    assert three.text == "AB CDE F"


def test_spans_that_do_not_spell_the_text_are_not_believed() -> None:
    spans = (Span(text="TW", x0=4, x1=24), Span(text="BY", x0=30, x1=44))
    page = read(cropped([[[cell(0, 50)]]], level="line"), Reading(text="TWO BY", spans=spans))
    assert [w.estimated for w in page.words] == [True, True]


@given(st.text(alphabet="AB ", max_size=30), st.integers(1, 5))
def test_every_line_reading_has_its_words_inside_the_row(text: str, width: int) -> None:
    page = read(cropped([[[cell(3, width)]]], level="line"), text)
    assert page.text == " ".join(text.split())
    assert all(3 <= word.box.x0 < word.box.x1 <= 3 + width for word in page.words)


def test_words_and_lines_of_a_turned_page_have_outlines_around_their_glyphs() -> None:
    frame = Affine.rotation(3, (100, 50))
    found = read(cropped([[[cell(5), cell(8)], [cell(12)]]], frame=frame), *"ABC")
    [line] = found.lines
    words = list(found.words)
    assert [word.text for word in words] == ["AB", "C"]
    for whole, parts in ((words[0], words[0].glyphs), (line, tuple(found.glyphs))):
        back = [frame.inverse.apply(corner) for corner in whole.polygon]
        inside = [frame.inverse.apply(corner) for part in parts for corner in part.polygon]
        assert np.allclose(np.min(back, axis=0), np.min(inside, axis=0))
        assert np.allclose(np.max(back, axis=0), np.max(inside, axis=0))


def test_a_line_in_pieces_is_read_piece_by_piece() -> None:
    spans = [Span(text=c, x0=20 * n, x1=20 * n + 10, confidence=0.5) for n, c in enumerate("AB")]
    left, right = cell(0, 20, level="line"), cell(100, 40, level="line")
    work = cropped([[[left], [right]]], level="line")
    assert work.crop_regions("line") == (left, right)
    [line] = read(work, Reading(text="AB", confidence=0.6, spans=tuple(spans)), ("C D", 0.8)).lines
    assert [(w.text, w.box.x0, w.box.x1, w.id[-2:]) for w in line.words] == [
        ("AB", 0, 15, "w1"),
        ("C", 100, 113, "w2"),
        ("D", 127, 140, "w3"),
    ]
    assert (line.text, line.confidence, line.box) == ("AB C D", 0.7, Box(0, 20, 140, 30))
    assert line.reading == Reading(text="AB C D", confidence=0.7)  # a span's place is in its own crop


def test_a_piece_without_text_falls_out_of_its_line() -> None:
    row = [[cell(0, 20, level="line")], [cell(100, 40, level="line")]]
    [line] = read(cropped([row], level="line"), "", ("CD", 0.8)).lines
    assert (line.text, line.confidence, line.box) == ("CD", 0.8, Box(100, 20, 140, 30))
    assert not read(cropped([row], level="line"), "", "").lines


SLANTED = ((0.0, 0.0), (80.0, 60.0), (74.0, 68.0), (-6.0, 8.0))
"""100 pixels long and 10 high, falling 3 in 4."""


def test_words_of_a_slanted_line_lie_along_it() -> None:
    region = Region(box=Box(0, 0, 80, 68), level="line", polygon=SLANTED)
    spans = (Span(text="LEFT", x0=0, x1=100), Span(text="RIGHT", x0=110, x1=200))
    page = read(cropped([[[region]]], level="line"), Reading(text="LEFT RIGHT", spans=spans))  # crops are 20 high
    left, right = page.words
    assert np.allclose(left.polygon, ((0, 0), (40, 30), (34, 38), (-6, 8)))
    assert np.allclose(right.polygon, ((44, 33), (80, 60), (74, 68), (38, 41)))
    assert left.box == Box(0, 0, 40, 38)


def test_letters_of_a_sloping_row_make_a_sloping_line() -> None:
    letters = [cell(20 * n, 10, 10, y=10 * n) for n in range(5)]  # falls by 1 in 2
    level, sloping = (
        cropped([[[letter] for letter in letters]], level="line", baseline=baseline).crop_regions("line")[0]
        for baseline in (None, ((0.0, 10.0), (90.0, 55.0)))
    )
    assert level.polygon is None
    assert sloping.box == level.box
    assert sloping.quad.corners == ((0, -5), (90, 40), (90, 55), (0, 10))


def given_page(level: Level, *blocks: Sequence[Words]) -> LinedPage:
    page = cropped(*blocks, level=level)
    return page.grow(LinedPage)


def test_given_words_become_words_in_the_pages_own_pixels() -> None:
    spans = (Span(text="H", x0=0, x1=4, confidence=0.9), Span(text="I", x0=5, x1=8))
    words = [
        [cell(0, level="word", reading=Reading(text="HI", confidence=0.8, spans=spans))],
        [cell(40, 30, level="word", reading=Reading(text="YOU"))],
    ]
    page = given_page("word", [words]).read_given()
    assert (page.text, page.words[0].confidence, page.words[1].confidence) == ("HI YOU", 0.8, None)
    assert [(g.text, g.box.x0, g.box.x1) for g in page.glyphs] == [("H", 0, 4), ("I", 5, 8)]


def test_given_lines_without_spans_are_shared_out() -> None:
    page = given_page("line", [[[cell(0, 50, level="line", reading=Reading(text="AB CD"))]]]).read_given()
    assert [(w.text, w.box.x0, w.box.x1, w.estimated) for w in page.words] == [
        ("AB", 0, 20, True),
        ("CD", 30, 50, True),
    ]


def test_given_glyphs_stand_without_a_crop() -> None:
    page = given_page(
        "glyph", [[[cell(0, reading=Reading(text="A")), cell(10, reading=Reading(text=""))]]]
    ).read_given()
    assert [glyph.text for glyph in page.glyphs] == ["A"]


def test_a_region_without_a_reading_cannot_be_taken_over() -> None:
    page = given_page(
        "line", [[[cell(0, 50, level="line")]], [[cell(60, 50, level="line", reading=Reading(text="A"))]]]
    )
    with pytest.raises(ValueError, match="1 of 2 line regions have no reading"):
        page.read_given()
    assert given_page("line").read_given().text == ""
