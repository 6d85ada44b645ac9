"""The reference is what the code says."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import pytest

from ocrpipe.names import STAGES
from tests.support import ROOT


def load_maker() -> ModuleType:
    """Import the script that makes the reference."""
    spec = importlib.util.spec_from_file_location("make_reference", ROOT / "docs" / "plugins" / "make.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MADE = load_maker().pages()


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.stem)
def test_a_page_is_up_to_date(path: object) -> None:
    assert path.read_text() == MADE[path], "say: python docs/plugins/make.py"  # type: ignore[attr-defined, index]


def test_there_is_a_page_for_each_stage_and_no_other() -> None:
    there = {path.stem for path in (ROOT / "docs" / "plugins" / "hooks").glob("*.md")}
    assert there == set(STAGES)
    index = (ROOT / "docs" / "README.md").read_text()
    assert not [stage for stage in STAGES if f"(plugins/hooks/{stage}.md)" not in index]


def test_every_document_is_reached_from_the_index() -> None:
    docs = ROOT / "docs"
    index = (docs / "README.md").read_text()
    assert not [
        str(path.relative_to(docs))
        for path in docs.rglob("*.md")
        if path.name != "README.md" and f"({path.relative_to(docs)})" not in index
    ]
