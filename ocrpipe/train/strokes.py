"""Read handwriting kept as pen strokes, and split it by writer.

The format is one JSON object a line, gzipped or not::

    {"label": "A", "writer": "aga/amywldrp", "strokes": [[[x, y], ...], ...]}

x runs right, y down, in the writer's own units; a stroke is one pen-down.

The split is by writer, never by sample: who is in the test set has written nothing that was trained on. It is decided
once, by the writer's name: a writer is a test writer if the first 8 bytes of the name's SHA-256, read as a big-endian
number, are below 15% of 2**64. So it depends neither on the order nor on the selection of the files.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

import numpy as np
import numpy.typing as npt

__all__ = ["TEST_SHARE", "Sample", "in_test", "read"]

TEST_SHARE = 0.15

LONGEST = 2**24
"""Bytes that a line may have."""

FARTHEST = 1e9
"""What a coordinate is always nearer than: differences of larger ones have no place in single precision."""

Stroke = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Sample:
    """One written sign: its label, its writer and its strokes, each a float32 array of shape (points, 2): x, y."""

    label: str
    writer: str
    strokes: tuple[Stroke, ...]


def in_test(name: str, share: float = TEST_SHARE) -> bool:
    """Tell whether a writer (or a font) belongs to the test set.

    Examples
    --------
    >>> [name for name in ("aga/amywldrp", "anna", "berta", "carl", "dora") if in_test(name)]
    ['aga/amywldrp', 'berta']
    >>> sum(in_test(f"writer {n}") for n in range(1000))
    160
    """
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return number < share * 2**64


def read(path: Path) -> Iterator[Sample]:
    """Yield the samples of one strokes file.

    Parameters
    ----------
    path : Path
        JSON lines, gzipped or not, which the first bytes say.

    Yields
    ------
    Sample
        In the file's order. Strokes without a point are left out.

    Raises
    ------
    ValueError
        If a line is not such an object; the message names file and line.
    OSError
        If the file cannot be read, or is a damaged gzip file.
    EOFError
        If a gzip file is cut short.
    """
    with path.open("rb") as file, gzip.open(file) if _is_gzip(file) else file as lines:
        for number, line in enumerate(iter(lambda: lines.readline(LONGEST + 1), b""), 1):
            if len(line) > LONGEST:
                raise ValueError(f"{path}, line {number}: longer than {LONGEST >> 20} MB, which no sign is")
            if line.strip():
                yield _sample(line, f"{path}, line {number}")


def _is_gzip(file: BufferedReader) -> bool:
    return file.peek(2)[:2] == b"\x1f\x8b"


def _sample(line: bytes, where: str) -> Sample:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{where}: not JSON ({error})") from None
    if not isinstance(row, dict):
        raise ValueError(f"{where}: an object is wanted, with label, writer and strokes")
    for key in ("label", "writer"):
        if not isinstance(row.get(key), str) or not row[key]:
            raise ValueError(f"{where}: {key!r} must be a text that is not empty")
        if any("\ud800" <= character <= "\udfff" for character in row[key]):
            raise ValueError(f"{where}: {key!r} holds half a surrogate pair, which is no character")
    if not isinstance(row.get("strokes"), list):
        raise ValueError(f"{where}: 'strokes' must be a list of strokes, each a list of [x, y]")
    strokes = []
    for points in row["strokes"]:
        if points == []:
            continue
        try:
            stroke = np.array(points, np.float32)
        except (TypeError, ValueError, OverflowError):
            stroke = np.zeros(0, np.float32)
        if stroke.ndim != 2 or stroke.shape[1] != 2 or not (np.abs(stroke) < FARTHEST).all():
            raise ValueError(f"{where}: each stroke must be a list of [x, y], both finite numbers below {FARTHEST:g}")
        strokes.append(stroke)
    if not strokes:
        raise ValueError(f"{where}: no stroke has a point")
    return Sample(row["label"], row["writer"], tuple(strokes))
