"""Each engine's package alone in a fresh environment, and all of them in one: every pairing does what the docs say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from rapidfuzz.distance import Levenshtein

from tests.plugins.fresh import Fresh
from tests.support import ROOT

pytestmark = pytest.mark.slow

ENGINES = {"tesseract": ("tesseract", "tesseract-page"), "rapidocr": ("rapidocr",), "ppocr": ("ppocr",)}
PAGE = ROOT / "samples" / "printed.png"
DOCS = ROOT / "docs" / "plugins" / "mixing.md"


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Fresh]:
    """Return an engine's name and an environment with its package alone."""
    return request.param, Fresh.install(tmp_path_factory.mktemp(request.param), f"ocrpipe-{request.param}")


def test_its_presets_and_handprint_read_a_printed_page(engine: tuple[str, Fresh]) -> None:
    name, fresh = engine
    truth = " ".join(PAGE.with_suffix(".txt").read_text().split())
    for preset in (*ENGINES[name], "handprint"):
        done = fresh.ocrpipe("run", PAGE, "--pipeline", preset, "--to", "json")
        assert done.code == 0, done.err
        page = json.loads(done.text)
        words = (word for block in page["blocks"] for line in block["lines"] for word in line["words"])
        texts = (word["reading"] or {"text": "".join(g["reading"]["text"] for g in word["glyphs"])} for word in words)
        assert Levenshtein.normalized_similarity(truth, " ".join(text["text"] for text in texts)) > 0.9, preset
        used = {step["package"] for step in page["steps"]}
        assert (f"ocrpipe-{name}" in used) == (preset != "handprint")


def test_it_is_listed_and_sound(engine: tuple[str, Fresh]) -> None:
    name, fresh = engine
    assert f"ocrpipe-{name}" in fresh.ocrpipe("plugins", "list").text
    doctor = fresh.ocrpipe("plugins", "doctor")
    assert doctor.code == 0, doctor.text + doctor.err


def test_its_own_tests_pass(engine: tuple[str, Fresh]) -> None:
    done = engine[1].own_tests()
    assert done.code == 0, done.text + done.err


def test_nothing_is_left_beside_its_source(engine: tuple[str, Fresh]) -> None:
    left = {path.name for path in Path(engine[1].package).iterdir()}
    assert "build" not in left


def test_every_pairing_does_what_the_docs_say(tmp_path: Path) -> None:
    """The engines in one environment read one page; `python tests/plugins/mixing.py` writes the docs' table."""
    fresh = Fresh.install(tmp_path, "ocrpipe-tesseract")
    for name in ("ocrpipe-rapidocr", "ocrpipe-ppocr"):
        fresh.add(name)
    done = fresh.python(ROOT / "tests" / "plugins" / "mixing.py")
    assert done.code == 0, done.err
    made, shown = table(done.text), table(DOCS.read_text())
    assert made.keys() == shown.keys()
    for pairing, cell in made.items():
        if cell == "refused":
            assert shown[pairing] == cell, pairing
        else:
            assert float(cell) == pytest.approx(float(shown[pairing]), abs=0.05), pairing
    reasons = [line for line in done.text.splitlines() if line.startswith("- ")]
    assert reasons
    assert [reason for reason in reasons if reason not in DOCS.read_text().splitlines()] == []


def table(text: str) -> dict[tuple[str, str], str]:
    """Return a Markdown table's cells by their row's and column's names."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.*\|$", text, re.MULTILINE)
    ]
    head, _, *body = rows
    return {(row[0], name): cell for row in body for name, cell in zip(head[1:], row[1:], strict=True)}
