"""Where the errors come from: each edit between truth and result is charged to the stage that made it necessary.

How the charge is made. The true glyphs and those that were read, before `postprocess`, are compared by their boxes:

- a true glyph and a read one that cover each other are the same glyph;
- a true glyph that lies in a read one with others, which cover that one better together than any alone: *merged*;
- a true glyph on which several read ones lie, which cover it better together than any alone: *split*;
- a true glyph of which nothing of this is so was *not found*; a read one, that is *no letter*.

Then each edit asks its character, first the true one: is its glyph merged, split, not found, no letter? Else, was it
read as another (*misread*)? Else, was it right before `postprocess` and wrong after? Else it is right, and stands in
another place than the truth says: in the wrong word, line or order. A space is charged as the letter beside it that
was lost or too many, and where there is none it is a word that was parted or joined wrongly: wrong order too.

So the counts add up to the edit distance. Without the true glyphs' boxes, or those of the result, what cannot be told
is *unknown*.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from ocrpipe.evaluate.align import Edit, edits
from ocrpipe.evaluate.folding import SPACES, Folding
from ocrpipe.evaluate.overlap import meeting
from ocrpipe.evaluate.partners import MOSTLY, Fate, Partner, partners
from ocrpipe.evaluate.sheet import NOBODY, Sheet
from ocrpipe.page import Page


class Cause(StrEnum):
    """What went wrong."""

    NOT_FOUND = "not found"
    SPLIT = "split"
    MERGED = "merged"
    NO_LETTER = "no letter"
    ORDER = "wrong word, line or order"
    MISREAD = "misread"
    POSTPROCESS = "spoilt by postprocess"
    UNKNOWN = "unknown"


STAGE: Mapping[Cause, str] = {
    Cause.NOT_FOUND: "segment",
    Cause.SPLIT: "segment",
    Cause.MERGED: "segment",
    Cause.NO_LETTER: "segment",
    Cause.ORDER: "line_cluster",
    Cause.MISREAD: "classify",
    Cause.POSTPROCESS: "postprocess",
    Cause.UNKNOWN: "",
}
"""The stage that each is charged to. With rival cuts and rejected letters `segment` and `classify` decide together
what is a letter: that is charged to `segment`."""

CUT: Mapping[Fate, Cause] = {Fate.SEVERAL_IN_ONE: Cause.MERGED, Fate.ONE_IN_SEVERAL: Cause.SPLIT}
"""The causes that lie in wrong cuts."""

SPACE_LOST_BY = (Cause.NOT_FOUND, Cause.NO_LETTER, Cause.MERGED, Cause.UNKNOWN)
"""What befalls a letter that may take the space beside it along, the surest first."""

CLOSE = 4
"""Within how many characters the letter is looked for that an alignment should have lost."""

Ledger = Counter[Cause]
"""How many edits each cause is charged with."""


@dataclass(frozen=True)
class Folded:
    """A sheet's characters as they are compared, and the glyph of each."""

    characters: Sequence[str]
    glyphs: Sequence[int]

    @classmethod
    def of(cls, sheet: Sheet, folding: Folding) -> Folded:
        """Fold a sheet."""
        characters, starts = folding.fold(sheet.text)
        kept = [n for n, character in enumerate(characters) if not (folding.spaces and character in SPACES)]
        return cls([characters[n] for n in kept], [sheet.owners[starts[n]] for n in kept])


def ledger(truth: Sheet, result: Sheet, folding: Folding | None = None) -> Ledger:
    """Return how many edits each cause is charged with; their sum is the distance of the two texts.

    Parameters
    ----------
    truth
        The true page; with glyphs, if causes are to be told.
    result
        The page that was read.
    folding
        Which differences do not count.
    """
    folding = folding or Folding()
    true, read = Folded.of(truth, folding), Folded.of(result, folding)
    found = edits(true.characters, read.characters)
    if not found:
        return Counter()
    if not (truth.page and truth.page.glyphs and result.page):
        return without_boxes(found, true, result, folding)
    court = Court.open(truth.page, result.page, folding)
    charges = [charge(edit, true, read, court) for edit in found]
    return Counter(with_neighbours(found, charges, true, court))


def with_neighbours(found: Sequence[Edit], charges: list[Cause], true: Folded, court: Court) -> list[Cause]:
    """Return the charges, those for wrong order handed on to a lost letter close by that no edit has asked.

    Of several ways to lose a letter in LL or LMLM, the alignment takes any: the edit then asks a letter that is there.
    """
    asked = {edit.truth for edit in found if edit.kind != "insert"}
    handed = list(charges)
    for number, edit in enumerate(found):
        if charges[number] is not Cause.ORDER:
            continue
        near = range(max(edit.truth - CLOSE, 0), min(edit.truth + CLOSE + 1, len(true.glyphs)))
        for at in sorted(near, key=lambda at: abs(at - edit.truth)):
            glyph = true.glyphs[at]
            if at not in asked and glyph != NOBODY and court.of_truth[glyph].fate is not Fate.SAME:
                asked.add(at)
                handed[number] = court.of_true(glyph)
                break
    return handed


def without_boxes(found: Sequence[Edit], true: Folded, result: Sheet, folding: Folding) -> Ledger:
    """Charge `postprocess` with what was right before it; of all else the cause is unknown."""
    before = Sheet.of(result.page.as_read()) if result.page else result
    lost = {edit.truth for edit in edits(true.characters, Folded.of(before, folding).characters)}
    return Counter(
        Cause.POSTPROCESS if edit.kind != "insert" and edit.truth not in lost else Cause.UNKNOWN for edit in found
    )


@dataclass(frozen=True)
class Court:
    """What is known of every glyph when an edit is charged.

    Parameters
    ----------
    of_truth, of_read
        What became of each true glyph, and of each that was read.
    unseen
        The true glyphs that lie in a word or line that was read as a whole: nobody knows where in it.
    true_texts, read_texts, final_texts
        The true glyphs' text, and that of each read glyph before and after `postprocess` ("" where it is gone).
    known
        For each glyph of the result, the number that it had before `postprocess`.
    """

    of_truth: Sequence[Partner]
    of_read: Sequence[Partner]
    unseen: frozenset[int]
    true_texts: Sequence[str]
    read_texts: Sequence[str]
    final_texts: Sequence[str]
    known: Sequence[int]

    @classmethod
    def open(cls, truth: Page, result: Page, folding: Folding) -> Court:
        """Compare the pages' glyphs."""
        before = result.as_read()
        of_truth, of_read = partners([glyph.box for glyph in truth.glyphs], [glyph.box for glyph in before.glyphs])
        read = {glyph.id: number for number, glyph in enumerate(before.glyphs)}
        known = [read.get(glyph.id, NOBODY) for glyph in result.glyphs]
        final = [""] * len(read)
        for number, glyph in zip(known, result.glyphs, strict=True):
            if number != NOBODY:
                final[number] = glyph.text

        @cache  # for a page has thousands of glyphs, and few letters
        def fold(text: str) -> str:
            return "".join(folding.fold(text)[0])

        def folded(texts: Iterable[str]) -> list[str]:
            return [fold(text) for text in texts]

        return cls(
            of_truth,
            of_read,
            unseen(truth, before),
            folded(glyph.text for glyph in truth.glyphs),
            folded(glyph.text for glyph in before.glyphs),
            folded(final),
            known,
        )

    def of_true(self, glyph: int) -> Cause:
        """Return why a true glyph is not where it should be."""
        partner = self.of_truth[glyph]
        if partner.fate is Fate.SAME:
            return self.of_pair(glyph, partner.glyph)
        if partner.fate is Fate.ALONE:
            return Cause.UNKNOWN if glyph in self.unseen else Cause.NOT_FOUND
        return CUT[partner.fate]

    def of_result(self, glyph: int) -> Cause:
        """Return why a glyph of the result is where it should not be."""
        number = self.known[glyph]
        if number == NOBODY:
            return Cause.POSTPROCESS
        partner = self.of_read[number]
        if partner.fate is Fate.SAME:
            return self.of_pair(partner.glyph, number)
        return Cause.NO_LETTER if partner.fate is Fate.ALONE else CUT[partner.fate]

    def of_pair(self, true: int, read: int) -> Cause:
        """Return what is wrong with a glyph that was found."""
        wanted = self.true_texts[true]
        if self.final_texts[read] == wanted:
            return Cause.ORDER
        return Cause.POSTPROCESS if self.read_texts[read] == wanted else Cause.MISREAD


def unseen(truth: Page, read: Page) -> frozenset[int]:
    """Return the true glyphs that lie in words or lines that were read as a whole."""
    whole = [word.box for word in read.words if not word.glyphs]
    met = meeting([glyph.box for glyph in truth.glyphs], whole)
    return frozenset(met.i[met.shared / met.first[met.i] >= MOSTLY].tolist())


def charge(edit: Edit, true: Folded, read: Folded, court: Court) -> Cause:
    """Return the cause of an edit."""
    causes: list[Cause] = []
    if edit.kind != "insert":
        causes.append(of_character(true, edit.truth, court.of_true))
    if edit.kind != "delete":
        causes.append(of_character(read, edit.read, court.of_result))
        if read.characters[edit.read] in SPACES:  # a letter that was lost leaves a gap
            causes.append(lost_beside(true, (edit.truth - 1, edit.truth), court.of_true))
    told = [cause for cause in causes if cause not in (Cause.ORDER, Cause.UNKNOWN)]
    return (told or causes)[0]


def of_character(side: Folded, at: int, cause_of: Callable[[int], Cause]) -> Cause:
    """Return the cause of one character's fault; a space asks the letters beside it."""
    if side.glyphs[at] != NOBODY:
        return cause_of(side.glyphs[at])
    if side.characters[at] not in SPACES:
        return Cause.UNKNOWN
    return lost_beside(side, (at - 1, at + 1), cause_of)


def lost_beside(side: Folded, places: Iterable[int], cause_of: Callable[[int], Cause]) -> Cause:
    """Return what befell one of the letters beside a space, if it may have taken the space along; else wrong order."""
    beside = [side.glyphs[place] for place in places if 0 <= place < len(side.glyphs)]
    causes = [cause_of(glyph) if glyph != NOBODY else Cause.UNKNOWN for glyph in beside]
    return next((cause for cause in SPACE_LOST_BY if cause in causes), Cause.ORDER)
