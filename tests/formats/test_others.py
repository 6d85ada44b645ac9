"""Other people's packages read what we write, and find the same words in the same boxes."""

from __future__ import annotations

import json
import subprocess
import venv
from pathlib import Path

import pytest

from ocrpipe import Page, Pipeline
from ocrpipe.stages.export.alto import Alto
from ocrpipe.stages.export.hocr import Hocr
from ocrpipe.stages.export.page import PageXml
from tests.formats.common import written
from tests.support import ROOT

PACKAGES = ("alto-tools", "archive-hocr-tools", "pagexml-tools")
"""Readers of ALTO, of hOCR (by the Internet Archive), and of PAGE-XML."""

PROGRAM = """
import json, sys

def alto(path):
    from alto_tools.alto_tools import alto_parse
    _, tree, ns = alto_parse(open(path, encoding="utf-8"))
    for word in tree.iterfind(f".//{{{ns}}}String"):
        x, y, width, height = (int(word.get(name)) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
        yield word.get("CONTENT"), x, y, x + width, y + height

def hocr(path):
    from hocr.parse import hocr_page_iterator, hocr_page_to_word_data
    for page in hocr_page_iterator(path):
        for paragraph in hocr_page_to_word_data(page):
            for line in paragraph["lines"]:
                for word in line["words"]:
                    yield word["text"], *word["bbox"]

def page(path):
    from pagexml.parser import parse_pagexml_file
    for line in parse_pagexml_file(path).get_lines():
        for word in line.words:
            box = word.coords.box
            yield word.text, box["x"], box["y"], box["x"] + box["w"], box["y"] + box["h"]

print(json.dumps([[text, *map(round, box)] for text, *box in globals()[sys.argv[1]](sys.argv[2])]))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python in which the other packages are installed."""
    folder = tmp_path_factory.mktemp("others")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True, capture_output=True)
    return python


@pytest.fixture(scope="module")
def page() -> Page:
    return Pipeline.preset().read(ROOT / "samples" / "columns.png")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "plugin"), [("alto", Alto()), ("hocr", Hocr()), ("page", PageXml())])
def test_they_agree(name: str, plugin: Alto | Hocr | PageXml, python: Path, page: Page, tmp_path: Path) -> None:
    path = tmp_path / f"page.{plugin.suffix}"
    path.write_bytes(written(plugin, [page]))
    done = subprocess.run([python, "-c", PROGRAM, name, path], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = [tuple(word) for word in json.loads(done.stdout.splitlines()[-1])]
    boxes = [(word.text, word.box.x0, word.box.y0, word.box.x1, word.box.y1) for word in page.words]
    assert len(boxes) > 20
    assert found == boxes
