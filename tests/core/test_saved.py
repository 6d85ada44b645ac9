"""Saved results into other formats: pages are not read again, and pixels only where they are shown."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from PIL import Image

from ocrpipe import ConfigError, Document, Page, Pipeline, Source, Step
from ocrpipe.batch import Batch
from ocrpipe.config import Value
from ocrpipe.errors import Exit
from ocrpipe.saved import Saved
from tests.strategies import page_of
from tests.support import ROOT


class Conversion:
    """What comes of converting files into one format."""

    def __init__(self, to: str, *paths: Path, out: Path | None = None, images: Path | None = None) -> None:
        self.told: list[str] = []
        batch = Batch(Saved([("export.use", Value(to, "--to"))], images), lambda error: self.told.append(str(error)))
        self.documents = [Document.of(path) for path in paths]
        stream = io.BytesIO()
        self.tally = batch.to_folder(self.documents, out) if out else batch.to_stream(self.documents, stream)
        self.data = stream.getvalue()
        self.files = sorted(path.name for path in out.iterdir()) if out else []


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The saved result of a page that lies beside it."""
    folder = tmp_path_factory.mktemp("result")
    shutil.copy(ROOT / "samples" / "fax.tif", folder / "fax.tif")
    (folder / "fax.json").write_text(Pipeline.preset().read(folder / "fax.tif").to_json())
    return folder / "fax.json"


def page_in(path: Path) -> Page:
    return Page.from_json(path.read_bytes())


@pytest.mark.parametrize("to", ["text", "json", "jsonl", "tsv", "csv", "hocr", "alto", "page"])
def test_a_result_is_converted_as_if_it_was_just_read(to: str, result: Path) -> None:
    made = Conversion(to, result)
    assert (made.told, made.tally.exit, made.tally.read) == ([], Exit.OK, 1)
    again = Pipeline.preset(settings={"export.use": to})
    stream = io.BytesIO()
    Batch(again, lambda error: None).to_stream([Document.of(page_in(result).source.path)], stream)
    assert made.data == stream.getvalue()


def test_its_picture_is_opened_again(result: Path) -> None:
    made = Conversion("pdf", result)
    assert made.told == []
    with pdfium.PdfDocument(made.data) as pdf:
        assert page_in(result).words[0].text in pdf[0].get_textpage().get_text_bounded()
    drawn = Conversion("overlay", result)
    assert Image.open(io.BytesIO(drawn.data)).format == "PNG"


def test_a_result_goes_round_through_every_format(result: Path, tmp_path: Path) -> None:
    Conversion("alto,page,hocr", result, out=tmp_path)
    for name in ("fax.alto.xml", "fax.page.xml", "fax.hocr"):
        assert Conversion("text", tmp_path / name).data.decode() == page_in(result).text + "\n"
    made = Conversion("json,pdf", tmp_path / "fax.alto.xml", out=tmp_path / "back")
    assert made.files == ["fax.json", "fax.pdf"]


def changed(result: Path, folder: Path, **source: object) -> Path:
    page = page_in(result)
    path = folder / "fax.json"
    path.write_text(page.replace(source=page.source.replace(**source)).to_json())
    return path


def test_an_image_that_is_gone_is_named(result: Path, tmp_path: Path) -> None:
    gone = str(tmp_path / "gone" / "other.tif")
    made = Conversion("overlay", changed(result, tmp_path, path=gone))
    assert made.told == [
        f"{gone}: export/overlay (ocrpipe 0.1.0) failed: {gone}: its image is gone; go to where it was read, or say "
        "where it is with --images DIR"
    ]
    assert made.tally.exit == Exit.SOME_FAILED


def test_an_image_is_looked_for_beside_the_result_and_where_it_is_said_to_be(result: Path, tmp_path: Path) -> None:
    moved = changed(result, tmp_path, path=str(tmp_path / "gone" / "fax.tif"))
    assert Conversion("overlay", moved, images=result.parent).told == []
    shutil.copy(result.with_name("fax.tif"), tmp_path / "fax.tif")
    assert Conversion("overlay", moved).told == []


@pytest.mark.parametrize(
    ("change", "said"),
    [({"sha256": "0" * 64}, "has changed since it was read"), ({"sha256": None, "width": 9}, "it is another image")],
)
def test_another_image_is_not_drawn(change: dict[str, object], said: str, result: Path, tmp_path: Path) -> None:
    page = page_in(result)
    path = tmp_path / "fax.json"
    blank = Page(source=page.source.replace(**change), blocks=(), steps=page.steps)
    path.write_text(blank.to_json())
    [told] = Conversion("overlay", path).told
    assert said in told


def test_what_was_no_file_cannot_be_drawn(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(page_of("A", path=None).to_json())
    [told] = Conversion("overlay", tmp_path / "a.json").told
    assert "the result does not say of which file it is" in told
    assert Conversion("text", tmp_path / "a.json").data == b"A\n"


def test_a_loader_that_is_not_there_is_named(result: Path, tmp_path: Path) -> None:
    page = page_in(result)
    strange = Step(stage="load", plugin="scanner", package="ocrpipe-scanner", version="1")
    (tmp_path / "a.json").write_text(page.replace(steps=(strange,)).to_json())
    [told] = Conversion("overlay", tmp_path / "a.json").told
    assert "its image cannot be loaded as it was: the result's load step: no load plugin is called" in told


def test_results_of_several_pages_are_converted_page_by_page(tmp_path: Path) -> None:
    lines = [page_of("A", number=1, path=None), page_of("B", number=2, path=None)]
    path = tmp_path / "two.jsonl"
    path.write_text("".join(f"{page.to_json()}\n" for page in lines))
    assert Conversion("text", path).data == b"A\n\fB\n"
    assert Conversion("page,json", path, out=tmp_path / "out").files == [
        "two-p0002.json",
        "two-p0002.page.xml",
        "two.json",
        "two.page.xml",
    ]
    single = tmp_path / "out" / "two-p0002.page.xml"
    assert Conversion("json", single, out=tmp_path / "again").files == ["two-p0002.json"]
    both = path.rename(tmp_path / "two-p0002.jsonl")
    assert Conversion("json", both, out=tmp_path / "both").files == ["two-p0002-p0002.json", "two-p0002.json"]


def test_options_of_stages_that_have_nothing_to_do_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"--set binarize.window: nothing is read again"):
        Saved([("binarize.window", Value(31, "--set"))])


BROKEN = {
    "text": ("Dear Sir,", "holds no result that can be read"),
    "empty": ("", "is empty"),
    "other XML": ("<svg xmlns='http://www.w3.org/2000/svg'/>", "is XML of another kind"),
    "cut XML": ("<alto><Layout><Page ID='a' PHYSICAL_IMG_NR='1'>", ", line 1: the XML is cut off or damaged"),
    "no page": ("<alto><Layout/></alto>", "holds no page"),
    "web page": ("<html><body>Hello</body></html>", "is a web page, but no hOCR"),
    "other JSON": ('{"a": 1}', "is no page as `ocrpipe run --to json` writes it: "),
    "cut JSON": ('{"schema_version": "1", "source"', "is no page as"),
    "newer": (
        json.dumps({"schema_version": "2", "source": {"width": 1, "height": 1}, "blocks": []}),
        "this ocrpipe reads version 1",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_holds_no_result_says_so_in_a_sentence(kind: str, tmp_path: Path) -> None:
    text, said = BROKEN[kind]
    (tmp_path / "a.xml").write_text(text)
    made = Conversion("text", tmp_path / "a.xml")
    [told] = made.told
    assert told.startswith(f"{tmp_path / 'a.xml'}")
    assert said in told
    assert "\n" not in told
    assert made.tally.exit == Exit.NO_INPUT


def test_the_pages_before_the_damage_are_converted(tmp_path: Path) -> None:
    line = page_of("A", path=None).to_json()
    (tmp_path / "a.jsonl").write_text(f"{line}\n{line[:50]}\n")
    made = Conversion("text", tmp_path / "a.jsonl")
    assert made.data == b"A\n"
    [told] = made.told
    assert told.startswith(f"{tmp_path / 'a.jsonl'}, line 2: ")
    assert made.tally.exit == Exit.SOME_FAILED


def test_a_source_without_words_is_a_page_all_the_same(tmp_path: Path) -> None:
    blank = Page(source=Source(width=8, height=8), blocks=())
    (tmp_path / "a.json").write_text(blank.to_json(indent=2))
    assert Conversion("alto", tmp_path / "a.json").data.count(b"<Page") == 1
