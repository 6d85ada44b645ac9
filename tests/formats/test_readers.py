# ruff: noqa: E501  (as engines write it)
"""Results of other engines: what each writes in its own way is read, and hostile XML does no harm."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from ocrpipe import Box, Document, InputError, Page, Source
from ocrpipe.formats import read_results
from ocrpipe.formats.hocr import properties_of
from tests.strategies import page_of
from tests.support import ROOT


def read(text: str) -> Page:
    [page] = read_results(Document.of(text.encode()))
    return page


TESSERACT_HOCR = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head><title></title>
  <meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>
  <meta name='ocr-system' content='tesseract 5.3.0' />
 </head>
 <body>
  <div class='ocr_page' id='page_1' title='image "a;b.tif"; bbox 0 0 640 480; ppageno 0; scan_res 200 200'>
   <div class='ocr_carea' id='block_1_1' title="bbox 36 92 618 361">
    <p class='ocr_par' id='par_1_1' lang='eng' title="bbox 36 92 618 184">
     <span class='ocr_line' id='line_1_1' title="bbox 36 92 580 122; baseline 0.01 -6; x_size 30">
      <span class='ocrx_word' id='word_1_1' title='bbox 36 92 96 116; x_wconf 96'>
       <span class='ocrx_cinfo' title='x_bboxes 36 92 55 116; x_conf 99.570892'>T</span>
       <span class='ocrx_cinfo' title='x_bboxes 57 92 96 116; x_conf 98'>o</span>
      </span>
      <span class='ocrx_word' id='word_1_2' title='bbox 109 92 129 116; x_wconf 0' lang='deu'><strong>is</strong>
       <span class='ocrx_cinfo' id='lstm_choices_1_1_1'><span class='ocrx_cinfo' id='choice_1' title='x_confs 9'>l</span></span>
      </span>
     </span>
    </p>
    <p class='ocr_par' id='par_1_2' title="bbox 36 192 618 361">
     <span class='ocr_header' id='line_1_2' title="bbox 36 192 580 222">Two words</span>
    </p>
   </div>
  </div>
 </body>
</html>
"""


def test_hocr_of_tesseract() -> None:
    page = read(TESSERACT_HOCR)
    assert page.source == Source(width=640, height=480, path="a;b.tif")
    assert page.dpi == 200
    assert page.text == "To is\nTwo words"
    assert [(word.text, word.confidence, word.estimated) for word in page.words] == [
        ("To", 0.96, False),
        ("is", 0.0, False),
        ("Two", None, True),
        ("words", None, True),
    ]
    assert [(glyph.text, glyph.confidence, glyph.box) for glyph in page.glyphs] == [
        ("T", 0.995709, Box(36, 92, 55, 116)),
        ("o", 0.98, Box(57, 92, 96, 116)),
    ]
    assert page.lines[0].baseline == ((36, 116), (580, pytest.approx(121.44)))
    assert [block.id for block in page.blocks] == ["block_1_1"]
    [step] = page.steps
    assert (step.stage, step.plugin, step.package, step.version) == ("given", "tesseract 5.3.0", "tesseract", "5.3.0")


def test_hocr_that_is_html_and_no_xml() -> None:
    text = TESSERACT_HOCR.replace("</title>", "</title><br>").replace(">is<", ">&Uuml;&nbsp;b<")
    assert "Ü\xa0b" in read(text).text


def test_hocr_without_lines_and_areas() -> None:
    page = read(
        '<html><body><div class="ocr_page" title="bbox 0 0 90 90"><span class="ocrx_word" title="bbox 1 1 9 9">A</span>'
        '<span class="ocrx_word" title="bbox 11 1 19 9; x_wconf 50">B</span></div></body></html>'
    )
    assert [(word.text, word.box, word.confidence) for word in page.words] == [
        ("A", Box(1, 1, 9, 9), None),
        ("B", Box(11, 1, 19, 9), 0.5),
    ]
    assert len(page.blocks) == 1


TESSERACT_ALTO = """<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="http://www.loc.gov/standards/alto/ns-v3#">
 <Description><MeasurementUnit>pixel</MeasurementUnit>
  <sourceImageInformation><fileName>a.tif</fileName></sourceImageInformation>
  <OCRProcessing ID="OCR_0"><ocrProcessingStep><processingSoftware><softwareName>tesseract 5.3.0</softwareName>
  </processingSoftware></ocrProcessingStep></OCRProcessing></Description>
 <Layout>{pages}</Layout></alto>
"""
TESSERACT_PAGE = """<Page WIDTH="640" HEIGHT="480" PHYSICAL_IMG_NR="{n}" ID="page_{n}"><PrintSpace HPOS="0" VPOS="0">
 <ComposedBlock ID="cblock_{n}"><TextBlock ID="block_{n}" HPOS="36" VPOS="92" WIDTH="582" HEIGHT="92">
  <TextLine ID="line_{n}" HPOS="36" VPOS="92" WIDTH="544" HEIGHT="30" BASELINE="116">
   <String ID="string_{n}" HPOS="36" VPOS="92" WIDTH="60" HEIGHT="24" WC="0.96" CONTENT="This"/><SP WIDTH="13"/>
   <String ID="tail_{n}" HPOS="109.4" VPOS="92" WIDTH="20" HEIGHT="24" CONTENT="ex"/><HYP CONTENT="-"/>
  </TextLine></TextBlock></ComposedBlock></PrintSpace></Page>"""


def test_alto_of_tesseract_counts_pages_from_nothing() -> None:
    text = TESSERACT_ALTO.format(pages="".join(TESSERACT_PAGE.format(n=n) for n in range(3)))
    pages = list(read_results(Document.of(text.encode())))
    assert [page.source.page for page in pages] == [1, 2, 3]
    assert {page.source.path for page in pages} == {"a.tif"}
    first = pages[0]
    assert first.text == "This ex-"
    assert [(word.box, word.confidence) for word in first.words] == [
        (Box(36, 92, 96, 116), 0.96),
        (Box(109, 92, 130, 116), None),
    ]
    assert first.lines[0].baseline == ((36, 116), (580, 116))
    assert first.steps[0].plugin == "tesseract 5.3.0"


def test_alto_in_tenths_of_millimetres_says_so() -> None:
    text = TESSERACT_ALTO.format(pages=TESSERACT_PAGE.format(n=1)).replace(">pixel<", ">mm10<")
    page = read(text)
    assert page.dpi == 254
    assert page.warnings == ("places are not pixels, but mm10: they do not fit the image",)


def test_alto_of_no_namespace_places_and_sizes() -> None:
    page = read(
        '<alto><Layout><Page ID="p" PHYSICAL_IMG_NR="7"><PrintSpace><TextBlock ID="b"><TextLine HPOS="1" VPOS="1" '
        'WIDTH="50" HEIGHT="9"><String CONTENT="A"/></TextLine></TextBlock></PrintSpace></Page></Layout></alto>'
    )
    assert (page.source.width, page.source.height, page.source.page) == (51, 10, 7)
    [word] = page.words
    assert (word.text, word.box, word.estimated) == ("A", Box(1, 1, 51, 10), True)
    assert "2 pieces had no place" in page.warnings[0]


def test_boxes_out_of_the_image_are_moved_into_it() -> None:
    text = TESSERACT_ALTO.format(pages=TESSERACT_PAGE.format(n=1)).replace(
        'HPOS="36" VPOS="92" WIDTH="60"', 'HPOS="-5" VPOS="92" WIDTH="6000"'
    )
    page = read(text)
    assert page.words[0].box == Box(0, 92, 640, 116)
    assert page.warnings == ("1 boxes were empty or reached out of the image, and were moved into it",)


PAGE_2013 = """<?xml version="1.0" encoding="UTF-8"?>
<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2013-07-15">
 <Metadata><Creator>Transkribus</Creator><Created>2020-01-01T00:00:00</Created><LastChange>2020-01-01T00:00:00</LastChange>
  <Comments>not a warning</Comments></Metadata>
 <Page imageFilename="a.jpg" imageWidth="100" imageHeight="80">
  <ReadingOrder><OrderedGroup id="o"><RegionRefIndexed index="0" regionRef="second"/><RegionRefIndexed index="1" regionRef="first"/></OrderedGroup></ReadingOrder>
  <TextRegion id="first"><Coords points="0,0 50,0 50,40 0,40"/>
   <TextLine id="l1"><Coords points="1,1 49,3 49,12 1,10"/><Baseline points="1,10 49,12"/>
    <TextEquiv conf="0.8"><Unicode>two words</Unicode></TextEquiv></TextLine>
  </TextRegion>
  <TextRegion id="second"><Coords points="50,0 99,0 99,40 50,40"/>
   <TextLine id="l2"><Coords points="51,1 99,1 99,10 51,10"/>
    <Word id="w"><Coords points="51,1 60,1 60,10 51,10"/><TextEquiv index="1" conf="0.2"><Unicode>8</Unicode></TextEquiv>
     <TextEquiv index="0" conf="0.7"><Unicode>B</Unicode></TextEquiv></Word>
    <TextEquiv><Unicode>B</Unicode></TextEquiv></TextLine>
   <TextRegion id="nested"><Coords points="50,20 99,20 99,40 50,40"/><TextEquiv><Unicode>three&#10;more</Unicode></TextEquiv></TextRegion>
  </TextRegion>
 </Page></PcGts>
"""


def test_page_xml_of_lines_in_another_order() -> None:
    page = read(PAGE_2013)
    assert [block.id for block in page.blocks] == ["second", "first", "nested"]
    assert page.text == "B\n\ntwo words\n\nthree\nmore"
    line = page.blocks[1].lines[0]
    assert (line.confidence, line.baseline) == (0.8, ((1, 10), (49, 12)))
    assert line.polygon == ((1, 1), (49, 3), (49, 12), (1, 10))
    assert line.box == Box(1, 1, 49, 12)
    assert [word.estimated for word in line.words] == [True, True]
    [word] = page.blocks[0].lines[0].words
    assert word.reading is not None
    assert [(other.text, other.confidence) for other in word.reading.alternatives] == [("B", 0.7), ("8", 0.2)]
    assert page.warnings == ()
    assert page.steps[0].plugin == "Transkribus"


def test_page_xml_of_2010_has_points_as_elements() -> None:
    page = read(
        '<PcGts><Page imageFilename="a.png" imageWidth="9" imageHeight="9"><TextRegion id="r"><Coords><Point x="1" y="1"/>'
        '<Point x="8" y="1"/><Point x="8" y="5"/><Point x="1" y="5"/></Coords><TextEquiv><Unicode>A</Unicode></TextEquiv>'
        "</TextRegion></Page></PcGts>"
    )
    assert page.blocks[0].box == Box(1, 1, 8, 5)
    assert page.text == "A"


def test_page_xml_region_of_regions_gives_its_text_once() -> None:
    page = read(
        '<PcGts><Page imageWidth="9" imageHeight="9"><TextRegion id="outer"><TextRegion id="a"><TextEquiv><Unicode>one'
        '</Unicode></TextEquiv></TextRegion><TextRegion id="b"><TextEquiv><Unicode>two</Unicode></TextEquiv></TextRegion>'
        "<TextEquiv><Unicode>one&#10;two</Unicode></TextEquiv></TextRegion></Page></PcGts>"
    )
    assert page.text == "one\n\ntwo"
    assert [block.id for block in page.blocks] == ["a", "b"]


# -- hostile files


@pytest.mark.parametrize("long", ["word " * 20_000, "a" * 100_000, " " * 100_000, '"q" ' * 20_000, "'\" " * 20_000])
def test_long_titles_with_a_stray_quote_take_no_time(long: str) -> None:
    started = time.perf_counter()
    assert properties_of(f'bbox 0 0 9 9; x_font {long}"; x_wconf 90')["bbox"] == ["0 0 9 9"]
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("bbox 0 0 9 9 ; x_wconf 90 ", {"bbox": ["0 0 9 9"], "x_wconf": ["90"]}),
        ("image \"a;b\" 'c;d' e;f", {"image": ["\"a;b\" 'c;d' e"], "f": [""]}),
        ("x_warning 'a'; x_warning \t 'b'\n", {"x_warning": ["'a'", "'b'"]}),
        ('image it"s png; bbox 1 2 3 4', {"s": ["png"], "bbox": ["1 2 3 4"]}),
        ("image a.png;bbox 1 2 3 4;;", {"image": ["a.png"], "bbox": ["1 2 3 4"]}),
    ],
)
def test_properties_of_titles(title: str, found: dict[str, list[str]]) -> None:
    assert properties_of(title) == found


@pytest.mark.parametrize(
    "text",
    [
        '<alto><Layout><Page WIDTH="1e999" HEIGHT="1e999" PHYSICAL_IMG_NR="1e999"><TextBlock HPOS="1e999" VPOS="0">'
        '<Shape><Polygon POINTS="0,0 1e999,0 9,9"/></Shape><TextLine BASELINE="1e999"><String HPOS="0" VPOS="0" WIDTH="9" '
        'HEIGHT="9" WC="1e999" CONTENT="A"/></TextLine></TextBlock></Page></Layout></alto>',
        '<PcGts><Page imageWidth="1e999" imageHeight="1e999" imageXResolution="1e999" imageResolutionUnit="PPI">'
        '<TextRegion><Coords points="0,0 1e999,0 9,9"/><TextEquiv index="1e999" conf="1e999"><Unicode>A</Unicode>'
        "</TextEquiv></TextRegion></Page></PcGts>",
        '<html><body><div class="ocr_page" title="bbox 0 0 1e999 9; ppageno 1e999; scan_res 1e999 1e999"><span '
        'class="ocr_line" title="bbox 0 0 9 9; poly 0 0 1e999 0 9 9 0 9; baseline 1e999 0"><span class="ocrx_word" '
        'title="bbox 0 0 9 9; x_wconf 1e999">A</span></span></div></body></html>',
    ],
    ids=["alto", "page", "hocr"],
)
def test_numbers_too_large_are_none(text: str) -> None:
    page = read(text)
    assert (page.text, page.source.page, page.dpi) == ("A", 1, None)
    assert (page.source.width, page.source.height) == (9, 9)
    assert page.words[0].confidence is None
    assert Page.from_json(page.to_json()) == page


def test_what_no_reader_foresaw_is_said_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OverflowError("too\nlarge")

    monkeypatch.setattr("ocrpipe.formats.alto.page_of", fail)
    (tmp_path / "a.xml").write_text(TESSERACT_ALTO.format(pages=TESSERACT_PAGE.format(n=1)))
    with pytest.raises(InputError) as raised:
        list(read_results(tmp_path / "a.xml"))
    assert str(raised.value) == f"{tmp_path / 'a.xml'}: is broken: OverflowError: too large"


BOMB = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))


@pytest.mark.parametrize("root", ["alto", "PcGts", "html"])
@pytest.mark.parametrize(
    "doctype", [f'<!DOCTYPE r [<!ENTITY e0 "ha">{BOMB}]>', '<!DOCTYPE r [<!ENTITY e9 SYSTEM "secret.txt">]>']
)
def test_entities_are_not_replaced(root: str, doctype: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.txt").write_text("the secret")
    body = {
        "alto": '<Layout><Page ID="p" PHYSICAL_IMG_NR="1"><TextBlock><TextLine><String CONTENT="A"><ALTERNATIVE>&e9;</ALTERNATIVE></String></TextLine></TextBlock></Page></Layout>',
        "PcGts": '<Page imageWidth="9" imageHeight="9"><TextRegion><TextEquiv><Unicode>A&e9;</Unicode></TextEquiv></TextRegion></Page>',
        "html": '<body><div class="ocr_page" title="bbox 0 0 9 9"><span class="ocrx_word" title="bbox 0 0 9 9">A&e9;</span></div></body>',
    }[root]
    (tmp_path / "a.xml").write_text(f"{doctype}<{root}>{body}</{root}>")
    try:
        told = "".join(page.to_json() for page in read_results(tmp_path / "a.xml"))
    except InputError as error:
        told = str(error)
    assert "the secret" not in told
    assert "hahaha" not in told
    assert len(told) < 10_000


def test_depth_has_a_limit() -> None:
    with pytest.raises(InputError, match="the XML is cut off or damaged"):
        read("<alto>" + "<a>" * 5000 + "</a>" * 5000 + "</alto>")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_other_encodings(encoding: str) -> None:
    text = TESSERACT_ALTO.format(pages=TESSERACT_PAGE.format(n=1)).replace(
        'encoding="UTF-8"', f'encoding="{encoding.removesuffix("-sig")}"'
    )
    [page] = read_results(Document.of(text.replace("This", "Thïs").encode(encoding)))
    assert page.text == "Thïs ex-"


def test_json_is_read_on_one_line_indented_and_by_the_line() -> None:
    page = page_of("A")
    for text in (page.to_json(), page.to_json(indent=2), f"\n{page.to_json()}\n\n"):
        assert read(text) == page
    both = f"{page.to_json()}\n{page.to_json()}\n".encode()
    assert list(read_results(Document.of(both))) == [page, page]


# -- the published schema


def test_the_published_schema_is_that_of_page() -> None:
    """Where this fails, the form of results has changed: say `ocrpipe schema page > docs/page.schema.json`, and look in
    docs/formats.md whether schema_version must change too."""
    published = json.loads((ROOT / "docs" / "page.schema.json").read_text())
    assert published == Page.model_json_schema(mode="serialization")
