"""Every segmenter with every classifier, on a part of a printed page: docs/plugins/mixing.md shows what comes of it.

    python tests/plugins/mixing.py        # where the packages of plugins/ are installed

Writes the table to stdout as Markdown, then the reasons of those that are refused.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from rapidfuzz.distance import Levenshtein

from ocrpipe import ConfigError, Pipeline

SAMPLE = Path(__file__).parents[2] / "samples" / "printed.png"
TEXT = "NIGHT TRAINS FROM VIENNA TO ZURICH EVERY DAY AT 21 45"
"""What stands on the part of the sample that is read."""

PART = (0, 0, 1600, 530)

SEGMENTERS = {
    "letters": {"segment.use": "letters"},
    "tesseract, lines": {"segment.use": "tesseract"},
    "tesseract, words": {"segment.use": "tesseract", "segment.tesseract.level": "word"},
    "tesseract, lines, read": {"segment.use": "tesseract", "segment.tesseract.read": True},
    "rapidocr": {"segment.use": "rapidocr"},
    "ppocr": {"segment.use": "ppocr"},
    "tesseract, then letters": {"segment.use": "tesseract,letters"},
    "rapidocr, then letters": {"segment.use": "rapidocr,letters"},
    "ppocr, then letters": {"segment.use": "ppocr,letters"},
    "rapidocr, then tesseract, words": {"segment.use": "rapidocr,tesseract", "segment.tesseract.level": "word"},
}
CLASSIFIERS = {
    "mlp": {"classify.use": "mlp"},
    "tesseract, words": {"classify.use": "tesseract", "classify.level": "word"},
    "tesseract, lines": {"classify.use": "tesseract"},
    "rapidocr, words": {"classify.use": "rapidocr", "classify.level": "word", "classify.margin": 0.15},
    "rapidocr, lines": {"classify.use": "rapidocr", "classify.margin": 0.15},
    "given": {"classify.use": "given"},
}
REFUSED = "refused"


def accuracy(text: str) -> float:
    """Return 1 - edit distance / length, of what was read in the part; white space of any kind counts as a space."""
    return 1 - Levenshtein.distance(TEXT, " ".join(text.split())) / len(TEXT)


def outcomes() -> tuple[dict[tuple[str, str], str], list[str]]:
    """Return for each pairing how well it reads, or that it is refused; and every reason, once."""
    with Image.open(SAMPLE) as image:
        part = image.convert("L").crop(PART)
    cells, reasons = {}, dict[str, None]()
    for segmenter, finds in SEGMENTERS.items():
        for classifier, reads in CLASSIFIERS.items():
            settings = {"prepare.use": "none", "postprocess.use": "none", **finds, **reads}
            try:
                pipeline = Pipeline.preset("handprint", settings)
            except ConfigError as error:
                cells[segmenter, classifier] = REFUSED
                reasons[str(error)] = None
            else:
                cells[segmenter, classifier] = f"{accuracy(pipeline.read(part).text):.2f}"
    return cells, list(reasons)


def main() -> None:
    """Print the table."""
    cells, reasons = outcomes()
    print(f"| found by | {' | '.join(CLASSIFIERS)} |\n|---|{'---|' * len(CLASSIFIERS)}")
    for segmenter in SEGMENTERS:
        print(f"| {segmenter} | {' | '.join(cells[segmenter, classifier] for classifier in CLASSIFIERS)} |")
    print()
    for reason in reasons:
        print(f"- {reason}")


if __name__ == "__main__":
    main()
