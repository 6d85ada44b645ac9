"""What the package as a whole promises: the list is read with the first page, and a page is read end to end."""

from __future__ import annotations

import doctest
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from ocrpipe import Pipeline

MODULES = ("ocrpipe_lexicon.postprocess", "ocrpipe_lexicon.runs", "ocrpipe_lexicon.spelling", "ocrpipe_lexicon.weigh")
SAMPLES = Path(__file__).parents[3] / "samples"

LOOK = """
import sys
import numpy as np
from ocrpipe import Pipeline
pipeline = Pipeline.preset("handprint-lexicon")
[lexicon] = [worker.plugin for worker in pipeline.workers["postprocess"] if worker.name == "lexicon"]
assert "scale" not in vars(lexicon), "building a pipeline read the word list"
pipeline.read(np.full((90, 120), 255, np.uint8))
assert "scale" not in vars(lexicon), "a page without text read the word list"
assert not [name for name in sys.modules if name.startswith("symspellpy")], "only the list is needed"
"""


def test_building_a_pipeline_reads_no_list_and_no_code_of_symspellpy() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", [*MODULES, "ocrpipe_lexicon.words"])
def test_examples_in_docstrings(module: str) -> None:
    assert doctest.testmod(import_module(module)).failed == 0


@pytest.mark.parametrize("name", ["shopping", "letter", "whiteboard"])
def test_samples_are_read_no_worse(name: str) -> None:
    page, truth = SAMPLES / f"{name}.jpg", SAMPLES / f"{name}.txt"
    if not page.exists():
        pytest.skip(f"needs {page.name} of ocrpipe's repository")
    wanted = "".join(truth.read_text().upper().split())
    errors = [
        sum(a != b for a, b in zip(wanted, "".join(Pipeline.preset(preset).read(page).text.split()), strict=False))
        for preset in ("handprint-lexicon", "handprint")
    ]
    assert errors[0] <= errors[1]
