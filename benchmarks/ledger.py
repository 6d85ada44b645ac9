"""Whether `ocrpipe eval` charges an error to the stage that made it: faults planted in pages that real pipelines read.

    python benchmarks/ledger.py [--cases 100]

Makes pages in the plain font that is always there, whose every letter's box is known, and keeps those that the pipeline
reads without an error. Then one fault is planted in each: a letter painted over, two letters joined by a bar, two rows
swapped by a bad `line_cluster`, a letter spoilt by a bad `postprocess`, or other weights. A case counts as charged
rightly if all errors of the page are charged to the stage, or the cause, that was planted: two joined letters that
`classify` takes for none are "not found", which is the same stage. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocrpipe import Box, Page, Pipeline
from ocrpipe.config import Value
from ocrpipe.evaluate import STAGE, Cause, Sheet, ledger

LETTERS = "ABDEFHKLMNPRTUWXY"
"""Letters that are seldom taken for each other, so that most pages are read without an error before the fault."""

BAD_PLUGINS = '''
from ocrpipe import LinedPage, Page, Plugin, SegmentedPage, Word, hookimpl
from ocrpipe.stages.line_cluster import Rows


class Swapped(Rows):
    """Swaps the first two rows."""

    @hookimpl
    def line_cluster(self, page: SegmentedPage) -> LinedPage:
        lined = super().line_cluster(page)
        first, second, *others = lined.blocks[0]
        return lined.replace(blocks=((second, first, *others), *lined.blocks[1:]))


class Spoilt(Plugin):
    """Makes an X of the first letter of each word."""

    @hookimpl
    def postprocess(self, page: Page) -> Page:
        def spoil(word: Word) -> Word:
            first, *others = word.glyphs
            return word.replace(glyphs=(first.replace(reading=first.reading.replace(text="X")), *others))

        return page.map_words(spoil)
'''

CLEAN = "--noise 0 --light 0 --skew 0 --slope 0 --wobble 0 --gap 0.25 --size 1200x900"
"""Options of pages that are read without an error before the fault."""

PLAIN = {"prepare.use": "none", "segment.use": "boxes", "segment.area": 200, "postprocess.use": "none"}
"""A pipeline without rival cuts and context, in which a fault stays where it was planted."""

Gray = NDArray[np.uint8]


def pages(folder: Path, cases: int) -> Iterator[tuple[Gray, Page]]:
    """Yield made pages: pixels and truth."""
    chance = random.Random(0)
    for number in range(cases):
        words = ["".join(chance.choices(LETTERS, k=chance.randint(3, 6))) for _ in range(12)]
        text = "\n".join(" ".join(words[row::4]) for row in range(4))
        place = folder / str(number)
        command = [sys.executable, "-m", "ocrpipe", "synth", "page", "builtin", "-o", str(place), *CLEAN.split()]
        subprocess.run([*command, "--seed", str(number), "--text", text], check=True, capture_output=True)
        gray = np.asarray(Image.open(place / "page-0001.jpg").convert("L"))
        yield gray, Page.from_json((place / "page-0001.json").read_bytes())


def painted_over(gray: Gray, box: Box) -> Gray:
    """Return the page with the ground's grey where a letter was."""
    made = gray.copy()
    made[box.y0 - 2 : box.y1 + 2, box.x0 - 2 : box.x1 + 2] = np.median(gray)
    return made


def joined(gray: Gray, first: Box, second: Box) -> Gray:
    """Return the page with a bar from the middle of one letter to that of the next."""
    made = gray.copy()
    middle = (max(first.y0, second.y0) + min(first.y1, second.y1)) // 2
    (left, _), (right, _) = first.center, second.center
    made[middle - 3 : middle + 3, int(left) : int(right)] = gray.min()
    return made


def main() -> None:
    """Plant all faults and print how many were charged rightly."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cases", type=int, default=100, help="pages for each fault")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bad = folder / "bad_plugins.py"
        bad.write_text(BAD_PLUGINS)

        def pipeline(**settings: str) -> Pipeline:
            chosen = PLAIN | {key.replace("__", "."): value for key, value in settings.items()}
            given = [(key, Value(value, "benchmark")) for key, value in chosen.items()]
            return Pipeline.configured(None, given, plugins=[bad])

        good, swapped = pipeline(), pipeline(line_cluster__use="swapped")
        spoilt, misled = pipeline(postprocess__use="spoilt"), pipeline(classify__weights="course")
        tally: dict[str, list[int]] = {}
        chance = random.Random(1)
        for gray, truth in pages(folder, given.cases):
            if good.read(gray).text != truth.text:
                continue
            word = chance.choice([word for word in truth.words if len(word.glyphs) > 1])
            at = chance.randrange(len(word.glyphs) - 1)
            one, other = word.glyphs[at].box, word.glyphs[at + 1].box
            for fault, cause, read in [
                ("a letter painted over", Cause.NOT_FOUND, good.read(painted_over(gray, one))),
                ("two letters joined", Cause.MERGED, good.read(joined(gray, one, other))),
                ("two rows swapped", Cause.ORDER, swapped.read(gray)),
                ("other weights", Cause.MISREAD, misled.read(gray)),
                ("a bad postprocess", Cause.POSTPROCESS, spoilt.read(gray)),
            ]:
                found = ledger(Sheet.of(truth), Sheet.of(read))
                count = tally.setdefault(fault, [0, 0, 0])
                count[0] += bool(found)
                count[1] += {STAGE[one] for one in found} == {STAGE[cause]}
                count[2] += set(found) == {cause}
    print("| fault | pages with errors | right stage | right cause |\n|---|---|---|---|")
    for fault, counts in tally.items():
        print(f"| {fault} | {' | '.join(map(str, counts))} |")


if __name__ == "__main__":
    main()
