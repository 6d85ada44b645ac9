"""What a page is loaded from: a file, standard input, bytes, or an image that is already in memory."""

from __future__ import annotations

import hashlib
import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ocrpipe.errors import ConfigError
from ocrpipe.names import input_title

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image


@dataclass(frozen=True)
class PageRanges:
    """Pages that are chosen by ranges.

    Parameters
    ----------
    ranges
        The first and the last page of each, from 1; a last page of None means: to the end.

    Examples
    --------
    >>> chosen = PageRanges.parse("1-3,7,9-")
    >>> [page for page in range(1, 12) if page in chosen], str(chosen)
    ([1, 2, 3, 7, 9, 10, 11], '1-3, 7, 9-')
    """

    ranges: tuple[tuple[int, int | None], ...]

    @classmethod
    def parse(cls, text: str, option: str = "--pages") -> PageRanges:
        """Return the pages that `text` chooses; `option` names it in errors.

        Raises
        ------
        ConfigError
            If it is none of ``7``, ``1-3``, ``9-`` or several of these, parted by commas.
        """
        ranges = []
        for part in text.split(","):
            found = re.fullmatch(r"\s*([0-9]{1,9})\s*(-?)\s*([0-9]{1,9})?\s*", part)
            first, last = (int(found[1]), int(found[3] or 0) or None) if found else (0, None)
            if not found or first < 1 or (found[3] and not found[2]) or (found[3] and (last or 0) < first):
                raise ConfigError(f"{option} {text}: choose pages such as 7, 1-3 or 9- (to the end), parted by commas")
            ranges.append((first, last if found[2] else first))
        return cls(tuple(ranges))

    def __contains__(self, page: object) -> bool:
        return isinstance(page, int) and any(
            first <= page and (last is None or page <= last) for first, last in self.ranges
        )

    def __str__(self) -> str:
        return ", ".join(
            f"{first}-" if last is None else str(first) if first == last else f"{first}-{last}"
            for first, last in self.ranges
        )

    def reaches_past(self, page: int) -> bool:
        """Return whether a page after this one is chosen."""
        return any(last is None or last > page for _, last in self.ranges)


@dataclass(frozen=True, eq=False)
class Document:
    """One input, not yet opened. Exactly one of `path`, `data`, `image` and `array` is given.

    Parameters
    ----------
    path
        A file.
    data
        A file's bytes.
    image
        A Pillow image.
    array
        Pixels: (height, width) or (height, width, channels).
    name
        What to call it in messages and results, None for what has no name.
    pages
        The pages that are wanted, from 1; None for all.
    """

    path: Path | None = None
    data: bytes | None = field(default=None, repr=False)
    image: Image | None = field(default=None, repr=False)
    array: NDArray[Any] | None = field(default=None, repr=False)
    name: str | None = None
    pages: tuple[int, ...] | PageRanges | None = None

    @classmethod
    def of(cls, thing: Any, pages: tuple[int, ...] | PageRanges | None = None) -> Document:
        """Return the document for a path, `-`, bytes, a Pillow image or an array; a document stays as it is.

        Raises
        ------
        TypeError
            If `thing` is none of these.

        Examples
        --------
        >>> Document.of("page.jpg").name
        'page.jpg'
        """
        if isinstance(thing, Document):
            return thing
        if isinstance(thing, str) and thing == "-":
            return cls(data=sys.stdin.buffer.read() if sys.stdin else b"", name="-", pages=pages)
        if isinstance(thing, str | Path):
            name = os.fsencode(thing).decode("utf-8", "backslashreplace")  # a file's name need not be text
            path = Path(thing)
            if is_pipe(path):  # as in `ocrpipe run <(command)`: it can be read only once
                return cls(data=path.read_bytes(), name=name, pages=pages)
            return cls(path=path, name=name, pages=pages)
        if isinstance(thing, bytes | bytearray | memoryview):
            return cls(data=bytes(thing), pages=pages)
        if hasattr(thing, "__array_interface__") and hasattr(thing, "getexif"):  # Pillow's, without importing Pillow
            return cls(image=thing, pages=pages)
        if hasattr(thing, "dtype") and hasattr(thing, "ndim"):
            return cls(array=thing, pages=pages)
        raise TypeError(
            f"cannot read a page from a {type(thing).__name__}: give a path, bytes, a Pillow image or a NumPy array"
        )

    @property
    def title(self) -> str:
        """What to call it in a message."""
        return input_title(self.name)

    @property
    def is_file(self) -> bool:
        """Whether there are bytes to read: a file, or a file's bytes."""
        return self.path is not None or self.data is not None

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the bytes for reading; only where `is_file`.

        Raises
        ------
        OSError
            If the file cannot be opened.
        """
        if self.path is not None:
            with self.path.open("rb") as stream:
                yield stream
        elif self.data is not None:
            yield io.BytesIO(self.data)
        else:
            raise ValueError(f"{self.title} has no bytes to open: it is an image in memory")

    @cached_property
    def sha256(self) -> str | None:
        """Checksum of the bytes; None for an image in memory."""
        if not self.is_file:
            return None
        with self.open() as stream:
            digest = hashlib.file_digest(stream, "sha256")  # type: ignore[arg-type]  # BinaryIO has what it needs
            return digest.hexdigest()

    def wants(self, page: int) -> bool:
        """Return whether the page of this number is wanted."""
        return self.pages is None or page in self.pages

    def wants_after(self, page: int) -> bool:
        """Return whether any page after this one is wanted; where none is, a loader may stop."""
        if isinstance(self.pages, PageRanges):
            return self.pages.reaches_past(page)
        return self.pages is None or max(self.pages, default=0) > page

    @property
    def wanted(self) -> str:
        """Which pages are wanted, for a message; empty where all are."""
        return ", ".join(map(str, self.pages)) if isinstance(self.pages, tuple) else str(self.pages or "")


def is_pipe(path: Path) -> bool:
    """Return whether `path` is a named pipe; False where it cannot even be looked at, which opening it will tell."""
    try:
        return path.is_fifo()
    except OSError:
        return False
