"""A package of plugins/ alone with the project in a fresh environment, as its users have it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.support import ROOT, Done

BUILT_FROM = ("ocrpipe", "pyproject.toml", "README.md", "LICENSE")
"""What of the project goes into its wheel."""

LEFTOVERS = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", ".*")
"""What must not come along where a package is built: old builds would hide what is missing."""


@dataclass(frozen=True)
class Fresh:
    """A virtual environment with ocrpipe and one package of plugins/, both built and installed by pip.

    Parameters
    ----------
    folder
        Where commands run: it holds no source, so that what is imported is what was installed.
    package
        The package's folder in the project.
    """

    folder: Path
    package: Path

    @classmethod
    def install(cls, folder: Path, name: str, extras: Iterable[str] = ("test",)) -> Fresh:
        """Build and install the package of plugins/ of that name, with the project and the package's extras."""
        fresh = cls(folder, ROOT / "plugins" / name)
        project = folder / "project"
        project.mkdir()
        for source in (ROOT / part for part in BUILT_FROM):
            if source.is_dir():
                shutil.copytree(source, project / source.name, ignore=LEFTOVERS)
            else:
                shutil.copy(source, project)
        package = shutil.copytree(fresh.package, folder / name, ignore=LEFTOVERS)
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
        wanted = [str(project), f"{package}[{','.join(extras)}]"]
        done = fresh.python("-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted)
        assert done.code == 0, done.err
        for built in (project, package):
            shutil.rmtree(built)
        return fresh

    def add(self, name: str) -> None:
        """Build and install another package of plugins/ into the same environment."""
        package = shutil.copytree(ROOT / "plugins" / name, self.folder / name, ignore=LEFTOVERS)
        done = self.python("-m", "pip", "install", "--quiet", "--disable-pip-version-check", package)
        assert done.code == 0, done.err
        shutil.rmtree(package)

    def python(self, *arguments: object, **environment: str) -> Done:
        """Run the environment's Python."""
        python = self.folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            [str(python), *map(str, arguments)],
            cwd=self.folder,
            capture_output=True,
            env={**inherited, "OMP_NUM_THREADS": "1", **environment},
            timeout=1800,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr.decode())

    def ocrpipe(self, *arguments: object, **environment: str) -> Done:
        """Run the installed command."""
        return self.python("-m", "ocrpipe", *arguments, **environment)

    def own_tests(self) -> Done:
        """Run the package's own tests, against what was installed."""
        return self.python("-m", "pytest", "-p", "no:cacheprovider", self.package / "tests")
