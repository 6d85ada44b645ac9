"""A new package's files: filled in from the templates, checked, and written all or none."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from importlib import metadata
from pathlib import Path
from string import Template

from ocrpipe import __version__
from ocrpipe.errors import ConfigError
from ocrpipe.files import write_whole
from ocrpipe.names import HOME, TRIED
from ocrpipe.registry import Registry
from ocrpipe.scaffold.names import Names, free_class, names_for, refuse_clash

TEMPLATES = Path(__file__).parent / "templates"

FILES = {
    "pyproject.toml": "package/pyproject.toml",
    "README.md": "package/README.md",
    "LICENSE": "package/LICENSE",
    ".gitignore": "package/gitignore",
    ".github/workflows/tests.yml": "package/ci.yml",
    "$module/__init__.py": "stages/$stage.py",
    "$module/py.typed": "",
    "tests/test_contract.py": "stages/${stage}_contract.py",
    "tests/test_$module.py": "stages/${stage}_test.py",
}
"""Every file of a package, and the template that it is made from; an empty one has none."""

USE = {"load": "--load $plugin,image", "export": "--to $plugin", "observe": "--observe $plugin"}
"""How a plugin is chosen on the command line where ``--stage plugin`` is not the way."""

DISTRIBUTIONS = {"PIL": "pillow"}
"""Packages whose name differs from what is imported."""


@dataclass(frozen=True)
class Draft:
    """A package that is not written yet: its names, and every file's content by its path."""

    names: Names
    stage: str
    files: Mapping[Path, str]


def draft(name: str, stage: str, author: str | None = None, registry: Registry | None = None) -> Draft:
    """Return a whole package for a new plugin of a stage.

    Parameters
    ----------
    name
        The plugin's name.
    stage
        One of the stages' names.
    author
        Who holds the copyright; None for the package's developers.
    registry
        Knows what is installed, so that no name is taken twice.

    Raises
    ------
    ConfigError
        If the name cannot be used, or is taken, or nothing can be written for the stage.

    Examples
    --------
    >>> package = draft("wolf", "binarize")
    >>> [str(path) for path in package.files][-2:]
    ['tests/test_contract.py', 'tests/test_ocrpipe_wolf.py']
    """
    if stage not in TRIED:
        raise ConfigError(f"--stage {stage}: there is no package to begin with; see docs/plugins/hooks/{stage}.md")
    names = names_for(name)
    refuse_clash(names, stage, registry or Registry())
    known = {"stage": stage, "package": names.package, "plugin": names.plugin, "module": names.module}
    names = replace(names, klass=free_class(names.klass, *sources(known)))
    known["klass"] = names.klass
    module = filled(FILES["$module/__init__.py"], known)
    known |= {
        "author": plain(author or f"The {names.package} developers"),
        "year": str(date.today().year),
        "summary": summary_of(module, names.klass),
        "dependencies": ", ".join(f'"{line}"' for line in dependencies_of(module)),
        "use": Template(USE.get(stage, "--$stage $plugin")).substitute(known),
    }
    files = {Path(Template(path).substitute(known)): filled(template, known) for path, template in FILES.items()}
    return Draft(names, stage, files)


def sources(known: Mapping[str, str]) -> Iterator[str]:
    """Yield the Python files of a package whose class has no name yet, for the names that they use themselves."""
    for path, template in FILES.items():
        if path.endswith(".py"):
            yield filled(template, {**known, "klass": "_"})


def filled(template: str, known: Mapping[str, str]) -> str:
    """Return a template with its names filled in; its own path may hold names too."""
    if not template:
        return ""
    path = TEMPLATES / f"{Template(template).substitute(known)}.tmpl"
    if not path.exists():  # few stages have one of their own
        path = TEMPLATES / f"{Template(template).substitute(known, stage='any')}.tmpl"
    return Template(path.read_text(encoding="utf-8")).substitute(known)


def plain(author: str) -> str:
    """Return an author's name as one line that TOML and a licence can hold."""
    return " ".join(re.sub(r"[\"\\\x00-\x1f\x7f]", " ", author).split())


def summary_of(module: str, klass: str) -> str:
    """Return the first sentence of a class's docstring."""
    [found] = [node for node in ast.parse(module).body if isinstance(node, ast.ClassDef) and node.name == klass]
    return (ast.get_docstring(found) or "").partition("\n")[0]


def dependencies_of(module: str) -> list[str]:
    """Return what a module needs to be installed, in the versions that ocrpipe itself asks for.

    Examples
    --------
    >>> [line.partition(">=")[0] for line in dependencies_of("import re, numpy, ocrpipe")]
    ['ocrpipe', 'numpy']
    """
    imported: set[str] = set()
    for node in ast.walk(ast.parse(module)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    needed = {DISTRIBUTIONS.get(name, name) for name in imported - set(sys.stdlib_module_names)}
    lines = metadata.requires(HOME) or []
    own = {re.split(r"[^\w.-]", line)[0].lower(): line for line in lines if ";" not in line}
    release = ".".join(__version__.split(".")[:2])
    return [f"{HOME}>={release}", *(own.get(name, name) for name in sorted(needed - {HOME}))]


def write(package: Draft, folder: Path) -> None:
    """Write a package into a folder that is not there yet, or empty but for ``.git``; on any error nothing is left.

    Raises
    ------
    ConfigError
        If the folder holds something, or cannot be written to.
    """
    there = folder.is_dir()
    if there and (held := [path.name for path in folder.iterdir() if path.name != ".git"]):
        raise ConfigError(f"{folder} is not empty (it holds {sorted(held)[0]}): choose another folder with -o")
    made: list[Path] = []
    try:
        make(folder, made)
        for path, content in package.files.items():
            make((folder / path).parent, made)
            made.append(folder / path)
            write_whole(folder / path, content.encode())
    except BaseException as error:
        remove(made)
        if isinstance(error, OSError):
            why = error.strerror or error
            raise ConfigError(f"{folder}: cannot be written: {why}; choose another folder with -o") from error
        raise


def make(folder: Path, made: list[Path]) -> None:
    """Make a folder and those above it, and note which were made."""
    if not folder.exists():
        make(folder.parent, made)
    if not folder.is_dir():
        folder.mkdir()
        made.append(folder)


def remove(made: list[Path]) -> None:
    """Take away what was made, the last first."""
    for path in reversed(made):
        with suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink()
