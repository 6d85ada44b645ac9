"""Pages in work: arrays are checked and read-only, and each stage's field fits the page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from ocrpipe import (
    Affine,
    BinaryPage,
    Box,
    CroppedPage,
    CropSpec,
    GrayPage,
    LinedPage,
    Reading,
    Region,
    Row,
    SegmentedPage,
    Source,
)

SPEC = CropSpec(level="glyph", height=4, width=3)


def gray_page(height: int = 6, width: int = 10) -> GrayPage:
    return GrayPage(source=Source(width=width, height=height), gray=np.full((height, width), 255, np.uint8))


def binary_page() -> BinaryPage:
    page = gray_page()
    return page.grow(BinaryPage, ink=page.gray < 128)


def segmented_page(*regions: Region) -> SegmentedPage:
    return binary_page().grow(SegmentedPage, regions=regions)


def lined_page(*words: tuple[Region, ...]) -> LinedPage:
    regions = [region for word in words for region in word]
    return segmented_page(*regions).grow(LinedPage, blocks=[[Row(words=words)]] if words else [])


def crops(number: int, height: int = 4, width: int = 3, dtype: Any = np.float32) -> dict[str, Any]:
    return {"crops": np.zeros((number, height, width), dtype), "widths": np.full(number, width, np.int32)}


def cell(x: int, **more: Any) -> Region:
    return Region(box=Box(x, 0, x + 1, 5), **more)


def cropped_page(**changes: Any) -> CroppedPage:
    return lined_page((cell(0),)).grow(CroppedPage, spec=SPEC, **{**crops(1), **changes})


REFUSED = {
    "dtype": (lambda: gray_page().replace(gray=np.zeros((6, 10))), "uint8.*but is of float64"),
    "rank": (lambda: gray_page().replace(gray=np.zeros((6, 10, 3), np.uint8)), r"\(6, 10, 3\)"),
    "no array": (lambda: gray_page().replace(gray=[[0]]), "but is a list"),
    "no pixel": (lambda: gray_page().replace(gray=np.zeros((0, 9), np.uint8)), "at least one pixel"),
    "endless dpi": (lambda: gray_page().replace(dpi=float("inf")), "dpi"),
    "field missing": (lambda: gray_page().grow(BinaryPage), "ink"),
    "unknown field": (lambda: gray_page().grow(BinaryPage, blot=1), "blot"),
    "ink size": (lambda: binary_page().replace(ink=np.zeros((5, 10), bool)), r"\(5, 10\).*\(6, 10\)"),
    "ink dtype": (lambda: binary_page().replace(ink=np.zeros((6, 10), np.uint8)), "bool"),
    "box outside": (lambda: segmented_page(cell(10)), "reaches out of the page of 10 x 6"),
    "rival outside": (lambda: segmented_page(cell(0, rivals=((cell(10),),))), "reaches out"),
    "empty cut": (lambda: cell(0, rivals=((),)), "empty cut"),
    "mask size": (lambda: cell(0, mask=np.ones((5, 2), bool)), r"mask has shape \(5, 2\)"),
    "level": (lambda: cell(0, level="letter"), "level"),
    "empty row": (lambda: Row(words=()), "at least one word"),
    "empty word": (lambda: Row(words=((),)), "at least one region"),
    "baseline": (lambda: Row(words=((cell(0),),), baseline=((0, float("nan")),)), "baseline"),
    "number of crops": (lambda: cropped_page(**crops(2)), "2 crops.*1 glyph"),
    "height of crops": (lambda: cropped_page(**crops(1, height=5)), "5 x 3"),
    "width of crops": (lambda: cropped_page(**crops(1, width=2)), "4 x 2"),
    "dtype of crops": (lambda: cropped_page(**crops(1, dtype=np.float64)), "float32"),
    "number of widths": (lambda: cropped_page(widths=np.zeros(2, np.int32)), "widths"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_with_a_reason(case: str) -> None:
    make, says = REFUSED[case]
    with pytest.raises(ValidationError, match=says):
        make()


def test_arrays_are_views_that_cannot_be_written() -> None:
    pixels = np.zeros((6, 10), np.uint8)
    page = gray_page().replace(gray=pixels).grow(BinaryPage, ink=pixels > 0)
    for array in (page.gray, page.ink):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1
    assert np.shares_memory(page.gray, pixels)
    assert pixels.flags.writeable


def test_pages_and_regions_compare_by_identity() -> None:
    page, one = gray_page(), cell(0)
    assert page != page.replace()
    assert one != cell(0)
    assert {page: 1, one: 2}[one] == 2


def test_a_repr_is_short_and_holds_no_pixels() -> None:
    big = GrayPage(source=Source(width=2000, height=2000), gray=np.zeros((2000, 2000), np.uint8))
    page = big.grow(BinaryPage, ink=big.gray > 0)
    assert len(repr(page)) < 400
    assert "array" not in repr(page)
    assert "mask" not in repr(cell(0, mask=np.ones((5, 1), bool)))
    assert "gray" not in page.model_dump()


def test_growing_keeps_what_is_known_and_shrinking_drops_it() -> None:
    page = gray_page().replace(frame=Affine.scale(2), dpi=300, warnings=("smudged",))
    grown = page.grow(BinaryPage, ink=page.gray < 128).grow(SegmentedPage, regions=())
    assert (grown.frame, grown.dpi, grown.warnings) == (page.frame, 300, ("smudged",))
    assert not hasattr(grown.grow(GrayPage), "ink")


def test_glyph_crops_are_each_region_and_its_rivals_once() -> None:
    left, right, shared = cell(0), cell(1), cell(3)
    blob = Region(box=Box(0, 0, 2, 5), rivals=((left, right), (left, shared)))
    page = lined_page((blob,), (cell(5),))
    assert page.crop_regions("glyph") == (blob, left, right, shared, page.rows[0].words[1][0])


def test_word_and_line_crops_are_whole_and_have_no_rivals() -> None:
    one, two, three = cell(0), cell(2, rivals=((cell(2),),)), cell(5)
    page = lined_page((one, two), (three,))
    assert [region.box for region in page.crop_regions("word")] == [Box(0, 0, 3, 5), three.box]
    assert [(region.box, region.level) for region in page.crop_regions("line")] == [(Box(0, 0, 6, 5), "line")]
    assert page.crop_regions("word")[1] is three  # a word that a segmenter found keeps its outline and mask


def test_a_page_without_ink_goes_all_the_way() -> None:
    page = lined_page().grow(
        CroppedPage, spec=SPEC, crops=np.zeros((0, 4, 3), np.float32), widths=np.zeros(0, np.int32)
    )
    assert page.read([]).text == ""


def test_there_must_be_one_reading_for_each_crop() -> None:
    with pytest.raises(ValueError, match="2 readings for 1 crops"):
        cropped_page().read([Reading(text="A"), Reading(text="B")])


def test_a_later_segmenter_sees_and_keeps_only_what_lies_in_the_regions() -> None:
    gray = np.full((10, 30), 200, np.uint8)
    gray[:, 3] = gray[:, 12] = gray[:, 25] = 9
    first = BinaryPage(source=Source(width=30, height=10), gray=gray, ink=gray < 99)
    found = [Region(box=Box(2, 2, 8, 6)), Region(box=Box(8, 0, 20, 10), level="line"), Region(box=Box(21, 0, 30, 10))]
    assert first.gray_within is first.gray
    assert first.cut_within(found) == tuple(found)
    page = first.grow(SegmentedPage, regions=[Region(box=Box(0, 0, 10, 10)), Region(box=Box(10, 0, 16, 10))])
    assert page.gray_within[0, [3, 12, 25]].tolist() == [9, 9, 200]
    whole, part = page.cut_within(found)
    assert whole is found[0]
    assert (part.box, part.level) == (Box(10, 0, 16, 10), "line")


def test_what_was_read_goes_to_one_part() -> None:
    gray = np.full((10, 30), 200, np.uint8)
    page = SegmentedPage(
        source=Source(width=30, height=10),
        gray=gray,
        ink=gray < 99,
        regions=[Region(box=Box(0, 0, 10, 10)), Region(box=Box(12, 0, 30, 10))],
    )
    read = Region(box=Box(0, 0, 30, 10), level="line", reading=Reading(text="A B"))
    assert [region.box for region in page.cut_within([read])] == [Box(12, 0, 30, 10)]
    assert [region.box.width for region in page.cut_within([read.replace(reading=None)])] == [10, 18]
