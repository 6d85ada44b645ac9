"""How well pipelines read pages whose text is known.

    python benchmarks/accuracy.py [FOLDER ...] [--pipeline NAME ...]

Each folder holds images with their text beside them (`page.jpg`, `page.txt`); default are the samples and, where they
are at hand, the pages of the course. Default pipelines are all that are installed. Two figures, in two tables:

- "letters": 1 - edit distance / length over A-Z and 0-9 alone, small letters as capitals, in reading order. That is
  what a reader of capitals and digits can be asked for; signs, spaces and case do not count.
- CER and WER as `ocrpipe eval` counts them: every character counts.

Writes Markdown to stdout.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from statistics import fmean, median

from machine import built, table
from rapidfuzz.distance import Levenshtein

from ocrpipe import OcrpipeError, Page
from ocrpipe.document import Document
from ocrpipe.evaluate import Folding, Sheet
from ocrpipe.evaluate.compare import Comparison, Exam, Task, compare, tasks_of

ROOT = Path(__file__).parents[1]
FOLDERS = [ROOT / "samples", ROOT.parent / "shared" / "pages"]
IMAGES = {".jpg", ".jpeg", ".png", ".tif", ".tiff"}

Letters = dict[str, dict[str, float]]
"""For each page, each pipeline's accuracy over letters and digits."""


def accuracy(truth: str, text: str) -> float:
    """Return 1 - edit distance / length, over capital letters and digits alone; small letters count as capitals."""
    wanted, found = (re.sub("[^A-Z0-9]", "", some.upper()) for some in (truth, text))
    return 1 - Levenshtein.distance(wanted, found) / max(len(wanted), 1)


def read(folders: list[Path], names: list[str] | None) -> tuple[Comparison, Letters]:
    """Read all pages of the folders that have their text beside them with all pipelines."""
    letters: Letters = {}

    def note(exam: Exam, task: Task, page: int, truth: Sheet, result: Page | OcrpipeError) -> None:
        text = result.text if isinstance(result, Page) else ""
        name = Path(task.document.title).name + (f", page {page}" if page > 1 else "")
        letters.setdefault(name, {})[exam.name] = accuracy(truth.text, text)

    images = [path for folder in folders for path in sorted(folder.iterdir()) if path.suffix.lower() in IMAGES]
    tasks, _ = tasks_of(Document.of(path) for path in images)
    return compare(tasks, built(names), Folding(), note), letters


def letters_table(found: Comparison, letters: Letters) -> str:
    """Return each pipeline's accuracy over letters and digits on each page."""
    names = [exam.name for exam in found.exams]
    rows = [[page, *(f"{of[name]:.3f}" for name in names)] for page, of in letters.items()]
    means = [f"**{fmean(of[name] for of in letters.values()):.3f}**" for name in names]
    return table(["letters", *names], [*rows, ["mean", *means]])


def rates_table(found: Comparison) -> str:
    """Return all characters' and words' error rates of each pipeline, over all pages."""
    rows = []
    for exam in found.ranked:
        report = exam.report(found.folding)
        low, high = report.cer_interval or (0, 0)
        figures = [report.characters.value or 0, report.words.value or 0, report.bag.value or 0]
        seconds = f"{median(exam.seconds):.3f}" if exam.seconds else "-"
        cer, *others = (f"{100 * figure:.2f}%" for figure in figures)
        rows.append([exam.name, cer, f"{low:.2%} to {high:.2%}", *others, seconds, str(exam.failed)])
    return table(["pipeline", "CER", "95% sure", "WER", "in any order", "s a page, median", "failed"], rows)


def main() -> None:
    """Read all pages with all pipelines and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--pipeline", "-p", action="append", help="default: all that are installed")
    given = parser.parse_args()
    folders = given.folders or [folder for folder in FOLDERS if folder.is_dir()]
    found, letters = read(folders, given.pipeline)
    print(letters_table(found, letters), rates_table(found), sep="\n\n")
    for exam in found.exams:
        for score in exam.scores:
            if score.note:
                print(f"\n{exam.name}: {score.note}")


if __name__ == "__main__":
    main()
