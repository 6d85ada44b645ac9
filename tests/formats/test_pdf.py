"""PDF out and in: the text is found where it stands, pictures stay what they were, and broken files say so."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.areaPen import AreaPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from lxml import etree
from PIL import Image

from ocrpipe import Affine, Box, Document, GrayPage, InputError, Page, Pipeline, Reading, Source, Word
from ocrpipe.stages.export._pdf_file import Name, PdfFile
from ocrpipe.stages.export.pdf import Pdf
from ocrpipe.stages.load import ImageLoader, PdfLoader
from tests.formats.common import SHARED_PAGES, written
from tests.strategies import page_of, page_with, pages, pixels_of
from tests.support import ROOT

few = settings(max_examples=25, deadline=None)
needs_pdftotext = pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is not installed")
NEAR = 2.0
"""Points that a word may be found away from its box."""


def exported(page: Page, pixels: GrayPage) -> bytes:
    return b"".join(Pdf().export([page], lambda _: pixels))


def read_file(path: Path) -> tuple[Page, bytes]:
    """A page as the pipeline reads it, and its PDF."""
    pipeline = Pipeline.preset()
    [outcome] = pipeline.read_all(path)
    assert outcome.page is not None
    assert outcome.loaded is not None
    return outcome.page, exported(outcome.page, outcome.loaded)


def found_places(data: bytes, text: str) -> list[tuple[float, ...]]:
    """Where Chromium's engine finds a text: left, bottom, right and top of each hit, points."""
    places = []
    with pdfium.PdfDocument(data) as pdf:
        told = pdf[0].get_textpage()
        search = told.search(text, match_case=True)
        while hit := search.get_next():
            rects = [told.get_rect(n) for n in range(told.count_rects(*hit))]
            lefts, bottoms, rights, tops = zip(*rects, strict=True)
            places.append((min(lefts), min(bottoms), max(rights), max(tops)))
    return places


def text_in(data: bytes) -> str:
    with pdfium.PdfDocument(data) as pdf:
        return str(pdf[0].get_textpage().get_text_bounded())


def one_word(text: str, box: Box = Box(30, 40, 330, 90), **more: object) -> Page:  # noqa: B008
    word = Word(id="w", box=box, reading=Reading(text=text), **more)
    return page_with(Source(width=400, height=300), [word])


# -- text


@pytest.mark.parametrize("name", ["shopping.jpg", "letter.jpg", "fax.tif"])
def test_each_word_is_found_in_its_box(name: str) -> None:
    page, data = read_file(ROOT / "samples" / name)
    scale = 72 / (page.dpi or 300)
    for word in page.words:
        box = word.box
        wanted = (
            box.x0 * scale,
            (page.source.height - box.y1) * scale,
            box.x1 * scale,
            (page.source.height - box.y0) * scale,
        )
        off = [max(abs(a - b) for a, b in zip(place, wanted, strict=True)) for place in found_places(data, word.text)]
        assert off, f"{word.text} is not found"
        assert min(off) < NEAR


@needs_pdftotext
@pytest.mark.parametrize(
    "path",
    [ROOT / "samples" / "columns.png", *sorted(SHARED_PAGES.glob("*.[jt]*g")), *sorted(SHARED_PAGES.glob("*.tif"))],
    ids=lambda p: p.name,
)
def test_pdftotext_finds_each_word_in_its_box(path: Path, tmp_path: Path) -> None:
    page, data = read_file(path)
    (tmp_path / "page.pdf").write_bytes(data)
    told = subprocess.run(["pdftotext", "-bbox", tmp_path / "page.pdf", "-"], capture_output=True, check=True).stdout
    found = [
        (w.text, [float(w.get(k)) for k in ("xMin", "yMin", "xMax", "yMax")])
        for w in etree.fromstring(told).iter("{*}word")
    ]
    scale = 72 / (page.dpi or 300)
    assert page.words
    assert len(found) == len(page.words)
    for word in page.words:
        wanted = [side * scale for side in (word.box.x0, word.box.y0, word.box.x1, word.box.y1)]
        off = [
            max(abs(a - b) for a, b in zip(place, wanted, strict=True)) for text, place in found if text == word.text
        ]
        assert off, f"{word.text} is not found"
        assert min(off) < NEAR


def test_words_of_a_line_are_found_together() -> None:
    words = [
        Word(id=t, box=Box(10 + 100 * n, 10, 90 + 100 * n, 40), reading=Reading(text=t))
        for n, t in enumerate(("TO", "DO", "LIST"))
    ]
    page = page_with(Source(width=400, height=60), words)
    assert found_places(exported(page, pixels_of(page)), "TO DO LIST")


@pytest.mark.parametrize(
    "text",
    [
        "<&\"'",
        "()\\",
        "é",
        "e\u0301",
        "漢字",
        "Ωmega",
        "₹100",
        "\u05e9\u05dc\u05d5\u05dd",
        "\u0645\u0631\u062d\u0628\u0627",
        "W" * 500,
    ],
)
def test_any_text_is_found_in_its_box(text: str) -> None:
    page = one_word(text)
    data = exported(page, pixels_of(page))
    [(left, bottom, right, top)] = found_places(data, text)
    assert (left, right) == pytest.approx((30 * 0.24, 330 * 0.24), abs=0.3)
    assert (bottom, top) == pytest.approx((210 * 0.24, 260 * 0.24), abs=0.3)


def test_what_pdfium_itself_cannot_search_for_is_there_all_the_same() -> None:
    """It searches in UTF-16, so finds nothing beyond it, and takes ligatures apart."""
    page = one_word("a😀b")
    assert "a😀b" in text_in(exported(page, pixels_of(page)))
    page = one_word("ﬁ")
    assert found_places(exported(page, pixels_of(page)), "fi")


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_turned_text_is_found_where_it_stands(quarters: int) -> None:
    """Once by its outline, once by its line's baseline alone."""
    turn = Affine.rotation(90 * quarters, (200, 150))
    box = Box(150, 140, 250, 160)
    outline = turn.polygon(box)
    placed = turn.box(box, 400, 300)
    wanted = (placed.x0 * 0.24, (300 - placed.y1) * 0.24, placed.x1 * 0.24, (300 - placed.y0) * 0.24)
    by_outline = one_word("TURNED", placed, polygon=outline)
    plain = one_word("TURNED", placed)
    line = plain.lines[0].replace(baseline=(outline[3], outline[2]))
    by_baseline = plain.replace(blocks=(plain.blocks[0].replace(lines=(line,)),))
    for page in (by_outline, by_baseline):
        [place] = found_places(exported(page, pixels_of(page)), "TURNED")
        assert place == pytest.approx(wanted, abs=0.5)


def test_control_characters_harm_no_text() -> None:
    page = one_word("A\x00\n\x1bB")
    assert "A" in text_in(exported(page, pixels_of(page)))
    for blank in ("\x00", " ", "\n"):
        page = one_word(blank)
        assert text_in(exported(page, pixels_of(page))).strip() == ""


def test_text_is_not_seen() -> None:
    page = one_word("HIDDEN")
    with pdfium.PdfDocument(exported(page, pixels_of(page))) as pdf:
        gray = pdf[0].render(grayscale=True).to_numpy()
    assert gray.std() < 1


@given(page=pages())
@few
def test_any_page_is_a_pdf_that_opens(page: Page) -> None:
    with pdfium.PdfDocument(exported(page, pixels_of(page))) as pdf:
        assert len(pdf) == 1
        width, height = pdf[0].get_size()
        assert width / height == pytest.approx(page.source.width / page.source.height, rel=0.02)
        pdf[0].get_textpage().get_text_bounded()


def test_a_name_that_no_file_can_have_is_no_file() -> None:
    page = Page(source=Source(width=9, height=9, path="A" * 5000), blocks=())
    assert exported(page, pixels_of(page)).startswith(b"%PDF")


def make_font() -> TTFont:
    """The font as it was made: one letter of two points that lie at opposite corners of its square."""
    pen = TTGlyphPen(None)
    for corner in ((0, 0), (1000, 1000)):
        pen.moveTo(corner)
        pen.lineTo(corner)
        pen.lineTo(corner)
        pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "any"])
    builder.setupCharacterMap({0x20: "any"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "any": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (1000, 0), "any": (1000, 0)})
    builder.setupHorizontalHeader(ascent=1000, descent=0)
    builder.setupOS2(sTypoAscender=1000, sTypoDescender=0, usWinAscent=1000, usWinDescent=0, fsType=0)
    builder.setupNameTable({"familyName": "Glyphless", "styleName": "Regular", "psName": "Glyphless"})
    builder.setupPost(keepGlyphNames=False)
    stream = io.BytesIO()
    builder.save(stream)
    return TTFont(stream)


def test_the_font_has_one_letter_that_paints_nothing_and_is_made_as_said() -> None:
    font, made = TTFont(ROOT / "ocrpipe" / "stages" / "export" / "glyphless.ttf"), make_font()
    names = font.getGlyphOrder()
    assert len(names) == 2
    pen = AreaPen(font.getGlyphSet())
    font.getGlyphSet()[names[1]].draw(pen)
    assert pen.value == 0
    for table in ("glyf", "hmtx", "hhea", "cmap", "maxp"):
        assert font.getTableData(table) == made.getTableData(table)


# -- pictures


def picture(data: bytes) -> tuple[bytes, Image.Image]:
    """The first picture in a PDF: its packed bytes, and the page as it is drawn."""
    with pdfium.PdfDocument(data) as pdf:
        [found] = list(pdf[0].get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_IMAGE]))
        packed = bytes(found.get_data(decode_simple=False))
        return packed, pdf[0].render(scale=300 / 72 * (1 - 1e-6)).to_pil()


def letter_f(mode: str = "L") -> Image.Image:
    gray = np.full((60, 40), 230, np.uint8)
    gray[4:30, 4:8] = gray[4:8, 4:20] = gray[14:18, 4:14] = 20
    return Image.fromarray(gray).convert(mode)


def of_file(path: Path) -> bytes:
    [page] = ImageLoader().load(Document.of(path))  # type: ignore[misc]
    assert isinstance(page, GrayPage)
    return exported(Page(source=page.source, blocks=()), page)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_is_taken_over_byte_for_byte(mode: str, tmp_path: Path) -> None:
    letter_f(mode).save(tmp_path / "f.jpg", quality=95)
    packed, drawn = picture(of_file(tmp_path / "f.jpg"))
    assert packed == (tmp_path / "f.jpg").read_bytes()
    assert np.abs(np.asarray(drawn.convert("L")).astype(int) - np.asarray(letter_f())).mean() < 10


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_jpeg_stands_upright(orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    letter_f().save(tmp_path / "f.jpg", quality=95, exif=exif)
    [page] = ImageLoader().load(Document.of(tmp_path / "f.jpg"))  # type: ignore[misc]
    assert isinstance(page, GrayPage)
    _, drawn = picture(of_file(tmp_path / "f.jpg"))
    assert drawn.size == (page.width, page.height)
    assert np.abs(np.asarray(drawn.convert("L")).astype(int) - page.gray).mean() < 6


def test_black_and_white_is_packed_without_loss_and_small(tmp_path: Path) -> None:
    with Image.open(ROOT / "samples" / "fax.tif") as image:
        image.convert("1").save(tmp_path / "fax.png")
    data = of_file(tmp_path / "fax.png")
    assert len(data) < 30_000
    assert b"CCITTFaxDecode" in data
    with pdfium.PdfDocument(data) as pdf:
        [found] = list(pdf[0].get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_IMAGE]))
        drawn = np.asarray(found.get_bitmap().to_pil().convert("L"))
    np.testing.assert_array_equal(drawn > 128, np.asarray(Image.open(tmp_path / "fax.png")))


@pytest.mark.parametrize(
    ("mode", "colour"),
    [("RGB", b"DeviceRGB"), ("L", b"DeviceGray"), ("RGBA", b"DeviceRGB"), ("P", b"DeviceRGB"), ("I;16", b"DeviceGray")],
)
def test_other_files_keep_their_colours(mode: str, colour: bytes, tmp_path: Path) -> None:
    image = letter_f() if mode == "I;16" else letter_f("RGB" if mode == "P" else mode)
    if mode == "P":
        image = image.quantize(4)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    image.save(tmp_path / "f.png")
    data = of_file(tmp_path / "f.png")
    assert colour in data
    _, drawn = picture(data)
    assert np.abs(np.asarray(drawn.convert("L")).astype(int) - np.asarray(letter_f())).mean() < 6


def test_each_page_of_a_tiff_has_its_own_picture(tmp_path: Path) -> None:
    first, second = letter_f("1"), Image.new("L", (30, 50), 128)
    first.save(tmp_path / "two.tif", save_all=True, append_images=[second])
    loaded = list(ImageLoader().load(Document.of(tmp_path / "two.tif")) or ())
    assert all(isinstance(page, GrayPage) for page in loaded)
    found = {page.source: page for page in loaded if isinstance(page, GrayPage)}
    data = b"".join(Pdf().export([Page(source=source, blocks=()) for source in found], lambda page: found[page.source]))
    with pdfium.PdfDocument(data) as pdf:
        sizes = [next(iter(page.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_IMAGE]))).get_px_size() for page in pdf]
    assert sizes == [(40, 60), (30, 50)]


def test_what_is_no_file_is_a_grey_picture() -> None:
    page = one_word("A")
    assert b"DeviceGray" in exported(page, pixels_of(page))


def test_a_page_is_written_before_the_next_is_taken() -> None:
    taken = []

    def source() -> Iterator[Page]:
        for number in (1, 2, 3):
            taken.append(number)
            yield page_of("A", number=number, path=None)

    pieces = Pdf().export(source(), pixels_of)
    assert b"/Page" in next(pieces)
    assert taken == [1]
    data = b"".join([b"", *pieces])
    assert taken == [1, 2, 3]
    assert data.endswith(b"%%EOF\n")


def test_the_same_page_gives_the_same_bytes_and_no_page_none() -> None:
    page = one_word("é漢😀")
    assert exported(page, pixels_of(page)) == exported(page, pixels_of(page))
    assert written(Pdf(), []) == b""


def test_a_page_of_absurd_proportions_keeps_to_the_formats_limit() -> None:
    page = Page(source=Source(width=200_000, height=40), blocks=())
    pixels = GrayPage(source=page.source, gray=np.full((4, 20_000), 255, np.uint8), frame=Affine.scale(10))
    with pdfium.PdfDocument(exported(page, pixels)) as pdf:
        assert pdf[0].get_size()[0] == pytest.approx(14_400)


# -- load/pdf


def made(*sizes: tuple[float, float]) -> bytes:
    """A PDF of empty pages of these sizes, points."""
    pdf = PdfFile()
    root, tree = pdf.reserve(), pdf.reserve()
    kids = [pdf.put({"Type": Name("Page"), "Parent": tree, "MediaBox": [0, 0, *size]}) for size in sizes]
    pdf.put({"Type": Name("Pages"), "Kids": kids, "Count": len(kids)}, tree)
    pdf.put({"Type": Name("Catalog"), "Pages": tree}, root)
    return pdf.finish(root, pdf.put({}))


def load(data: object, pages: tuple[int, ...] | None = None, **options: float) -> list[GrayPage | InputError]:
    found = PdfLoader(**options).load(Document.of(data, pages=pages))
    assert found is not None
    return list(found)


def test_what_was_written_is_read_again_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(read_file(ROOT / "samples" / "printed.png")[1])
    [page] = load(tmp_path / "a.pdf", dpi=200)
    [scan] = load_image(ROOT / "samples" / "printed.png")
    assert isinstance(page, GrayPage)
    assert page.dpi == 200
    assert page.source.path == str(tmp_path / "a.pdf")
    assert page.source.sha256
    assert np.abs(page.gray[: scan.height, : scan.width].astype(int) - scan.gray).mean() < 8


def load_image(path: Path) -> list[GrayPage]:
    return [page for page in ImageLoader().load(Document.of(path)) or () if isinstance(page, GrayPage)]


def test_pages_come_in_their_sizes_and_only_the_wanted() -> None:
    data = made((72, 36), (144, 72), (36, 36))
    sizes = [(page.source.page, page.width, page.height) for page in load(data, dpi=72) if isinstance(page, GrayPage)]
    assert sizes == [(1, 72, 36), (2, 144, 72), (3, 36, 36)]
    assert [page.source.page for page in load(data, pages=(2, 3)) if isinstance(page, GrayPage)] == [2, 3]
    with pytest.raises(InputError, match=r"has 3 pages, so there is no page 7"):
        load(data, pages=(7,))


def test_a_page_of_absurd_size_is_refused_and_the_others_read() -> None:
    first, second, third = load(made((72, 72), (14_400, 14_400), (72, 72)), dpi=300, max_megapixels=10)
    assert isinstance(first, GrayPage)
    assert "page 2: would have 60000 x 60000 pixels at 300 dpi, more than the limit of 10" in str(second)
    assert isinstance(third, GrayPage)


def test_encrypted_and_broken_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"encrypted.pdf: the PDF is encrypted; decrypt it first.*qpdf --decrypt"):
        load(Path(__file__).with_name("encrypted.pdf"))
    with pytest.raises(InputError, match="the PDF is cut off or damaged"):
        load(b"%PDF-1.7\nnothing else")
    with pytest.raises(InputError, match="there is no such file"):
        load(tmp_path / "gone.pdf")


def test_what_is_no_pdf_is_left_to_others() -> None:
    assert PdfLoader().load(Document.of(b"Dear Sir,")) is None
    assert PdfLoader().load(Document.of(b"A PDF begins with %PDF-1.7, says the standard.")) is None
    assert PdfLoader().load(Document.of(b"a mail's head\r\n%PDF-1.4")) is not None
    assert PdfLoader().load(Document.of(np.zeros((4, 4), np.uint8))) is None
    with io.BytesIO() as stream:
        letter_f().save(stream, "PNG")
        assert PdfLoader().load(Document.of(stream.getvalue())) is None


def test_the_default_pipeline_reads_both() -> None:
    blank = Pipeline.preset().read(made((72, 36)))
    assert blank.text == ""
    assert blank.steps[0].plugin == "pdf"
