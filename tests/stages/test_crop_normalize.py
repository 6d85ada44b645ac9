"""`crop_normalize`: a crop for each region, as the classifier's spec asks for."""

from __future__ import annotations

import numpy as np
import pytest

from ocrpipe import Box, CroppedPage, CropSpec, LinedPage, Region, Row, Source
from ocrpipe.stages.crop_normalize import Pad, Square

GLYPH = CropSpec(level="glyph", height=32, width=32, margin=2 / 32)


def lined(words: list[list[Region]], height: int = 100, width: int = 200) -> LinedPage:
    ink = np.zeros((height, width), bool)
    for word in words:
        for region in word:
            box = region.box
            ink[box.slices] |= True if region.mask is None else region.mask
    return LinedPage(
        source=Source(width=width, height=height),
        gray=np.where(ink, 40, 240).astype(np.uint8),
        ink=ink,
        regions=tuple(region for word in words for region in word),
        blocks=((Row(words=tuple(map(tuple, words))),),) if words else (),
    )


def crops_of(page: LinedPage, spec: CropSpec, plugin: Square | Pad | None = None) -> CroppedPage:
    return (plugin or Square()).crop_normalize(page, spec)


@pytest.mark.parametrize("plugin", [Square(), Square(even=False), Pad()])
@pytest.mark.parametrize(
    "spec", [GLYPH, CropSpec(level="word", height=20), CropSpec(level="line", height=9, of="gray")]
)
def test_a_page_without_regions_has_no_crops(plugin: Square | Pad, spec: CropSpec) -> None:
    page = crops_of(lined([]), spec, plugin)
    assert len(page.crops) == len(page.widths) == 0


def test_glyph_is_centred_in_its_square_with_its_aspect() -> None:
    page = crops_of(lined([[Region(box=Box(10, 10, 20, 70))]]), GLYPH, Square(even=False))
    [crop] = page.crops
    y, x = np.nonzero(crop > 0.5)
    assert (y.min(), y.max()) == (2, 29)
    assert x.max() - x.min() + 1 == pytest.approx(28 / 6, abs=1)
    np.testing.assert_allclose(crop, crop[:, ::-1], atol=1e-5)
    assert page.widths.tolist() == [32]


def test_strokes_are_made_even_unless_told_otherwise() -> None:
    thick = np.zeros((80, 80), bool)
    thick[:, 20:60] = thick[:20] = True
    page = lined([[Region(box=Box(0, 0, 80, 80), mask=thick)]])
    even, plain, padded = (
        crops_of(page, GLYPH, plugin).crops.sum() for plugin in (Square(), Square(even=False), Pad())
    )
    assert even < plain
    assert padded == plain


def test_a_mask_hides_the_neighbours_ink() -> None:
    mine = np.zeros((40, 40), bool)
    mine[:, :10] = True
    neighbour = Region(box=Box(30, 0, 40, 40))
    page = lined([[Region(box=Box(0, 0, 40, 40), mask=mine), neighbour]])
    first, second = crops_of(page, GLYPH).crops
    np.testing.assert_allclose(first, second, atol=1e-5)


@pytest.mark.parametrize("of", ["ink", "gray"])
@pytest.mark.parametrize("width", [None, 24])
def test_polarity(of: str, width: int | None) -> None:
    page = lined([[Region(box=Box(10, 10, 20, 70))]])
    light, dark = (
        crops_of(page, CropSpec(level="glyph", height=24, width=width, of=of, polarity=polarity)).crops
        for polarity in ("light", "dark")
    )
    np.testing.assert_allclose(light, 1 - dark, atol=1e-6)
    assert light[0, 12, light.shape[2] // 2] > 0.8


def test_rivals_get_crops_too() -> None:
    rival = (Region(box=Box(10, 10, 20, 70)), Region(box=Box(20, 10, 30, 70)))
    page = crops_of(lined([[Region(box=Box(10, 10, 30, 70), rivals=(rival,))]]), GLYPH)
    assert len(page.crops) == 3


def test_strips_are_as_wide_as_their_text_and_padded_on_the_right() -> None:
    words = [[Region(box=Box(0, 0, 60, 30))], [Region(box=Box(80, 0, 110, 30))]]
    page = crops_of(lined(words), CropSpec(level="word", height=40, margin=0.125))
    assert page.crops.shape == (2, 40, 70)
    assert page.widths.tolist() == [70, 40]
    assert (page.crops[0, 5:35, 5:65] == 1).all()
    assert (page.crops[1, :, 40:] == 0).all()
    assert (page.crops[:, :5] == 0).all()


def test_a_line_is_one_strip_around_all_its_words() -> None:
    words = [[Region(box=Box(0, 0, 60, 30))], [Region(box=Box(80, 0, 110, 30))]]
    page = crops_of(lined(words), CropSpec(level="line", height=30))
    assert page.crops.shape == (1, 30, 110)
    assert page.crops[0, 15, 70] == 0


def test_gray_keeps_its_greys() -> None:
    page = lined([[Region(box=Box(10, 10, 50, 50))]])
    [crop] = crops_of(page, CropSpec(level="glyph", height=20, width=30, of="gray")).crops
    assert crop.shape == (20, 30)
    assert crop[10, 15] == pytest.approx(1 - 40 / 255, abs=0.01)
    assert crop[10, 0] == 0


def test_gray_of_a_wide_piece_is_shrunk_to_fit() -> None:
    page = lined([[Region(box=Box(10, 10, 190, 20))]])
    [crop] = crops_of(page, CropSpec(level="glyph", height=20, width=30, of="gray", margin=0.1)).crops
    assert (crop[:, :2] == 0).all()
    assert (crop[:, -2:] == 0).all()
    assert crop[9:11, 5].max() > 0.8


@pytest.mark.parametrize("box", [Box(0, 0, 1, 1), Box(199, 99, 200, 100), Box(0, 0, 200, 1), Box(0, 0, 1, 100)])
@pytest.mark.parametrize(
    "spec", [GLYPH, CropSpec(level="word", height=16), CropSpec(level="line", height=16, of="gray")]
)
def test_pieces_at_the_edge_and_of_a_pixel(box: Box, spec: CropSpec) -> None:
    page = crops_of(lined([[Region(box=box)]]), spec)
    assert page.crops.max() > 0
    assert np.isfinite(page.crops).all()
    assert 0 <= page.crops.min() <= page.crops.max() <= 1


def test_an_empty_mask_gives_an_empty_crop() -> None:
    region = Region(box=Box(0, 0, 5, 5), mask=np.zeros((5, 5), bool))
    assert crops_of(lined([[region]]), GLYPH).crops.max() == 0


@pytest.mark.parametrize("of", ["ink", "gray"])
def test_a_slanted_line_stands_level_in_its_crop(of: str) -> None:
    page = lined([])
    ink = page.ink.copy()
    for x in range(20, 180):  # a bar 10 pixels high that falls by 1 in 4
        ink[20 + (x - 20) // 4 : 30 + (x - 20) // 4, x] = True
    corners = ((20.0, 20.0), (180.0, 60.0), (180.0, 70.0), (20.0, 30.0))
    region = Region(box=Box(20, 20, 180, 70), level="line", polygon=corners)
    page = page.replace(
        ink=ink,
        gray=np.where(ink, 40, 240).astype(np.uint8),
        regions=(region,),
        blocks=((Row(words=((region,),)),),),
    )
    [crop] = crops_of(page, CropSpec(level="line", height=10, of=of)).crops
    assert crop.shape[1] == pytest.approx(np.hypot(160, 40), abs=1)
    assert crop[2:8, 3:-3].min() > 0.7  # all bar, from end to end


def test_the_margin_of_a_gray_strip_is_as_bright_as_its_ground() -> None:
    region = Region(box=Box(10, 10, 110, 40), level="line")
    page = lined([[region]])
    gray = np.full(page.gray.shape, 180, np.uint8)
    gray[20:30, 30:40] = 40
    page = page.replace(gray=gray)
    [crop] = crops_of(page, CropSpec(level="line", height=40, of="gray", polarity="dark", margin=0.25)).crops
    assert crop[0, 0] == pytest.approx(180 / 255, abs=0.01)
    assert crop[20, :10] == pytest.approx(180 / 255, abs=0.01)
    assert crop.min() == pytest.approx(40 / 255, abs=0.02)
