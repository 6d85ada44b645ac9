# ruff: noqa: E402  (threads are bounded before NumPy is imported)
"""How many false letters the autoencoder removes from pages with blots, and how many true ones it costs.

    python benchmarks/blots.py [SOURCE] [--pages N] [--faithful DB ...]

Draws pages as `ocrpipe synth page SOURCE --blots` does: five lines of random words, and blots, scribbles and scraps of
ruled lines where no letter is. SOURCE is a folder of fonts (default: the samples'), or a strokes file, of which only
the test writers write. Each page is read by `handprint` and by `course`: as they are without any rejection, with the
network's own class for what is no letter (`course` has none), with the autoencoder, and with both.

A glyph of the result is false where its box touches no true letter's. A true letter is found where a glyph covers it
(intersection over union of at least a half), and read where that glyph has its text; O and 0, I and 1 count as one.
Writes a Markdown table to stdout.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # before NumPy is imported
    os.environ[_name] = "1"

import argparse
from collections import Counter
from pathlib import Path

from ocrpipe import Page, Pipeline
from ocrpipe.train.strokes import in_test
from ocrpipe.train.synth import Hand, Order, StrokeHand, draw_order, fonts_in, samples_in

FONTS = Path(__file__).parents[1] / "samples" / "fonts"
KINDS = "paper", "whiteboard", "scan"
ALIKE = str.maketrans("0I", "O1")


def hands(source: Path) -> list[Hand]:
    """Return who writes: all fonts of a folder, or a strokes file's test writers."""
    if not source.exists():
        source = Path("builtin")
    return list(fonts_in(source) or StrokeHand.all_of([one for one in samples_in(source) if in_test(one.writer)]))


def arms(faithful: list[float]) -> dict[tuple[str, str], Pipeline]:
    """Return the pipelines by preset and by what they reject with."""
    settings: dict[str, dict[str, object]] = {"nothing": {"classify.reject": 1.0}, 'its class ""': {}}
    for decibels in faithful:
        autoencoder = {"classify.autoencoder": "autoencoder", "classify.faithful": decibels}
        settings[f"autoencoder, {decibels:g} dB"] = autoencoder | {"classify.reject": 1.0}
        settings[f'its class "" and autoencoder, {decibels:g} dB'] = autoencoder
    return {
        (preset, name): Pipeline.preset(preset, chosen)
        for preset in ("handprint", "course")
        for name, chosen in settings.items()
        if preset == "handprint" or "class" not in name
    }


def count(page: Page, truth: Page) -> Counter[str]:
    """Count a page's letters: true, found, read and false ones."""
    glyphs, letters = list(page.glyphs), list(truth.glyphs)
    found: Counter[str] = Counter(letters=len(letters))
    for letter in letters:
        best = max(glyphs, key=lambda glyph: glyph.box.iou(letter.box), default=None)
        if best and best.box.iou(letter.box) >= 0.5:
            found["found"] += 1
            found["read"] += best.reading.text.translate(ALIKE) == letter.reading.text.translate(ALIKE)
    found["false"] = sum(not any(glyph.box.overlap(letter.box) for letter in letters) for glyph in glyphs)
    return found


def main() -> None:
    """Draw, read and count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("source", nargs="?", type=Path, default=FONTS)
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--blots", type=int, default=20)
    parser.add_argument("--faithful", type=float, nargs="+", default=[2.7])
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    writers, pipelines = hands(given.source), arms(given.faithful)
    counts: dict[tuple[str, str], Counter[str]] = {key: Counter() for key in pipelines}
    for number in range(given.pages):
        order = Order(lines=5, size=(1200, 900), kind=KINDS[number % len(KINDS)], blots=given.blots)
        picture, truth = draw_order(order, writers, given.seed + number)
        for key, pipeline in pipelines.items():
            counts[key] += count(pipeline.read(picture), truth)
    print(f"{given.pages} pages by {given.source.name}, {given.blots} blots on each\n")
    print("| pipeline | rejects with | true letters | found | read | false letters |\n|---|---|---|---|---|---|")
    for (preset, name), found in counts.items():
        row = [preset, name, *(str(found[what]) for what in ("letters", "found", "read", "false"))]
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
