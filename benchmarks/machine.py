"""What the other scripts of this folder have in common: on which machine they ran, and which pipelines there are.

    python benchmarks/machine.py

Writes the machine and the versions of what matters as a Markdown table.
"""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

from ocrpipe import OcrpipeError, Pipeline
from ocrpipe.registry import Registry

PACKAGES = "numpy", "scipy", "scikit-image", "pillow", "pydantic", "pluggy", "safetensors", "rapidfuzz", "lxml"
"""Libraries whose versions matter for speed."""

ENGINES = "tesserocr", "rapidocr", "onnxruntime", "faster-paddle", "torch", "scikit-learn"
"""The same of what need not be installed."""


def processor() -> str:
    """Return what the processor is called."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def versions(names: tuple[str, ...]) -> str:
    """Return the versions of those packages that are installed."""
    found = []
    for name in names:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join(found) or "none"


def installed_pipelines() -> list[str]:
    """Return the names of all presets that are installed, ocrpipe's own first."""
    return list(dict.fromkeys(entry.name for entry in Registry().all if entry.stage == "presets"))


def built(names: list[str] | None) -> list[Pipeline]:
    """Return the pipelines of these names, by default all installed ones; what cannot be built is told and left out."""
    made = []
    for name in names or installed_pipelines():
        try:
            made.append(Pipeline.configured(name))
        except OcrpipeError as error:
            if names:
                raise SystemExit(str(error)) from None
            print(f"{name} is left out: {error}\n")
    return made


def table(heads: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Print the table."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    rows = [
        ["processor", f"{processor()}, {os.cpu_count()} cores, load before {load}"],
        ["system", f"{platform.system()} {platform.release()}, {platform.machine()}"],
        ["Python", platform.python_version()],
        ["ocrpipe", versions(("ocrpipe",))],
        ["libraries", versions(PACKAGES)],
        ["engines and others", versions(ENGINES)],
    ]
    print(table(["machine", ""], rows))


if __name__ == "__main__":
    main()
