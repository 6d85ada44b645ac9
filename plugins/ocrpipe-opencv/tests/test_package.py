"""What the package as a whole promises: OpenCV is imported on first use, and held to one thread."""

from __future__ import annotations

import doctest
import subprocess
import sys
from difflib import SequenceMatcher
from importlib import import_module
from pathlib import Path

import pytest
from conftest import SAMPLES

from ocrpipe import Pipeline

MODULES = ("ocrpipe_opencv._engine", "ocrpipe_opencv.binarize", "ocrpipe_opencv.prepare", "ocrpipe_opencv.segment")

LOOK = """
import sys
from ocrpipe import Pipeline
pipeline = Pipeline.preset("course-cv")
assert "cv2" not in sys.modules, "building a pipeline imported OpenCV"
import numpy as np
pipeline.read(np.full((90, 120), 255, np.uint8))
assert "cv2" in sys.modules
import cv2
assert cv2.getNumThreads() == 1, cv2.getNumThreads()
"""


def test_opencv_is_imported_on_first_use_and_held_to_one_thread() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings(module: str) -> None:
    assert doctest.testmod(import_module(module)).failed == 0


@pytest.mark.parametrize("name", ["shopping", "letter"])
def test_the_preset_reads_what_its_model_reads(name: str) -> None:
    page = SAMPLES / f"{name}.jpg"
    if not page.exists():
        pytest.skip(f"needs {page.name} of ocrpipe's repository")
    mine, model = (Pipeline.preset(preset).read(page).text for preset in ("course-cv", "course"))
    assert SequenceMatcher(None, mine, model, autojunk=False).ratio() >= 0.97


def test_every_plugin_names_its_builtin_and_the_readme_its_tolerance() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    assert not [name for name in ("otsu", "sauvola", "shading", "deskew", "boxes") if f"| `cv-{name}` |" not in readme]
