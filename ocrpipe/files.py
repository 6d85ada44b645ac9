"""Files that are written whole or not at all. Everything that ocrpipe leaves on a disk goes through here."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file under another name beside it, and rename it when it is complete; on any error nothing is left.

    Parameters
    ----------
    path
        The file; one that is there is replaced, but only by a whole one.
    content
        All of it, or its pieces, which are written as they come.

    Raises
    ------
    OSError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(Path(folder) / "a.txt", b"all of it")
    ...     [(path.name, path.read_bytes()) for path in Path(folder).iterdir()]
    [('a.txt', b'all of it')]
    """
    unfinished = path.with_name(f".ocrpipe-{os.urandom(8).hex()}")  # short, for the file's own name may be the longest
    try:
        with unfinished.open("xb") as stream:
            stream.writelines([content] if isinstance(content, bytes) else content)
        unfinished.replace(path)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink()
        raise
