"""Nothing is imported that a verb does not use, whatever is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT, toy_file

REPORT = """
import sys
sys.argv = ["ocrpipe", *sys.argv[1:]]
from ocrpipe.cli import main
try:
    main()
except SystemExit:
    pass
sys.stdout.flush()
sys.stderr.write("\\n".join(sorted(sys.modules)))
"""


def modules_after(everything: Path, told: Path, *arguments: str, writes: bool = True) -> set[str]:
    """Return the modules that the command imported, while packages that import heavy ones are installed."""
    done = subprocess.run(
        [sys.executable, "-c", REPORT, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{everything}{os.pathsep}{ROOT}", "OCRPIPE_HEAVY_TELLS": str(told)},
        timeout=60,
        check=True,
    )
    assert bool(done.stdout) == writes
    return set(done.stderr.splitlines())


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["run", "--help"], ["plugins", "list"], ["pipelines", "list"]]
)
def test_help_and_lists_import_nothing_heavy(arguments: list[str], everything: Path, tmp_path: Path) -> None:
    modules = modules_after(everything, tmp_path / "told", *arguments)
    assert "ocrpipe.cli.app" in modules
    heavy = {"numpy", "scipy", "skimage", "PIL", "pluggy"} | {path.stem for path in everything.glob("ocrpipe_*")}
    assert not heavy & modules
    assert not [name for name in modules if name.startswith(("ocrpipe.stages", "ocrpipe.nn"))]
    assert not (tmp_path / "told").exists()


def test_a_run_imports_only_the_plugins_that_it_uses(everything: Path, tmp_path: Path) -> None:
    page = toy_file(tmp_path / "page.toy", "#")
    modules = modules_after(everything, tmp_path / "told", "run", "-p", "toy", str(page))
    assert {"ocrpipe_toy", "numpy"} <= modules
    assert not {"scipy", "skimage", "rich", "ocrpipe_heavy", "ocrpipe_niblack"} & modules
    assert [name for name in modules if name.startswith("ocrpipe.stages.")] == ["ocrpipe.stages.execute"]


ENGINE = {"ocrpipe_engine", "heavy_engine"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["run", "--help"],
        ["plugins", "list"],
        ["plugins", "list", "--json"],
        ["plugins", "show", "otsu"],
        ["pipelines", "list"],
        ["run", "-p", "handprint", "page.png"],
        ["run", "-p", "course", "--to", "json", "--trace", "page.png"],
    ],
    ids=" ".join,
)
def test_an_installed_engine_is_not_imported(arguments: list[str], everything: Path, tmp_path: Path) -> None:
    page = letter_page(tmp_path / "page.png")
    given = [str(page) if word == "page.png" else word for word in arguments]
    modules = modules_after(everything, tmp_path / "told", *given, writes=True)
    assert not ENGINE & modules


def test_an_engine_is_imported_where_it_is_chosen(everything: Path, tmp_path: Path) -> None:
    page = letter_page(tmp_path / "page.png")
    modules = modules_after(everything, tmp_path / "told", "run", "--classify", "engine", str(page))
    assert modules >= ENGINE


def letter_page(path: Path) -> Path:
    """Write a page that shows a letter."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", (300, 200), 255)
    ImageDraw.Draw(image).text((100, 30), "H", 0, font=ImageFont.load_default(120))
    image.save(path)
    return path


def test_importing_the_library_costs_little() -> None:
    code = "import sys, ocrpipe; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert not {"numpy", "pydantic", "typer"} & set(done.stdout.split())


def test_the_default_pipeline_needs_neither_scipy_nor_skimage(everything: Path, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("L", (200, 100), 255).save(tmp_path / "blank.png")
    modules = modules_after(everything, tmp_path / "told", "run", str(tmp_path / "blank.png"), writes=False)
    assert {"numpy", "PIL", "ocrpipe.stages.load"} <= modules
    assert not {"scipy", "skimage", "rich"} & modules
    assert "ocrpipe.stages.observe" not in modules


def test_a_verb_imports_no_other() -> None:
    code = "import sys; from ocrpipe.cli.app import app_for; app_for(['schema', 'page'])\n"
    code += "print(sorted(name for name in sys.modules if name.startswith('ocrpipe.cli.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['ocrpipe.cli.app', 'ocrpipe.cli.schema']"
