"""What is tested: a plugin's class, wherever it comes from, with the options and limits to test it with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocrpipe.errors import ConfigError
from ocrpipe.names import TRIED
from ocrpipe.one_file import name_of, read_plugins
from ocrpipe.registry import Entry, Registry

if TYPE_CHECKING:
    from ocrpipe.plugin import Plugin

SECONDS, MEGABYTES = 60.0, 2000.0
"""How long one call may take, and how much memory the plugin may take, unless its author says otherwise."""


@dataclass(frozen=True)
class Subject:
    """A plugin to test, told in a way that can be sent to another process.

    Parameters
    ----------
    stage, name, value, package, version
        As in `Entry`.
    path
        The file of the class, for a module that cannot be imported by its name (a test file, a single file).
    options
        Options to test it with; those that are not named have their defaults.
    documents
        Files that the plugin, a loader, takes.
    seconds, megabytes
        The limits of one call's time, and of the memory that the plugin takes.
    """

    stage: str
    name: str
    value: str
    package: str
    version: str
    path: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    documents: Sequence[str] = ()
    seconds: float = SECONDS
    megabytes: float = MEGABYTES

    @property
    def title(self) -> str:
        """What to call it in a message."""
        return self.entry.title

    @property
    def entry(self) -> Entry:
        """The plugin as the host knows it."""
        return Entry(self.stage, self.name, self.value, self.package, self.version)

    def to_json(self) -> str:
        """Return this as text that `from_json` reads."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Subject:
        """Return what `to_json` wrote."""
        return cls(**json.loads(text))

    def load(self) -> type[Plugin]:
        """Import the plugin's class; PluginError if that cannot be done."""
        if self.path is None or is_there(self.value.partition(":")[0]):
            return self.entry.load()
        wanted = self.value.partition(":")[2]
        for entry in read_plugins(self.path):
            if entry.value.partition(":")[2] == wanted:
                return entry.load()
        raise ConfigError(f"{self.path} has no plugin {wanted}")


def subject_of(plugin: type[Plugin] | str, **more: Any) -> Subject:
    """Return what to test.

    Parameters
    ----------
    plugin
        The class, or the name of an installed plugin, as ``binarize/sauvola``.
    **more
        Further fields of `Subject`.

    Raises
    ------
    ConfigError
        If there is no such plugin, or the class has no stage's hook, or several.

    Examples
    --------
    >>> subject_of("binarize/sauvola").value
    'ocrpipe.stages.binarize:Sauvola'
    """
    if isinstance(plugin, str):
        stage, _, name = plugin.partition("/")
        if stage not in TRIED:
            raise ConfigError(f"{plugin!r} must be STAGE/NAME, or a plugin's class")
        return subject_of_entry(Registry().find(stage, name), **more)
    return subject_of_class(plugin, **more)


def subject_of_entry(entry: Entry, **more: Any) -> Subject:
    """Return what to test for an entry of the registry; nothing is imported.

    Raises
    ------
    ConfigError
        If the kit has no way to try plugins of its stage.
    """
    if entry.stage not in TRIED:
        raise ConfigError(f"{entry.title}: the kit does not try {entry.stage} plugins, which are given a whole run")
    path = str(entry.file) if entry.file else None
    return Subject(entry.stage, entry.name, entry.value, entry.package, entry.version, path, **more)


def subject_of_class(kind: type[Plugin], **more: Any) -> Subject:
    """Return what to test for a class: by its package's entry point where it has one, else by its file."""
    import inspect

    value = f"{kind.__module__}:{kind.__qualname__}"
    stage = more.pop("stage", None) or stage_of(kind)
    for entry in Registry().of(stage):
        if entry.value.replace(" ", "") == value:
            return subject_of_entry(entry, **more)
    if "<locals>" in value:
        raise ConfigError(f"{value} is made inside a function, so no other process can import it: move it out")
    file = Path(inspect.getfile(kind)).resolve()
    return Subject(stage, name_of(kind.__name__), value, file.name, "of no package", str(file), **more)


def stage_of(kind: type[Plugin]) -> str:
    """Return the one stage whose hook a class has.

    Raises
    ------
    ConfigError
        If it has none, or several.
    """
    found = [stage for stage in TRIED if hasattr(kind, stage)]
    if len(found) != 1:
        has = f"the hooks of {', '.join(found)}: say stage=" if found else f"no stage's hook ({', '.join(TRIED)})"
        raise ConfigError(f"{kind.__qualname__} has {has}")
    return found[0]


def is_there(module: str) -> bool:
    """Return whether a module can be imported by its name."""
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False
