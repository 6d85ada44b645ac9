"""Eleven packages that misbehave: the kit names the rule that each breaks, and a run names the plugin and goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ocrpipe import Pipeline, PluginError, StageError
from ocrpipe.registry import Registry
from ocrpipe.testing import Report, examine
from ocrpipe.testing.subject import subject_of_entry
from tests.support import ocrpipe, toy_file

Install = Callable[..., Path]


def examined(stage: str, name: str, seconds: float = 30, megabytes: float = 1000) -> Report:
    entry = Registry().find(stage, name)
    return examine(subject_of_entry(entry, seconds=seconds, megabytes=megabytes))


BREAKS = {
    "import_error": ("binarize", "imports", "the moon is in the wrong house"),
    "bad_options": ("binarize", "options-refuse", "level = 255 raised RuntimeError: odd numbers bring bad luck"),
    "bad_build": ("prepare", "builds", "OSError: the licence server does not answer"),
    "bad_hook": ("binarize", "raises-nothing", "raised ZeroDivisionError: ink divided by nothing"),
    "bad_type": ("classify", "result-kind", "returned list, but must return a Page"),
    "bad_length": ("classify", "one-each", "readings for"),
    "bad_boxes": ("segment", "boxes-inside", "reaches out of the page"),
    "bad_prints": ("postprocess", "no-stdout", "printed 'I have read HEAT A VAN"),
    "bad_mutates": ("binarize", "input-unchanged", "assignment destination is read-only"),
}


@pytest.mark.parametrize("package", BREAKS)
def test_the_kit_names_the_rule(package: str, installed: Install) -> None:
    installed(package)
    stage, rule, reason = BREAKS[package]
    report = examined(stage, package.replace("_", "-"))
    assert [*report.faults] == [rule]
    assert any(reason in str(fault) for fault in report.faults[rule]), report.faults[rule]
    [broken] = [each for each in report.rules if each.id == rule]
    said = report.text(broken)
    assert said.startswith(f"{stage}/{package.replace('_', '-')} (ocrpipe-{package.replace('_', '-')} ")
    assert said.endswith(f"docs/plugins/rules.md#{rule}")


def test_the_kit_finds_nothing_wrong_with_a_good_package(installed: Install) -> None:
    installed("niblack")
    report = examined("binarize", "niblack")
    assert report.ok, report.faults
    assert not [each.id for each in report.rules if report.skipped(each)]


def test_the_kit_ends_what_never_returns(installed: Install) -> None:
    installed("bad_never")
    report = examined("prepare", "bad-never", seconds=3)
    [fault] = report.faults.pop("comes-back")
    assert str(fault) == "one row: did not come back within 3 seconds"  # the first made page that holds ink
    assert not report.faults
    assert "not reached" in report.skipped(next(rule for rule in report.rules if rule.id == "same-again"))


def test_the_kit_ends_what_eats_memory(installed: Install) -> None:
    installed("bad_memory")
    report = examined("prepare", "bad-memory", megabytes=300)
    [fault] = report.faults.pop("memory")
    assert fault.reason == "takes more than 300 MB of memory"
    assert not report.faults


IN_A_RUN = {
    "bad_hook": ("binarize", "failed: ZeroDivisionError: ink divided by nothing"),
    "bad_type": ("classify", "returned list, but must return a Page"),
    "bad_length": ("classify", "failed: ValueError: 1 readings for 2 crops"),
    "bad_boxes": ("segment", "returned a wrong page: Box(x0=0, y0=0, x1=25, y1=8) reaches out of the page"),
    "bad_mutates": ("binarize", "failed: ValueError: assignment destination is read-only"),
}


@pytest.mark.parametrize("package", IN_A_RUN)
def test_a_run_names_the_plugin_and_the_other_pages_come_through(
    package: str, installed: Install, tmp_path: Path
) -> None:
    installed("toy", package)
    stage, reason = IN_A_RUN[package]
    name = package.replace("_", "-")
    pages = toy_file(tmp_path / "three.toy", ". .", "# #", "...")
    first, second, third = Pipeline.preset("toy", {f"{stage}.use": name}).read_all(pages)
    assert first.page
    assert third.page
    assert isinstance(second.error, StageError)
    assert str(second.error).startswith(f"{pages}, page 2: {stage}/{name} (ocrpipe-{name} 1.0) {reason}")


@pytest.mark.parametrize(
    ("package", "settings", "says"),
    [
        (
            "import_error",
            {"binarize.use": "import-error"},
            r"binarize/import-error \(ocrpipe-import-error 2.0\) cannot",
        ),
        ("bad_options", {"binarize.use": "bad-options", "binarize.level": 3}, r"binarize/bad-options .* odd numbers"),
        (
            "bad_build",
            {"prepare.use": "bad-build"},
            r"prepare/bad-build \(ocrpipe-bad-build 1.0\) cannot be built: OSErr",
        ),
    ],
)
def test_what_cannot_be_made_is_named_before_any_page(
    package: str, settings: dict[str, object], says: str, installed: Install
) -> None:
    installed("toy", package)
    with pytest.raises(PluginError, match=says):
        Pipeline.preset("toy", settings)


def test_what_is_printed_in_a_run_never_reaches_the_results(tmp_path: Path, everything: Path) -> None:
    pages = toy_file(tmp_path / "two.toy", "#", "# #")
    plain = ocrpipe("run", pages, "-p", "toy", on_path=everything)
    chatty = ocrpipe("run", pages, "-p", "toy", "--postprocess", "bad-prints", on_path=everything)
    assert (chatty.code, chatty.out) == (0, plain.out)
    assert "I have read AA" in chatty.err
