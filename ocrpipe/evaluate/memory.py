"""How much memory a pipeline needs: measured in a process of its own, for a peak is never given back."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ocrpipe.pipeline import Pipeline

MEGABYTE = 1024**2

READ = """
import re, sys
from pathlib import Path
from ocrpipe import Pipeline
file, document, *plugins = sys.argv[1:]
pipeline = Pipeline.from_file(file, plugins=plugins)
pipeline.watch = lambda call: None
for outcome in pipeline.read_all(document):
    if outcome.error is not None:
        raise outcome.error
status = Path("/proc/self/status")
if status.exists():
    print(int(re.search("VmHWM: *([0-9]+) kB", status.read_text().replace(chr(9), " "))[1]) * 1024)
else:
    import resource
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""
"""What the process does: read all pages, unobserved. Its own peak, in bytes, is what it prints last. Linux counts that
of the process that started it into `ru_maxrss`, but not into `VmHWM`; macOS has only the former."""


def peak_memory(pipeline: Pipeline, path: Path, plugins: Sequence[Path] = ()) -> float | None:
    """Return the peak of a process that reads a document, MB; None where it cannot, or nobody counts it (Windows).

    Python itself and the libraries that are imported count.

    Parameters
    ----------
    pipeline
        What to read it with.
    path
        The document.
    plugins
        The Python files whose plugins the pipeline uses besides those that are installed.
    """
    command = [sys.executable, "-P", "-c", READ]  # -P: nothing is imported from where we happen to stand
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pipeline.toml"
        file.write_text(pipeline.to_toml(), encoding="utf-8")
        done = subprocess.run(
            [*command, str(file), str(path), *map(str, plugins)], capture_output=True, text=True, check=False
        )
    lines = done.stdout.split()
    return round(int(lines[-1]) / MEGABYTE, 1) if done.returncode == 0 and lines else None
