"""What a plugin is: a pydantic model whose fields are its options, and whose methods are its hooks."""

from __future__ import annotations

from inspect import get_annotations
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from pydantic import BaseModel, ConfigDict

from ocrpipe.hookspecs import hookimpl

RESERVED = {"use": "a pipeline file names the plugin by it"}
"""Names that no option may have, and why."""


class Plugin(BaseModel):
    """The base of all plugins.

    Fields are options: give each a type, bounds where they exist, a default and a description in a user's words.
    Costly state (weights, an engine) is a ``functools.cached_property``: built on first use, once a worker.

    A segmenter declares ``finds: ClassVar[Level]`` (and ``also_reads: ClassVar[bool] = True`` if it reads what it
    finds), a classifier ``reads: ClassVar[CropSpec]`` (or None: it takes over what the segmenter read), an exporter
    ``suffix: ClassVar[str]`` and ``per: ClassVar[str]``, and ``joins: ClassVar[bool] = True`` where its results can
    stand one behind the other; each may be a property where an option decides.

    Two plugins are equal only if they are the same object, because pluggy keeps them in sets. They cannot be pickled:
    workers build them again from their options, so that no engine is ever sent along.

    Examples
    --------
    >>> from typing import Annotated
    >>> from pydantic import Field
    >>> from ocrpipe import GrayPage, Plugin, hookimpl
    >>> class Darker(Plugin):
    ...     "Makes a page darker."
    ...     by: Annotated[int, Field(ge=0, le=255, description="grey values to take off")] = 10
    ...     @hookimpl
    ...     def prepare(self, page: GrayPage) -> GrayPage:
    ...         return page.replace(gray=page.gray - self.by * (page.gray >= self.by).astype("uint8"))
    >>> Darker(by=20).by
    20
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False
    )

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, why in RESERVED.items():
            if name in get_annotations(cls):
                raise TypeError(f"{cls.__name__}: no option may be called {name!r}, because {why}; rename it")

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is a plugin and cannot be pickled: send its options and build it again")

    def files(self) -> list[Path]:
        """Return the files that this plugin reads (weights, word lists), whose checksums every result records."""
        return []


__all__ = ["Plugin", "hookimpl"]
