"""`postprocess/lexicon`: misread words are mended, nothing is invented, and what was changed is told."""

from __future__ import annotations

from itertools import chain

import pytest
from conftest import BOX, page_of
from hypothesis import given
from hypothesis import strategies as st

from ocrpipe import Alternative, Glyph, Page, Reading, Word
from ocrpipe_lexicon.postprocess import Lexicon

LOOKALIKES = {"D": "O", "V": "NU", "0": "O", "1": "I", "9": "Q", "F": "E", "B": "S", "o": "ce", "l": "Ii", "P": "F"}


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("HDUSE", "HOUSE"),
        ("TDDAY THE 9UICK BRDWN FDX", "TODAY THE QUICK BROWN FOX"),
        ("WATFR AVD LEMDVS", "WATER AND LEMONS"),
        ("house, clvb", "house, club"),
        ("WELL-KVDWN", "WELL-KNOWN"),
        ("(HDUSE)", "(HOUSE)"),
    ],
)
def test_misread_words_are_mended(lexicon: Lexicon, read: str, meant: str) -> None:
    assert lexicon.postprocess(page_of(read, {**LOOKALIKES, "v": "u"})).text == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "THE QUICK BROWN FOX",
        "2026",
        "500 G",
        "0173 90210",
        "B12 MP3 H2O",
        "SMITH KOWALSKI NGUYEN",
        "PIETIKAINEN BVLGARI",
        "DB",
        "the house of Dovlin near PBF",
    ],
)
def test_what_is_right_stays(lexicon: Lexicon, text: str) -> None:
    page = page_of(text, {letter: others for letter, others in LOOKALIKES.items() if letter not in "VB"})
    assert lexicon.postprocess(page) == page


def test_a_name_in_capitals_stays_where_the_classifier_is_sure(lexicon: Lexicon) -> None:
    names = "MONET VERNE HARDY BOVARY DVORAK FREUD EDDY KAFKA PLATH"
    assert lexicon.postprocess(page_of(names)).text == names


def test_in_small_letters_a_capital_marks_a_name(lexicon: Lexicon) -> None:
    others = {"o": "a", "B": "R"}
    assert lexicon.postprocess(page_of("we met Borry at BORT hoven", {"o": "a"})).text == "we met Borry at BORT haven"
    assert lexicon.postprocess(page_of("Botter was read. Botter too", others)).text != "Botter was read. Botter too"


def test_halves_of_a_parted_word_are_left_alone(lexicon: Lexicon) -> None:
    others = {"P": "F"}
    assert lexicon.postprocess(page_of("A DIP-\nPER", others)).text == "A DIP-\nPER"
    assert lexicon.postprocess(page_of("PRIEND", others)).text == "FRIEND"


def test_without_alternatives_nothing_can_change(lexicon: Lexicon) -> None:
    page = page_of("HDUSE WATFR")
    assert lexicon.postprocess(page) == page


def test_without_confidences_nothing_is_weighed(lexicon: Lexicon) -> None:
    others = tuple(Alternative(text=text) for text in "DO")
    glyphs = [Glyph(id=str(n), box=BOX, reading=Reading(text="D", alternatives=others)) for n in range(3)]
    page = page_of("X").map_words(lambda word: word.replace(glyphs=tuple(glyphs)))
    assert lexicon.postprocess(page) == page


def test_the_change_is_told_and_what_was_read_stays_visible(lexicon: Lexicon) -> None:
    page = lexicon.postprocess(page_of("THE HDUSE", LOOKALIKES))
    assert page.warnings == ("lexicon changed HDUSE to HOUSE (0-1)",)
    reading = page.words[1].glyphs[1].reading
    known = {other.text: other.confidence for other in reading.alternatives}
    assert (reading.text, reading.confidence) == ("O", known["O"])
    assert known["O"] + known["D"] == pytest.approx(0.95, abs=1e-3)
    assert known["O"] > known["D"] > 0
    assert [other.text for other in reading.alternatives] == ["O", "D"]


def test_options_decide(lexicon: Lexicon) -> None:
    page = page_of("HDUSE", LOOKALIKES)
    assert Lexicon(least=6).postprocess(page) == page
    doubtful = page_of("CAB", {"B": "T"})
    assert lexicon.postprocess(doubtful).text == "CAB"
    assert Lexicon(sure=0.5).postprocess(doubtful).text == "CAT"


# -- words that an engine read as a whole


def word_page(reading: Reading, glyphs: tuple[Glyph, ...] = ()) -> Page:
    return page_of("X").map_words(lambda word: word.replace(reading=reading, glyphs=glyphs))


def whole(*texts: str) -> Reading:
    """A word's reading: the first text a little likelier than the others."""
    sure = [0.4, *(0.3 for _ in texts[1:])]
    others = tuple(Alternative(text=text, confidence=p) for text, p in zip(texts, sure, strict=True))
    return Reading(text=texts[0], confidence=0.4, alternatives=others)


@pytest.mark.parametrize(
    ("texts", "meant"),
    [
        (("hcuse,", "house,"), "house,"),
        (("hcuse", "hzuse", "xyzzy"), "hcuse"),  # an alternative must be a word
        (("club", "dub"), "club"),
        (("dcr", "dear"), "dear"),  # of another length, but offered as a whole
        (("hcuse,", "house"), "hcuse,"),  # other punctuation is another question
        (("1999", "I999"), "1999"),
    ],
)
def test_a_word_read_as_a_whole_is_changed_to_its_own_alternatives_alone(
    lexicon: Lexicon, texts: tuple[str, ...], meant: str
) -> None:
    page = lexicon.postprocess(word_page(whole(*texts)))
    assert page.text == meant
    assert {other.text for other in page.words[0].reading.alternatives} == set(texts)  # type: ignore[union-attr]


def test_the_glyphs_of_a_word_that_was_changed_as_a_whole_follow(lexicon: Lexicon) -> None:
    glyphs = tuple(Glyph(id=str(n), box=BOX, reading=Reading(text=c, confidence=0.8)) for n, c in enumerate("hcuse"))
    [word] = lexicon.postprocess(word_page(whole("hcuse", "house"), glyphs)).words
    assert "".join(glyph.text for glyph in word.glyphs) == word.text == "house"
    assert word.glyphs[1].confidence is None
    assert word.glyphs[1].reading.alternatives[1] == Alternative(text="c", confidence=0.8)
    [word] = lexicon.postprocess(word_page(whole("hcus", "house"), glyphs[:4])).words
    assert (word.text, word.glyphs) == ("house", ())


# -- never invented


letters = st.sampled_from("ABDEINOSTVabeost019é'-.ﬁİ")
offered = st.lists(
    st.builds(Alternative, text=st.one_of(letters, st.sampled_from(("", "RN"))), confidence=st.floats(0, 1)), max_size=4
)
readings = st.builds(
    Reading, text=letters, confidence=st.one_of(st.none(), st.floats(0, 1)), alternatives=offered.map(tuple)
)


@st.composite
def pages(draw: st.DrawFn) -> Page:
    """Draw a page whose glyphs may be anything, of words that are read by glyphs or as a whole."""
    lengths = st.lists(st.integers(1, 5), min_size=1, max_size=3)
    page = page_of("\n".join(" ".join("X" * length for length in draw(lengths)) for _ in range(2)))

    def drawn(word: Word) -> Word:
        if draw(st.integers(0, 5)) == 0:
            return word.replace(reading=draw(readings), glyphs=())
        return word.replace(glyphs=tuple(glyph.replace(reading=draw(readings)) for glyph in word.glyphs))

    return page.map_words(drawn)


def all_readings(page: Page) -> list[Reading]:
    return [*(word.reading for word in page.words if word.reading), *(glyph.reading for glyph in page.glyphs)]


@given(pages())
def test_every_new_letter_was_among_its_own_alternatives(page: Page) -> None:
    new = LOOSE.postprocess(page)
    changed = 0
    for before, after in zip(all_readings(page), all_readings(new), strict=True):
        if before != after:
            changed += 1
            assert after.text in {other.text for other in before.alternatives}
            assert {before.text, *(other.text for other in before.alternatives)} == {o.text for o in after.alternatives}
    assert bool(changed) == (page.text != new.text) == (page.warnings != new.warnings)
    assert [glyph.id for glyph in page.glyphs] == [glyph.id for glyph in new.glyphs]


LOOSE = Lexicon(sure=0.5, unlisted=0.01, least=1)
"""Changes as much as it can."""


def test_it_does_change_what_the_property_draws() -> None:
    others = dict.fromkeys("AVB", "ESTO")
    assert LOOSE.postprocess(page_of("VHA AVB", others)).text != "VHA AVB"


def test_the_same_page_gives_the_same_result(lexicon: Lexicon) -> None:
    page = page_of("HDUSE TDDAY", LOOKALIKES)
    assert lexicon.postprocess(page) == lexicon.postprocess(page) == Lexicon().postprocess(page)


def test_a_second_time_nothing_is_left_to_change(lexicon: Lexicon) -> None:
    once = lexicon.postprocess(page_of("THE 9UICK BRDWN FDX", LOOKALIKES))
    assert lexicon.postprocess(once) == once
    assert set(chain.from_iterable(once.text)) <= set("THE QUICK BROWN FOX")
