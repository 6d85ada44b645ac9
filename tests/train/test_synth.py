"""Made pages: the truth beside them is exact, and a seed decides everything."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ocrpipe import Page, Pipeline
from ocrpipe.errors import ConfigError, InputError
from ocrpipe.train.draw import BUILTIN
from ocrpipe.train.strokes import Sample
from ocrpipe.train.synth import (
    KINDS,
    Block,
    FontHand,
    Ground,
    Hand,
    Order,
    Scene,
    StrokeHand,
    Writing,
    arrange,
    draw_glyphs,
    draw_order,
    draw_page,
    hand_for,
    hands_in,
    save_page,
)
from ocrpipe.train.synth.light import Camera

SHAPES = {
    "L": [[[0, 0], [0, 9], [5, 9]]],
    "T": [[[0, 0], [6, 0]], [[3, 0], [3, 9]]],
    "V": [[[0, 0], [3, 9], [6, 0]]],
    "O": [[[3, 0], [0, 3], [0, 6], [3, 9], [6, 6], [6, 3], [3, 0]]],
}


def samples(writer: str = "ann", signs: str = "LTVO") -> list[Sample]:
    thick = 12  # points on each piece, as a tablet gives
    return [
        Sample(
            sign,
            writer,
            tuple(
                np.concatenate([np.linspace(a, b, thick, dtype=np.float32) for a, b in pairwise(stroke)])
                for stroke in SHAPES[sign]
            ),
        )
        for sign in signs
    ]


FONT: Hand = FontHand(BUILTIN)
STROKES: Hand = StrokeHand.of(samples())


def ink_boxes(picture: np.ndarray, page: Page) -> list[tuple[int, int, int, int]]:
    """Return the box of the dark pixels about each glyph of a clean black on white page, a pixel more at each side."""
    dark = picture[..., 1] < 255 * (1 - 0.3)
    found = []
    for glyph in page.glyphs:
        x0, y0 = max(0, glyph.box.x0 - 3), max(0, glyph.box.y0 - 3)
        window = dark[y0 : glyph.box.y1 + 3, x0 : glyph.box.x1 + 3]
        rows, columns = np.flatnonzero(window.any(axis=1)), np.flatnonzero(window.any(axis=0))
        found.append((x0 + columns[0], y0 + rows[0], x0 + columns[-1] + 1, y0 + rows[-1] + 1))
    return found


@pytest.mark.parametrize("hand", [FONT, STROKES], ids=["font", "strokes"])
@settings(max_examples=15)
@given(
    seed=st.integers(0, 10**6),
    skew=st.floats(-15, 15),
    lean=st.floats(0, 0.03),
    slope=st.floats(-4, 4),
    size=st.floats(20, 60),
)
def test_boxes_are_exact(hand: Hand, seed: int, skew: float, lean: float, slope: float, size: float) -> None:
    block = Block("LOT\nVOLT", 0.3, 0.3, size, (0.0, 0.0, 0.0), pitch=2.5, slope=slope)
    scene = Scene(
        (700, 500), (block,), Writing(turn=3, hop=0.05, gap=0.5, bend=0.02), Ground(scanned=True), skew=skew, lean=lean
    )
    picture, page = draw_page(scene, hand, seed)
    assert page.text == "LOT\nVOLT"
    for glyph, (x0, y0, x1, y1) in zip(page.glyphs, ink_boxes(picture, page), strict=True):
        found = np.array([x0, y0, x1, y1])
        assert np.abs(found - [glyph.box.x0, glyph.box.y0, glyph.box.x1, glyph.box.y1]).max() <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_bytes(kind: str, tmp_path: Path) -> None:
    order = Order(text="VOLT TO LOT", kind=kind, size=(400, 300), ruled="grid", broken=0.5)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        save_page(tmp_path / name / "page.jpg", *draw_order(order, [FONT, STROKES], seed=3))
    for suffix in (".jpg", ".json", ".txt"):
        first, second = ((tmp_path / name / f"page{suffix}").read_bytes() for name in ("a", "b"))
        assert first == second
    other, _ = draw_order(order, [FONT, STROKES], seed=4)
    assert not np.array_equal(np.asarray(Image.open(tmp_path / "a" / "page.jpg")), other)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_the_truth_is_a_page(suffix: str, tmp_path: Path) -> None:
    picture, page = draw_order(Order(text="LOT\n\nTO VOLT", size=(400, 300)), [STROKES])
    save_page(tmp_path / f"p{suffix}", picture, page)
    back = Page.from_json((tmp_path / "p.json").read_bytes())
    assert back.text + "\n" == (tmp_path / "p.txt").read_text() == "LOT\nTO VOLT\n"
    assert (back.source.path, back.source.width, back.source.height) == (f"p{suffix}", 400, 300)
    assert back.steps[0].options["seed"] == 0
    assert all(glyph.confidence is None for glyph in back.glyphs)
    assert len({glyph.id for glyph in back.glyphs}) == len("LOTTOVOLT")
    with Image.open(tmp_path / f"p{suffix}") as image:
        assert image.size == (400, 300)
        assert image.mode == {".jpg": "RGB", ".png": "L", ".tif": "1"}[suffix]
    with pytest.raises(ConfigError, match="not as \\.bmp"):
        save_page(tmp_path / "p.bmp", picture, page)


def test_a_made_page_can_be_read() -> None:
    picture, page = draw_order(Order(text="HELLO\nWORLD", kind="scan", size=(900, 500), wobble=0.2), [FONT])
    assert Pipeline.preset("handprint").read(picture).text == page.text


def test_what_does_not_fit_is_neither_drawn_nor_true() -> None:
    scene = Scene((200, 100), (Block("LLLLLLLLLL", 0.5, 0.2, 40, (0, 0, 0)),), ground=Ground(scanned=True))
    picture, page = draw_page(scene, STROKES)
    assert 1 <= len(page.text) < 10
    last = max(glyph.box.x1 for glyph in page.glyphs)
    assert last <= 200
    assert (picture[:, last + 2 :] > 200).all()


def test_ghosts_are_no_text() -> None:
    scene = Scene((300, 200), (Block("LOT", 0.2, 0.2, 30),), ghosts=(Block("VÖLT", 0.2, 0.6, 40, (0, 0, 1)),))
    picture, page = draw_page(scene, STROKES)
    assert page.text == "LOT"
    assert picture[120:, :, 0].min() < 250  # yet something is there


def test_blots_keep_away_from_letters() -> None:
    order = Order(text="LOT VOLT", size=(500, 400), kind="scan", noise=0, skew=0)
    clean, page = draw_order(order, [STROKES], seed=2)
    spotted, same = draw_order(Order(**{**vars(order), "blots": 9}), [STROKES], seed=2)
    assert [glyph.box for glyph in same.glyphs] == [glyph.box for glyph in page.glyphs]
    changed = (spotted != clean).any(axis=2)
    assert changed.sum() > 500
    assert not any(changed[glyph.box.slices].any() for glyph in page.glyphs)
    page = draw_order(Order(**{**vars(order), "blots": 500}), [STROKES], seed=2)[1]
    assert page.text == "LOT VOLT"


def test_options_do_what_they_say() -> None:
    def stands(order: Order) -> tuple[np.ndarray, Page]:
        return draw_order(order, [FONT], seed=5)

    plain = Order(text="LOTS\nOF INK", size=(600, 400), kind="paper", light=0, noise=0, skew=0, slope=0, wobble=0)
    picture, page = stands(plain)
    bases = [[y for _, y in line.baseline or ()] for line in page.lines]
    assert all(np.ptp(base) < 0.01 for base in bases)
    assert picture[:20].std() < 9
    assert stands(Order(**{**vars(plain), "light": 1.0}))[0].std() > picture.std()
    assert stands(Order(**{**vars(plain), "noise": 1.0}))[0][:20].std() > picture[:20].std()
    ruled = stands(Order(**{**vars(plain), "ruled": "lines"}))[0]
    assert ruled[:, 5, 0].min() < picture[:, 5, 0].min() - 10
    turned = stands(Order(**{**vars(plain), "skew": 8.0}))[1]
    assert any(np.ptp([y for _, y in line.baseline or ()]) > 3 for line in turned.lines)
    chalk = stands(Order(**{**vars(plain), "kind": "chalk"}))[0]
    assert np.median(chalk) < 90
    broken = stands(Order(**{**vars(plain), "broken": 1.0}))
    assert broken[1].text == page.text
    assert broken[0].mean() > picture.mean()


def test_text_is_wrapped_or_refused() -> None:
    text = "LOT " * 12
    block = arrange(text, STROKES, (600, 600), Writing(), capital=40)
    assert block.text.split() == text.split()
    assert len(block.text.splitlines()) > 2
    assert arrange("LOT", STROKES, (600, 600), Writing()).capital == 75
    with pytest.raises(ConfigError, match="do not fit on 200 x 100 pixels"):
        arrange("LOT\n" * 40, STROKES, (200, 100), Writing())
    with pytest.raises(ConfigError, match="the text is empty"):
        arrange(" \n", STROKES, (200, 100), Writing())


def test_a_hand_is_chosen_that_knows_the_text() -> None:
    rng = np.random.default_rng(0)
    few = StrokeHand.of(samples(signs="LT"))
    assert all(hand_for("VOLT", [few, STROKES], rng) is STROKES for _ in range(5))
    with pytest.raises(ConfigError, match="no hand there has Ω Z:"):
        hand_for("VOLT Ω Z", [few, STROKES], rng)
    with pytest.raises(ConfigError, match="ann has no Z"):
        draw_page(Scene((100, 100), (Block("Z", 0.1, 0.1, 30),)), STROKES)
    assert FONT.missing("AZ09 az.\U0010fffd") == "\U0010fffd"


def test_random_words_use_what_signs_there_are() -> None:
    page = draw_order(Order(lines=3, size=(500, 300)), [StrokeHand.of(samples(signs="LO")), STROKES])[1]
    assert set(page.text) <= set("VOLT \n")
    with pytest.raises(ConfigError, match="no word can be written"):
        draw_order(Order(), [StrokeHand.of(samples(signs="LV"))])


def test_missing_letters_come_from_other_writers() -> None:
    ann, bob = StrokeHand.all_of([*samples("bob", "VO"), *samples("ann", "LT")])
    assert (ann.name, bob.name) == ("ann", "bob")
    assert ann.missing("VOLT") == bob.missing("VOLT") == ""


def test_camera() -> None:
    camera = Camera((400, 300), 5, 0.02, np.random.default_rng(1))
    point = np.array([120.0, 80.0])
    here, local = camera.near(point)
    there = camera.see(point[None] + [[3, -2]])[0]
    assert np.abs(here + local @ [3, -2] - there).max() < 0.01


def test_sources(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file or folder"):
        hands_in(tmp_path / "gone")
    with pytest.raises(InputError, match="neither fonts"):
        hands_in(tmp_path)
    (tmp_path / "bad.ttf").write_bytes(b"no font")
    with pytest.raises(InputError, match=r"bad\.ttf: it is no font that can be opened"):
        hands_in(tmp_path)[0].missing("A")
    (tmp_path / "bad.woff2").write_bytes(b"wOF2 no font")
    with pytest.raises(InputError, match=r"bad\.woff2: it is no font|ocrpipe\[synth\]"):
        FontHand(tmp_path / "bad.woff2").missing("A")
    (tmp_path / "s.txt").write_text("no strokes")
    with pytest.raises(InputError, match=r"s\.txt: it is neither a font nor a strokes file"):
        hands_in(tmp_path / "s.txt")


def test_fonts_are_found_at_any_depth(tmp_path: Path) -> None:
    fonttools = pytest.importorskip("fontTools.fontBuilder", reason="fontTools is not installed")
    pens = pytest.importorskip("fontTools.pens.ttGlyphPen")
    builder = fonttools.FontBuilder(1000, isTTF=True)
    names = [".notdef", "H", "L"]
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({72: "H", 76: "L"})
    outlines = {".notdef": [(0, 0), (0, 300), (300, 300), (300, 0)], "H": [(0, 0), (0, 700), (90, 700), (90, 0)]}
    outlines["L"] = [(0, 0), (0, 700), (90, 700), (90, 90), (400, 90), (400, 0)]
    glyphs = {}
    for name in names:
        pen = pens.TTGlyphPen(None)
        pen.moveTo(outlines[name][0])
        for point in outlines[name][1:]:
            pen.lineTo(point)
        pen.closePath()
        glyphs[name] = pen.glyph()
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(names, (500, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Two", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    (tmp_path / "deep" / "er").mkdir(parents=True)
    builder.save(tmp_path / "deep" / "er" / "two.ttf")
    [hand] = hands_in(tmp_path)
    assert (hand.name, hand.missing("HALL")) == ("two", "A")
    picture, page = draw_page(
        Scene((300, 100), (Block("LL", 0.2, 0.2, 49, (0, 0, 0)),), ground=Ground(scanned=True)), hand
    )
    assert [(glyph.box.width, glyph.box.height) for glyph in page.glyphs] == [(28, 49)] * 2
    assert picture.min() == 0
    data = draw_glyphs([FontHand(tmp_path / "deep" / "er" / "two.ttf")], "LH", 3)
    assert (data.classes, data.writers) == (("H", "L"), ("two",) * 6)


def test_glyphs() -> None:
    every = samples("ann") + samples("bob")
    data = draw_glyphs(every, "LT", 5, seed=2)
    again = draw_glyphs(every, "LT", 5, seed=2)
    assert np.array_equal(data.images, again.images)
    assert data.labels == tuple("LLLLLTTTTT")
    assert set(data.writers or ()) == {"ann", "bob"}
    assert not np.array_equal(data.images, draw_glyphs(every, "LT", 5, seed=3).images)
    with pytest.raises(ConfigError, match="nothing there shows 'Q'"):
        draw_glyphs(every, "Q", 1)


def test_the_truth_can_be_read_as_json_elsewhere(tmp_path: Path) -> None:
    save_page(tmp_path / "p.png", *draw_order(Order(text="LOT", size=(300, 200)), [STROKES]))
    glyph = json.loads((tmp_path / "p.json").read_text())["blocks"][0]["lines"][0]["words"][0]["glyphs"][0]
    assert glyph["reading"]["text"] == "L"
    assert set(glyph["box"]) == {"x0", "y0", "x1", "y1"}
