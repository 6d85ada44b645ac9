"""The ledger: planted faults are charged to the stage that made them, and the counts add up to the distance."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings

from ocrpipe import Block, Box, Glyph, Line, Page, Reading, Source, Word
from ocrpipe.evaluate import Cause, Folding, Sheet, ledger, score_page
from tests.strategies import pages

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
Fault = Callable[[Page, random.Random], Page]


def page_of(lines: list[str], seed: int = 0) -> Page:
    """A page of letters, their boxes uneven and some of them touching, all of them true."""
    chance = random.Random(seed)
    made = []
    for row, text in enumerate(lines):
        x, words = 20, []
        for w, word in enumerate(text.split()):
            glyphs = []
            for g, letter in enumerate(word):
                width, height = chance.randint(6, 24), chance.randint(24, 32)
                top = 60 * row + 10 + chance.randint(0, 6)
                box = Box(x, top, x + width, top + height)
                glyphs.append(Glyph(id=f"g{row}-{w}-{g}", box=box, reading=Reading(text=letter, confidence=0.9)))
                x += width + chance.randint(-2, 5)
            words.append(word_of(f"w{row}-{w}", glyphs))
            x += 30
        made.append(line_of(f"l{row}", words))
    block = Block(id="b", box=Box.union([line.box for line in made]), lines=tuple(made))
    return Page(source=Source(width=2000, height=2000), blocks=(block,))


def word_of(name: str, glyphs: list[Glyph]) -> Word:
    return Word(id=name, box=Box.union([glyph.box for glyph in glyphs]), glyphs=tuple(glyphs))


def line_of(name: str, words: list[Word]) -> Line:
    return Line(id=name, box=Box.union([word.box for word in words]), words=tuple(words))


def with_lines(page: Page, lines: list[Line]) -> Page:
    return page.replace(blocks=(page.blocks[0].replace(lines=tuple(lines)),))


def with_word(page: Page, chance: random.Random, change: Callable[[list[Glyph]], list[Glyph]]) -> Page:
    """Change the glyphs of one word."""
    chosen = chance.choice([word for word in page.words if len(word.glyphs) > 2])
    return page.map_words(lambda word: word_of(word.id, change(list(word.glyphs))) if word.id == chosen.id else word)


def other(letter: str, chance: random.Random) -> str:
    return chance.choice([some for some in LETTERS if some != letter])


def erase(page: Page, chance: random.Random) -> Page:
    def change(glyphs: list[Glyph]) -> list[Glyph]:
        glyphs.pop(chance.randrange(len(glyphs)))
        return glyphs

    return with_word(page, chance, change)


def join(page: Page, chance: random.Random) -> Page:
    def change(glyphs: list[Glyph]) -> list[Glyph]:
        at = chance.randrange(len(glyphs) - 1)
        box = Box.union([glyphs[at].box, glyphs[at + 1].box])
        glyphs[at : at + 2] = [Glyph(id="joined", box=box, reading=Reading(text=chance.choice(LETTERS)))]
        return glyphs

    return with_word(page, chance, change)


def part(page: Page, chance: random.Random) -> Page:
    def change(glyphs: list[Glyph]) -> list[Glyph]:
        at = max(range(len(glyphs)), key=lambda n: glyphs[n].box.width)
        box = glyphs[at].box
        middle = (box.x0 + box.x1) // 2
        halves = Box(box.x0, box.y0, middle, box.y1), Box(middle, box.y0, box.x1, box.y1)
        glyphs[at : at + 1] = [
            Glyph(id=f"half{n}", box=half, reading=Reading(text=text))
            for n, (half, text) in enumerate(zip(halves, "IJ", strict=True))
        ]
        return glyphs

    return with_word(page, chance, change)


def swap(page: Page, chance: random.Random) -> Page:
    lines = list(page.lines)
    at = chance.randrange(len(lines) - 1)
    lines[at : at + 2] = lines[at + 1], lines[at]
    return with_lines(page, lines)


def misread(page: Page, chance: random.Random) -> Page:
    def change(glyphs: list[Glyph]) -> list[Glyph]:
        return [glyph.replace(reading=Reading(text=other(glyph.text, chance))) for glyph in glyphs]

    return with_word(page, chance, change)


def spoil(page: Page, chance: random.Random) -> Page:
    return misread(page, chance).remember(page)


def drop(page: Page, chance: random.Random) -> Page:
    return erase(page, chance).remember(page)


def blot(page: Page, chance: random.Random) -> Page:
    def change(glyphs: list[Glyph]) -> list[Glyph]:
        speck = Glyph(id="blot", box=Box(1900, 1900, 1920, 1920), reading=Reading(text="Q"))
        glyphs.insert(chance.randrange(len(glyphs) + 1), speck)
        return glyphs

    return with_word(page, chance, change)


FAULTS: list[tuple[Fault, Cause]] = [
    (erase, Cause.NOT_FOUND),
    (join, Cause.MERGED),
    (part, Cause.SPLIT),
    (swap, Cause.ORDER),
    (misread, Cause.MISREAD),
    (spoil, Cause.POSTPROCESS),
    (drop, Cause.POSTPROCESS),
    (blot, Cause.NO_LETTER),
]


@pytest.mark.parametrize(("fault", "cause"), FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])
def test_planted_faults_are_charged_to_their_stage_in_95_of_100_cases(fault: Fault, cause: Cause) -> None:
    right = total = 0
    for seed in range(100):
        chance = random.Random(seed)
        lines = [" ".join("".join(chance.choices(LETTERS, k=chance.randint(3, 7))) for _ in range(4)) for _ in range(4)]
        truth = page_of(lines, seed)
        found = ledger(Sheet.of(truth), Sheet.of(fault(truth, chance)))
        total += bool(found)
        right += set(found) == {cause}
    assert total > 95
    assert right >= 0.95 * total


@settings(max_examples=40)
@given(pages(), pages())
def test_the_counts_add_up_to_the_distance(truth: Page, read: Page) -> None:
    for folding in (Folding(), Folding(case=True, spaces=True, punctuation=True)):
        score = score_page("p", Sheet.of(truth), Sheet.of(read), folding)
        assert score.ledger.total() == score.characters.edits


@given(pages())
def test_a_page_is_the_same_as_itself(page: Page) -> None:
    score = score_page("p", Sheet.of(page), Sheet.of(page))
    assert score.characters.edits == score.words.edits == score.bag.edits == 0
    assert len(Sheet.of(page).owners) == len(page.text)


def test_without_boxes_the_cause_is_unknown_but_for_what_postprocess_spoilt() -> None:
    read = page_of(["GOOD DAY"])
    spoilt = spoil(read, random.Random(1))
    assert set(ledger(Sheet("GOOD DAY"), Sheet.of(spoilt))) == {Cause.POSTPROCESS}
    assert set(ledger(Sheet("GOAD DAY"), Sheet.of(read))) == {Cause.UNKNOWN}
    assert ledger(Sheet.of(read), Sheet("GOOD")) == Counter({Cause.UNKNOWN: 4})


def test_in_a_word_that_was_read_as_a_whole_nobody_knows_where_a_letter_is() -> None:
    truth = page_of(["GOOD DAY"])
    whole = truth.map_words(lambda word: word.replace(glyphs=(), reading=Reading(text=word.text.replace("O", "0"))))
    assert ledger(Sheet.of(truth), Sheet.of(whole)) == Counter({Cause.UNKNOWN: 2})
    lost = with_lines(whole, [line_of("l", list(whole.words[:1]))])
    assert ledger(Sheet.of(truth), Sheet.of(lost))[Cause.NOT_FOUND] == 4


def test_an_edit_that_could_be_another_letters_asks_the_one_that_was_lost() -> None:
    truth = page_of(["HMLMBW"])
    (word,) = truth.words
    for at in ((2, 3), (1, 2)):
        kept = [glyph for number, glyph in enumerate(word.glyphs) if number not in at]
        read = truth.map_words(lambda word, kept=kept: word_of(word.id, kept))
        assert ledger(Sheet.of(truth), Sheet.of(read)) == Counter({Cause.NOT_FOUND: 2})
