"""How much memory a pipeline needs: measured in a process of its own, for a peak is never given back."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from ocrpipe.pipeline import Pipeline

READ = """
import resource, sys
from ocrpipe import Pipeline
pipeline = Pipeline.from_file(sys.argv[1])
list(pipeline.read_all(sys.argv[2]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
"""What the process does. Its own peak is all that it prints last."""

KILOBYTE = 1 if sys.platform != "darwin" else 1 / 1024
"""What `ru_maxrss` counts in: kilobytes, but bytes on macOS."""


def peak_memory(pipeline: Pipeline, path: Path) -> float | None:
    """Return the peak of a process that reads a document with `pipeline`, MB; None where it does not come to an end.

    Python itself and the libraries that are imported count.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pipeline.toml"
        file.write_text(pipeline.to_toml(), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-c", READ, str(file), str(path)], capture_output=True, text=True, check=False
        )
    lines = done.stdout.split()
    return round(int(lines[-1]) * KILOBYTE / 1024, 1) if done.returncode == 0 and lines else None
