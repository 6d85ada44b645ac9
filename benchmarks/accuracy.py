"""How well pipelines read pages whose text is known.

    python benchmarks/accuracy.py [FOLDER ...] [--pipeline NAME ...]

Each folder holds images with their text beside them (`page.jpg`, `page.txt`); default are the samples. The figure is
1 - edit distance / length over A-Z and 0-9 alone, in reading order. Writes a Markdown table to stdout.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from ocrpipe import OcrpipeError, Pipeline

SAMPLES = Path(__file__).parents[1] / "samples"
IMAGES = {".jpg", ".jpeg", ".png", ".tif", ".tiff"}


def accuracy(truth: str, text: str) -> float:
    """Return 1 - edit distance / length, over capital letters and digits alone; small letters count as capitals."""
    wanted, found = (re.sub("[^A-Z0-9]", "", some.upper()) for some in (truth, text))
    return 1 - Levenshtein.distance(wanted, found) / max(len(wanted), 1)


def pages(folders: list[Path]) -> list[Path]:
    """Return every image that has its text beside it."""
    found = [path for folder in folders for path in sorted(folder.iterdir()) if path.suffix.lower() in IMAGES]
    return [path for path in found if path.with_suffix(".txt").exists()]


def read(pipeline: Pipeline, path: Path) -> str:
    """Return a page's text; nothing where it could not be read."""
    try:
        return pipeline.read(path).text
    except OcrpipeError as error:
        print(f"<!-- {error} -->")
        return ""


def main() -> None:
    """Read all pages with all pipelines and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path, default=[SAMPLES])
    parser.add_argument("--pipeline", "-p", action="append", help="default: handprint and course")
    given = parser.parse_args()
    names = given.pipeline or ["handprint", "course"]
    pipelines = [Pipeline.configured(name) for name in names]
    print(f"| page | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
    columns: list[list[float]] = [[] for _ in names]
    for path in pages(given.folders):
        truth = path.with_suffix(".txt").read_text(encoding="utf-8")
        for column, pipeline in zip(columns, pipelines, strict=True):
            column.append(accuracy(truth, read(pipeline, path)))
        print(f"| {path.name} | {' | '.join(f'{column[-1]:.3f}' for column in columns)} |")
    print(f"| mean | {' | '.join(f'{sum(column) / len(column):.3f}' for column in columns)} |")


if __name__ == "__main__":
    main()
