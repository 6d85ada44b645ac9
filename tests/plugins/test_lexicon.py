"""`ocrpipe-lexicon` alone in a fresh environment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.plugins.fresh import Fresh
from tests.support import ROOT

pytestmark = pytest.mark.slow

PAGE = ROOT / "samples" / "shopping.jpg"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    return Fresh.install(tmp_path_factory.mktemp("lexicon"), "ocrpipe-lexicon")


def test_the_preset_reads_a_page_and_records_the_list(fresh: Fresh) -> None:
    done = fresh.ocrpipe("run", PAGE, "--pipeline", "handprint-lexicon", "--to", "json")
    assert done.code == 0, done.err
    page = json.loads(done.text)
    [step] = [step for step in page["steps"] if step["plugin"] == "lexicon"]
    assert step["package"] == "ocrpipe-lexicon"
    assert list(step["files"]) == ["frequency_dictionary_en_82_765.txt"]
    assert "SHOPPING" in "".join(fresh.ocrpipe("run", PAGE, "--pipeline", "handprint-lexicon").text.split())


def test_the_plain_method_gains_by_it(fresh: Fresh) -> None:
    chosen = ("--pipeline", "course", "--postprocess", "lexicon", "--to", "json")
    page = json.loads(fresh.ocrpipe("run", ROOT / "samples" / "letter.jpg", *chosen).text)
    [warning] = page["warnings"]
    assert warning.startswith("lexicon changed ")


def test_a_list_of_ones_own_and_what_is_wrong_with_one(fresh: Fresh, tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("shopping 5\nlist 3\neggs\n")
    chosen = ("--pipeline", "handprint-lexicon", "--set", f"postprocess.lexicon.words={mine}")
    assert fresh.ocrpipe("run", PAGE, *chosen).code == 0
    mine.write_text("shopping 5\nice cream 3\n")
    broken = fresh.ocrpipe("run", PAGE, *chosen)
    assert broken.code == 1
    assert "line 2: 'ice cream 3' must be a word" in broken.err
    mine.unlink()
    missing = fresh.ocrpipe("run", PAGE, *chosen)
    assert missing.code == 2
    assert "there is no word list" in missing.err
    assert "Traceback" not in broken.err + missing.err


def test_it_is_listed_and_sound(fresh: Fresh) -> None:
    assert "lexicon" in fresh.ocrpipe("plugins", "list").text
    doctor = fresh.ocrpipe("plugins", "doctor")
    assert doctor.code == 0, doctor.text + doctor.err


def test_its_own_tests_pass(fresh: Fresh) -> None:
    done = fresh.own_tests()
    assert done.code == 0, done.text + done.err
    assert "skipped" not in done.text
