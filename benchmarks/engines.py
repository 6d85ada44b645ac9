# ruff: noqa: E402  (threads are bounded before an engine is loaded)
"""Each engine through its plugin against the same engine called by hand: how well it reads, and what that costs.

    python benchmarks/engines.py [PAGE ...] [--engine NAME ...] [--rounds N]

Needs the packages plugins/ocrpipe-tesseract, -rapidocr and -ppocr, or those of the engines named. Default are two
printed sample pages and, where they are at hand, the two photographs of the course. Both ways take turns on one page,
one thread; times are of the processor, because everything happens on one thread, and medians of the ratios of each
turn. Accuracy is 1 - edit distance / length in reading order, upper and lower case apart, white space of any kind one
space. Writes Markdown to stdout.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import statistics
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from PIL import Image
from rapidfuzz.distance import Levenshtein

from ocrpipe import Call, CroppedPage, Pipeline

ROOT = Path(__file__).parents[1]
COURSE = ROOT.parent / "shared" / "pages"
PAGES = [COURSE / "01_list.jpg", COURSE / "03_haiku.jpg", ROOT / "samples/printed.png", ROOT / "samples/columns.png"]


class Engine(ABC):
    """An engine in both ways; `by_hand` and `by_plugin` give a page's text."""

    preset: str

    @cached_property
    def pipeline(self) -> Pipeline:
        """Return the preset's pipeline."""
        return Pipeline.preset(self.preset)

    def by_plugin(self, path: Path) -> str:
        """Return what the pipeline reads."""
        return self.pipeline.read(path).text

    @abstractmethod
    def by_hand(self, path: Path) -> str:
        """Return what a program of a few lines reads."""

    def turns(self, path: Path) -> tuple[Callable[[], str], Callable[[], str]]:
        """Return both ways to read a page, by hand and by plugin."""
        return lambda: self.by_hand(path), lambda: self.by_plugin(path)


def gray(path: Path) -> Image.Image:
    """Return a page as a program would open it."""
    with Image.open(path) as image:
        return image.convert("L")


class TesseractPage(Engine):
    """Tesseract reads the page as a whole."""

    preset = "tesseract-page"

    @cached_property
    def api(self) -> Any:
        """Return the library's object, made once."""
        import tesserocr

        from ocrpipe_tesseract import bundled_data

        return tesserocr.PyTessBaseAPI(path=str(bundled_data()), lang="eng", oem=tesserocr.OEM.LSTM_ONLY)

    def by_hand(self, path: Path) -> str:
        """Return what a program of a few lines reads."""
        import tesserocr

        self.api.SetPageSegMode(tesserocr.PSM.AUTO)
        self.api.SetImage(gray(path))
        return str(self.api.GetUTF8Text())


class TesseractLines(TesseractPage):
    """Tesseract reads crops of lines; by hand it reads the very same crops."""

    preset = "tesseract"

    def turns(self, path: Path) -> tuple[Callable[[], str], Callable[[], str]]:
        """Return both ways to read the crops of a page."""
        import tesserocr

        calls: list[Call] = []
        self.pipeline.watch = calls.append  # type: ignore[assignment]
        self.pipeline.read(path)
        page = next(call.page for call in calls if call.stage == "classify")
        assert isinstance(page, CroppedPage)
        plugin: Any = self.pipeline.workers["classify"][0].plugin

        def by_hand() -> str:
            self.api.SetPageSegMode(tesserocr.PSM.SINGLE_LINE)
            lines = []
            for crop, width in zip(page.crops, page.widths, strict=True):
                self.api.SetImage(Image.fromarray(np.rint(crop[:, :width] * 255).astype(np.uint8)))
                lines.append(str(self.api.GetUTF8Text()))
            return "\n".join(lines)

        return by_hand, lambda: str(plugin.classify(page).text)


class Rapid(Engine):
    """RapidOCR, without its angle classifier."""

    preset = "rapidocr"

    @cached_property
    def engine(self) -> Any:
        """Return RapidOCR's own pipeline, made once."""
        from rapidocr import RapidOCR

        threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
        return RapidOCR(params={"Global.use_cls": False, "Global.log_level": "error", **threads})

    def by_hand(self, path: Path) -> str:
        """Return what a program of a few lines reads."""
        found = self.engine(np.asarray(gray(path).convert("RGB")), use_cls=False)
        return "\n".join(found.txts or ())


class PpOcr(Engine):
    """faster-paddle's own reading of the file."""

    preset = "ppocr"

    @cached_property
    def engine(self) -> Any:
        """Return the engine, made once."""
        import faster_paddle

        return faster_paddle.OcrEngine(model_size="tiny", threads=1)

    def by_hand(self, path: Path) -> str:
        """Return what a program of a few lines reads."""
        return str(self.engine.ocr(path.read_bytes())["text"])


ENGINES: dict[str, type[Engine]] = {
    "tesseract, whole page": TesseractPage,
    "tesseract, crops of lines": TesseractLines,
    "rapidocr": Rapid,
    "ppocr": PpOcr,
}


@dataclass(frozen=True)
class Result:
    """What both ways made of a page: accuracies, median seconds, and the median of their ratios."""

    accuracies: tuple[float, float]
    seconds: tuple[float, float]
    ratio: float


def accuracy(truth: str, text: str) -> float:
    """Return 1 - edit distance / length; white space of any kind is one space."""
    wanted, found = (" ".join(some.split()) for some in (truth, text))
    return 1 - Levenshtein.distance(wanted, found) / max(len(wanted), 1)


def compare(engine: Engine, path: Path, rounds: int) -> Result:
    """Read a page in both ways, in turn."""
    truth = path.with_suffix(".txt").read_text(encoding="utf-8")
    ways = engine.turns(path)
    texts = [way() for way in ways]  # warms up, too
    pairs = []
    for turn in range(rounds):
        pair = [0.0, 0.0]
        for way in (0, 1) if turn % 2 else (1, 0):
            start = process_time()
            ways[way]()
            pair[way] = process_time() - start
        pairs.append(pair)
    hand, plugin = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(mine / theirs for theirs, mine in pairs)
    return Result((accuracy(truth, texts[0]), accuracy(truth, texts[1])), (hand, plugin), ratio)


def rows(pages: list[Path], names: list[str], rounds: int) -> Iterator[str]:
    """Yield the table's rows as they come, and a mean for each engine."""
    for name in names:
        engine = ENGINES[name]()
        results = []
        for path in pages:
            result = compare(engine, path, rounds)
            results.append(result)
            yield row(name, path.name, result)
        yield row(
            f"**{name}**",
            "all pages",
            Result(
                mean([r.accuracies for r in results]),
                (sum(r.seconds[0] for r in results), sum(r.seconds[1] for r in results)),
                sum(r.seconds[1] for r in results) / sum(r.seconds[0] for r in results),
            ),
        )


def mean(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the means of both columns."""
    first, second = (statistics.fmean(column) for column in zip(*pairs, strict=True))
    return first, second


def row(name: str, page: str, result: Result) -> str:
    """Return a row of the table."""
    accuracies = " | ".join(f"{value:.3f}" for value in result.accuracies)
    seconds = " | ".join(f"{value:.2f}" for value in result.seconds)
    return f"| {name} | {page} | {accuracies} | {seconds} | {result.ratio:.2f} |"


def main() -> None:
    """Compare, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pages", nargs="*", type=Path)
    parser.add_argument("--engine", "-e", action="append", choices=list(ENGINES), help="default: all")
    parser.add_argument("--rounds", "-n", type=int, default=5)
    given = parser.parse_args()
    pages = given.pages or [path for path in PAGES if path.exists()]
    print("| engine | page | accuracy by hand | by plugin | seconds by hand | by plugin | ratio |")
    print("|---|---|---|---|---|---|---|")
    for line in rows(pages, given.engine or list(ENGINES), given.rounds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
