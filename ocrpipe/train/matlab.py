"""Read plain arrays out of MATLAB files, level 5 (what MATLAB's `save -v7` and SciPy's `savemat` write).

SciPy's reader ends the whole process on some damaged files; a dataset comes from strangers, so this one reads only what
a dataset needs, real numeric arrays, and believes no length before it has seen as many bytes. The format: "MAT-File
Format", The MathWorks, chapter 1: a header of 128 bytes, then elements, each a tag (type, size) with its bytes, padded
to 8; a variable is an element of four: flags, dimensions, name, values.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

__all__ = ["read_arrays"]

_HEADER = 128  # bytes
_COMPRESSED, _MATRIX = 15, 14
_COMPLEX = 0x0800
_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
"""How an element's bytes are to be read, by its type."""

_CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
"""What a variable is in MATLAB, by its class; its bytes may be stored shorter."""


def read_arrays(raw: bytes, most: int) -> dict[str, npt.NDArray[np.generic] | None]:
    """Read the variables of a file.

    Parameters
    ----------
    raw : bytes
        The whole file.
    most : int
        Bytes that a variable may have.

    Returns
    -------
    dict
        Each variable by its name; None for what is no array of real numbers (a text, a cell, a sparse matrix).

    Raises
    ------
    ValueError
        If the file is damaged, or a variable too large.

    Examples
    --------
    >>> from io import BytesIO
    >>> from scipy.io import savemat
    >>> savemat(file := BytesIO(), {"x": np.array([[1.5, 2], [3, 4]]), "name": "Ann"})
    >>> read_arrays(file.getvalue(), most=1000)
    {'x': array([[1.5, 2. ],
           [3. , 4. ]]), 'name': None}
    """
    order = {b"IM": "<", b"MI": ">"}.get(raw[126:_HEADER])
    if order is None:
        raise ValueError("its header is damaged")
    found: dict[str, npt.NDArray[np.generic] | None] = {}
    for kind, body in _elements(memoryview(raw)[_HEADER:], order):
        if kind == _COMPRESSED:
            kind, body = _unpacked(body, order, most)
        if len(body) > most:
            raise ValueError(f"a variable of {len(body)} bytes is more than is read at once")
        if kind == _MATRIX:
            name, array = _variable(body, order)
            found[name] = array
    return found


def _elements(raw: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """Yield each element's type and bytes."""
    while len(raw) >= 8:
        kind, size = np.frombuffer(raw[:8], f"{order}u4").tolist()
        if kind >> 16:  # a small one: type and size share four bytes, and the rest is in the other four
            kind, size, start, end = kind & 0xFFFF, kind >> 16, 4, 8
        else:
            start, end = 8, 8 + size + (-size % 8 if kind != _COMPRESSED else 0)
        if start + size > len(raw) or (start == 4 and size > 4):
            raise ValueError("it is cut short, or a length in it is wrong")
        yield kind, raw[start : start + size]
        raw = raw[end:]


def _unpacked(packed: memoryview, order: str, most: int) -> tuple[int, memoryview]:
    """Return the one element that a compressed one holds."""
    try:
        stream = zlib.decompressobj()
        tag = stream.decompress(packed, 8)
        kind, size = np.frombuffer(tag, f"{order}u4").tolist()
        if size > most:
            raise ValueError(f"a variable of {size} bytes is more than is read at once")
        body = stream.decompress(stream.unconsumed_tail, size) if size else b""
        body += stream.flush() if len(body) < size else b""
    except zlib.error as error:
        raise ValueError(f"a compressed variable is damaged ({error})") from None
    if len(body) < size:
        raise ValueError("a compressed variable is cut short")
    return kind, memoryview(body)[:size]


def _variable(body: memoryview, order: str) -> tuple[str, npt.NDArray[np.generic] | None]:
    parts = _elements(body, order)
    try:
        (_, flags), (_, lengths), (_, letters) = next(parts), next(parts), next(parts)
        flag = int(np.frombuffer(flags[:4], f"{order}u4")[0])
    except (StopIteration, IndexError):
        raise ValueError("a variable has no flags, dimensions and name") from None
    name = bytes(letters).decode("latin-1")
    if flag & 0xFF not in _CLASSES or flag & _COMPLEX:
        return name, None
    kind, values = next(parts, (0, memoryview(b"")))
    shape = np.frombuffer(lengths[: len(lengths) // 4 * 4], f"{order}i4").tolist()
    if kind not in _NUMBERS or min(shape, default=-1) < 0:
        raise ValueError(f"the variable {name} is damaged")
    stored = np.dtype(order + _NUMBERS[kind])
    if math.prod(shape) * stored.itemsize != len(values):
        raise ValueError(f"the variable {name} is not as large as it says")
    array = np.frombuffer(values, stored).reshape(shape, order="F")
    with np.errstate(invalid="ignore"):  # damaged numbers may not fit; whoever uses them checks
        return name, array.astype(_CLASSES[flag & 0xFF])
