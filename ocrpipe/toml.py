"""Writes tables as TOML, which the standard library reads but does not write."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any


def to_toml(tables: Mapping[str, Any]) -> str:
    """Return `tables` as TOML: a mapping becomes a table, a list of mappings an array of tables.

    Keys without a value (None) are left out, for TOML has no such thing.

    Examples
    --------
    >>> print(to_toml({"binarize": {"use": "otsu", "sigma": 1.5}, "observe": []}), end="")
    observe = []
    <BLANKLINE>
    [binarize]
    use = "otsu"
    sigma = 1.5
    """
    plain = [f"{to_key(key)} = []\n" for key, value in tables.items() if value == []]
    parts = ["".join(plain)] if plain else []
    for key, value in tables.items():
        header = f"[[{to_key(key)}]]" if isinstance(value, list) else f"[{to_key(key)}]"
        for table in value if isinstance(value, list) else [value]:
            lines = [f"{to_key(name)} = {to_value(item)}\n" for name, item in table.items() if item is not None]
            parts.append(f"{header}\n" + "".join(lines))
    return "\n".join(parts)


def to_key(name: str) -> str:
    """Return a key as TOML writes it: in quotes where it is not of plain letters, digits, - and _.

    Examples
    --------
    >>> to_key("window"), to_key("größe")
    ('window', '"größe"')
    """
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else to_value(name)


def to_value(value: Any) -> str:
    """Return a value as TOML writes it.

    Examples
    --------
    >>> to_value(["a", True, 0.5])
    '["a", true, 0.5]'
    """
    if isinstance(value, Mapping):
        pairs = [f"{to_key(key)} = {to_value(item)}" for key, item in value.items() if item is not None]
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(to_value(item) for item in value) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value).replace("Infinity", "inf").replace("NaN", "nan")
