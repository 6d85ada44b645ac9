"""Whether `ocrpipe eval` counts as independent tools do: CER as dinglehopper, WER as jiwer.

    pip install dinglehopper jiwer
    python benchmarks/agreement.py [FOLDER] [--pipeline NAME ...]

Reads the pages of a folder (default: the samples) with each pipeline, and prints both tools' figures beside ours, as a
Markdown table. Texts are given to them as we count them: spaces at the ends of lines, empty lines and repeated spaces
left out; to jiwer with spaces for line breaks, which it does not take as parting words. dinglehopper's words are not
ours: it parts `don't.` before the stop and leaves stops out, so its WER is shown and not compared.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import jiwer
from dinglehopper.character_error_rate import character_error_rate_n
from dinglehopper.word_error_rate import word_error_rate_n, words_normalized

from ocrpipe import Pipeline
from ocrpipe.document import Document
from ocrpipe.evaluate import Sheet, score_page
from ocrpipe.evaluate.compare import tasks_of
from ocrpipe.evaluate.sources import sheets

SAMPLES = Path(__file__).parents[1] / "samples"


def plain(text: str) -> str:
    """Return a text as it is counted: lines without empty ones, single spaces."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def main() -> None:
    """Print the table; exit 1 where a figure differs in its fourth decimal."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLES)
    parser.add_argument("--pipeline", "-p", action="append", help="default: handprint and course")
    given = parser.parse_args()
    differ = 0
    print("| pipeline | page | CER | dinglehopper | WER | jiwer | dinglehopper's WER |\n|---|---|---|---|---|---|---|")
    for name in given.pipeline or ["handprint", "course"]:
        pipeline = Pipeline.configured(name)
        paths = [path for path in sorted(given.folder.iterdir()) if path.suffix in {".jpg", ".png", ".tif"}]
        for task in tasks_of([Document.of(path) for path in paths])[0]:
            ((_, truth),) = sheets(task.truth)
            read = pipeline.read(task.document).text
            score = score_page(task.document.title, truth, Sheet(read))
            a, b = plain(truth.text), plain(read)
            cer, _ = character_error_rate_n(a, b)
            wer = jiwer.wer(a.replace("\n", " "), b.replace("\n", " "))
            other, _ = word_error_rate_n([*words_normalized(a)], [*words_normalized(b)])
            ours = score.characters.value or 0, score.words.value or 0
            differ += abs(ours[0] - cer) >= 5e-5 or abs(ours[1] - wer) >= 5e-5
            figures = " | ".join(f"{figure:.4f}" for figure in (ours[0], cer, ours[1], wer, other))
            print(f"| {name} | {name_of(task.document)} | {figures} |")
    sys.exit(f"{differ} figures differ" if differ else 0)


def name_of(document: Document) -> str:
    """Return what a page is called in the table."""
    return document.path.name if document.path else document.title


if __name__ == "__main__":
    main()
