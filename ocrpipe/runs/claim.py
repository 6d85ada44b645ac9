"""One run at a time may write into a folder; what a run that was killed has left half-written there is cleared away."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ocrpipe.errors import ConfigError

LOCK = ".ocrpipe-lock"

UNFINISHED = re.compile(r"\.ocrpipe-[0-9a-f]{16}")
"""The names that `ocrpipe.files.write_whole` gives to what it has not finished."""

NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
"""What file systems say that know no locks; there, two runs into one folder are not noticed."""


@contextmanager
def claimed(folder: Path, option: str = "-o") -> Iterator[None]:
    """Hold a folder for this process alone; the system lets go of it whatever ends the process.

    Raises
    ------
    ConfigError
        If another run holds it.
    """
    stream = locked(folder, option)
    try:
        clear(folder)
        yield
    finally:
        with suppress(OSError):
            (folder / LOCK).unlink()
        stream.close()


def locked(folder: Path, option: str) -> IO[bytes]:
    """Return the lock file, open and locked."""
    path = folder / LOCK
    while True:
        try:
            stream = path.open("ab")
        except OSError as error:
            raise ConfigError(f"{option} {folder}: cannot be written to: {error.strerror or error}") from error
        try:
            lock(stream)
        except OSError as error:
            if error.errno not in NO_LOCKS:
                stream.close()
                raise ConfigError(
                    f"{option} {folder}: another run is writing into it: wait for its end, or choose another folder"
                ) from None
        with suppress(OSError):
            if os.path.samestat(os.fstat(stream.fileno()), path.stat()):
                return stream
        stream.close()  # who held it has just taken it away


def lock(stream: IO[bytes]) -> None:
    """Lock a file, or raise OSError at once where another process has."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        return
    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


def clear(folder: Path) -> None:
    """Take away what a run that was killed has not finished; only whoever holds the folder may."""
    for entry in os.scandir(folder):
        if UNFINISHED.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
            with suppress(OSError):
                Path(entry.path).unlink()
