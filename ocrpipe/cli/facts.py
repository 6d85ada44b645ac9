"""What can be said of a plugin before it runs: where it is from, what it needs, what its options are."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from ocrpipe.distributions import licence_of

if TYPE_CHECKING:
    from ocrpipe.distributions import Need
    from ocrpipe.plugin import Plugin
    from ocrpipe.registry import Entry, Registry

Facts = dict[str, Any]
"""What is said, under names that JSON and people share."""

DECLARED = ("finds", "also_reads", "reads", "suffix", "per", "joins")
"""What plugins of some stages say of themselves beside their options."""


def facts_of(entry: Entry, registry: Registry) -> Facts:
    """Return what metadata says of a plugin; nothing is imported."""
    return {
        "stage": entry.stage,
        "name": entry.name,
        "package": entry.package,
        "version": entry.version,
        "from": origin(entry),
        "place": str(entry.file or entry.value),
        "licence": None if entry.file else licence_of(entry.package),
        "needs": [needed(need) for need in entry.needs()],
        "problems": registry.problems(entry),
    }


def origin(entry: Entry) -> str:
    """Return how a plugin came to be known."""
    return "built in" if entry.built_in else "file" if entry.file else "entry point"


def needed(need: Need) -> Facts:
    """Return what is said of a package that is needed."""
    return {"requirement": need.requirement, "installed": need.installed, "fits": need.fits}


def more_facts(entry: Entry, kind: type[Plugin]) -> Facts:
    """Return what a plugin's class says of it.

    Raises
    ------
    PluginError
        If one of its options has a type that cannot be described.
    """
    return {
        "summary": summary(kind),
        "description": inspect.cleandoc(kind.__doc__ or "").partition("\nExamples\n---")[0].strip(),
        "declares": declared_by(kind),
        "options": options_of(entry, kind),
    }


def summary(kind: type[Plugin]) -> str:
    """Return the first paragraph of a plugin's docstring as one line."""
    return " ".join(inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0].split())


def declared_by(kind: type[Plugin]) -> Facts:
    """Return what a plugin says of itself, such as the level that it finds; what its options decide, by their defaults.

    What it cannot say without an option that has no default is left out.
    """
    from pydantic import BaseModel

    said: Facts = {}
    for name in DECLARED:
        if not hasattr(kind, name):
            continue
        try:
            value = getattr(kind() if isinstance(getattr(kind, name), property) else kind, name)
        except Exception:  # an option without a default, or a file that is not there
            continue
        said[name] = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return said


def in_words(declared: object) -> str:
    """Return what a plugin declares under a name, as people say it.

    Examples
    --------
    >>> in_words({"level": "line", "height": 48, "width": None, "of": "gray"})
    'level line, height 48, width any, of gray'
    """
    if isinstance(declared, dict):
        return ", ".join(f"{key} {'any' if value is None else value}" for key, value in declared.items())
    return "nothing" if declared is None else str(declared)


def options_of(entry: Entry, kind: type[Plugin]) -> dict[str, dict[str, object]]:
    """Return a plugin's options as JSON Schema describes them, by their names.

    Raises
    ------
    PluginError
        If one of them has a type that cannot be described.
    """
    from ocrpipe.errors import PluginError, told

    try:
        options: dict[str, dict[str, object]] = kind.model_json_schema().get("properties", {})
    except Exception as error:
        raise PluginError(f"{entry.title} has options that cannot be described: {told(error)}") from error
    return options


BOUNDS = {
    "minimum": ">=",
    "exclusiveMinimum": ">",
    "maximum": "<=",
    "exclusiveMaximum": "<",
    "multipleOf": "a multiple of",
}
"""How JSON Schema names bounds, and how people write them."""


def type_of(option: dict[str, object]) -> str:
    """Return an option's type and bounds in words.

    Examples
    --------
    >>> type_of({"type": "integer", "minimum": 1})
    'integer >= 1'
    """
    either = option.get("anyOf")
    if isinstance(either, list):
        return " or ".join(type_of(choice) for choice in either)
    choices = option.get("enum")
    if isinstance(choices, list):
        return " | ".join(map(str, choices))
    kind = str(option.get("format") or option.get("type") or option.get("const") or "any")
    return " ".join([kind, *(f"{sign} {option[bound]}" for bound, sign in BOUNDS.items() if bound in option)])


def default_of(option: dict[str, object]) -> str:
    """Return an option's default as TOML writes it."""
    from ocrpipe.toml import to_value

    if "default" not in option:
        return "(must be given)"
    return "none" if option["default"] is None else to_value(option["default"])
