# ruff: noqa: E402  (threads are bounded before NumPy is imported)
"""What each stage costs by OpenCV against the built-in, in one run, in turn, on one thread; medians.

    python benchmarks/speed.py PAGE.jpg ... [--rounds N]

Writes a Markdown table to stdout: milliseconds of the built-in and of OpenCV, how many times as fast, and how far the
results differ (share of the pixels that are ink for one alone; grey values; boxes).
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # before NumPy is imported
    os.environ[_name] = "1"

import argparse
import statistics
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from PIL import Image

from ocrpipe import GrayPage, Pipeline, Source
from ocrpipe.stages import binarize, prepare, segment
from ocrpipe_opencv import binarize as cv_binarize
from ocrpipe_opencv import prepare as cv_prepare
from ocrpipe_opencv import segment as cv_segment

SLOPE = 2.0
"""Degrees by which each page is turned: few are so sloping that `deskew` would."""


def opened(path: Path) -> GrayPage:
    """Return the page of an image file."""
    with Image.open(path) as image:
        gray = np.asarray(image.convert("L"))
    return GrayPage(source=Source(width=gray.shape[1], height=gray.shape[0]), gray=gray)


def cases(page: GrayPage, path: Path) -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    """Return what is compared, the built-in's way and OpenCV's."""
    binary = binarize.Otsu().binarize(page)
    course, course_cv = Pipeline.preset("course"), Pipeline.preset("course-cv")
    return {
        "shading": (lambda: prepare.Shading().prepare(page), lambda: cv_prepare.Shading().prepare(page)),
        "deskew: slope": (
            lambda: prepare.page_slope(page.gray, 5.0),
            lambda: cv_prepare.page_slope(page.gray, 5.0),
        ),
        "deskew: turn": (lambda: prepare.turned(page, SLOPE), lambda: cv_prepare.turned(page, SLOPE)),
        "otsu": (lambda: binarize.Otsu().binarize(page), lambda: cv_binarize.Otsu().binarize(page)),
        "sauvola": (lambda: binarize.Sauvola().binarize(page), lambda: cv_binarize.Sauvola().binarize(page)),
        "boxes": (lambda: segment.Boxes().segment(binary), lambda: cv_segment.Boxes().segment(binary)),
        "whole page, course": (lambda: course.read(path), lambda: course_cv.read(path)),
    }


def difference(one: Any, other: Any) -> str:
    """Return how far two results differ."""
    if hasattr(one, "regions"):
        return "same boxes" if [r.box for r in one.regions] == [r.box for r in other.regions] else "other boxes"
    if hasattr(one, "ink"):
        return f"{(one.ink != other.ink).mean():.6f} of the ink"
    if hasattr(one, "gray"):
        apart = np.abs(one.gray.astype(int) - other.gray)
        return f"{(apart > 1).mean():.4f} by more than 1 grey value"
    if hasattr(one, "text"):
        return "same text" if one.text == other.text else "other text"
    return f"{one} and {other}"


def seconds(work: Callable[[], object]) -> float:
    """Return how much of the processor's time `work` takes: on one thread, what else the machine does is not in it."""
    start = process_time()
    work()
    return process_time() - start


def main() -> None:
    """Time all cases on all pages and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("--rounds", "-n", type=int, default=7)
    given = parser.parse_args()
    print("| page | what | built-in, ms | OpenCV, ms | times as fast | difference |\n|---|---|---|---|---|---|")
    for path in given.pages:
        for what, (builtin, by_opencv) in cases(opened(path), path).items():
            apart = difference(builtin(), by_opencv())  # which also warms up
            pairs = [(seconds(builtin), seconds(by_opencv)) for _ in range(given.rounds)]
            slow, fast = (1000 * statistics.median(times) for times in zip(*pairs, strict=True))
            print(f"| {path.name} | {what} | {slow:.1f} | {fast:.1f} | **{slow / fast:.1f}** | {apart} |")


if __name__ == "__main__":
    main()
