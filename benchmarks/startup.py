"""What installed plugin packages cost those who do not use them.

    python benchmarks/startup.py [--site DIR] [--rounds N]

Each command runs in a process of its own, in turn with all plugin packages installed and without them, and the ratio of
each pair is taken; the median is printed with the quartiles. The packages of `plugins/` are installed by pip into a
folder that is on the path of the one run and not of the other; `--site` names a folder that holds them already, perhaps
with their engines. Says too which of their modules a run has imported: there must be none. Writes Markdown to stdout.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "samples" / "shopping.jpg"
COMMANDS = (["--help"], ["plugins", "list"], ["run", "-p", "handprint", str(PAGE)])
MAIN = "from ocrpipe.cli import main; main()"
NAMES = """
import atexit, sys
atexit.register(lambda: sys.stderr.write("modules: " + " ".join(sys.modules)))
"""


def install(site: Path) -> None:
    """Install every package of `plugins/` into `site`, without what they need."""
    folders = [path.parent for path in sorted((ROOT / "plugins").glob("*/pyproject.toml"))]
    packages = [
        shutil.copytree(path, site.parent / "sources" / path.name) for path in folders
    ]  # building leaves traces
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--target", site, *packages], check=True)


def run(arguments: list[str], site: Path | None, prelude: str = "") -> tuple[float, str]:
    """Return how many seconds a command takes, with `site` on the path, and what it writes to stderr."""
    path = os.pathsep.join(str(place) for place in (site, ROOT) if place)
    command = [sys.executable, "-c", prelude + MAIN, *arguments]
    start = perf_counter()
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return perf_counter() - start, done.stderr


def ratios(arguments: list[str], site: Path, rounds: int) -> list[float]:
    """Return what a command costs with the packages against without, a pair each, the first of them turn about."""
    found = []
    for turn in range(rounds + 1):
        order = (site, None) if turn % 2 else (None, site)
        seconds = {place: run(arguments, place)[0] for place in order}
        if turn:  # the first warms the disk's cache
            found.append(seconds[site] / seconds[None])
    return found


def imported(arguments: list[str], site: Path) -> list[str]:
    """Return the modules that lie in `site` and that a command has imported."""
    _, told = run(arguments, site, NAMES)
    names = {name.partition(".")[0] for name in told.rpartition("modules: ")[2].split()}
    return sorted(name for name in names if (site / name).exists() or (site / f"{name}.py").exists())


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--site", type=Path)
    parser.add_argument("--rounds", "-n", type=int, default=15)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site = given.site or Path(folder) / "site"
        if not given.site:
            install(site)
        packages = sorted(path.stem.partition("-")[0] for path in site.glob("ocrpipe_*.dist-info"))
        print(f"With {', '.join(packages)} installed against without, {given.rounds} pairs.\n")
        print("| command | ratio, median | quartiles | modules of theirs imported |\n|---|---|---|---|")
        for arguments in COMMANDS:
            found = ratios(arguments, site, given.rounds)
            low, median, high = statistics.quantiles(found, n=4)
            shown = " ".join(Path(word).name for word in arguments)
            theirs = ", ".join(imported(arguments, site)) or "none"
            print(f"| `ocrpipe {shown}` | **{median:.2f}** | {low:.2f} to {high:.2f} | {theirs} |", flush=True)


if __name__ == "__main__":
    main()
