"""docs/plugins/tutorial.md, gone through from an empty folder: every command and file, in order."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.docs.test_docs import TUTORIAL
from tests.support import ROOT, write_metadata

PUBLISHING = ("git", "twine", "python", "pip install build")
"""What reaches beyond this machine, or only makes sense there."""

STEP = re.compile(r"(?:`(?P<name>[\w./-]+)`:\n\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
"""A fenced block, with the file's name before it where it is one."""


@dataclass
class Author:
    """Somebody who goes through the tutorial.

    Where `python` is that of a fresh environment, everything is done; else pip's work is imitated, and the tests and
    checks that take long are left out.
    """

    folder: Path
    python: Path | None = None
    done: list[str] = field(default_factory=list)

    def step(self, name: str | None, language: str, text: str) -> None:
        """Do what a fenced block says."""
        if language == "sh":
            for line in text.splitlines():
                self.command(line.partition("#")[0].strip())
        elif language == "toml" and text.startswith("dependencies"):
            project = self.folder / "pyproject.toml"
            project.write_text(re.sub(r"^dependencies = .*\n", text, project.read_text(), count=1, flags=re.MULTILINE))
        elif language == "toml":
            assert tomllib.loads(text)
        elif name:
            assert "/" not in name or (self.folder / name).is_file(), f"{name} is no file of the package"
            (self.folder / name).write_text(text)
        else:
            exec(compile(text, str(TUTORIAL), "exec"), {"__name__": "shown"})

    def command(self, line: str) -> None:
        """Do a line of shell."""
        words = shlex.split(line)
        if not words or line.startswith(PUBLISHING):
            return
        self.done.append(line)
        if words[0] == "cd":
            self.folder /= words[1]
        elif self.python:
            self.run(self.python, "-m", *words)
        elif words[0] == "pip":
            self.install()
        elif words[0] == "pytest":
            self.run(
                sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *self.folder.glob("tests/test_ocrpipe_*")
            )
        elif words[0] != "mypy" and find_spec(words[0]):
            self.run(sys.executable, "-m", *words)

    def install(self) -> None:
        """Put the package's metadata and code where Python finds it."""
        site = self.folder.parent / "site"
        shutil.rmtree(site, ignore_errors=True)
        project = tomllib.loads((self.folder / "pyproject.toml").read_text())["project"]
        write_metadata(site, project["name"], project["version"], project["entry-points"], project["dependencies"])
        [code] = self.folder.glob("ocrpipe_*")
        (site / code.name).symlink_to(code)

    def run(self, *command: object) -> None:
        """Run a command, and fail with what it says if it does."""
        path = [] if self.python else [str(self.folder.parent / "site"), str(ROOT)]
        own = {"PYTHONPATH": os.pathsep.join(path), "OMP_NUM_THREADS": "1", "PIP_NO_BUILD_ISOLATION": "0"}
        done = subprocess.run(
            list(map(str, command)),
            cwd=self.folder,
            capture_output=True,
            text=True,
            env={**os.environ, **own},
            check=False,
        )
        assert done.returncode == 0, f"{shlex.join(map(str, command))}\n{done.stdout}{done.stderr}"


def steps() -> Iterator[tuple[str | None, str, str]]:
    """Yield the tutorial's fenced blocks: a file's name or None, the language, and the text."""
    for match in STEP.finditer(TUTORIAL.read_text()):
        yield match["name"], match["language"], match["text"]


def gone_through(author: Author) -> list[str]:
    """Return the commands that were done."""
    shutil.copy(ROOT / "samples" / "shopping.jpg", author.folder / "page.jpg")
    for step in steps():
        author.step(*step)
    return author.done


@pytest.mark.skipif(not find_spec("ruff"), reason="needs ruff")
def test_the_tutorial_can_be_followed(tmp_path: Path) -> None:
    done = gone_through(Author(tmp_path))
    assert {line.split()[0] for line in done} == {"ocrpipe", "cd", "pip", "pytest", "ruff", "mypy"}
    assert (tmp_path / "kept" / "page" / "01-load.png").is_file()


@pytest.mark.slow
@pytest.mark.skipif(not find_spec("pip"), reason="needs pip")
def test_the_tutorial_can_be_followed_in_a_fresh_environment(tmp_path: Path) -> None:
    python = tmp_path / "fresh" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "fresh"], check=True)
    paths = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    here = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"  # ocrpipe and all that it needs
    (Path(paths.stdout.strip()) / "here.pth").write_text(here)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "setuptools>=77"], check=True)
    (tmp_path / "empty").mkdir()
    gone_through(Author(tmp_path / "empty", python))
