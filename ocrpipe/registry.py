"""Finds plugins: reads the metadata of installed packages, and imports a plugin when it is used.

One broken package never hurts another. A name that a built-in bears means the built-in, whoever else claims it by being
installed; only a file that the user names for this run goes before it. Two other packages with one name are an error
when that bare name is used; ``package/name`` always works.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module, metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocrpipe.distributions import Need, needs_of
from ocrpipe.errors import ConfigError, PluginError, told
from ocrpipe.names import GROUP, HOME, PRESETS, STAGES, VISIBLE, nearest

if TYPE_CHECKING:
    from ocrpipe.plugin import Plugin


KINDS = (*STAGES, PRESETS.removeprefix(GROUP))
"""What an entry can be of: a stage, or the presets."""


@dataclass(frozen=True)
class Entry:
    """A plugin or preset as a package's metadata names it; nothing is imported yet.

    Parameters
    ----------
    stage
        The stage it is for, or `presets`.
    name
        The name it is chosen by.
    value
        Where it is: ``module:Class``, or for a preset ``package:file.toml``.
    package, version
        The package that brings it.
    requires
        The packages that its package needs, as its metadata says.
    file
        The single file that it comes from in place of a package, else None.
    checksums
        Pairs of a file of code and its sha256, which results record; a package's version says as much of its code.
    """

    stage: str
    name: str
    value: str
    package: str
    version: str
    requires: tuple[str, ...] = field(default=(), repr=False)
    file: Path | None = field(default=None, repr=False)
    checksums: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def built_in(self) -> bool:
        """Whether it comes with ocrpipe itself."""
        return self.file is None and canonical(self.package) == HOME

    @property
    def rank(self) -> int:
        """Whose bare name it is where several claim it: first a file's of this run, then a built-in's."""
        return 0 if self.file else 1 if self.built_in else 2

    @property
    def title(self) -> str:
        """What to call it in a message."""
        return f"{self.stage}/{self.name} ({self.package} {self.version})"

    def needs(self) -> list[Need]:
        """Return the packages that its package needs, and whether they are there."""
        return needs_of(self.requires)

    def load(self) -> type[Plugin]:
        """Import the plugin's class.

        Raises
        ------
        PluginError
            If it cannot be imported, or is no plugin for its stage.
        """
        from ocrpipe.plugin import Plugin

        module, _, name = self.value.partition(":")
        try:
            found: Any = import_module(module.strip())
            for part in name.strip().split("."):
                found = getattr(found, part)
        except (Exception, SystemExit) as error:
            raise PluginError(
                f"{self.title} cannot be imported from {self.value!r}: {told(error)}; "
                f"reinstall {self.package}, or tell its authors"
            ) from error
        if not (isinstance(found, type) and issubclass(found, Plugin)):
            raise PluginError(
                f"{self.title}: {self.value!r} is no subclass of ocrpipe.Plugin; tell the authors of {self.package}"
            )
        if not hasattr(found, self.stage):
            raise PluginError(f"{self.title}: {name} has no method {self.stage!r}; tell the authors of {self.package}")
        return found

    def path(self) -> Path:
        """Return a preset's file, without importing its package.

        Raises
        ------
        PluginError
            If there is no such file.
        """
        package, _, file = self.value.partition(":")
        top, *folders = package.strip().split(".")
        try:
            spec = util.find_spec(top)
        except (ImportError, ValueError):
            spec = None
        for place in (spec.submodule_search_locations or []) if spec else []:
            if (path := Path(place, *folders, file.strip())).is_file():
                return path
        raise PluginError(f"{self.title}: there is no file {self.value!r}; reinstall {self.package}")


class Registry:
    """All plugins and presets that are installed.

    Parameters
    ----------
    given
        Plugins that are not installed but were named for this run, as by ``--plugin FILE``.

    Examples
    --------
    >>> Registry().find("binarize", "sauvola").package
    'ocrpipe'
    """

    def __init__(self, given: Sequence[Entry] = ()) -> None:
        self.given = tuple(given)

    @cached_property
    def own(self) -> tuple[Entry, ...]:
        """The built-in plugins and presets."""
        try:
            return tuple(entries_of(metadata.distribution(HOME)))
        except metadata.PackageNotFoundError:
            raise PluginError(f"{HOME} is not installed in this Python; install it with pip") from None

    @cached_property
    def installed(self) -> tuple[Entry, ...]:
        """All that installed packages but ocrpipe name in our groups, by package."""
        found: dict[str, list[Entry]] = {}
        for distribution in metadata.distributions():
            entries = list(entries_of(distribution))
            if entries and not entries[0].built_in:
                # the first on the path is the one that Python imports
                found.setdefault(canonical(entries[0].package), entries)
        return tuple(entry for package in sorted(found) for entry in found[package])

    @cached_property
    def named(self) -> tuple[Entry, ...]:
        """All that was given or that packages name in our groups: given, built-in, then by package."""
        return (*self.given, *self.own, *(entry for entry in self.installed if may_be_seen(entry.package)))

    @cached_property
    def all(self) -> tuple[Entry, ...]:
        """Every plugin and preset, in the same order."""
        return tuple(entry for entry in self.named if entry.stage in KINDS)

    @property
    def outranked(self) -> list[str]:
        """Which built-ins lose their bare names to a file of this run, a sentence each."""
        own = {(entry.stage, entry.name) for entry in self.own}
        return [
            f"{entry.file} brings a {entry.stage} plugin {entry.name!r}, which goes before the built-in one in this "
            f"run; that is '{HOME}/{entry.name}'"
            for entry in self.given
            if (entry.stage, entry.name) in own
        ]

    @property
    def strays(self) -> list[str]:
        """What is named and does not exist, a sentence each: groups of packages, and packages of `OCRPIPE_PLUGINS`."""
        packages = {canonical(entry.package): entry.package for entry in self.installed}
        wanted = [name for one in os.environ.get(VISIBLE, "").split(",") if (name := one.strip())]
        unknown = [
            f"{VISIBLE} names {name!r}, but no installed package of that name has plugins{nearest(name, packages)}"
            for name in wanted
            if canonical(name) not in (*packages, HOME)
        ]
        return unknown + [
            f"{entry.package} {entry.version} names {entry.name!r} in the group {GROUP + entry.stage!r}, "
            f"which is no stage{nearest(entry.stage, KINDS)}"
            for entry in self.named
            if entry.stage not in KINDS
        ]

    def of(self, stage: str) -> list[Entry]:
        """Return the entries of a stage, or of `presets`."""
        return [entry for entry in self.all if entry.stage == stage]

    def find(self, stage: str, name: str) -> Entry:
        """Return the entry that `name` means: a bare name, or ``package/name``.

        Raises
        ------
        ConfigError
            If there is none, or two packages other than ocrpipe claim the bare name.
        """
        for entry in (*self.given, *self.own):  # a built-in's name needs no look at other packages
            if (entry.stage, entry.name) == (stage, name):
                return entry
        what = "pipeline" if stage == "presets" else f"{stage} plugin"
        found = [entry for entry in self.of(stage) if self.means(name, entry)]
        if len(found) > 1:
            claims = " or ".join(f"'{entry.package}/{entry.name}'" for entry in found)
            raise ConfigError(f"{len(found)} packages bring a {what} {name!r}: say {claims}")
        if not found:
            known = sorted({entry.name for entry in self.of(stage)})
            hint = self.unseen(name, (stage,)) or nearest(name.rpartition("/")[2], known)
            hint = hint or f"; there are: {', '.join(known)}"
            raise ConfigError(f"no {what} is called {name!r}{hint}")
        return found[0]

    def has(self, stage: str, name: str) -> bool:
        """Return whether `name`, bare or with its package, is that of at least one entry."""
        return any(self.means(name, entry) for entry in self.of(stage))

    def means(self, name: str, entry: Entry) -> bool:
        """Return whether `name`, bare or with its package, may mean `entry`; a bare one means the first in rank."""
        package, _, bare = name.rpartition("/")
        if entry.name != bare or not is_from(entry, package):
            return False
        return bool(package) or not any(other.rank < entry.rank for other in self.clashes(entry))

    def unseen(self, name: str, stages: Collection[str] = KINDS) -> str:
        """Return a hint at the packages that have a plugin called `name` but are left out by `OCRPIPE_PLUGINS`."""
        package, _, bare = name.rpartition("/")
        entries = [entry for entry in self.installed if not may_be_seen(entry.package)]
        having = [e.package for e in entries if e.name == bare and e.stage in stages and is_from(e, package)]
        return f"; {', '.join(dict.fromkeys(having))} has it, but {VISIBLE} leaves that out" if having else ""

    def clashes(self, entry: Entry) -> list[Entry]:
        """Return the other entries that claim the same name."""
        return [other for other in self.of(entry.stage) if other.name == entry.name and other is not entry]

    def problems(self, entry: Entry) -> list[str]:
        """Return what the metadata alone shows to be wrong with `entry`, a phrase each."""
        found = [need.problem for need in entry.needs() if need.problem]
        for other in self.clashes(entry):
            if other.rank < entry.rank:
                means = f"that of {other.file}" if other.file else "the built-in"
                found.append(f"the name means {means}; this one is '{entry.package}/{entry.name}'")
            elif other.rank == entry.rank:
                found.append(f"{other.package} claims the name too; say '{entry.package}/{entry.name}'")
        return found


def entries_of(distribution: metadata.Distribution) -> Iterator[Entry]:
    """Yield what a package's metadata names; nothing where the metadata cannot be read."""
    try:
        text = distribution.read_text("entry_points.txt") or ""
        if GROUP not in text:
            return
        package, version = str(distribution.metadata["Name"] or ""), str(distribution.version or "")
        requires = tuple(distribution.requires or ())
        points = [point for point in distribution.entry_points if point.group.startswith(GROUP)]
    except Exception:  # one package's broken metadata must not hide the others
        return
    for point in points if package and version else ():  # else it cannot be told whose they are
        stage = point.group.removeprefix(GROUP)
        yield Entry(stage, point.name, point.value, package, version, requires)


def may_be_seen(package: str) -> bool:
    """Return whether the environment lets the plugins of a package be seen: all, if it says nothing of them."""
    listed = os.environ.get(VISIBLE)
    return listed is None or canonical(package) in {canonical(name.strip()) for name in listed.split(",")}


def is_from(entry: Entry, package: str) -> bool:
    """Return whether an entry is of a package, however that is spelt; an empty name means any."""
    return not package or canonical(entry.package) == canonical(package)


def canonical(name: str) -> str:
    """Return a package's name in the form in which two spellings of it are equal (PEP 503).

    Examples
    --------
    >>> canonical("OCRpipe_Tesseract")
    'ocrpipe-tesseract'
    """
    return re.sub(r"[-_.]+", "-", name).lower()
