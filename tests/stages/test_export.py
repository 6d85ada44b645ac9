"""Exporters: what they write for pages as bad as engines make them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pluggy import PluginManager
from pydantic import ValidationError

from ocrpipe import Affine, Box, Glyph, GrayPage, Page, Plugin, Reading, Source, Word
from ocrpipe.hookspecs import PROJECT, Stages
from ocrpipe.stages.export.json import Json
from ocrpipe.stages.export.overlay import Overlay
from ocrpipe.stages.export.text import Text
from tests.strategies import NASTY, page_of, page_with, pages, pixels_of

BLANK = Page(source=Source(width=80, height=60), blocks=())
FRAMES = {
    "as it is": Affine(),
    "half size": Affine.scale(2),
    "quarter turn": Affine(a=0, b=1, c=0, d=-1, e=0, f=120),  # pixels (x, y) lie at (y, 120 - x) of the source
    "deskewed": Affine.rotation(5, (200, 60)),
}

few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def written(plugin: Plugin, *given_pages: Page) -> bytes:
    """Return what `plugin` writes when it is called as the host calls it."""
    manager = PluginManager(PROJECT)
    manager.add_hookspecs(Stages)
    manager.register(plugin)
    manager.check_pending()
    [pieces] = manager.hook.export(pages=given_pages, image=pixels_of, trail=lambda page: ())
    return b"".join(pieces)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def overlay(page: Page, pixels: GrayPage | None = None, **options: object) -> Image.Image:
    picture = Overlay(**{"legend": False, **options}).picture(page, pixels or pixels_of(page))
    assert picture.mode == "RGB"
    return picture


class TestText:
    def test_pages_are_parted_by_form_feeds(self) -> None:
        assert written(Text(), page_of("A", "B"), BLANK, page_of("C")) == b"AB\n\f\fC\n"

    def test_a_blank_page_is_an_empty_text(self) -> None:
        assert written(Text(), BLANK) == b""

    def test_no_pages_are_an_empty_text(self) -> None:
        assert written(Text()) == b""

    @pytest.mark.parametrize("text", NASTY)
    def test_what_was_read_is_written_as_it_is(self, text: str) -> None:
        assert written(Text(), page_of(text)) == (text.replace("\f", " ") + "\n").encode()

    @given(st.lists(pages(), max_size=4))
    @few
    def test_pages_can_be_counted_and_told_apart(self, given_pages: list[Page]) -> None:
        parts = written(Text(), *given_pages).decode().split("\f")
        assert len(parts) == max(len(given_pages), 1)
        for page, part in zip(given_pages, parts, strict=False):
            assert part == (page.text.replace("\f", " ") + "\n" if page.text else "")

    def test_a_page_is_written_before_the_next_is_taken(self) -> None:
        taken = []

        def source() -> Iterator[Page]:
            for letter in "AB":
                taken.append(letter)
                yield page_of(letter)

        pieces = Text().export(pages=source())
        assert next(pieces) == b"A\n"
        assert taken == ["A"]


class TestJson:
    @given(pages(), st.sampled_from((0, 2)))
    @settings(few, max_examples=100)
    def test_round_trip_is_the_identity(self, page: Page, indent: int) -> None:
        data = written(Json(indent=indent), page)
        assert Page.from_json(data) == page
        assert data.endswith(b"\n")

    @pytest.mark.parametrize("confidence", [None, 0.0, 1.0])
    def test_confidence_stays_what_it_is(self, confidence: float | None) -> None:
        page = page_of("A", confidence=confidence)
        [block] = json.loads(written(Json(), page))["blocks"]
        assert block["lines"][0]["words"][0]["glyphs"][0]["reading"]["confidence"] == confidence

    def test_several_pages_are_json_lines(self) -> None:
        lines = written(Json(), page_of(*NASTY), BLANK).decode().removesuffix("\n").split("\n")
        assert [Page.from_json(line) for line in lines] == [page_of(*NASTY), BLANK]

    def test_the_same_page_gives_the_same_bytes(self) -> None:
        assert written(Json(), page_of(*NASTY)) == written(Json(), page_of(*NASTY))

    def test_indent_is_for_people(self) -> None:
        assert written(Json(indent=2), BLANK).startswith(b'{\n  "schema_version"')


class TestOverlay:
    @pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
    @pytest.mark.parametrize("confidence", [None, 0.0, 0.7, 1.0])
    def test_boxes_are_drawn_where_letters_are(self, frame: Affine, confidence: float | None) -> None:
        page = page_of("A", "B", "C", confidence=confidence)
        pixels = pixels_of(page, frame)
        before = np.asarray(overlay(BLANK, pixels))[0, 0]
        after = np.asarray(overlay(page, pixels))
        scale = after.shape[1] / pixels.width
        for glyph in page.glyphs:
            for x, y in frame.inverse.polygon(glyph.box):
                row, column = (
                    min(int(place * scale), most - 1) for place, most in zip((y, x), after.shape, strict=False)
                )
                near = after[max(row - 3, 0) : row + 4, max(column - 3, 0) : column + 4]
                assert (near != before).any(), "a corner of a glyph's box is not drawn"

    def test_far_from_text_nothing_is_drawn(self) -> None:
        page = page_of("A", width=1000, height=1000)
        assert (np.asarray(overlay(page))[-100:, :].std(axis=(0, 1)) == 0).all()

    def test_what_is_less_sure_looks_different(self) -> None:
        looks = {overlay(page_of("A", confidence=confidence)).tobytes() for confidence in (None, 0.0, 0.7, 1.0)}
        assert len(looks) == 4

    def test_bounds_of_colours_are_options(self) -> None:
        page = page_of("A", confidence=0.7)
        assert overlay(page, sure=0.7).tobytes() == overlay(page_of("A", confidence=1.0)).tobytes()

    @given(pages())
    @few
    def test_any_page_is_drawn(self, page: Page) -> None:
        image = opened(written(Overlay(side=200), page))
        assert image.format == "PNG"

    @pytest.mark.parametrize("text", NASTY)
    @pytest.mark.parametrize("level", ["glyph", "word"])
    def test_text_beyond_the_font_is_drawn(self, text: str, level: str) -> None:
        page = page_of(text)
        if level == "word":
            word = Word(id="w", box=Box(10, 40, 390, 80), reading=Reading(text=text))
            page = page_with(page.source, [word])
        assert overlay(page).tobytes() != overlay(BLANK, pixels_of(page)).tobytes()

    def test_lines_of_an_engine_without_places_are_drawn_by_word(self) -> None:
        word = Word(id="w", box=Box(10, 40, 390, 80), reading=Reading(text="HELLO"), estimated=True)
        page = page_with(Source(width=400, height=120), [word])
        sure = word.model_copy(update={"estimated": False})
        assert overlay(page).tobytes() != overlay(page_with(page.source, [sure])).tobytes()

    @pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 500), (500, 1), (3000, 40)])
    def test_pages_of_odd_shapes(self, width: int, height: int) -> None:
        blank = Page(source=Source(width=width, height=height), blocks=())
        glyph = Glyph(id="g", box=Box(0, 0, width, height), reading=Reading(text="A", confidence=0.5))
        full = page_with(blank.source, [Word(id="w", box=glyph.box, glyphs=(glyph,))])
        for page in (blank, full):
            picture = opened(written(Overlay(side=300), page))
            assert picture.width <= 300

    def test_a_box_on_the_images_edge_is_seen_whole(self) -> None:
        glyph = Glyph(id="g", box=Box(0, 0, 200, 100), reading=Reading(text="", confidence=0.95))
        page = page_with(Source(width=200, height=100), [Word(id="w", box=glyph.box, glyphs=(glyph,))])
        picture = np.asarray(overlay(page))
        inside = picture[40, 60]
        for edge in (picture[1, 20], picture[-2, 20], picture[20, 1], picture[20, -2]):
            assert (edge != inside).any()

    def test_a_large_page_is_shrunk_and_a_small_one_with_small_letters_enlarged(self) -> None:
        assert max(overlay(page_of("A", width=4000, height=3000), side=800).size) == 800
        assert overlay(page_of("A", width=400, height=30)).width > 400

    def test_the_legend_stands_below_the_page(self) -> None:
        page = page_of("A", width=1500, height=500)
        plain, told = overlay(page), overlay(page, legend=True)
        assert told.height > plain.height
        assert told.crop((0, 0, *plain.size)).tobytes() == plain.tobytes()

    @pytest.mark.parametrize("value", [0, 255])
    def test_a_black_page_stays_dark_and_a_white_one_white(self, value: int) -> None:
        shade = overlay(BLANK, pixels_of(BLANK, value=value), fade=0.0).getpixel((5, 5))
        assert shade == (value, value, value)

    def test_the_same_page_gives_the_same_bytes(self) -> None:
        assert written(Overlay(), page_of(*NASTY)) == written(Overlay(), page_of(*NASTY))

    def test_its_files_do_not_take_an_images_name(self) -> None:
        assert f"page.{Overlay.suffix}" != "page.png"

    def test_a_font_that_cannot_be_opened_is_refused_at_once(self) -> None:
        with pytest.raises(ValidationError, match=r"no font file 'none\.ttf' can be opened"):
            Overlay(font="none.ttf")
