"""Every kind of misbehaviour becomes an error that says page, stage, plugin, package and version; the rest goes on."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ocrpipe import ConfigError, InputError, Page, Pipeline, PluginError, StageError
from ocrpipe.host import NO_HOOKS
from ocrpipe.names import STAGES
from ocrpipe.pipeline import Outcome
from tests.support import toy_file

BAD = "(ocrpipe-misbehaving 6.6.6)"


@pytest.fixture(autouse=True)
def packages(installed: Callable[..., Path]) -> None:
    installed("toy", "misbehaving", "broken_contract")


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Three pages, which the toy pipeline reads as A, AA and AAA."""
    return toy_file(tmp_path / "three.toy", "#", "# #", "# # #")


def toy(**settings: Any) -> Pipeline:
    """Return the toy pipeline with `stage__option=value` set."""
    return Pipeline.preset("toy", {key.replace("__", "."): value for key, value in settings.items()})


def bad(stage: str, how: str, **options: Any) -> Pipeline:
    """Return the toy pipeline with the misbehaving plugin in one stage."""
    settings = {"use": "bad", "how": how, **options}
    return toy(**{f"{stage}__{option}": value for option, value in settings.items()})


def told(outcomes: list[Outcome]) -> list[str]:
    return [str(outcome.error) if outcome.error else outcome.page.text for outcome in outcomes if outcome]


def test_the_toy_pipeline_reads(pages: Path) -> None:
    assert told(list(toy().read_all(pages))) == ["A", "AA", "AAA"]


ANY_STAGE = {
    "raises": "failed: RuntimeError: out of cheese",
    "exits": "failed: SystemExit: 3",
    "first-use-raises": "failed: MemoryError: no room for the engine",
    "returns-none": "returned NoneType, but must return a {kind}",
    "returns-text": "returned str, but must return a {kind}",
    "sets-field": "returned a wrong page: source: Instance is frozen",
    "changes-source": "changed the page's source, which must stay as it was loaded",
    "changes-steps": "changed the page's steps, which the host alone writes",
}
KINDS = {
    "prepare": "GrayPage",
    "binarize": "BinaryPage",
    "segment": "SegmentedPage",
    "line_cluster": "LinedPage",
    "crop_normalize": "CroppedPage",
    "classify": "Page",
    "postprocess": "Page",
}
OF_A_STAGE = {
    ("prepare", "changes-input"): "failed: ValueError: assignment destination is read-only",
    ("binarize", "changes-input"): "failed: ValueError: assignment destination is read-only",
    ("binarize", "returns-input"): "returned GrayPage, but must return a BinaryPage",
    (
        "binarize",
        "wrong-dtype",
    ): "returned a wrong page: ink: must be an array of bool (height, width), but is of uint8",
    ("binarize", "wrong-shape"): "returned a wrong page: ink has shape (7, 24), but the page has (8, 24)",
    ("binarize", "wrong-rank"): "returned a wrong page: ink: must be an array of bool (height, width), but is of bool",
    ("segment", "changes-input"): "failed: ValueError: assignment destination is read-only",
    ("segment", "box-outside"): "returned a wrong page: Box(x0=0, y0=0, x1=25, y1=8) reaches out of the page of 24 x 8",
    ("segment", "empty-box"): "failed: ValueError: Box(x0=3, y0=0, x1=3, y1=8) is no box",
    ("segment", "wrong-level"): "gave regions of the level line, but declares that it finds glyph",
    ("segment", "wrong-mask"): "returned a wrong page: mask has shape (1, 1)",
    ("line_cluster", "empty-row"): "returned a wrong page: a row needs at least one word",
    ("line_cluster", "region-twice"): "put a region into its rows twice",
    ("line_cluster", "foreign-region"): "put a region into its rows that is none of the page's",
    ("crop_normalize", "wrong-length"): "returned a wrong page: crops holds 3 crops, but the page has 2 glyph regions",
    ("crop_normalize", "wrong-shape"): "returned a wrong page: crops are 33 x 32 pixels, but the classifier asked for",
    ("crop_normalize", "wrong-dtype"): "returned a wrong page: crops: must be an array of float32",
    ("classify", "changes-input"): "failed: ValueError: assignment destination is read-only",
    ("classify", "wrong-length"): "failed: ValueError: 3 readings for 2 crops",
    ("classify", "wrong-confidence"): "returned a wrong page: confidence: Input should be less than or equal to 1",
    ("postprocess", "changes-input"): "returned a wrong page: text: Instance is frozen",
}
CASES = [(stage, how, says.format(kind=KINDS[stage])) for stage in KINDS for how, says in ANY_STAGE.items()]
CASES += [(stage, how, says) for (stage, how), says in OF_A_STAGE.items()]


@pytest.mark.parametrize(("stage", "how", "says"), CASES)
def test_a_misbehaving_plugin_costs_only_its_page(stage: str, how: str, says: str, pages: Path) -> None:
    first, second, third = bad(stage, how, on=[2]).read_all(pages)
    assert first.page
    assert third.page
    error = second.error
    assert isinstance(error, StageError)
    assert (error.stage, error.plugin, error.package, error.version) == (stage, "bad", "ocrpipe-misbehaving", "6.6.6")
    assert str(error).startswith(f"{pages}, page 2: {stage}/bad {BAD} {says}"), str(error)
    assert "\n" not in str(error)
    assert error.__cause__  # which `--debug` shows


def test_a_plugin_whose_file_is_gone_fails_where_it_is_used(pages: Path) -> None:
    with pytest.raises(StageError, match=r"classify/bad .* failed: FileNotFoundError: .*/nowhere/weights"):
        bad("classify", "file-is-gone").read(pages)


LOADERS = {
    "call-raises": "failed: RuntimeError: will not even look",
    "gives-number": "failed: TypeError: 'int' object is not iterable",
    "raises": "failed: RuntimeError: out of cheese",
    "exits": "failed: SystemExit: 3",
    "returns-text": "returned str, but must return a GrayPage",
    "gives-pixels": "returned ndarray, but must return a GrayPage",
    "wrong-dtype": "returned a wrong page: gray: must be an array of uint8",
}


@pytest.mark.parametrize("how", LOADERS)
def test_a_misbehaving_loader_ends_its_document(how: str, pages: Path) -> None:
    *read, last = bad("load", how, on=[2]).read_all(pages)
    assert len(read) == (0 if how in ("call-raises", "gives-number") else 1)
    assert all(outcome.page for outcome in read)
    assert str(last.error).startswith(f"{pages}: load/bad {BAD} {LOADERS[how]}"), str(last.error)
    assert getattr(last.error, "__cause__", None)


def test_a_loader_must_number_its_pages_upwards(pages: Path) -> None:
    assert told(list(bad("load", "numbers-alike").read_all(pages)))[1:] == [
        f"{pages}: load/bad {BAD} gave page 1 after page 1, but page numbers must rise"
    ]


def test_a_loader_must_give_only_what_is_asked_for(pages: Path) -> None:
    with pytest.raises(StageError, match="gave page 1, which was not asked for"):
        bad("load", "ignores-wants").read(pages, page=2)


def test_a_document_that_no_loader_takes_or_that_has_no_pages_is_an_input_error(pages: Path) -> None:
    with pytest.raises(InputError, match=r"no loader takes it \(asked: bad\); is it an image\?"):
        bad("load", "returns-none").read(pages)
    with pytest.raises(InputError, match=r"three.toy: has no page 9"):
        toy().read(pages, page=9)
    [outcome] = toy().read_all(toy_file(pages))
    assert str(outcome.error) == f"{pages}: has no page"


def test_the_first_loader_that_takes_a_document_gets_it(pages: Path) -> None:
    assert toy(load__use="bad, lines", **{"load__bad.how": "returns-none"}).read(pages, page=2).text == "AA"


@pytest.mark.parametrize("how", ["build-raises", "build-exits"])
def test_a_plugin_that_cannot_be_built_is_refused_before_any_page(how: str) -> None:
    with pytest.raises(PluginError, match=r"binarize/bad \(ocrpipe-misbehaving 6.6.6\) cannot be built: (Run|System)"):
        bad("binarize", how)


@pytest.mark.parametrize(
    ("stage", "name", "says"),
    [
        ("binarize", "unmarked", "has a method 'binarize' without @hookimpl above it"),
        ("binarize", "wrong-argument", "breaks the contract of its hooks: .*picture"),
        ("binarize", "misspelt-too", "breaks the contract of its hooks: .*postproces"),
        ("segment", "finds-nothing", "must declare 'finds'"),
        ("segment", "finds-wrong", "declares finds = 'letter', which must be one of glyph, word, line"),
        ("classify", "reads-nothing", "must declare 'reads'"),
        ("export", "no-suffix", "must declare 'suffix'"),
        ("export", "wrong-per", "declares per = 'pages', which must be one of page, document"),
    ],
)
def test_a_broken_contract_is_refused_when_the_pipeline_is_built(stage: str, name: str, says: str) -> None:
    with pytest.raises(PluginError, match=rf"{stage}/{name} \(ocrpipe-broken-contract 0.1\) .*{says}") as caught:
        toy(**{f"{stage}__use": name})
    assert "\n" not in str(caught.value)


def test_a_pairing_that_cannot_work_is_refused_with_a_hint() -> None:
    with pytest.raises(ConfigError, match="all-a reads each glyph, but whole finds only each line: choose a segmenter"):
        toy(segment__use="whole")
    assert toy(segment__use="cells", classify__use="lines").spec.level == "line"
    assert toy(segment__use="whole", classify__use="lines")


def test_lines_are_read_whatever_was_segmented(pages: Path) -> None:
    for segmenter in ("cells", "whole"):
        page = toy(segment__use=segmenter, classify__use="lines").read(pages, page=2)
        assert [(line.text, line.confidence) for line in page.lines] == [("a line", 0.5)]


def test_what_an_engine_read_at_once_is_taken_over_without_crops(pages: Path) -> None:
    page = toy(segment__use="at-once", classify__use="given", crop_normalize__use="bad").read(pages, page=2)
    assert [(line.text, line.confidence) for line in page.lines] == [("at once", 0.5)]
    assert [step.stage for step in page.steps][-2:] == ["line_cluster", "classify"]


def test_another_classifier_reads_anew_what_an_engine_has_read(pages: Path) -> None:
    assert toy(segment__use="at-once", classify__use="lines").read(pages, page=2).text == "a line"


def test_given_is_refused_where_the_last_segmenter_only_finds(pages: Path) -> None:
    for segmenter in ("whole", "at-once, cells"):
        last = segmenter.rpartition(" ")[2]
        with pytest.raises(ConfigError, match=f"given takes over what the segmenter has read, but {last} only finds"):
            toy(segment__use=segmenter, classify__use="given")


def test_a_reading_that_was_promised_and_is_missing_is_the_segmenters_fault(pages: Path) -> None:
    with pytest.raises(StageError, match=r"segment/at-once .*gave a region without a reading, but declares also_reads"):
        toy(segment__use="at-once", **{"segment__at-once__text": ""}, classify__use="given").read(pages, page=2)


def test_nothing_costly_is_built_before_the_first_page(pages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline = toy()
    pipeline.to_toml()
    loads = pipeline.read_all(pages)
    assert "engine" not in vars(pipeline.workers["classify"][0].plugin)
    list(loads)
    assert capsys.readouterr().err == "the engine is built\n"  # once, for three pages


def test_a_result_says_how_it_was_made(pages: Path, tmp_path: Path) -> None:
    weights = tmp_path / "weights.txt"
    weights.write_text("Q")
    page = toy(prepare__use="darker", prepare__by=3, classify__weights=str(weights)).read(pages)
    assert page.text == "Q"
    assert [f"{step.stage}/{step.plugin}" for step in page.steps] == [
        "load/lines",
        "prepare/darker",
        "binarize/half",
        "segment/cells",
        "line_cluster/one",
        "crop_normalize/ones",
        "classify/all-a",
    ]
    assert {(step.package, step.version) for step in page.steps} == {("ocrpipe-toy", "0.3.1")}
    assert page.steps[1].options == {"by": 3}
    assert page.steps[2].options == {"half": 128, "rule": "dark"}  # the defaults, too
    assert page.steps[-1].files == {"weights.txt": "4ae81572f06e1b88fd5ced7a1a000945432e83e1551e6f721ee9c00b8cc33260"}
    assert Page.from_json(page.to_json()) == page


def test_observers_see_every_call(pages: Path) -> None:
    pipeline = toy(observe__use="diary", binarize__use="bad", binarize__how="raises", binarize__on=[2])
    list(pipeline.read_all(pages))
    calls = pipeline.workers["observe"][0].plugin._calls  # type: ignore[attr-defined]
    seen = [(call.stage, call.title.rpartition(", ")[2], call.error is None) for call in calls]
    first = ["load", "binarize", "segment", "line_cluster", "crop_normalize", "classify"]
    assert seen[:8] == [(stage, str(pages), True) for stage in first] + [
        ("load", "page 2", True),
        ("binarize", "page 2", False),
    ]
    assert all((call.page is None) == (call.stage == "load") for call in calls)
    assert all(call.seconds >= 0 and call.package and (call.result is None) != (call.error is None) for call in calls)


@pytest.mark.parametrize("how", ["call-raises", "raises"])
def test_observers_see_a_loader_fail(how: str, pages: Path) -> None:
    pipeline = toy(observe__use="diary", load__use="bad", load__how=how)
    list(pipeline.read_all(pages))
    [call] = pipeline.workers["observe"][0].plugin._calls  # type: ignore[attr-defined]
    assert isinstance(call.error, StageError)


@pytest.mark.parametrize("how", ["raises", "exits"])
def test_an_observer_that_fails_is_reported_once_and_harms_nothing(
    how: str, pages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(list(bad("observe", how).read_all(pages))) == ["A", "AA", "AAA"]
    [line] = [line for line in capsys.readouterr().err.splitlines() if "engine" not in line]
    assert f"observe/bad {BAD} failed: " in line


def test_a_plugin_that_prints_does_no_harm_to_the_result(pages: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert bad("binarize", "prints").read(pages).text == "A"
    assert "hello" in capfd.readouterr().out  # the library leaves stdout alone; the command does not


@pytest.mark.parametrize("name", ["niblack", "ocrpipe-niblack/niblack"])
def test_a_strangers_plugin_takes_a_stage(name: str, pages: Path, installed: Callable[..., Path]) -> None:
    installed("niblack")
    page = toy(binarize__use=name, binarize__half=3).read(pages)
    assert [(s.plugin, s.package, s.version) for s in page.steps if s.stage == "binarize"] == [
        (name, "ocrpipe-niblack", "1.2.0")
    ]


def test_an_unused_plugin_is_not_imported(installed: Callable[..., Path], pages: Path) -> None:
    installed("niblack", "import_error", "heavy")
    toy().read(pages)
    assert not {"ocrpipe_niblack", "ocrpipe_import_error", "ocrpipe_heavy"} & set(sys.modules)


def test_plugins_are_equal_only_to_themselves_and_cannot_be_pickled() -> None:
    one, other = (toy().workers["binarize"][0].plugin for _ in range(2))
    assert one != other
    assert len({one, other}) == 2
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(one)


def test_an_error_can_be_sent_to_another_process() -> None:
    error = StageError("page.jpg", "binarize", "otsu", "ocrpipe", "0.1", "failed: ValueError")
    sent = pickle.loads(pickle.dumps(error))
    assert (str(sent), sent.stage, sent.reason) == (str(error), "binarize", "failed: ValueError")


def test_no_stage_is_called_as_what_every_plugin_has() -> None:
    assert not NO_HOOKS & set(STAGES)
