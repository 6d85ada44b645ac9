"""`ocrpipe-opencv` alone in a fresh environment."""

from __future__ import annotations

import json
from difflib import SequenceMatcher

import pytest

from tests.plugins.fresh import Fresh
from tests.support import ROOT

pytestmark = pytest.mark.slow

PAGE = ROOT / "samples" / "shopping.jpg"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    return Fresh.install(tmp_path_factory.mktemp("opencv"), "ocrpipe-opencv")


def test_the_preset_reads_a_page_as_its_model_does(fresh: Fresh) -> None:
    mine, model = (fresh.ocrpipe("run", PAGE, "--pipeline", name) for name in ("course-cv", "course"))
    assert (mine.code, model.code) == (0, 0), mine.err + model.err
    assert SequenceMatcher(None, mine.text, model.text, autojunk=False).ratio() > 0.97


@pytest.mark.parametrize(
    "choice",
    [("--binarize", "cv-sauvola"), ("--prepare", "invert,shrink,cv-shading"), ("--prepare", "cv-deskew,shading")],
)
def test_each_plugin_works_within_the_default(fresh: Fresh, choice: tuple[str, str]) -> None:
    done = fresh.ocrpipe("run", PAGE, *choice, "--to", "json")
    assert done.code == 0, done.err
    steps = json.loads(done.text)["steps"]
    assert any(step["package"] == "ocrpipe-opencv" for step in steps)


def test_it_is_listed_and_sound(fresh: Fresh) -> None:
    listed = fresh.ocrpipe("plugins", "list").text
    assert "cv-otsu" in listed
    doctor = fresh.ocrpipe("plugins", "doctor")
    assert doctor.code == 0, doctor.text + doctor.err


def test_its_own_tests_pass(fresh: Fresh) -> None:
    done = fresh.own_tests()
    assert done.code == 0, done.text + done.err
    assert "skipped" not in done.text
