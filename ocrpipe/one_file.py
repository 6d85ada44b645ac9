"""Plugins in a single file, for one run: ``ocrpipe run page.jpg --plugin my_stage.py --binarize niblack``.

Trying an idea needs no package. Every class in the file that has a stage's hook is a plugin of that stage, by its name
in small letters. Only the file itself is looked at: not what it imports.
"""

from __future__ import annotations

import hashlib
import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from ocrpipe.errors import ConfigError, PluginError, told
from ocrpipe.names import STAGES
from ocrpipe.registry import Entry

if TYPE_CHECKING:
    from ocrpipe.plugin import Plugin

SHOWN = 12
"""How many letters of a file's checksum stand in messages; results hold all of it."""


@dataclass(frozen=True)
class FileEntry(Entry):
    """A plugin of a single file, which is imported already: who names a file wants it run."""

    kind: type[Plugin] | None = None

    def load(self) -> type[Plugin]:
        """Return the plugin's class."""
        assert self.kind is not None, "read_plugins gives it"
        return self.kind


def read_plugins(path: str | Path) -> list[FileEntry]:
    """Return the plugins of a file, which is run as Python runs a module.

    Parameters
    ----------
    path
        A Python file.

    Raises
    ------
    ConfigError
        If there is no such file, it holds no plugin, or a class has the hooks of two stages.
    PluginError
        If it is not Python, or raises when it is run; with the line.
    """
    name = str(path)
    try:
        code = Path(path).read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"--plugin {name}: there is no such file") from None
    except OSError as error:
        raise ConfigError(f"--plugin {name}: cannot be read: {error.strerror or error}") from None
    digest = hashlib.sha256(code).hexdigest()
    module = run_module(name, code, digest)
    found = []
    for kind in plugins_of(module):
        stages = [stage for stage in STAGES if hasattr(kind, stage)]
        if len(stages) > 1:
            raise ConfigError(
                f"--plugin {name}: {kind.__name__} has the hooks of {' and '.join(stages)}, and so no name of its own: "
                "make a class of each"
            )
        found += [
            FileEntry(
                stage=stage,
                name=name_of(kind.__name__),
                value=f"{module.__name__}:{kind.__name__}",
                package=Path(path).name,
                version=f"sha256:{digest[:SHOWN]}",
                file=Path(path),
                checksums=((name, digest),),
                kind=kind,
            )
            for stage in stages
        ]
    if not found:
        raise ConfigError(
            f"--plugin {name}: holds no plugin: no subclass of ocrpipe.Plugin that has a hook ({', '.join(STAGES)})"
        )
    return found


def read_all(paths: Sequence[str | Path]) -> list[FileEntry]:
    """Return the plugins of several files.

    Raises
    ------
    ConfigError
        Also if two of them bear one name in one stage.
    """
    found: dict[tuple[str, str], FileEntry] = {}
    for entry in (entry for path in dict.fromkeys(paths) for entry in read_plugins(path)):
        other = found.setdefault((entry.stage, entry.name), entry)
        if other is not entry:
            raise ConfigError(
                f"--plugin: {other.file} and {entry.file} both bring a {entry.stage} plugin {entry.name!r}"
            )
    return list(found.values())


def run_module(name: str, code: bytes, digest: str) -> ModuleType:
    """Return the module that a file's code makes; it is named by its checksum, so that no installed one is hidden."""
    module = ModuleType(f"ocrpipe_file_{digest[:SHOWN]}")
    if module.__name__ in sys.modules:
        return sys.modules[module.__name__]
    module.__file__ = str(Path(name).resolve())
    sys.modules[module.__name__] = module  # pydantic looks annotations up there
    try:
        exec(compile(code, name, "exec"), module.__dict__)
    except BaseException as error:
        del sys.modules[module.__name__]
        if isinstance(error, Exception | SystemExit):
            raise PluginError(f"--plugin {name}{line_of(error, name)}: cannot be imported: {told(error)}") from error
        raise
    return module


def line_of(error: BaseException, name: str) -> str:
    """Return in which line of the file an error arose, as text behind the file's name; empty if in none."""
    if isinstance(error, SyntaxError):
        return f", line {error.lineno}" if error.filename == name and error.lineno else ""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == name]
    return f", line {lines[-1]}" if lines else ""


def plugins_of(module: ModuleType) -> Iterator[type[Plugin]]:
    """Yield the plugins that a module itself defines, in its order; names with an underscore first are its own."""
    from ocrpipe.plugin import Plugin

    for name, kind in vars(module).items():
        own = isinstance(kind, type) and issubclass(kind, Plugin) and kind.__module__ == module.__name__
        if own and kind.__name__ == name and not name.startswith("_"):
            yield kind


def name_of(kind: str) -> str:
    """Return the name by which a class is chosen.

    Examples
    --------
    >>> name_of("Niblack"), name_of("AllA"), name_of("OCRLines2")
    ('niblack', 'all_a', 'ocr_lines2')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", kind).lower()
