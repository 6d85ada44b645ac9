"""The house rules that a linter cannot know: public names, one vocabulary, and what every built-in plugin owes."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

import ocrpipe
from ocrpipe import Plugin
from ocrpipe.config import Choice, Value
from ocrpipe.hookspecs import Stages
from ocrpipe.host import hire
from ocrpipe.names import ANY, GROUP, ONCE, PASSED, SEVERAL, STAGES
from ocrpipe.pipeline import check_declared
from ocrpipe.registry import Entry, Registry
from tests.support import ROOT

PUBLIC = {"ocrpipe", "ocrpipe.nn"}
SOURCES = sorted((ROOT / "ocrpipe" / "stages").rglob("*.py"))
BUILT_IN = [entry for entry in Registry().own if entry.stage in STAGES]


def title(entry: Entry) -> str:
    return f"{entry.stage}/{entry.name}"


def test_every_public_name_is_there_and_listed() -> None:
    assert sorted(ocrpipe.__all__) == list(ocrpipe.__all__)
    assert set(ocrpipe.__all__) == {*ocrpipe._HOME, "__version__"}
    assert all(getattr(ocrpipe, name) is not None for name in ocrpipe.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'Pages'"):
        ocrpipe.Pages  # noqa: B018


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(ocrpipe.__file__).read_text())
    named = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("ocrpipe.")
        for alias in node.names
    }
    assert named == {name: f"ocrpipe.{home}" for name, home in ocrpipe._HOME.items()}


def test_one_vocabulary() -> None:
    hooks = {name for name in vars(Stages) if not name.startswith("_")}
    assert hooks == set(STAGES) == {*ONCE, *SEVERAL, *ANY}
    assert [stage for stage in STAGES if stage in PASSED] == list(PASSED)
    assert all((getattr(Stages, stage).__doc__ or "").strip() for stage in STAGES)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_stages_import_public_names_alone(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "ocrpipe":
            assert node.module in PUBLIC or str(node.module).startswith("ocrpipe.stages"), node.module
            if node.module == "ocrpipe":
                assert {alias.name for alias in node.names} <= set(ocrpipe.__all__)


def test_what_is_installed_is_what_pyproject_names() -> None:
    """Where this fails, an editable install is stale: say `make`, or pip install -e . again."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    ours = {group.removeprefix(GROUP): pairs for group, pairs in groups.items() if group.startswith(GROUP)}
    named = {(stage, *pair) for stage, pairs in ours.items() for pair in pairs.items()}
    assert {(entry.stage, entry.name, entry.value) for entry in Registry().own} == named


@pytest.mark.parametrize("entry", BUILT_IN, ids=title)
def test_a_built_in_is_built_by_default_and_explains_itself(entry: Entry) -> None:
    [worker] = hire({entry.stage: [Choice(Value(entry.name, "test"))]}, Registry())[entry.stage]
    check_declared(worker)
    kind = type(worker.plugin)
    assert issubclass(kind, Plugin)
    assert len((kind.__doc__ or "").strip().splitlines()[0]) > 10
    for name, option in kind.model_json_schema().get("properties", {}).items():
        assert option.get("description"), f"{name} needs a description"
        assert "default" in option, f"{name} needs a default"
