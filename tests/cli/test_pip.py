"""A stranger's package, really installed by pip."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support import PACKAGES, ocrpipe, toy_file


def offline() -> list[str]:
    """Return the options that spare pip the network, where it can build a wheel with what is installed."""
    found = version("setuptools").split(".") if find_spec("setuptools") else ["0"]
    return ["--no-build-isolation", "--no-index"] if int(found[0]) > 70 else []


@pytest.mark.slow
@pytest.mark.skipif(not find_spec("pip"), reason="needs pip")
def test_a_package_that_pip_installs_brings_its_plugins(tmp_path: Path) -> None:
    target = tmp_path / "site-packages"
    for name in ("toy", "niblack"):
        source = shutil.copytree(PACKAGES / name, tmp_path / name)  # for building leaves folders behind
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", *offline()]
        subprocess.run([*pip, "--target", str(target), str(source)], check=True)
    listed = ocrpipe("plugins", "list", "--stage", "binarize", on_path=target).text
    assert "ocrpipe-niblack 1.2.0" in listed
    page = toy_file(tmp_path / "page.toy", "#")
    done = ocrpipe("run", "-p", "toy", "--set", "binarize.half=99", page, on_path=target)
    assert (done.code, done.text) == (0, "A\n")
    assert ocrpipe("run", "-p", "toy", "--binarize", "niblack", page, on_path=target).code == 0
