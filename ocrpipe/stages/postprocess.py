"""`postprocess/context`: letters and digits that look alike are told apart by the company they keep."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated

from pydantic import Field

from ocrpipe import Alternative, Glyph, Page, Plugin, Reading, Word, hookimpl

DIGIT_OF = {"O": "0", "I": "1", "S": "5", "Z": "2", "B": "8", "G": "6"}
LETTER_OF = {digit: letter for letter, digit in DIGIT_OF.items()}
TWIN = {**DIGIT_OF, **LETTER_OF}
"""The pairs that look alike."""

FLOOR = 1e-4
"""The probability of what is not among a glyph's alternatives: confidences have four decimals."""

LETTERS, DIGITS = 26, 10
"""How many there are: a digit, once it is known to be one, is the likelier to be just this one."""

PURE = 0.99
"""How many glyphs of a word of letters are letters, and of a number digits."""

KINDS = {"letters": 0.75, "digits": 0.2, "mixed": 0.05}
"""How many words of a page are of letters, of digits, and of both, as long as the page does not say."""

WORTH = 4
"""How many words of the page itself those shares are worth."""

BESIDE = 2
"""How much more a word beside another says of its kind than all the page does."""

LONE_LETTER = {"I": 0.8}
LONE_OTHER = 0.25
"""How often a lookalike that stands alone among words is the letter: I is a word, but other letters seldom stand alone,
while any digit may."""

LONE_AMONG_NUMBERS = 0.1
"""The same among numbers."""

UNNUMBERED = 2
"""How many lines that do not open with a number a page is taken to have besides its own."""

IN_ORDER = 5.0
"""How much likelier a letter is next to the one beside it in the alphabet, and a digit next to its own in counting."""

LIST = 0.05
"""How often lines that could be numbered are."""


class Context(Plugin):
    """Tells O from 0, I from 1, S from 5, Z from 2, B from 8 and G from 6 by their neighbours; there is no dictionary.

    Words are mostly all letters or all digits; a glyph alone is judged by the words beside it; what continues an
    alphabet, a count or a numbered list belongs to it. Each is a probability, and Bayes' rule weighs them against the
    classifier's own.

    The two of a pair share their joint probability anew, whether the reading changes or not: an O among letters becomes
    surer. Both stay among the alternatives, so what was changed can be seen. Glyphs without a confidence are left
    alone.
    """

    sure: Annotated[
        float,
        Field(ge=0.5, lt=1, description="change a reading only if its lookalike is at least this likely, all weighed"),
    ] = 0.5

    @hookimpl
    def postprocess(self, page: Page) -> Page:
        """Return the page with its lookalikes settled."""
        odds = {**word_odds(page), **list_odds(page)}
        least = log_odds(self.sure)
        weighed = {
            glyph.id: reading_by(odds[glyph.id], glyph, least)
            for glyph in page.glyphs
            if glyph.id in odds and glyph.confidence is not None
        }
        return page.map_words(lambda word: with_readings(word, weighed))


Group = Sequence[Glyph]
"""The letters and digits of a word, in reading order."""


@dataclass(frozen=True)
class Chance:
    """How likely a glyph's picture is if it is a letter, and if it is a digit."""

    letter: float
    digit: float

    def given(self, letters: float) -> float:
        """Return how likely the picture is where this share of glyphs is letters."""
        return letters * self.letter + (1 - letters) * self.digit


Chances = Mapping[str, Chance]
"""Each glyph's, by its id."""


def chances_of(words: Iterable[Group]) -> dict[str, Chance]:
    """Return the chances of the glyphs of all words, the order in which they stand counted in."""
    found: dict[str, Chance] = {}
    for _, members in groupby(enumerate(words), key=lambda member: -1 if len(member[1]) == 1 else member[0]):
        chain = [glyph for _, word in members for glyph in word]  # a word, or glyphs that each stand alone
        texts: list[Candidates] = [{}, *map(candidates, chain), {}]
        for glyph, before, own, after in zip(chain, texts, texts[1:], texts[2:], strict=False):
            found[glyph.id] = Chance(1, 1) if glyph.confidence is None else chance_of(own, before, after)
    return found


def chance_of(texts: Candidates, before: Candidates, after: Candidates) -> Chance:
    """Return the chances of a glyph that may be `texts`, between what those beside it may be."""
    likely = {text: p * in_order(text, before, after) for text, p in texts.items() if is_plain(text)}
    digit = sum(p for text, p in likely.items() if text.isdigit())
    letter = sum(likely.values()) - digit
    return Chance(max(letter, FLOOR) / LETTERS, max(digit, FLOOR) / DIGITS)


Candidates = Mapping[str, float]
"""What a glyph may be, each text with its probability."""


def candidates(glyph: Glyph) -> dict[str, float]:
    """Return what a glyph may be, each with its probability; for a lookalike both of its pair."""
    reading = glyph.reading
    found = {other.text: other.confidence or FLOOR for other in reading.alternatives}
    found.setdefault(reading.text, reading.confidence or FLOOR)
    if reading.text in TWIN:
        found.setdefault(TWIN[reading.text], FLOOR)
    return found


def plain(word: Word) -> list[Glyph]:
    """Return a word's letters and digits."""
    return [glyph for glyph in word.glyphs if is_plain(glyph.text)]


def is_plain(text: str) -> bool:
    """Return whether `text` is one letter or ASCII digit."""
    return len(text) == 1 and (text.isalpha() or text in "0123456789")


def in_order(text: str, before: Candidates, after: Candidates) -> float:
    """Return how much likelier its neighbours make `text`, by the order of the alphabet or of counting."""
    factor = 1.0
    for neighbour, step in ((before, -1), (after, 1)):
        wanted = chr(ord(text) + step)
        if wanted in neighbour and is_plain(wanted):
            factor *= 1 + IN_ORDER * neighbour[wanted]
    return factor


def word_odds(page: Page) -> dict[str, float]:
    """Return, for each lookalike's id, the logarithm of the odds that it is the letter."""
    lines: list[list[Group]] = [[group for word in line.words if (group := plain(word))] for line in page.lines]
    chances = chances_of(word for line in lines for word in line)
    shares = page_shares([word for line in lines for word in line], chances)
    numbers = [kind_shares(line[0], chances, KINDS)["digits"] if line else 0.0 for line in lines]
    found: dict[str, float] = {}
    for line, number in zip(lines, numbers, strict=True):
        others = (sum(numbers) - number) / (len(lines) + UNNUMBERED)
        for word, beside in with_lone_joined(line):
            prior = local_shares(beside, chances, shares)
            if len(word) > 1:
                found.update(odds_in_word(word, chances, prior))
            else:
                opens = len(line) > 1 and word is line[0]
                found.update(odds_alone(word, chances, prior["letters"] * (1 - others if opens else 1)))
    return found


def with_lone_joined(words: Sequence[Group]) -> Iterator[tuple[Group, list[Group]]]:
    """Give the words of a line, each with those beside it; from three on, glyphs that stand alone become one word."""
    for is_lone, members in groupby(enumerate(words), key=lambda member: len(member[1]) == 1):
        run = list(members)
        if is_lone and len(run) >= 3:
            yield [glyph for _, word in run for glyph in word], []
        else:
            yield from ((word, [*words[max(n - 1, 0) : n], *words[n + 1 : n + 2]]) for n, word in run)


Shares = Mapping[str, float]


def page_shares(words: Sequence[Group], chances: Chances) -> Shares:
    """Return how many of a page's words are of each kind."""
    return after_seeing(KINDS, WORTH, (kind_shares(word, chances, KINDS) for word in words if bears_witness(word)))


def local_shares(beside: Sequence[Group], chances: Chances, shares: Shares) -> Shares:
    """Return how likely a word is of each kind by the words beside it and by the page."""
    return after_seeing(
        shares, 1 / BESIDE, (kind_shares(word, chances, shares) for word in beside if bears_witness(word))
    )


def bears_witness(word: Group) -> bool:
    """Return whether a word says something of the others: one of lookalikes alone, or of one glyph, does not."""
    return len(word) > 1 and any(glyph.text not in TWIN for glyph in word)


def after_seeing(shares: Shares, worth: float, words: Iterable[Shares]) -> Shares:
    """Return shares that were worth so many words after more words were seen.

    That one word is of both letters and digits does not make another so: words like that are parts' numbers and codes.
    """
    pure = {kind: share * worth for kind, share in shares.items() if kind != "mixed"}
    for word in words:
        for kind in pure:
            pure[kind] += word[kind]
    scale = (1 - shares["mixed"]) / sum(pure.values())
    return {**{kind: count * scale for kind, count in pure.items()}, "mixed": shares["mixed"]}


def kind_shares(word: Group, chances: Chances, prior: Shares) -> dict[str, float]:
    """Return how likely a word is of each kind, by Bayes' rule."""
    logs = {
        kind: math.log(prior[kind]) + sum(math.log(chances[glyph.id].given(letters)) for glyph in word)
        for kind, letters in LETTERS_IN.items()
    }
    most = max(logs.values())
    weights = {kind: math.exp(log - most) for kind, log in logs.items()}
    return {kind: weight / sum(weights.values()) for kind, weight in weights.items()}


LETTERS_IN = {"letters": PURE, "digits": 1 - PURE, "mixed": 0.5}
"""What share of the glyphs of a word of each kind are letters."""


def odds_in_word(word: Group, chances: Chances, prior: Shares) -> Iterator[tuple[str, float]]:
    """Give the odds of each lookalike in a word of several glyphs: summed over what kind of word it may be."""
    kinds = kind_shares(word, chances, prior)
    for glyph in word:
        if glyph.text in TWIN:
            chance = chances[glyph.id]
            letter = sum(
                share * LETTERS_IN[kind] * chance.letter / chance.given(LETTERS_IN[kind])
                for kind, share in kinds.items()
            )
            yield glyph.id, log_odds(letter)


def odds_alone(word: Group, chances: Chances, among: float) -> Iterator[tuple[str, float]]:
    """Give the odds of a lookalike that is a word by itself, and likely so much to stand among words, not numbers."""
    [glyph] = word
    if glyph.text in TWIN:
        letter = LETTER_OF.get(glyph.text, glyph.text)
        among_words = LONE_LETTER.get(letter, LONE_OTHER)
        share = among * among_words + (1 - among) * LONE_AMONG_NUMBERS
        chance = chances[glyph.id]
        yield glyph.id, log_odds(share) + math.log(chance.letter * LETTERS / (chance.digit * DIGITS))


def log_odds(probability: float) -> float:
    """Return the logarithm of the odds of a probability, kept finite."""
    kept = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(kept / (1 - kept))


def list_odds(page: Page) -> dict[str, float]:
    """Return the odds of the lookalikes in the numbers of a numbered list, if there is one; they are no letters.

    A list's numbers open their lines and count up; lines between them may go on without one.
    """
    openings = [numbers_of(line.words[0]) for line in page.lines if line.words]
    best: list[tuple[Word, float]] = []
    best_score = 0.0
    for first, opening in enumerate(openings):
        for value in opening:
            chain = counted(openings[first:], value)
            score = math.log(LIST) + sum(surprise for _, surprise in chain)
            if len(chain) > 1 and score > best_score:
                best, best_score = chain, score
    return {glyph.id: -best_score for word, _ in best for glyph in word.glyphs if glyph.text in TWIN}


Openings = Mapping[int, tuple[Word, float]]
"""The numbers that a line's first word may be, each with the word and its surprise."""


def numbers_of(word: Word) -> Openings:
    """Return the numbers that a word may be, each with how much likelier its pictures are then than for any glyphs."""
    found = {"": 0.0}
    for glyph in plain(word) if len(plain(word)) <= LONGEST else ():
        digits = {text: p for text, p in candidates(glyph).items() if text in DIGIT_TEXTS}
        if glyph.confidence is None or not digits:
            return {}
        found = {
            number + text: score + math.log(p * (LETTERS + DIGITS))
            for number, score in found.items()
            for text, p in digits.items()
        }
    return {int(number): (word, score) for number, score in found.items() if number and number[0] != "0"}


LONGEST = 2
"""Digits of a list's numbers at most."""

DIGIT_TEXTS = frozenset("0123456789")


def counted(openings: Iterable[Openings], value: int) -> list[tuple[Word, float]]:
    """Return the words that count up from `value`, one a line, skipping lines that open otherwise."""
    chain = []
    for opening in openings:
        if value in opening:
            chain.append(opening[value])
            value += 1
    return chain


def reading_by(odds: float, glyph: Glyph, least: float) -> Reading:
    """Return a lookalike's reading where the pair share their joint probability by the odds that it is the letter.

    The text changes where the odds speak against it by more than `least`.
    """
    reading, both = glyph.reading, candidates(glyph)
    letter = reading.text if reading.text in DIGIT_OF else LETTER_OF[reading.text]
    digit = DIGIT_OF[letter]
    joint = both[letter] + both[digit]
    sure = {letter: rounded(joint * logistic(odds)), digit: rounded(joint * logistic(-odds))}
    against = odds if reading.text == digit else -odds
    text = TWIN[reading.text] if against > least else reading.text
    others = {other.text: other.confidence for other in reading.alternatives if other.text not in sure}
    best_first = sorted((sure | others).items(), key=lambda item: -(item[1] or 0))
    alternatives = tuple(Alternative(text=other, confidence=confidence) for other, confidence in best_first)
    return Reading(text=text, confidence=sure[text], alternatives=alternatives, spans=reading.spans)


def logistic(odds: float) -> float:
    """Return the probability that log odds mean."""
    return 1 / (1 + math.exp(-min(max(odds, -50.0), 50.0)))


def rounded(probability: float) -> float:
    """Return a probability with four decimals that does not claim certainty."""
    return round(min(probability, 1 - FLOOR), 4)


def with_readings(word: Word, changed: Mapping[str, Reading]) -> Word:
    """Return a word whose glyphs have the readings of `changed`, by their ids."""
    glyphs = tuple(
        glyph.model_copy(update={"reading": changed[glyph.id]}) if glyph.id in changed else glyph
        for glyph in word.glyphs
    )
    return word.model_copy(update={"glyphs": glyphs})
