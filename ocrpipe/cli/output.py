"""Where the command writes: results to stdout, everything else to stderr."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from ocrpipe.errors import OcrpipeError

if TYPE_CHECKING:
    from rich.console import Console

PLAIN_WIDTH = 1000
"""Columns of a table that no terminal limits."""


def say(text: str) -> None:
    """Write one line to stderr, whatever characters it holds."""
    line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in f"ocrpipe: {' '.join(text.splitlines())}")
    sys.stderr.write(
        line.encode(sys.stderr.encoding or "utf-8", "backslashreplace").decode(sys.stderr.encoding or "utf-8") + "\n"
    )
    sys.stderr.flush()


def say_error(error: Exception, debug: bool) -> None:
    """Write an error as one line, and with `debug` where it came from."""
    if debug:
        traceback.print_exception(error)
    say(str(error))


@contextmanager
def only_results() -> Iterator[BinaryIO]:
    """Yield a stream to stdout, while all else that writes there (a plugin, a C library) goes to stderr."""
    if sys.stdout is None:  # as after `>&-`
        raise OcrpipeError("standard output is closed: open it, or send it to /dev/null")
    sys.stdout.flush()
    stdout = os.dup(1)
    os.dup2(2, 1)
    stream = os.fdopen(os.dup(stdout), "wb")
    try:
        yield stream
    finally:
        with suppress(OSError):  # what could not be written was told when it was flushed
            stream.close()
        sys.stdout.flush()
        os.dup2(stdout, 1)
        os.close(stdout)


def console() -> Console:
    """Return a console for tables on stdout, wide enough to be searched where it is no terminal."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH, highlight=False, emoji=False)
