"""`export/html`: one harmless file that holds the whole page, and what each stage did to it."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from lxml import html
from PIL import Image
from pydantic import ValidationError

from ocrpipe import (
    Affine,
    BinaryPage,
    Box,
    CroppedPage,
    CropSpec,
    Glyph,
    GrayPage,
    Line,
    LinedPage,
    Outcome,
    Page,
    Pipeline,
    Reading,
    Region,
    Row,
    SegmentedPage,
    Source,
    Step,
    Word,
)
from ocrpipe.stages.export.html import Html, asset
from tests.strategies import NASTY, page_of, page_with, pages, pixels_of
from tests.support import ROOT, ocrpipe

BLANK = Page(source=Source(width=80, height=60), blocks=())
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "--></title></style></noscript></pre>",
    '"><img src=x onerror=alert(1)>',
    "$island ${title} $$",
    "x" * 10_000,
    *NASTY,
)
SHARED = ROOT.parent / "shared" / "pages"
STOPS = ["grey", "prepared", "ink", "components", "rows", "crops", "reading"]

few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def written(page: Page, trail: Sequence[GrayPage | Page] = (), **options: Any) -> bytes:
    """Return the file of a page that was read from even grey pixels."""
    return b"".join(Html(**options).export([page], pixels_of, lambda _: tuple(trail)))


def parsed(data: bytes) -> Any:
    return html.document_fromstring(data.decode())


def island(data: bytes) -> Any:
    """Return what the viewer is told."""
    [element] = parsed(data).xpath("//script[@type='application/json']")
    return json.loads(element.text)


def stop(data: bytes, name: str) -> Any:
    return next(stop for stop in island(data)["stops"] if stop["name"] == name)


def opened(uri: str) -> Image.Image:
    kind, _, content = uri.partition(";base64,")
    image = Image.open(io.BytesIO(base64.b64decode(content)))
    assert kind == f"data:image/{image.format.lower()}"  # type: ignore[union-attr]
    return image


def tags(data: bytes) -> list[str]:
    return [str(element.tag) for element in parsed(data).iter() if isinstance(element.tag, str)]


class TestHarmless:
    @pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
    def test_no_text_becomes_markup(self, text: str) -> None:
        step = Step(stage="classify", plugin=text, package=text, version=text, options={text: [text]})
        page = page_of(text, path=f"folder/{text}").warn(text).replace(steps=(step,))
        data = written(page)
        assert tags(data) == tags(written(BLANK))
        told = island(data)
        assert told["pieces"][0]["text"] == text
        assert told["warnings"] == [text]
        assert told["stops"][-1]["steps"][0]["options"] == {text: [text]}

    @given(pages())
    @few
    def test_any_page_gives_the_same_elements(self, page: Page) -> None:
        data = written(page)
        assert tags(data) == tags(written(BLANK))
        assert [piece["text"] for piece in island(data)["pieces"]] == [
            piece.text for word in page.words for piece in (word.glyphs or (word,))
        ]

    def test_the_island_is_ascii_without_a_sign_of_markup(self) -> None:
        content = re.search(rb'<script type="application/json" id="island">(.*?)</script>', written(page_of(*HOSTILE)))
        assert content
        assert not re.search(rb"[^\x20-\x7e]|[<>&]", content[1])

    def test_only_its_own_script_and_style_are_allowed_and_nothing_is_fetched(self) -> None:
        document = parsed(written(page_of("A")))
        [policy] = document.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
        assert rules["img-src"] == "data:"
        for what, path in (("script-src", "//script[not(@type)]"), ("style-src", "//style")):
            [element] = document.xpath(path)
            digest = base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()
            assert rules[what] == f"'sha256-{digest}'"
        assert not document.xpath("//*[@src or @style or @onclick or @onload]")
        assert not document.xpath("//link | //iframe | //a")

    def test_the_policy_stands_before_what_it_governs(self) -> None:
        data = written(page_of("A"))
        assert data.index(b"Content-Security-Policy") < data.index(b"<style>") < data.index(b"<script")

    def test_the_script_never_makes_markup_of_data(self) -> None:
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(", asset("viewer.js")
        )

    def test_a_folder_is_not_passed_on(self) -> None:
        assert b"secret" not in written(page_of("A", path="/home/secret/page.png"))


class TestWhole:
    def test_it_can_be_read_without_its_script(self) -> None:
        [text] = parsed(written(page_of("A", "<b>", "C"))).xpath("//noscript/pre/text()")
        assert text == "A<b>C"

    def test_the_same_page_gives_the_same_bytes(self, read: Outcome) -> None:
        assert of(read) == of(read)

    @pytest.mark.parametrize("confidence", [None, 0.0, 1.0])
    def test_confidence_stays_what_it_is(self, confidence: float | None) -> None:
        [piece] = island(written(page_of("A", confidence=confidence)))["pieces"]
        assert piece["sure"] == confidence

    def test_bounds_of_colours_are_options(self) -> None:
        told = island(written(page_of("A"), sure=0.8, doubtful=0.4))
        assert (told["sure"], told["doubtful"]) == (0.8, 0.4)
        with pytest.raises(ValidationError, match=r"doubtful = 0\.9 must not be above sure = 0\.5"):
            Html(sure=0.5, doubtful=0.9)

    def test_words_and_lines_are_numbers_of_pieces(self) -> None:
        words = [
            Word(id="1", box=Box(0, 0, 9, 9), glyphs=tuple(glyph(n, letter) for n, letter in enumerate("AB"))),
            Word(id="2", box=Box(20, 0, 29, 9), reading=Reading(text="WHOLE"), estimated=True),
        ]
        told = island(written(page_with(BLANK.source, words)))
        [line] = told["lines"]
        assert line["words"] == [[0, 1], [2]]
        assert [piece["text"] for piece in told["pieces"]] == ["A", "B", "WHOLE"]
        assert [piece.get("estimated", False) for piece in told["pieces"]] == [False, False, True]

    def test_a_words_unknown_confidence_is_its_lines(self) -> None:
        word = Word(id="w", box=Box(0, 0, 9, 9), reading=Reading(text="A"))
        line = Line(id="l", box=word.box, words=(word,), reading=Reading(text="A", confidence=0.4))
        page = page_with(BLANK.source, [word])
        [block] = page.blocks
        page = page.replace(blocks=(block.model_copy(update={"lines": (line,)}),))
        assert island(written(page))["pieces"][0]["sure"] == 0.4

    @pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 500), (500, 1), (3000, 40)])
    def test_pages_of_odd_shapes(self, width: int, height: int) -> None:
        page = Page(source=Source(width=width, height=height), blocks=())
        assert max(opened(stop(written(page, side=300), "grey")["picture"]["uri"]).size) <= 300

    def test_without_a_trail_it_has_the_picture_and_the_reading(self) -> None:
        steps = (Step(stage="load", plugin="image", package="ocrpipe", version="1"),)
        steps += (Step(stage="binarize", plugin="otsu", package="ocrpipe", version="1"),)
        stops = island(written(page_of("A").replace(steps=steps)))["stops"]
        assert [stop["name"] for stop in stops] == ["grey", "reading"]
        assert [[step["plugin"] for step in stop["steps"]] for stop in stops] == [["image"], ["otsu"]]

    def test_a_run_drawn_in_few_shades_loses_nothing(self) -> None:
        assert opened(stop(written(page_of("A")), "grey")["picture"]["uri"]).format == "PNG"


def glyph(number: int, text: str) -> Glyph:
    return Glyph(id=f"g{number}", box=Box(10 * number, 0, 10 * number + 8, 9), reading=Reading(text=text))


@pytest.fixture(scope="module")
def read() -> Outcome:
    """A sample page as the host reads it for this format."""
    [outcome] = Pipeline.preset("handprint", {"export.use": "html"}).read_all(ROOT / "samples" / "shopping.jpg")
    return outcome


def of(outcome: Outcome) -> bytes:
    assert outcome.page
    assert outcome.loaded
    loaded = outcome.loaded
    return b"".join(Html().export([outcome.page], lambda _: loaded, lambda _: outcome.trail))


def in_trail(outcome: Outcome, kind: type[GrayPage]) -> Any:
    return next(page for page in outcome.trail if type(page) is kind)


class TestStops:
    def test_there_is_one_for_each_stage_in_order(self, read: Outcome) -> None:
        assert [stop["name"] for stop in island(of(read))["stops"]] == STOPS

    def test_each_step_is_named_once_with_its_options(self, read: Outcome) -> None:
        assert read.page
        steps = [step for stop in island(of(read))["stops"] for step in stop["steps"]]
        assert [(step["stage"], step["plugin"], step["options"]) for step in steps] == [
            (step.stage, step.plugin, step.options) for step in read.page.steps
        ]

    def test_a_step_that_changed_nothing_is_said_to_have(self, read: Outcome) -> None:
        steps = stop(of(read), "prepared")["steps"]
        assert {step["plugin"]: step["idle"] for step in steps} == {"invert": True, "shrink": False, "shading": False}

    def test_the_ink_is_the_pages(self, read: Outcome) -> None:
        page = in_trail(read, BinaryPage)
        shown = stop(of(read), "ink")["picture"]
        image = opened(shown["uri"])
        assert np.array_equal(np.asarray(image) > 0, page.ink)
        assert image.info["transparency"] == 0
        assert affine(shown["frame"]) == pytest.approx(vars_of(page.frame), abs=1e-5)

    def test_each_components_ink_has_its_colour(self, read: Outcome) -> None:
        page = in_trail(read, SegmentedPage)
        shown = stop(of(read), "components")
        colours = np.asarray(opened(shown["picture"]["uri"]))
        assert np.array_equal(colours > 0, page.ink)
        for number, region in enumerate(page.regions):
            mine = page.ink[region.box.slices] & (True if region.mask is None else region.mask)
            assert (colours[region.box.slices][mine] == 2 + number % 6).mean() > 0.9  # others may reach over it
        assert len(shown["boxes"]) == len(page.regions)
        assert len(shown["rivals"]) == sum(len(cut) for region in page.regions for cut in region.rivals)

    def test_rows_are_as_clustered(self, read: Outcome) -> None:
        page = in_trail(read, LinedPage)
        rows = stop(of(read), "rows")["rows"]
        assert [len(row["words"]) for row in rows] == [len(row.words) for row in page.rows]

    def test_each_crop_is_shown_and_told_what_became_of_it(self, read: Outcome) -> None:
        page = in_trail(read, CroppedPage)
        told = island(of(read))
        shown = stop(of(read), "crops")
        sheet = np.asarray(opened(shown["sheet"]))
        assert len(shown["crops"]) == len(page.crops)
        for crop, pixels in zip(shown["crops"], page.crops, strict=True):
            x, y, width = crop["at"]
            assert (
                np.abs(sheet[y : y + shown["height"], x : x + width] / 15 - pixels[:, :width]).max() <= 0.5 / 15 + 1e-6
            )
        taken = [crop["piece"] for crop in shown["crops"] if "lost" not in crop]
        assert sorted(taken) == list(range(len(told["pieces"])))
        assert sorted(n for row in shown["rows"] for word in row for n in word) == list(range(len(page.crops)))

    def test_what_context_changed_is_told(self, read: Outcome) -> None:
        assert read.page
        first = next(page for page in read.trail if isinstance(page, Page))
        changed = dict(stop(of(read), "reading")["changed"])
        both = zip(first.glyphs, read.page.glyphs, strict=True)
        assert changed == {n: old.text for n, (old, new) in enumerate(both) if old.text != new.text}
        assert changed, "the sample has letters that context changes"

    def test_a_photograph_is_small(self, read: Outcome) -> None:
        assert len(of(read)) < 1_000_000

    @pytest.mark.skipif(not SHARED.exists(), reason="the pages of the course are not here")
    def test_the_courses_page_is_below_3_megabytes(self) -> None:
        [outcome] = Pipeline.preset("handprint", {"export.use": "html"}).read_all(SHARED / "01_list.jpg")
        assert len(of(outcome)) < 3_000_000

    def test_a_blank_page_has_every_stop(self) -> None:
        [outcome] = Pipeline.preset("handprint", {"export.use": "html"}).read_all(np.full((60, 80), 255, np.uint8))
        data = of(outcome)
        assert [stop["name"] for stop in island(data)["stops"]] == [name for name in STOPS if name != "prepared"]
        assert stop(data, "reading")["found"] == "nothing was read on this page"

    def test_a_large_page_is_shrunk_and_keeps_its_thin_strokes(self) -> None:
        ink = np.zeros((90, 200), bool)
        ink[45, :] = True
        page = BinaryPage(source=Source(width=200, height=90), gray=np.zeros(ink.shape, np.uint8), ink=ink)
        step = Step(stage="binarize", plugin="otsu", package="ocrpipe", version="1")
        done = Page(source=page.source, blocks=(), steps=(step,))
        shown = stop(written(done, [page], side=50), "ink")["picture"]
        image = np.asarray(opened(shown["uri"]))
        assert image.shape == (22, 50)
        assert image[11].all()
        assert affine(shown["frame"])[0] == 4


def affine(matrix: list[float]) -> tuple[float, ...]:
    """Return an SVG's matrix in the order of `Affine`."""
    a, d, b, e, c, f = matrix
    return a, b, c, d, e, f


def vars_of(frame: Affine) -> tuple[float, ...]:
    return frame.a, frame.b, frame.c, frame.d, frame.e, frame.f


BOXES = (Box(2, 2, 12, 18), Box(14, 2, 30, 18), Box(14, 2, 21, 18), Box(22, 2, 30, 18), Box(34, 2, 38, 18))
FRAMES = {"as it is": Affine(), "half size": Affine.scale(2), "deskewed": Affine.rotation(3, (20, 10))}


def cropped(level: Any, frame: Affine) -> CroppedPage:
    """Return a page in work of a letter, a blob that may be two, and a scrap, in two words of a row."""
    letter, blob, left, right, scrap = (Region(box=box) for box in BOXES)
    if level == "glyph":
        blob = blob.replace(rivals=((left, right),))
    spec = CropSpec(level=level, height=8, width=8)
    gray = np.full((20, 40), 255, np.uint8)
    page = LinedPage(
        source=Source(width=100, height=60),
        gray=gray,
        frame=frame,
        ink=gray == 0,
        regions=(letter, blob, scrap),
        blocks=((Row(words=((letter, blob), (scrap,))),),),
    )
    number = len(page.crop_regions(level))
    crops, widths = np.zeros((number, 8, 8), np.float32), np.full(number, 8, np.int32)
    step = Step(stage="crop_normalize", plugin="square", package="ocrpipe", version="1")
    return page.grow(CroppedPage, spec=spec, crops=crops, widths=widths, steps=(step,))


def crops_of(work: CroppedPage, *readings: Reading) -> Any:
    page = work.read(readings)
    done = page.replace(steps=(*page.steps, Step(stage="classify", plugin="mlp", package="ocrpipe", version="1")))
    return stop(written(done, [work, done]), "crops")


def sure(text: str, confidence: float = 0.9) -> Reading:
    return Reading(text=text, confidence=confidence)


class TestCrops:
    @pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
    def test_rivals_that_were_taken_and_those_that_were_not(self, frame: Affine) -> None:
        work = cropped("glyph", frame)
        split = crops_of(work, sure("A"), sure("M", 0.1), sure("I"), sure("V"), sure(""))
        assert [crop.get("lost", crop.get("text")) for crop in split["crops"]] == ["A", "rival", "I", "V", "no text"]
        assert split["rows"] == [[[0, 1, 2, 3], [4]]]
        whole = crops_of(work, sure("A"), sure("M"), sure("I", 0.1), sure("V", 0.1), sure(""))
        assert [crop.get("lost", crop.get("text")) for crop in whole["crops"]] == [
            "A",
            "M",
            "rival",
            "rival",
            "no text",
        ]

    @pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
    def test_words_and_lines_find_their_crops_too(self, frame: Affine) -> None:
        words = crops_of(cropped("word", frame), sure("AM"), sure(""))
        assert [crop.get("text") for crop in words["crops"]] == ["AM", None]
        assert words["rows"] == [[[0], [1]]]
        lines = crops_of(cropped("line", frame), sure("AM I"))
        assert [crop.get("text") for crop in lines["crops"]] == ["AM I"]
        assert lines["crops"][0]["piece"] == 0
        assert lines["rows"] == [[[0]]]


def tiff(path: Path, pages: int) -> Path:
    """Write a document of blank pages."""
    first, *more = (Image.new("L", (80, 60), 255 - page) for page in range(pages))
    first.save(path, save_all=True, append_images=more)
    return path


class TestShow:
    def test_it_writes_beside_the_user_and_prints_where(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        for _ in range(2):  # what it wrote it may write again
            done = ocrpipe("show", ROOT / "samples" / "fax.tif")
            assert (done.code, done.text) == (0, "fax.html\n"), done.err
        assert [stop["name"] for stop in island((tmp_path / "fax.html").read_bytes())["stops"]][-2:] == STOPS[-2:]

    def test_a_file_of_the_users_own_is_not_replaced(self, tmp_path: Path) -> None:
        (tmp_path / "fax.html").write_text("<!doctype html><p>mine")
        done = ocrpipe("show", ROOT / "samples" / "fax.tif", "-o", tmp_path)
        assert done.code == 2
        assert "was not written by ocrpipe: choose another folder with -o" in done.err
        assert (tmp_path / "fax.html").read_text() == "<!doctype html><p>mine"

    def test_each_page_has_its_file(self, tmp_path: Path) -> None:
        done = ocrpipe("show", tiff(tmp_path / "two.tif", 2), "-o", tmp_path / "out")
        assert done.code == 0, done.err
        assert done.text.split() == [str(tmp_path / "out" / name) for name in ("two.html", "two-p0002.html")]
        (tmp_path / "out" / "two-p0002.html").write_text("mine")
        again = ocrpipe("show", tmp_path / "two.tif", "--pages", "2", "-o", tmp_path / "out")
        assert (again.code, "two-p0002.html is there" in again.err) == (2, True)

    def test_options_reach_the_plugins(self, tmp_path: Path) -> None:
        settings = ("--set", "binarize.use=otsu", "--set", "export.html.sure=0.5", "--set", "export.html.doubtful=0.1")
        done = ocrpipe("show", ROOT / "samples" / "fax.tif", "-o", tmp_path, *settings)
        data = (tmp_path / "fax.html").read_bytes()
        assert done.code == 0, done.err
        assert stop(data, "ink")["steps"][0]["plugin"] == "otsu"
        assert island(data)["sure"] == 0.5

    def test_what_cannot_be_opened_is_told(self, tmp_path: Path) -> None:
        done = ocrpipe("show", "none.jpg", "-o", tmp_path)
        assert (done.code, done.text) == (4, "")
        assert done.lines == ["ocrpipe: none.jpg: there is no such file"]


class TestTrail:
    def test_it_has_what_each_step_gave(self, read: Outcome) -> None:
        assert read.page
        assert len(read.trail) == len(read.page.steps)
        assert read.trail[0] is read.loaded
        for number, given_page in enumerate(read.trail, 1):
            assert given_page.steps == read.page.steps[:number]

    def test_nobody_keeps_it_who_is_not_asked(self) -> None:
        [outcome] = Pipeline.preset("handprint").read_all(np.full((60, 80), 255, np.uint8))
        assert outcome.page
        assert outcome.trail == ()

    def test_it_is_gone_when_the_next_page_is_read(self, tmp_path: Path) -> None:
        from ocrpipe.batch import Batch
        from ocrpipe.document import Document

        document = Document.of(tiff(tmp_path / "three.tif", 3))
        batch = Batch(Pipeline.preset("handprint", {"export.use": "html"}), tell=lambda error: None)
        before: Page | None = None
        for page in batch.pages(document):
            assert len(batch.trail(page)) == len(page.steps)
            assert before is None or batch.trail(before) == ()
            before = page
