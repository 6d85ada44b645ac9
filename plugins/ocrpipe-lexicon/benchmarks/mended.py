"""How many misread letters the lexicon mends, and how many it spoils.

    python benchmarks/mended.py FOLDER ... [--pipeline NAME ...] [--alternatives N ...]

Each folder holds images with their text beside them (`page.jpg`, `page.txt`). Each page is read once, and its letters
are laid against the text's, before and after the lexicon. A letter that changed was mended (wrong before, right now),
spoilt (right before, wrong now), or is still wrong. Errors are edits over A-Z and 0-9 alone; what was not found at all
is among them, and no lexicon can mend it. Writes a Markdown table to stdout.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path
from time import process_time

from rapidfuzz.distance import Levenshtein

from ocrpipe import OcrpipeError, Page, Pipeline
from ocrpipe_lexicon.postprocess import Lexicon

IMAGES = {".jpg", ".jpeg", ".png", ".tif", ".tiff"}


def counted(text: str) -> str:
    """Return the letters and digits that count."""
    return re.sub("[^A-Z0-9]", "", text.upper())


def pages(folders: list[Path]) -> list[Path]:
    """Return every image that has its text beside it."""
    found = [path for folder in folders for path in sorted(folder.iterdir()) if path.suffix.lower() in IMAGES]
    return [path for path in found if path.with_suffix(".txt").exists()]


def compared(before: Page, after: Page, truth: str) -> Counter[str]:
    """Return how many letters were mended, spoilt, or changed for another wrong one, and the edits before and after."""
    read, now = ("".join(glyph.text for glyph in page.glyphs).upper() for page in (before, after))
    meant: dict[int, str] = {}
    for block in Levenshtein.opcodes(read, truth):
        if block.tag in ("equal", "replace"):
            places = range(block.src_start, block.src_end)
            meant.update(zip(places, truth[block.dest_start : block.dest_end], strict=False))
    found: Counter[str] = Counter(letters=len(truth))
    for place, (old, new) in enumerate(zip(read, now, strict=True)):
        if old != new:
            right = meant.get(place)
            found["mended" if new == right else "spoilt" if old == right else "still wrong"] += 1
    found["before"] = Levenshtein.distance(counted(read), truth)
    found["after"] = Levenshtein.distance(counted(now), truth)
    return found


def main() -> None:
    """Read all pages with all pipelines and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--pipeline", "-p", action="append", help="default: handprint and course")
    parser.add_argument("--alternatives", "-a", action="append", type=int, help="per glyph; default: 3 and 6")
    given = parser.parse_args()
    lexicon = Lexicon()
    heads = ("pipeline", "alternatives", "letters", "mended", "spoilt", "still wrong", "before", "after", "ms a page")
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for name in given.pipeline or ["handprint", "course"]:
        for alternatives in given.alternatives or [3, 6]:
            pipeline = Pipeline.preset(name, {"classify.alternatives": alternatives})
            total: Counter[str] = Counter()
            seconds = []
            for path in pages(given.folders):
                try:
                    before = pipeline.read(path)
                except OcrpipeError as error:
                    print(f"<!-- {error} -->")
                    continue
                start = process_time()
                after = lexicon.postprocess(before)
                seconds.append(process_time() - start)
                total += compared(before, after, counted(path.with_suffix(".txt").read_text(encoding="utf-8")))
            numbers = [str(total[head]) for head in heads[2:-1]]
            cost = 1000 * sorted(seconds)[len(seconds) // 2] if seconds else 0.0
            print(f"| {name} | {alternatives} | {' | '.join(numbers)} | {cost:.1f} |")


if __name__ == "__main__":
    main()
