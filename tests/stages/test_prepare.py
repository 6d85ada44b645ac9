"""`prepare`: dark ink, an even ground and level lines, and places that still map back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ocrpipe import Affine, GrayPage, Source
from ocrpipe.stages.binarize import Strokes
from ocrpipe.stages.prepare import Deskew, Invert, Shading, Shrink, has_light_ink, page_slope, stroke_width

FONT = ImageFont.load_default(28)
TEXT = "THE QUICK BROWN FOX\nJUMPS OVER THE LAZY\nDOG AND 12 OTHERS\nREST IN THE SHADE\nUNTIL 5 30"


def written(paper: int = 220, ink: int = 60, size: tuple[int, int] = (560, 400), noise: float = 2) -> np.ndarray:
    image = Image.new("L", size, paper)
    ImageDraw.Draw(image).multiline_text((60, 60), TEXT, fill=ink, font=FONT, spacing=24)
    rough = np.random.default_rng(0).normal(0, noise, (size[1], size[0]))
    return np.clip(np.asarray(image.filter(ImageFilter.GaussianBlur(0.7))) + rough, 0, 255).astype(np.uint8)


def page_of(gray: np.ndarray) -> GrayPage:
    return GrayPage(source=Source(width=gray.shape[1], height=gray.shape[0]), gray=gray)


def framed(gray: np.ndarray, value: int, by: int = 60) -> np.ndarray:
    return np.pad(gray, by, constant_values=value)


# -- invert


@pytest.mark.parametrize(
    "gray",
    [
        written(),
        written(paper=90, ink=50),
        written(paper=200, ink=170),
        framed(written(), 15),
        framed(written(), 15, by=200),
        written(size=(900, 900)),
    ],
    ids=["paper", "dark paper", "pencil", "dark table", "broad dark table", "little text"],
)
def test_dark_ink_stays_and_light_ink_is_inverted(gray: np.ndarray) -> None:
    page = page_of(gray)
    assert Invert().prepare(page) is page
    np.testing.assert_array_equal(Invert().prepare(page_of(255 - gray)).gray, gray)


def test_bilevel_pages() -> None:
    gray = np.where(written(noise=0) < 128, 0, 255).astype(np.uint8)
    assert not has_light_ink(gray)
    assert has_light_ink(255 - gray)


@pytest.mark.parametrize("bold", [0, 2, 4])
def test_a_picture_of_one_word_is_a_page_too(bold: int) -> None:
    image = Image.new("L", (320, 64), 220)
    ImageDraw.Draw(image).text((12, 6), "HELLO 25", fill=110, font=ImageFont.load_default(48), stroke_width=bold)
    gray = np.asarray(image)
    ink = Strokes().binarize(Shading().prepare(Invert().prepare(page_of(gray)))).ink
    assert (ink == (gray < 165)).mean() > 0.97


def test_glare_and_vignette_are_no_ink() -> None:
    y, x = np.mgrid[-1:1:400j, -1:1:560j]
    light = 1 - 0.5 * (x**2 + y**2) / 2 + 0.6 * np.exp(-((x - 0.5) ** 2 + y**2) * 30)
    assert not has_light_ink(np.clip(written(150, 60) * light, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (40, 60)])
def test_a_page_of_one_grey_is_left_alone(shape: tuple[int, int], value: int) -> None:
    page = page_of(np.full(shape, value, np.uint8))
    assert Invert().prepare(page) is page


# -- shading


def light_of(kind: str, shape: tuple[int, int]) -> np.ndarray:
    y, x = np.mgrid[0 : 1 : shape[0] * 1j, 0 : 1 : shape[1] * 1j]
    return {
        "even": np.ones(shape),
        "slope": 0.5 + 0.5 * x,
        "vignette": 1 - 0.6 * ((x - 0.5) ** 2 + (y - 0.5) ** 2),
        "shadow": np.where(x + 0.3 * y > 0.6, 0.65, 1.0),
        "glare": np.minimum(0.75 + 0.5 * np.exp(-((x - 0.3) ** 2 + (y - 0.5) ** 2) * 12), 1.15),
    }[kind]


@pytest.mark.parametrize("kind", ["even", "slope", "vignette", "shadow", "glare"])
def test_ground_becomes_white_and_ink_keeps_its_contrast(kind: str) -> None:
    plain = written(noise=0)
    lit = np.clip(plain * light_of(kind, plain.shape), 0, 255).astype(np.uint8)
    even = Shading().prepare(page_of(lit)).gray
    ground = plain > 215
    assert np.percentile(even[ground], 5) > 235
    assert abs(float(np.percentile(even[plain < 65], 50)) - 255 * 60 / 220) < 25


def test_thick_marker_does_not_pull_the_ground_down() -> None:
    gray = np.full((400, 560), 200, np.uint8)
    gray[100:300, 200:230] = 50  # a stroke of a sixteenth of the page
    even = Shading().prepare(page_of(gray)).gray
    assert even[100:300, 200:230].max() < 90
    assert even[gray == 200].min() > 250


def test_a_dark_table_stays_dark() -> None:
    gray = framed(written(), 40, by=100)
    even = Shading().prepare(page_of(gray)).gray
    assert even[:80].max() < 120


@pytest.mark.parametrize("value", [0, 1, 128, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (7, 5), (301, 499)])
def test_shading_of_a_page_of_one_grey(shape: tuple[int, int], value: int) -> None:
    even = Shading().prepare(page_of(np.full(shape, value, np.uint8))).gray
    assert even.shape == shape
    assert even.min() >= (253 if value else 0)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_shading_never_overflows(width: int, height: int, seed: int) -> None:
    gray = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)
    even = Shading(cells=8).prepare(page_of(gray)).gray
    assert (even >= gray).all()  # dividing by a ground of at most 255 only makes lighter
    assert (even[gray == 0] == 0).all()


# -- deskew


def skewed(degrees: float) -> tuple[np.ndarray, Affine]:
    """A page whose lines fall to the right by `degrees`, and the map from the level page to it."""
    plain = written(noise=0, size=(700, 500))
    forward = Affine.rotation(degrees, center=(350, 250))
    back = forward.inverse
    image = Image.fromarray(plain).transform(
        (700, 500),
        Image.Transform.AFFINE,
        (back.a, back.b, back.c, back.d, back.e, back.f),
        Image.Resampling.BICUBIC,
        fillcolor=220,
    )
    return np.asarray(image), forward


@pytest.mark.parametrize("degrees", [-4.0, -2.3, -0.7, 0.9, 2.0, 4.1])
def test_slope_is_found(degrees: float) -> None:
    slope = page_slope(skewed(degrees)[0], limit=5)
    assert slope == pytest.approx(degrees, abs=0.25)


@pytest.mark.parametrize("degrees", [-3.0, 1.7])
def test_known_point_maps_back_through_deskew_to_within_a_pixel(degrees: float) -> None:
    gray, _ = skewed(degrees)
    gray = gray.copy()
    gray[300:309, 500:509] = 0  # a dark square, its middle at 504.5, 304.5
    page = Deskew().prepare(page_of(gray))
    assert not page.frame.keeps_boxes
    y, x = np.nonzero(page.gray < 25)
    found = page.frame.apply((x.mean() + 0.5, y.mean() + 0.5))
    assert found == pytest.approx((504.5, 304.5), abs=1)


def test_deskewed_page_is_level() -> None:
    page = Deskew().prepare(page_of(skewed(3)[0]))
    assert page_slope(page.gray, limit=5) == pytest.approx(0, abs=0.2)
    assert Deskew().prepare(page) is page


def test_deskew_composes_with_the_frame_before() -> None:
    page = page_of(skewed(3)[0]).replace(frame=Affine.scale(2))
    once = Deskew().prepare(page_of(skewed(3)[0])).frame.apply((10, 20))
    assert Deskew().prepare(page).frame.apply((10, 20)) == pytest.approx((2 * once[0], 2 * once[1]))


def test_lines_that_slope_each_their_own_way_are_left() -> None:
    image = Image.new("L", (700, 500), 220)
    for n, line in enumerate(TEXT.split("\n")):
        strip = Image.new("L", (700, 120), 220)
        ImageDraw.Draw(strip).text((60, 40), line, fill=60, font=FONT)
        image.paste(strip.rotate((-4, 3, -1, 4, -3)[n], fillcolor=220).crop((0, 10, 700, 110)), (0, n * 100))
    page = page_of(np.asarray(image))
    assert Deskew().prepare(page) is page


@pytest.mark.parametrize("shape", [(1, 1), (1, 80), (80, 1), (60, 80)])
def test_a_blank_page_is_left(shape: tuple[int, int]) -> None:
    page = page_of(np.full(shape, 255, np.uint8))
    assert Deskew().prepare(page) is page


# -- together


@pytest.mark.parametrize("kind", ["even", "slope", "vignette", "shadow", "glare"])
def test_chalk_under_any_light_gives_the_same_ink(kind: str) -> None:
    plain = written(noise=0)
    lit = np.clip((255 - plain) * light_of(kind, plain.shape), 0, 255).astype(np.uint8)
    page = Shading().prepare(Invert().prepare(page_of(lit)))
    ink = Strokes().binarize(page).ink
    assert (ink == (plain < 140)).mean() > 0.985


# -- shrink


def strokes(width: int, noise: float = 2, paper: int = 200) -> np.ndarray:
    """Bars of one width, as far apart as letters."""
    gray = np.full((600, 800), paper, np.float32)
    for x in range(40, 720, 10 * width):
        gray[100:500, x : x + width] = 70
    return np.clip(gray + np.random.default_rng(0).normal(0, noise, gray.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("width", [2, 4, 7, 12, 20])
@pytest.mark.parametrize("noise", [0, 4])
def test_the_width_of_strokes_is_found(width: int, noise: float) -> None:
    assert stroke_width(strokes(width, noise)) == pytest.approx(width, abs=1)


@pytest.mark.parametrize(("width", "factor"), [(2, 1), (4, 1), (7, 2), (12, 4), (25, 8)])
def test_a_page_is_halved_while_its_strokes_stay_wide_enough(width: int, factor: int) -> None:
    page = page_of(strokes(width))
    small = Shrink().prepare(page)
    assert (small.width, small.height) == (page.width // factor, page.height // factor)
    assert small.frame == Affine.scale(factor)
    assert small.frame.apply((small.width, small.height)) == (page.width, page.height)


@pytest.mark.parametrize("gray", [np.full((50, 70), 255, np.uint8), np.zeros((1, 1), np.uint8)], ids=["white", "1x1"])
def test_a_page_without_strokes_stays_as_it_is(gray: np.ndarray) -> None:
    page = page_of(gray)
    assert Shrink().prepare(page) is page


def test_a_page_of_grain_stays_as_it_is() -> None:
    grain = np.random.default_rng(0).normal(180, 8, (400, 600)).clip(0, 255).astype(np.uint8)
    assert Shrink().prepare(page_of(grain)).frame == Affine()


def test_a_deskew_that_could_never_turn_is_refused() -> None:
    with pytest.raises(ValueError, match="least = 6 must be below limit = 5"):
        Deskew(least=6)
