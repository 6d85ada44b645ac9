# ruff: noqa: E402  (threads are bounded before NumPy is imported)
"""What a page costs, warm and cold, with every installed pipeline, against the floors in the same run.

    python benchmarks/speed.py [PAGE.jpg ...] [--pipeline NAME ...] [--rounds N]

One thread each. Warm: Pillow's own grey decode of the same JPEG (the floor) and all pipelines take turns on a page, one
round to warm up and then N; by default all pipelines that are installed, so those of engines where their packages are.
Cold: the command as a process of its own, and importing the libraries that it stands on, again in turn. Figures are
medians, with the quartiles behind them; ratios are medians of each turn's ratio, which what else the machine does
disturbs least. Pipelines that take turns also take each other's place in the processor's caches: `-p NAME` alone shows
one at its best. Besides the pages given (default: the samples and, where they are at hand, the two photographs of the
course) a page of 12 megapixels is made and timed. Writes Markdown tables to stdout.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # before NumPy or an engine is imported

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np
from machine import built, table
from PIL import Image

from ocrpipe import Call, OcrpipeError, Pipeline
from ocrpipe.names import PASSED

ROOT = Path(__file__).parents[1]
COURSE = ROOT.parent / "shared" / "pages"
FLOOR = "import numpy, scipy.ndimage, pydantic, pluggy, PIL, typer"


def decode(path: Path) -> None:
    """Decode a JPEG to grey, as Pillow does it fastest at full size."""
    with Image.open(path) as image:
        image.draft("L", image.size)
        image.load()


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def twelve_megapixels(folder: Path) -> Path:
    """Make a photograph of 4000 x 3000 pixels: a sample page enlarged, with a sensor's noise."""
    rng = np.random.default_rng(0)
    with Image.open(ROOT / "samples" / "whiteboard.jpg") as sample:
        large = np.asarray(sample.convert("RGB").resize((4000, 3000), Image.Resampling.BICUBIC), np.int16)
    noisy = large + rng.normal(0, 3, large.shape[:2])[..., None]
    path = folder / "12mp.jpg"
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path, quality=90)
    return path


@dataclass
class Times:
    """What one pipeline took for one page, seconds: in all, and by stage, a figure each turn; why, where it failed."""

    whole: list[float] = field(default_factory=list)
    stages: dict[str, list[float]] = field(default_factory=lambda: {stage: [] for stage in PASSED})
    error: str = ""

    def turn(self, pipeline: Pipeline, path: Path) -> None:
        """Let the pipeline read the page once more."""
        calls: list[Call] = []
        pipeline.watch = calls.append  # type: ignore[assignment]
        try:
            self.whole.append(seconds(lambda: pipeline.read(path)))
        except OcrpipeError as error:
            self.error = str(error)
            return
        for stage, times in self.stages.items():
            times.append(sum(call.seconds for call in calls if call.stage == stage))


def time_page(pipelines: Sequence[Pipeline], path: Path, rounds: int) -> tuple[list[float], list[Times]]:
    """Return what the decode of a page took, and each pipeline; all take turns."""
    for pipeline in pipelines:
        Times().turn(pipeline, path)  # warms up: engines are built
    floor: list[float] = []
    times = [Times() for _ in pipelines]
    for _ in range(rounds):
        floor.append(seconds(lambda: decode(path)))
        for pipeline, taken in zip(pipelines, times, strict=True):
            if not taken.error:
                taken.turn(pipeline, path)
    return floor, times


def spread(times: Sequence[float], decimals: int = 1, unit: float = 1000) -> str:
    """Return the median and the quartiles."""
    scaled = [time * unit for time in times]
    low, middle, high = statistics.quantiles(scaled, n=4, method="inclusive") if len(scaled) > 1 else scaled * 3
    return f"{middle:.{decimals}f} ({low:.{decimals}f} - {high:.{decimals}f})"


def ratio(times: Sequence[float], floors: Sequence[float]) -> str:
    """Return the median of each turn's ratio."""
    return f"**{statistics.median(time / floor for time, floor in zip(times, floors, strict=True)):.2f}**"


def warm(paths: Sequence[Path], pipelines: Sequence[Pipeline], rounds: int) -> None:
    """Print the tables of warm pages: the whole, and by stage."""
    whole: list[list[str]] = []
    by_stage: list[list[str]] = []
    for path in paths:
        floor, times = time_page(pipelines, path, rounds)
        with Image.open(path) as image:
            size = f"{image.width} x {image.height}"
        whole.append([path.name, size, "grey decode, the floor", spread(floor), "1"])
        for pipeline, taken in zip(pipelines, times, strict=True):
            if taken.error:
                whole.append([path.name, size, pipeline.name, f"failed: {taken.error}", ""])
                continue
            whole.append([path.name, size, pipeline.name, spread(taken.whole), ratio(taken.whole, floor)])
            stages = [f"{1000 * statistics.median(some):.1f}" for some in taken.stages.values()]
            by_stage.append([path.name, pipeline.name, *stages])
    print(f"Warm, one thread, {rounds} turns: milliseconds a page, median (quartiles).\n")
    print(table(["page", "pixels", "pipeline", "ms", "against the floor"], whole))
    print("\nThe same by stage, medians.\n")
    print(table(["page", "pipeline", *PASSED], by_stage))


def cold(path: Path, names: Sequence[str], rounds: int) -> None:
    """Print what cold runs of the command cost against the imports that it stands on."""
    commands = {f"`{FLOOR}`, the floor": [sys.executable, "-c", FLOOR]}
    for name in names:
        run = [sys.executable, "-c", "from ocrpipe.cli import main; main()", "run", str(path), "-p", name]
        commands[f"`ocrpipe run {path.name} -p {name}`"] = run
    times: dict[str, list[float]] = {}
    for name, command in commands.items():  # fills the system's cache of files
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode == 0:
            times[name] = []
        else:
            print(f"\n{name} failed: {done.stderr.strip()}")
    for _ in range(rounds):
        for name, taken in times.items():
            taken.append(seconds(lambda name=name: subprocess.run(commands[name], check=True, capture_output=True)))  # type: ignore[misc]
    floor, *_ = times.values()
    rows = [[name, spread(taken, 2, unit=1), ratio(taken, floor)] for name, taken in times.items()]
    print(f"\nCold, one thread, {rounds} turns: seconds, median (quartiles).\n")
    print(table(["command", "s", "against the floor"], rows))


def main() -> None:
    """Time all pages and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pages", nargs="*", type=Path)
    parser.add_argument("--pipeline", "-p", action="append", help="default: all that are installed")
    parser.add_argument("--rounds", "-n", type=int, default=9)
    given = parser.parse_args()
    paths = given.pages or [*sorted(COURSE.glob("*.jpg")), *sorted((ROOT / "samples").glob("*.jpg"))]
    pipelines = built(given.pipeline)
    with tempfile.TemporaryDirectory() as folder:
        warm([*paths, twelve_megapixels(Path(folder))], pipelines, given.rounds)
    cold(paths[0], [pipeline.name for pipeline in pipelines], given.rounds)


if __name__ == "__main__":
    main()
