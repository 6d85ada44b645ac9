"""What several tests need: small packages put on the path, toy documents, and the command in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

PACKAGES = Path(__file__).parent / "packages"
EVERY = sorted(path.parent.name for path in PACKAGES.glob("*/pyproject.toml"))
ROOT = Path(__file__).parent.parent


def install(folder: Path, *names: str) -> Path:
    """Put packages of tests/packages into `folder`, with the metadata that pip would write; return `folder`."""
    for name in names:
        package = PACKAGES / name
        project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
        shutil.copytree(
            package, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("pyproject.toml", "__pycache__", "build")
        )
        write_metadata(
            folder, project["name"], project["version"], project["entry-points"], project.get("dependencies", ())
        )
    return folder


def write_metadata(
    folder: Path,
    name: str,
    version: str,
    groups: Mapping[str, Mapping[str, str]],
    requires: Iterable[str] = (),
) -> Path:
    """Write the ``.dist-info`` of a package into `folder` and return it."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {line}" for line in requires]
    (info / "METADATA").write_text("\n".join(lines) + "\n")
    points = "".join(
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in entries.items())
        for group, entries in groups.items()
    )
    (info / "entry_points.txt").write_text(points)
    return info


def toy_file(path: Path, *pages: str) -> Path:
    """Write a document that the loader of tests/packages/toy takes: a line a page, a letter for each `#`."""
    path.write_text("\n".join(("toy", *pages)))
    return path


def results(folder: Path) -> list[str]:
    """Return the names of the files that a run wrote into `folder`, besides what it remembers there."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith(".ocrpipe-journal"))


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """What it wrote to stdout."""
        return self.out.decode()

    @property
    def lines(self) -> list[str]:
        """What it wrote to stderr."""
        return self.err.splitlines()


def ocrpipe(*arguments: object, on_path: Path | None = None, given: bytes = b"", **environment: str) -> Done:
    """Run the command in a process of its own, with the packages in `on_path` installed."""
    paths = [str(path) for path in (on_path, ROOT) if path]
    done = subprocess.run(
        [sys.executable, "-m", "ocrpipe", *map(str, arguments)],
        input=given,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1", **environment},
        timeout=120,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr.decode())
