"""`postprocess/lexicon`: words that were misread are mended, by a word list and the classifier's own alternatives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from itertools import repeat
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from ocrpipe import Alternative, Glyph, Page, Plugin, Reading, Word, hookimpl
from ocrpipe_lexicon.runs import Run, words_to_weigh
from ocrpipe_lexicon.weigh import FLOOR, Scale, choices_of, verdict_of
from ocrpipe_lexicon.words import ENGLISH, WordList, list_path


def readable(words: str) -> str:
    """Refuse a word list that is not there."""
    list_path(words)
    return words


class Lexicon(Plugin):
    """Mends misread words: what the classifier saw is weighed against how likely each word of a list is.

    A letter is only ever replaced by one of its own alternatives; none is put in or left out. Numbers are left alone,
    and what has the form of a name (a capital within a line of a text in small letters) or of an abbreviation. In a
    text of capitals a name is known by its odds alone. The page's warnings say what was changed, and what was read
    before stays among the alternatives.
    """

    words: Annotated[
        str,
        AfterValidator(readable),
        Field(
            description="the word list: english, or the path of a text file with a word a line, "
            "each with its count behind it if known"
        ),
    ] = ENGLISH
    sure: Annotated[
        float, Field(ge=0.5, lt=1, description="change a word only if the other is at least this likely, all weighed")
    ] = 0.95
    unlisted: Annotated[
        float, Field(gt=0, lt=1, description="how many words of a text are in no list (names, say), as a share")
    ] = 0.2
    least: Annotated[int, Field(ge=1, description="leave words of fewer letters alone: too many of them are words")] = 3

    @cached_property
    def scale(self) -> Scale:
        """What weighs words; the list is read when the first page comes."""
        return Scale(WordList.read(list_path(self.words)), self.unlisted)

    def files(self) -> list[Path]:
        """Return the word list."""
        return [list_path(self.words)]

    @hookimpl
    def postprocess(self, page: Page) -> Page:
        """Return the page with its misread words mended, and a warning that names them."""
        mended: dict[str, Word] = {}
        for word, runs in words_to_weigh(page):
            new = self.read_as_a_whole(word, word.reading, runs) if word.reading else self.read_by_glyphs(word, runs)
            if new.text != word.text:
                mended[word.id] = new
        if not mended:
            return page
        told = [f"{word.text} to {mended[word.id].text} ({word.id})" for word in page.words if word.id in mended]
        return page.map_words(lambda word: mended.get(word.id, word)).warn(f"lexicon changed {', '.join(told)}")

    def read_by_glyphs(self, word: Word, runs: Sequence[Run]) -> Word:
        """Return a word with those of its runs of letters mended that are some other word for sure."""
        glyphs = list(word.glyphs)
        for run in runs:
            members = glyphs[run.start : run.stop]
            choices = [choices_of(glyph.reading) for glyph in members]
            if len(members) < self.least or not all(choices):
                continue
            verdict = self.scale.weigh(run.text.lower(), choices)
            if verdict.word != run.text.lower() and verdict.sure >= self.sure:
                texts = [choice[letter].text for choice, letter in zip(choices, verdict.word, strict=True)]
                glyphs[run.start : run.stop] = map(mended_glyph, members, texts, repeat(verdict.against_read))
        return word if glyphs == list(word.glyphs) else word.replace(glyphs=tuple(glyphs))

    def read_as_a_whole(self, word: Word, reading: Reading, runs: Sequence[Run]) -> Word:
        """Return a word that an engine read as a whole with that of its alternatives that it is for sure.

        Those are weighed that are in the list and have the same punctuation about them.
        """
        if reading.confidence is None or len(runs) != 1 or len(runs[0].text) < self.least:
            return word
        [run] = runs
        before, read, after = reading.text[: run.start], run.text.lower(), reading.text[run.stop :]
        texts, sure = {read: reading.text}, {read: max(reading.confidence, FLOOR)}
        for other in reading.alternatives:
            core = other.text.removeprefix(before).removesuffix(after)
            small = core.lower()
            if other.confidence is not None and before + core + after == other.text and self.scale.words.share(small):
                texts.setdefault(small, other.text)
                sure.setdefault(small, max(other.confidence, FLOOR))
        logs = {small: self.scale.log_prior(small) + math.log(confidence) for small, confidence in sure.items()}
        verdict = verdict_of(read, logs)
        if verdict.word == read or verdict.sure < self.sure:
            return word
        text = texts[verdict.word]
        return word.replace(reading=reread(reading, text, verdict.against_read), glyphs=relettered(word.glyphs, text))


def mended_glyph(glyph: Glyph, text: str, likely: float) -> Glyph:
    """Return a glyph with the text that it is so likely to be, against what was read; or as it is."""
    return glyph if text == glyph.text else glyph.replace(reading=reread(glyph.reading, text, likely))


def reread(reading: Reading, text: str, likely: float) -> Reading:
    """Return a reading with another of its alternatives as its text.

    The two share their joint probability anew, so that what was read stays visible with what is left to it.

    Examples
    --------
    >>> both = (Alternative(text="D", confidence=0.5), Alternative(text="O", confidence=0.3))
    >>> new = reread(Reading(text="D", confidence=0.5, alternatives=both), "O", likely=0.9)
    >>> new.text, new.confidence, [(other.text, other.confidence) for other in new.alternatives]
    ('O', 0.72, [('O', 0.72), ('D', 0.08)])
    """
    known = {reading.text: reading.confidence, **{other.text: other.confidence for other in reading.alternatives}}
    joint = min((known[text] or 0.0) + (known[reading.text] or 0.0), 1.0)
    known |= {text: rounded(joint * likely), reading.text: rounded(joint * (1 - likely))}
    best_first = sorted(known.items(), key=lambda item: -(item[1] or 0))
    alternatives = tuple(Alternative(text=other, confidence=confidence) for other, confidence in best_first)
    return Reading(text=text, confidence=known[text], alternatives=alternatives)


def rounded(probability: float) -> float:
    """Return a probability with four decimals that claims neither certainty nor that it cannot be."""
    return round(min(max(probability, FLOOR), 1 - FLOOR), 4)


def relettered(glyphs: Sequence[Glyph], text: str) -> tuple[Glyph, ...]:
    """Return the glyphs that an engine placed within a word, spelling `text`; none where they are not as many.

    How sure it is of a letter that is new, nobody said.
    """
    if len(glyphs) != len(text):
        return ()
    return tuple(
        glyph
        if glyph.text == letter
        else glyph.replace(
            reading=Reading(
                text=letter,
                alternatives=(
                    Alternative(text=letter),
                    Alternative(text=glyph.text, confidence=glyph.confidence),
                ),
            )
        )
        for glyph, letter in zip(glyphs, text, strict=True)
    )
