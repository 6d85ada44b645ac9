"""Settings and pages that all tests share."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, settings

from ocrpipe import Alternative, Block, Box, Glyph, Line, Page, Reading, Source, Word
from ocrpipe_lexicon.postprocess import Lexicon

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
settings.load_profile("busy")  # a busy machine is no fault of the code

BOX = Box(0, 0, 9, 9)
SURE, DOUBTFUL, OTHER = 0.97, 0.6, 0.35


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    """Return the plugin with the English list, which is read once for all tests."""
    return Lexicon()


def reading_of(letter: str, others: str) -> Reading:
    """Return a reading that is sure, unless it has other letters to offer."""
    confidence = DOUBTFUL if others else SURE
    found = [Alternative(text=letter, confidence=confidence)]
    found += [Alternative(text=other, confidence=OTHER / len(others)) for other in others]
    return Reading(text=letter, confidence=confidence, alternatives=tuple(found))


def page_of(text: str, others: Mapping[str, str] | None = None) -> Page:
    """Return a page of that text, read glyph by glyph; `others` are the other letters that each letter may be."""
    lines = []
    for m, row in enumerate(text.split("\n")):
        words = []
        for n, word in enumerate(row.split()):
            glyphs = tuple(
                Glyph(id=f"{m}-{n}-{k}", box=BOX, reading=reading_of(letter, (others or {}).get(letter, "")))
                for k, letter in enumerate(word)
            )
            words.append(Word(id=f"{m}-{n}", box=BOX, glyphs=glyphs))
        lines.append(Line(id=str(m), box=BOX, words=tuple(words)))
    return Page(source=Source(width=9, height=9), blocks=(Block(id="b", box=BOX, lines=tuple(lines)),))
