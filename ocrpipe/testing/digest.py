"""A checksum of anything that a hook is given or gives back: equal for equal content, in every process."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Protocol

import numpy as np
from pydantic import BaseModel


class Sink(Protocol):
    """What takes bytes, as hashlib's objects do."""

    def update(self, data: bytes, /) -> None:
        """Take some more."""


def digest(thing: object) -> str:
    """Return the checksum of models, arrays, and plain values, as deep as they go.

    Steps of a page are left out: they hold the plugin's name, which differs where the plugin was named otherwise.

    Examples
    --------
    >>> digest([np.zeros(2), "a"]) == digest([np.zeros(2), "a"]) != digest([np.ones(2), "a"])
    True
    """
    sink = hashlib.sha256()
    add(sink, thing)
    return sink.hexdigest()


def add(sink: Sink, thing: Any) -> None:
    """Add a thing to a checksum."""
    sink.update(f"<{type(thing).__name__}>".encode())
    if isinstance(thing, np.ndarray):
        sink.update(f"{thing.dtype}{thing.shape}".encode())
        sink.update(np.ascontiguousarray(thing).tobytes())
    elif isinstance(thing, BaseModel):
        for name, value in thing:
            if name != "steps":
                sink.update(name.encode())
                add(sink, value)
    elif is_dataclass(thing):
        for field in fields(thing):
            sink.update(field.name.encode())
            add(sink, getattr(thing, field.name))
    elif isinstance(thing, Mapping):
        for key, value in thing.items():
            add(sink, key)
            add(sink, value)
    elif isinstance(thing, list | tuple):
        for item in thing:
            add(sink, item)
    elif isinstance(thing, bytes):
        sink.update(thing)
    elif thing is None or isinstance(thing, str | int | float | bool):
        sink.update(repr(thing).encode("utf-8", "surrogatepass"))
    # else: what a checksum cannot see, such as a function or an exception, counts by its kind alone
