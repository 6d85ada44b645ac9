"""Put a training down and take it up again: one safetensors file, its header holding the rest as JSON.

One file, written beside itself and renamed, is whole or not there at all. Nothing in it is executed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ocrpipe.errors import OcrpipeError
from ocrpipe.files import write_whole

__all__ = ["read_checkpoint", "write_checkpoint"]

Arrays = dict[str, npt.NDArray[Any]]

FORMAT = "ocrpipe-checkpoint-1"


def write_checkpoint(path: Path, arrays: Arrays, state: Mapping[str, Any]) -> None:
    """Write arrays by name, and what JSON can hold.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_checkpoint(Path(folder) / "c", {"weight": np.ones(2)}, {"epoch": 3})
    ...     read_checkpoint(Path(folder) / "c")
    ({'weight': array([1., 1.])}, {'epoch': 3})
    """
    kept = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    write_whole(path, save(kept, {"format": FORMAT, "state": json.dumps(state)}))


def read_checkpoint(path: Path) -> tuple[Arrays, dict[str, Any]]:
    """Read what `write_checkpoint` wrote.

    Raises
    ------
    OcrpipeError
        If it is no such file, or damaged; the message says what to do.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            header = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no mapping)
        if header.get("format") != FORMAT:
            raise ValueError("another file's header")
        state = json.loads(header["state"])
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise OcrpipeError(f"{path}: it is no checkpoint of this ocrpipe ({error}); remove it to begin anew") from None
    return arrays, state
