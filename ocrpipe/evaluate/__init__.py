"""How well pages were read, against their truth, and where the errors come from.

Examples
--------
>>> from ocrpipe.evaluate import Report, Sheet, score_page
>>> report = Report((score_page("note", Sheet("GOOD DAY"), Sheet("G00D DAY")),))
>>> report.characters.value
0.25
"""

from __future__ import annotations

from ocrpipe.evaluate.folding import Folding
from ocrpipe.evaluate.ledger import STAGE, Cause, Ledger, ledger
from ocrpipe.evaluate.overlap import Overlap, overlap
from ocrpipe.evaluate.score import PageScore, Rate, Report, score_page
from ocrpipe.evaluate.sheet import Sheet
from ocrpipe.evaluate.sources import Matches, Pair, match

__all__ = [
    "STAGE",
    "Cause",
    "Folding",
    "Ledger",
    "Matches",
    "Overlap",
    "PageScore",
    "Pair",
    "Rate",
    "Report",
    "Sheet",
    "ledger",
    "match",
    "overlap",
    "score_page",
]
