"""What a new plugin and its package, module and class are called, all from one name."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from dataclasses import dataclass
from importlib import metadata

from ocrpipe import __all__ as public_names
from ocrpipe.errors import ConfigError
from ocrpipe.names import HOME
from ocrpipe.registry import Registry, canonical

PREFIX = f"{HOME}-"
"""What a plugin package's name begins with, so that it is found on an index and takes nobody's name."""

PEP_508 = re.compile(r"[A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9]", re.IGNORECASE)
"""Names that a package may have."""

LONGEST = 40
"""Letters of a plugin's name at most: it is typed, and stands in tables."""


@dataclass(frozen=True)
class Names:
    """A new plugin's names.

    Parameters
    ----------
    plugin
        What it is chosen by: ``--binarize wolf``.
    package
        What is installed: ``ocrpipe-wolf``.
    module
        What is imported: ``ocrpipe_wolf``.
    klass
        The class: ``Wolf``.
    """

    plugin: str
    package: str
    module: str
    klass: str


def names_for(name: str) -> Names:
    """Return the names of a new plugin: its own, and those of its package, module and class.

    Parameters
    ----------
    name
        The plugin's name, or its package's, which begins with ``ocrpipe-``.

    Raises
    ------
    ConfigError
        If no package or class can be named so.

    Examples
    --------
    >>> names_for("wolf-jolion")
    Names(plugin='wolf-jolion', package='ocrpipe-wolf-jolion', module='ocrpipe_wolf_jolion', klass='WolfJolion')
    >>> names_for("OCRpipe_Wolf").plugin
    'wolf'
    """
    if not PEP_508.fullmatch(name):
        raise ConfigError(
            f"{name!r} is no name for a package: use letters a-z, digits and hyphens, and begin and end with "
            "a letter or digit, such as 'my-threshold'"
        )
    plugin = canonical(name).removeprefix(PREFIX)
    if not plugin[:1].isalpha():
        raise ConfigError(f"{name!r} begins with no letter, and no Python class can be named so: begin with a letter")
    if len(plugin) > LONGEST:
        raise ConfigError(f"{name!r} has {len(plugin)} letters, but is typed often: use at most {LONGEST}")
    if plugin in ("none", HOME):
        meaning = "means no plugin, as in --prepare none" if plugin == "none" else "is the host's own name"
        raise ConfigError(f"{name!r} {meaning}: choose another name")
    klass = "".join(part.capitalize() for part in plugin.split("-"))
    return Names(plugin, PREFIX + plugin, (PREFIX + plugin).replace("-", "_"), klass)


def refuse_clash(names: Names, stage: str, registry: Registry) -> None:
    """Raise ConfigError where an installed plugin of the stage, or an installed package, has the name."""
    for entry in registry.of(stage):
        if entry.name == names.plugin:
            raise ConfigError(f"there is a {stage} plugin {names.plugin!r} already, in {entry.package}: choose another")
    try:
        metadata.distribution(names.package)
    except metadata.PackageNotFoundError:
        return
    raise ConfigError(f"a package {names.package} is installed already: choose another name, or uninstall it")


def free_class(klass: str, *sources: str) -> str:
    """Return `klass`, with ``Plugin`` behind it where it means something else in Python, ocrpipe or one of `sources`.

    Examples
    --------
    >>> free_class("Wolf"), free_class("Page"), free_class("Field", "from pydantic import Field")
    ('Wolf', 'PagePlugin', 'FieldPlugin')
    """
    taken = {*dir(builtins), *keyword.kwlist, *public_names}
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                taken |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.Name):
                taken.add(node.id)
    return f"{klass}Plugin" if klass in taken else klass
