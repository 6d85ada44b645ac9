"""An ONNX session that keeps to its threads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Session:
    """A network in an ONNX file, which takes one array and gives one.

    Parameters
    ----------
    path
        The file.
    threads
        How many threads of the processor it may use.
    """

    def __init__(self, path: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.enable_cpu_mem_arena = False  # pages differ in size: an arena would keep what the largest one took
        self.session: Any = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name

    def __call__(self, given: Floats) -> Floats:
        """Return what the network makes of `given`."""
        result: Floats = self.session.run(None, {self.input: given})[0]
        return result

    def metadata(self, key: str) -> str:
        """Return what the file says of itself under `key`, empty if nothing."""
        return str(self.session.get_modelmeta().custom_metadata_map.get(key, ""))
