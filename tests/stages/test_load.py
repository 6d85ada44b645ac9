"""`load/image`: every kind of image comes out grey and upright, and what is broken says so in a sentence."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from ocrpipe import Document, GrayPage, InputError
from ocrpipe.stages.load import ImageLoader

INK, PAPER = 20, 230


def letter_f(width: int = 40, height: int = 60) -> np.ndarray:
    """A page with an F in its top left corner: it looks different each way it is turned."""
    page = np.full((height, width), PAPER, np.uint8)
    page[4:30, 4:8] = page[4:8, 4:20] = page[14:18, 4:14] = INK
    return page


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def load(thing: object, pages: tuple[int, ...] | None = None, **options: float) -> list[GrayPage]:
    found = ImageLoader(**options).load(Document.of(thing, pages=pages))
    assert found is not None
    return list(map(whole, found))


def whole(page: GrayPage | InputError) -> GrayPage:
    """The page, unless it is what is wrong with one."""
    if isinstance(page, InputError):
        raise page
    return page


def load_one(thing: object, **options: float) -> GrayPage:
    [page] = load(thing, **options)
    return page


def refused(thing: object, **options: float) -> str:
    with pytest.raises(InputError) as error:
        load(thing, **options)
    message = str(error.value)
    assert "\n" not in message
    return message


# -- kinds of images


@pytest.mark.parametrize("form", ["PNG", "TIFF", "BMP", "GIF", "PPM", "WEBP", "JPEG2000"])
def test_gray_survives_lossless_formats(form: str) -> None:
    data = saved(Image.fromarray(letter_f()), form, **({"lossless": True} if form == "WEBP" else {}))
    np.testing.assert_array_equal(load_one(data).gray, letter_f())


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_of_any_colours_is_gray(mode: str) -> None:
    data = saved(Image.fromarray(letter_f()).convert(mode), "JPEG", quality=95)
    assert np.abs(load_one(data).gray.astype(int) - letter_f()).max() < 12


def test_adobe_cmyk_is_not_inverted() -> None:
    data = bytearray(saved(Image.fromarray(letter_f()).convert("CMYK"), "JPEG", quality=95))
    assert b"Adobe" in data, "Pillow writes the marker by which CMYK is stored inverted"
    assert np.median(load_one(bytes(data)).gray) > 200


def test_palette() -> None:
    image = Image.fromarray(letter_f()).convert("RGB").quantize(4)
    assert image.mode == "P"
    assert np.abs(load_one(saved(image, "PNG")).gray.astype(int) - letter_f()).max() < 3


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_is_laid_on_white(mode: str) -> None:
    image = Image.new(mode, (8, 8), (0,) * len(mode))  # black, and all transparent
    image.paste(0, (2, 2, 5, 5))
    image.putalpha(Image.fromarray(np.pad(np.full((3, 3), 255, np.uint8), ((2, 3), (2, 3)))))
    gray = load_one(saved(image, "PNG")).gray
    assert (gray[2:5, 2:5] == 0).all()
    assert (gray == 0).sum() == 9
    assert gray[0, 0] == 255


def test_transparent_palette_colour_is_white() -> None:
    image = Image.fromarray(letter_f()).convert("RGB").quantize(2)
    paper = image.getpixel((39, 59))
    assert (load_one(saved(image, "PNG", transparency=paper)).gray[-1] == 255).all()


@pytest.mark.parametrize("photometric", [0, 1], ids=["white is zero", "black is zero"])
def test_bilevel_tiff_of_both_photometrics(photometric: int) -> None:
    page = letter_f() > 128
    data = saved(Image.fromarray(page), "TIFF", tiffinfo={262: photometric})
    with Image.open(io.BytesIO(data)) as image:
        assert image.tag_v2[262] == photometric
    np.testing.assert_array_equal(load_one(data).gray, np.where(page, 255, 0))


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_lzw", "packbits", None])
def test_bilevel_tiff_of_each_compression(compression: str | None) -> None:
    page = letter_f() > 128
    data = saved(Image.fromarray(page), "TIFF", compression=compression)
    np.testing.assert_array_equal(load_one(data).gray, np.where(page, 255, 0))


@pytest.mark.parametrize("form", ["PNG", "TIFF", "PPM"])
def test_sixteen_bits_are_scaled_and_not_clipped(form: str) -> None:
    wide = letter_f().astype(np.uint16) * 257
    np.testing.assert_array_equal(load_one(saved(Image.fromarray(wide), form)).gray, letter_f())


def test_sixteen_bits_with_white_at_zero() -> None:
    wide = 65535 - letter_f().astype(np.uint16) * 257
    data = saved(Image.fromarray(wide), "TIFF", tiffinfo={262: 0})
    assert Image.open(io.BytesIO(data)).tag_v2[262] == 0
    np.testing.assert_array_equal(load_one(data).gray, letter_f())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 255]], np.int32), [[0, 255]]),
        (np.array([[0, 65535]], np.int32), [[0, 255]]),
        (np.array([[-7, 7]], np.int32), [[0, 255]]),
        (np.array([[0, 1_000_000]], np.int32), [[0, 255]]),
        (np.array([[0.0, 0.5, 1.0]], np.float32), [[0, 128, 255]]),
        (np.array([[0.0, 128.0, 255.0]], np.float32), [[0, 128, 255]]),
        (np.array([[np.nan, 0.0, 1.0]], np.float32), [[255, 0, 255]]),
    ],
)
def test_wide_kinds_by_their_values(values: np.ndarray, expected: list[list[int]]) -> None:
    assert load_one(saved(Image.fromarray(values), "TIFF")).gray.tolist() == expected
    assert load_one(values).gray.tolist() == expected


@given(st.integers(1, 5), st.integers(1, 5))
def test_smallest_pages(width: int, height: int) -> None:
    page = load_one(saved(Image.new("L", (width, height), 7), "PNG"))
    assert (page.gray == 7).all()
    assert page.gray.shape == (height, width)


# -- orientation


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_exif_orientation(orientation: int, form: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(Image.fromarray(letter_f()), form, exif=exif)
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        expected = np.asarray(ImageOps.exif_transpose(image).convert("L"))
    page = load_one(data)
    assert np.abs(page.gray.astype(int) - expected).max() < 12
    assert (page.source.height, page.source.width) == expected.shape


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("size", [(400, 300), (401, 303)])
def test_known_point_maps_back_from_a_turned_and_shrunken_page(
    orientation: int, form: str, size: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = np.full(size[::-1], 255, np.uint8)
    stored[64:80, 32:48] = 0
    data = saved(Image.fromarray(stored), form, exif=exif)
    page = load_one(data, work_megapixels=0.02)
    assert page.frame.determinant == 16
    y, x = np.nonzero(page.gray < 128)
    box = [page.frame.apply((x.min(), y.min())), page.frame.apply((x.max() + 1, y.max() + 1))]
    with Image.open(io.BytesIO(data)) as image:
        full = np.asarray(ImageOps.exif_transpose(image).convert("L"))
    assert (page.source.height, page.source.width) == full.shape
    y, x = np.nonzero(full < 128)
    expected = [(x.min(), y.min()), (x.max() + 1, y.max() + 1)]
    np.testing.assert_allclose(box, expected, atol=4)  # a shrunken pixel


def test_broken_exif_does_not_matter() -> None:
    data = saved(Image.fromarray(letter_f()), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")
    assert load_one(data).gray.shape == (60, 40)


# -- size


def test_jpegs_decode_at_half_size_beyond_a_limit() -> None:
    data = saved(Image.fromarray(letter_f(400, 600)), "JPEG")
    assert load_one(data, work_megapixels=0.25).gray.shape == (600, 400)
    page = load_one(data, work_megapixels=0.2)
    assert page.gray.shape == (300, 200)
    assert (page.source.width, page.source.height) == (400, 600)
    assert page.frame.apply((100, 100)) == (200, 200)


def test_default_keeps_an_a4_scan_and_halves_a_phone_photo() -> None:
    loader = ImageLoader()
    assert loader.factor(2480, 3508) == 1
    assert loader.factor(4032, 3024) == 2
    assert loader.factor(8064, 6048) == 4
    assert loader.factor(20_000, 10_000) == 8


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF"])
def test_too_many_pixels_are_refused_before_decoding(form: str) -> None:
    data = saved(Image.new("L", (300, 200)), form)
    message = refused(data[: len(data) * 2 // 3] if form == "JPEG" else data, max_megapixels=0.05)
    assert "300 x 200" in message
    assert "max_megapixels" in message


def test_pillows_own_limit_neither_fires_nor_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(Image.new("L", (300, 200), PAPER), "PNG")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        page = load_one(data)
    assert page.gray.shape == (200, 300)
    assert page.warnings == ()
    assert Image.MAX_IMAGE_PIXELS == 100


# -- pages


def pages_of(count: int) -> list[Image.Image]:
    return [Image.new("L", (10 + n, 8), 10 * n) for n in range(count)]


def test_every_page_of_a_tiff() -> None:
    first, *others = pages_of(3)
    pages = load(saved(first, "TIFF", save_all=True, append_images=others))
    assert [page.source.page for page in pages] == [1, 2, 3]
    assert [page.width for page in pages] == [10, 11, 12]
    assert [int(page.gray[0, 0]) for page in pages] == [0, 10, 20]


def test_only_wanted_pages_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = pages_of(4)
    data = saved(first, "TIFF", save_all=True, append_images=others)
    decoded = []
    page = ImageLoader.page
    monkeypatch.setattr(ImageLoader, "page", lambda *args, **kw: decoded.append(args[3]) or page(*args, **kw))
    assert [page.source.page for page in load(data, pages=(2, 4))] == [2, 4]
    assert decoded == [2, 4]


def test_pages_come_no_sooner_than_asked_for() -> None:
    first, *others = pages_of(2)
    data = saved(first, "TIFF", save_all=True, append_images=others, compression="tiff_lzw")
    broken = data[: len(data) - 150] + b"\xff" * 150
    pages = ImageLoader().load(Document.of(broken))
    assert pages is not None
    assert next(pages).source.page == 1


def test_smaller_copies_in_a_tiff_are_no_pages() -> None:
    first, second = pages_of(2)
    second.encoderinfo = {"tiffinfo": {254: 1}}
    stream = io.BytesIO()
    first.save(stream, "TIFF", save_all=True, append_images=[second])
    assert [page.width for page in load(stream.getvalue())] == [10]


def test_a_page_that_is_not_there() -> None:
    with pytest.raises(InputError, match="has 1 page, so there is no page 3"):
        load(saved(Image.new("L", (8, 8)), "PNG"), pages=(3,))


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_of_an_animation_the_first_picture_is_read_with_a_warning(form: str) -> None:
    first, second = Image.new("L", (10, 8), 200), Image.new("L", (10, 8), 90)
    page = load_one(saved(first, form, save_all=True, append_images=[second]))
    assert np.abs(page.gray.astype(int) - 200).max() < 5
    assert "first" in page.warnings[0]


def test_a_still_image_has_no_warning() -> None:
    assert load_one(saved(Image.new("L", (10, 8), 200), "GIF")).warnings == ()


# -- what is in memory


def test_arrays_of_each_kind_agree() -> None:
    gray = letter_f()
    colour = np.repeat(gray[:, :, None], 3, axis=2)
    same = [
        gray,
        gray[:, :, None],
        colour,
        np.dstack([colour, np.full_like(gray, 255)]),
        np.dstack([gray, np.full_like(gray, 255)]),
        gray.astype(np.uint16) * 257,
        gray / 255,
        (gray / 255).astype(np.float32),
        colour.astype(np.uint16) * 257,
        np.asfortranarray(gray),
        gray.astype(">u2") * 257,
    ]
    for array in same:
        np.testing.assert_array_equal(load_one(array).gray, gray)


def test_array_of_bool_is_white_where_true() -> None:
    assert load_one(np.array([[True, False]])).gray.tolist() == [[255, 0]]


def test_array_is_not_aliased_and_not_changed() -> None:
    gray = letter_f()
    page = load_one(gray)
    gray[:] = 0
    assert page.gray.max() == PAPER


@pytest.mark.parametrize(
    "array",
    [np.zeros((0, 4), np.uint8), np.zeros(4, np.uint8), np.zeros((4, 4, 5), np.uint8), np.array([["a"]])],
    ids=["empty", "one axis", "five channels", "text"],
)
def test_arrays_that_are_no_image(array: np.ndarray) -> None:
    assert "array" in refused(array)


def test_pillow_image_is_left_as_it_was() -> None:
    image = Image.open(io.BytesIO(saved(Image.fromarray(letter_f(400, 600)), "JPEG")))
    page = load_one(image, work_megapixels=0.2)
    assert page.gray.shape == (300, 200)
    assert image.size == (400, 600)
    assert page.source.path is None
    assert page.source.sha256 is None


# -- where it came from


def test_source_says_name_and_checksum(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    path.write_bytes(saved(Image.fromarray(letter_f()), "PNG"))
    source = load_one(path).source
    assert source.path == str(path)
    assert source.sha256 is not None
    assert len(source.sha256) == 64


@pytest.mark.parametrize(("dpi", "expected"), [(300, 300), (72, None), (96, None), (99999, None)])
def test_dpi_where_it_says_something(dpi: int, expected: float | None) -> None:
    assert load_one(saved(Image.new("L", (8, 8)), "JPEG", dpi=(dpi, dpi))).dpi == expected


# -- what is no image, or broken


@pytest.mark.parametrize("text", [b"Dear Sir,\n", b"P6 is a road", b"BMW", b"%PDF-1.7\n", b"\x00" * 100, b"x"])
def test_what_is_no_image_is_left_to_others(text: bytes) -> None:
    assert ImageLoader().load(Document.of(text)) is None


def test_text_named_jpg_is_left_to_others(tmp_path: Path) -> None:
    path = tmp_path / "page.jpg"
    path.write_text("Dear Sir,\n")
    assert ImageLoader().load(Document.of(path)) is None


def test_a_file_by_a_wrong_name_is_read_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes(saved(Image.fromarray(letter_f()), "PNG"))
    assert load_one(path).gray.shape == (60, 40)


def test_missing_file_and_directory(tmp_path: Path) -> None:
    assert refused(tmp_path / "no.jpg") == f"{tmp_path / 'no.jpg'}: there is no such file"
    assert "is a directory" in refused(tmp_path)


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "page.jpg"
    path.touch()
    assert refused(path) == f"{path}: is empty (0 bytes)"
    assert "is empty" in refused(b"")


NOISE = np.random.default_rng(1).integers(0, 255, (200, 300), np.uint8)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.99])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "JPEG2000"])
def test_truncated_files_are_refused_and_never_half_decoded(form: str, share: float) -> None:
    data = saved(Image.fromarray(NOISE), form)
    heard = outcome(data[: int(len(data) * share)])
    if heard is None:  # not even recognised
        assert form not in ("JPEG", "PNG", "GIF", "TIFF")
    else:
        assert isinstance(heard, str)
        assert "cut off" in heard


@pytest.mark.parametrize("keep", [3, 20, 100])
def test_a_jpeg_of_nothing_but_its_start(keep: int) -> None:
    assert "cut off" in refused(saved(Image.fromarray(NOISE), "JPEG")[:keep])


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "jpeg", "group4"])
def test_decoders_are_silent(compression: str, capfd: pytest.CaptureFixture[str]) -> None:
    image = Image.fromarray(NOISE)
    data = bytearray(saved(image.convert("1") if compression == "group4" else image, "TIFF", compression=compression))
    middle = len(data) // 3
    data[middle : middle + 50] = b"\xff" * 50
    heard = outcome(bytes(data))
    assert isinstance(heard, str) or compression == "jpeg" or (heard and heard[0].warnings)
    outcome(bytes(data[:middle]))
    assert capfd.readouterr() == ("", "")


@given(st.data())
def test_damage_never_shows_a_traceback(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(["JPEG", "PNG", "TIFF", "GIF", "BMP", "WEBP", "JPEG2000"]))
    image = bytearray(saved(Image.fromarray(letter_f()), form))
    for _ in range(data.draw(st.integers(1, 8))):
        image[data.draw(st.integers(0, len(image) - 1))] = data.draw(st.integers(0, 255))
    heard = outcome(bytes(image))
    assert heard is None or heard
    assert "\n" not in str(heard) or isinstance(heard, list)


def outcome(data: bytes) -> list[GrayPage] | str | None:
    """What comes of a file: its pages, or the error's sentence, or None if it is not taken."""
    try:
        pages = ImageLoader(max_megapixels=1).load(Document.of(data))
        return None if pages is None else list(map(whole, pages))
    except InputError as error:
        return str(error)


# -- many pages


def three_pages(tmp_path: Path) -> Path:
    path = tmp_path / "three.tif"
    pages = [Image.fromarray(NOISE[:, : 100 + 50 * n]) for n in range(3)]
    pages[0].save(path, save_all=True, append_images=pages[1:], compression="tiff_adobe_deflate")
    return path


def test_a_damaged_page_does_not_end_its_document(tmp_path: Path) -> None:
    path = three_pages(tmp_path)
    with Image.open(path) as image:
        image.seek(1)
        start = image.tag_v2[273][0]
    data = bytearray(path.read_bytes())
    data[start : start + 400] = b"\xff" * 400
    path.write_bytes(data)
    first, second, third = ImageLoader().load(Document.of(path)) or ()
    assert isinstance(first, GrayPage)
    assert str(second).startswith(f"{path}, page 2: the image is cut off or damaged")
    assert isinstance(third, GrayPage)
    assert third.source.page == 3
    np.testing.assert_array_equal(third.gray, NOISE[:, :200])


def test_no_page_after_the_last_that_is_wanted_is_looked_at(tmp_path: Path) -> None:
    path = three_pages(tmp_path)
    with Image.open(path) as image:
        image.seek(1)
        last = image._TiffImageFile__next  # type: ignore[attr-defined]  # where the third page's tags begin
    path.write_bytes(path.read_bytes()[:last])
    [page] = load(path, pages=(2,))
    assert page.width == 150
    with pytest.raises(InputError, match="what follows it is not read"):
        load(path, pages=(1, 3))


@pytest.mark.parametrize("form", ["JPEG2000", "WEBP", "BMP", "GIF"])
def test_kinds_that_scanners_and_the_web_use(form: str) -> None:
    gray = load_one(
        saved(Image.fromarray(letter_f(64, 64)), form, **({"lossless": True} if form == "WEBP" else {}))
    ).gray
    assert np.abs(gray.astype(int) - letter_f(64, 64)).max() < 3
