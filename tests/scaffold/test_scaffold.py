"""`ocrpipe plugins new`: every stage's package is whole, clean and works as it stands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from ocrpipe.errors import ConfigError
from ocrpipe.files import write_whole
from ocrpipe.names import TRIED
from ocrpipe.scaffold import draft, names_for, write
from ocrpipe.scaffold import package as package_module
from tests.support import ROOT, ocrpipe, write_metadata

LONG = "a-name-as-long-as-a-plugin-may-have-here"
"""Forty letters: lines and imports must not grow too long by it."""


def made(folder: Path, name: str) -> dict[str, Path]:
    """Write a package for each stage into `folder`; return their folders."""
    places = {}
    for stage in TRIED:
        new = draft(f"{name}-{stage}"[:40] if name != LONG else LONG, stage)
        places[stage] = folder / stage
        write(new, places[stage])
    return places


def run(*command: object, cwd: Path, **environment: str) -> None:
    """Run a tool, and fail with what it says if it does."""
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", **environment},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def site_of(folder: Path, site: Path) -> Path:
    """Put a package's code and metadata into `site`, as pip would; return `site`."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    write_metadata(site, project["name"], project["version"], project["entry-points"], project["dependencies"])
    [code] = folder.glob("ocrpipe_*")
    (site / code.name).symlink_to(code)
    return site


def test_a_whole_package_is_written(tmp_path: Path) -> None:
    done = ocrpipe(
        "plugins", "new", "Wolf_Jolion", "--stage", "binarize", "-o", tmp_path / "w", "--author", 'J. "Jo" Wolf'
    )
    assert (done.code, done.text) == (0, f"{tmp_path / 'w'}\n")
    files = sorted(str(path.relative_to(tmp_path / "w")) for path in (tmp_path / "w").rglob("*") if path.is_file())
    assert files == [
        ".github/workflows/tests.yml",
        ".gitignore",
        "LICENSE",
        "README.md",
        "ocrpipe_wolf_jolion/__init__.py",
        "ocrpipe_wolf_jolion/py.typed",
        "pyproject.toml",
        "tests/test_contract.py",
        "tests/test_ocrpipe_wolf_jolion.py",
    ]
    project = tomllib.loads((tmp_path / "w" / "pyproject.toml").read_text())["project"]
    assert project["entry-points"] == {"ocrpipe.binarize": {"wolf-jolion": "ocrpipe_wolf_jolion:WolfJolion"}}
    assert project["authors"] == [{"name": "J. Jo Wolf"}]
    assert [line.partition(">")[0] for line in project["dependencies"]] == ["ocrpipe", "numpy", "pydantic"]
    assert "J. Jo Wolf" in (tmp_path / "w" / "LICENSE").read_text()
    assert "--binarize wolf-jolion" in (tmp_path / "w" / "README.md").read_text()
    assert not [
        path for path in (tmp_path / "w").rglob("*") if path.is_file() and "$" in path.read_text().replace("${{", "")
    ]


def test_the_folder_is_named_after_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert ocrpipe("plugins", "new", "wolf", "--stage", "line-cluster").text == "ocrpipe-wolf\n"
    assert (tmp_path / "ocrpipe-wolf" / "pyproject.toml").is_file()


@pytest.mark.parametrize("name", ["stage", LONG], ids=["short", "long"])
@pytest.mark.skipif(not find_spec("ruff"), reason="needs ruff")
def test_what_is_written_is_clean(name: str, tmp_path: Path) -> None:
    places = made(tmp_path, name)
    for folder in places.values():
        run("-m", "ruff", "check", "--no-cache", ".", cwd=folder)
        run("-m", "ruff", "format", "--no-cache", "--check", ".", cwd=folder)


def test_the_tests_of_each_pass(tmp_path: Path) -> None:
    places = made(tmp_path, "stage")
    own = [next((folder / "tests").glob("test_ocrpipe_*")) for folder in places.values()]
    for folder in places.values():
        site_of(folder, tmp_path / "site")
    path = f"{tmp_path / 'site'}{os.pathsep}{ROOT}"
    run("-m", "pytest", "-p", "no:cacheprovider", "--import-mode", "importlib", *own, cwd=tmp_path, PYTHONPATH=path)


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write a package for each stage and let pip install it; return their folders, beside which is `site`."""
    folder = tmp_path_factory.mktemp("packages")
    places = {}
    for stage in TRIED:
        places[stage] = folder / stage
        done = ocrpipe("plugins", "new", f"fresh-{stage}", "--stage", stage, "-o", places[stage])
        assert done.code == 0, done.err
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target"]
    run(*pip, folder / "build", "setuptools>=77", cwd=folder)  # once, and not for each of them
    build = {"PYTHONPATH": str(folder / "build")}
    run(*pip, folder / "site", "--no-build-isolation", *places.values(), cwd=folder, **build)
    return places


@pytest.mark.slow
@pytest.mark.skipif(not find_spec("pip"), reason="needs pip")
@pytest.mark.parametrize("stage", TRIED)
def test_it_installs_keeps_the_contract_and_is_typed(stage: str, packages: dict[str, Path], tmp_path: Path) -> None:
    package, site = packages[stage], packages[stage].parent / "site"
    tests = shutil.copytree(package / "tests", tmp_path / "tests")  # far from the code: what pip installed is tested
    run("-m", "pytest", "-p", "no:cacheprovider", cwd=tests, PYTHONPATH=f"{site}{os.pathsep}{ROOT}")
    run("-m", "mypy", "--cache-dir", package.parent / "cache", cwd=package)
    shown = json.loads(
        ocrpipe("plugins", "show", f"{stage}/fresh-{stage.replace('_', '-')}", "--json", on_path=site).text
    )
    assert shown["plugins"][0]["licence"] == "MIT"
    assert all(need["fits"] for need in shown["plugins"][0]["needs"])


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "is no name for a package"),
        ("wolf/jolion", "is no name for a package"),
        ("-wolf", "is no name for a package"),
        ("wölf", "is no name for a package"),
        ("../wolf", "is no name for a package"),
        ("2wolf", "begins with no letter"),
        ("ocrpipe-", "is no name for a package"),
        ("ocrpipe-2", "begins with no letter"),
        ("none", "means no plugin"),
        ("ocrpipe", "is the host's own name"),
        ("w" * 41, "has 41 letters"),
    ],
)
def test_a_name_that_cannot_be_is_refused(name: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        names_for(name)


@pytest.mark.parametrize(
    ("name", "klass"), [("page", "PagePlugin"), ("true", "TruePlugin"), ("plugin", "PluginPlugin")]
)
def test_a_class_hides_no_other(name: str, klass: str) -> None:
    new = draft(name, "prepare")
    assert new.names.klass == klass
    for path, content in new.files.items():
        if path.suffix == ".py":
            compile(content, str(path), "exec")


def test_a_name_that_is_taken_is_refused(installed: Callable[..., Path]) -> None:
    with pytest.raises(ConfigError, match="there is a binarize plugin 'otsu' already, in ocrpipe"):
        draft("otsu", "binarize")
    installed("niblack")
    with pytest.raises(ConfigError, match="there is a binarize plugin 'niblack' already, in ocrpipe-niblack"):
        draft("ocrpipe-niblack", "binarize")
    with pytest.raises(ConfigError, match="a package ocrpipe-niblack is installed already"):
        draft("niblack", "segment")


def test_an_unknown_stage_is_refused() -> None:
    done = ocrpipe("plugins", "new", "wolf", "--stage", "binarise")
    assert (done.code, done.lines) == (
        2,
        ["ocrpipe: --stage binarise: there is no such stage; did you mean 'binarize'?"],
    )


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match=r"is not empty \(it holds mine.txt\)"):
        write(draft("wolf", "load"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(ConfigError, match="cannot be written"):
        write(draft("wolf", "load"), tmp_path / "mine.txt" / "deeper")
    with pytest.raises(ConfigError, match=r"mine\.txt: cannot be written"):
        write(draft("wolf", "load"), tmp_path / "mine.txt")
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_fresh_repository_counts_as_empty(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(draft("wolf", "load"), tmp_path)
    assert (tmp_path / "pyproject.toml").is_file()


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_half_written_stays(
    there: bool, error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a" / "b"
    if there:
        folder.mkdir(parents=True)
    left = 5

    def full(path: Path, content: bytes) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise error
        write_whole(path, content)

    monkeypatch.setattr(package_module, "write_whole", full)
    with pytest.raises((ConfigError, KeyboardInterrupt)):
        write(draft("wolf", "load"), folder)
    assert left == 0
    assert list(tmp_path.rglob("*")) == ([tmp_path / "a", folder] if there else [])
