"""What a page is loaded from: a file, standard input, bytes, or an image that is already in memory."""

from __future__ import annotations

import hashlib
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ocrpipe.names import input_title

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image


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
    pages: tuple[int, ...] | None = None

    @classmethod
    def of(cls, thing: Any, pages: tuple[int, ...] | None = None) -> Document:
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
            return hashlib.sha256(stream.read()).hexdigest()

    def wants(self, page: int) -> bool:
        """Return whether the page of this number is wanted."""
        return self.pages is None or page in self.pages


def is_pipe(path: Path) -> bool:
    """Return whether `path` is a named pipe; False where it cannot even be looked at, which opening it will tell."""
    try:
        return path.is_fifo()
    except OSError:
        return False
