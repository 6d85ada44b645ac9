"""Error rates: what counts as a character, as a word, as a box; and their intervals."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from ocrpipe import Box
from ocrpipe.evaluate import Folding, Overlap, Rate, Report, Sheet, align, overlap, score_page
from ocrpipe.evaluate.folding import clusters
from ocrpipe.evaluate.overlap import meeting
from ocrpipe.evaluate.score import interval, resampled
from tests.evaluate.test_ledger import page_of
from tests.strategies import NASTY

hostile = st.lists(st.sampled_from([*NASTY, "a", "B", " ", "ſ", "ﬁ", "ß"]), max_size=12).map("".join)
words = st.lists(st.sampled_from("ab\n "), max_size=60).map("".join)
boxes = st.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h),
    st.integers(0, 60),
    st.integers(0, 60),
    st.integers(1, 40),
    st.integers(1, 20),
)


@given(hostile)
def test_characters_are_compared_composed(text: str) -> None:
    composed, apart = (Folding().fold(unicodedata.normalize(form, text))[0] for form in ("NFC", "NFD"))
    assert composed == apart


@given(hostile)
def test_every_character_knows_where_it_came_from(text: str) -> None:
    characters, starts = Folding().fold(text)
    for character, start in zip(characters, starts, strict=True):
        assert character in Folding().fold(text[start:])[0][:1] or character.isspace()


def test_a_cluster_is_one_character_however_many_code_points_it_has() -> None:
    assert len(clusters("👩‍👩‍👧e\u0301नि")) == 3
    assert score_page("p", Sheet("e\u0301"), Sheet("è")).characters == Rate(1, 1)


@pytest.mark.parametrize(
    ("folding", "truth", "read"),
    [
        (Folding(), "GOOD  DAY \n\n\nSIR", " GOOD DAY\nSIR\n"),
        (Folding(case=True), "Straße", "STRASSE"),
        (Folding(spaces=True), "A B\nC", "AB C"),
        (Folding(punctuation=True), "“No,” he said…", "No he said"),
        (Folding(long_s=True), "Waﬅe diſtreſs", "Waste distress"),
    ],
)
def test_what_is_folded_does_not_count(folding: Folding, truth: str, read: str) -> None:
    assert score_page("p", Sheet(truth), Sheet(read), folding).characters.edits == 0
    if folding.names:
        assert score_page("p", Sheet(truth), Sheet(read)).characters.edits > 0


def test_words_are_parted_by_spaces_even_where_these_do_not_count() -> None:
    score = score_page("p", Sheet("GOOD DAY"), Sheet("GOO DDAY"), Folding(spaces=True))
    assert score.characters.edits == 0
    assert score.words == Rate(2, 2)


def test_a_wrong_order_is_told_from_a_wrong_reading() -> None:
    swapped = score_page("p", Sheet("ONE TWO\nTHREE FOUR"), Sheet("THREE FOUR\nONE TWO"))
    misread = score_page("p", Sheet("ONE TWO\nTHREE FOUR"), Sheet("ONE TVO\nTHREE FOUR"))
    assert (swapped.words.edits, swapped.bag.edits) == (4, 0)
    assert (misread.words.edits, misread.bag.edits) == (1, 1)


def test_where_there_is_no_truth_there_is_no_rate() -> None:
    assert score_page("p", Sheet(""), Sheet("")).characters.value == 0
    assert score_page("p", Sheet(""), Sheet("A")).characters.value is None
    assert Report(()).characters.value == 0
    assert Report(()).to_dict()["cer_interval"] is None


@given(words, words, st.integers(4, 30))
def test_long_texts_are_aligned_in_pieces_and_their_edits_make_one_of_the_other(a: str, b: str, whole: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(align, "WHOLE", whole)
        found = align.edits(a, b)
        assert len(found) == align.distance(a, b) >= Levenshtein.distance(a, b)
    rebuilt = list(a)
    for edit in reversed(found):
        rebuilt[edit.truth : edit.truth + (edit.kind != "insert")] = b[edit.read : edit.read + (edit.kind != "delete")]
    assert "".join(rebuilt) == b


def test_a_book_without_page_breaks_is_aligned_line_by_line() -> None:
    lines = [f"LINE NUMBER {n} OF A BOOK" for n in range(20_000)]
    read = [line.replace("OF", "0F") if n % 100 == 0 else line for n, line in enumerate(lines)]
    score = score_page("book", Sheet("\n".join(lines)), Sheet("\n".join(read)))
    assert score.characters.edits == 200


@settings(max_examples=60)
@given(st.lists(boxes, max_size=12), st.lists(boxes, max_size=12))
def test_boxes_meet_as_comparing_each_with_each_says(first: list[Box], second: list[Box]) -> None:
    met = meeting(first, second)
    wanted = {(i, j): a.overlap(b) for i, a in enumerate(first) for j, b in enumerate(second) if a.overlap(b)}
    assert len(met.i) == len(wanted)
    assert dict(zip(zip(met.i.tolist(), met.j.tolist(), strict=True), met.shared.tolist(), strict=True)) == wanted
    for i, j, iou in zip(met.i.tolist(), met.j.tolist(), met.iou.tolist(), strict=True):
        assert iou == pytest.approx(first[i].iou(second[j]))


def test_boxes_are_found_or_not() -> None:
    truth = [Box(0, 0, 10, 10), Box(20, 0, 30, 10), Box(40, 0, 50, 10)]
    found = overlap(truth, [Box(0, 0, 10, 8), Box(20, 0, 30, 10), Box(44, 0, 60, 10), Box(70, 0, 80, 10)])
    assert found.recall == pytest.approx(2 / 3)
    assert found.precision == pytest.approx(2 / 4)
    assert found.mean == pytest.approx(0.9)


def test_boxes_of_a_page_on_which_nothing_was_read_are_lost() -> None:
    page = page_of(["GOOD DAY"])
    empty = page.replace(blocks=())
    lost = score_page("p", Sheet.of(page), Sheet.of(empty))
    assert lost.boxes["glyph"] == Overlap(truth=7)
    assert score_page("p", Sheet.of(page), Sheet("")).boxes["word"].recall == 0
    assert score_page("p", Sheet.of(empty), Sheet.of(page)).boxes["line"].precision == 0
    assert not score_page("p", Sheet.of(page), Sheet("GOOD DAY")).boxes
    assert not score_page("p", Sheet(""), Sheet.of(page)).boxes
    found = score_page("p", Sheet.of(page), Sheet.of(page))
    assert Report((found, lost)).boxes["glyph"].recall == 0.5
    assert not Report((lost,)).boxes


def test_an_interval_holds_the_rate_and_narrows_with_more_pages() -> None:
    few = [Rate(n % 5, 100) for n in range(10)]
    low, high = interval(few) or (0, 0)
    assert low < 0.02 < high
    wide = high - low
    low, high = interval(few * 20) or (0, 0)
    assert low < 0.02 < high
    assert high - low < wide / 3
    assert interval(few) == interval(few)
    assert interval(few[:1]) is None


def test_an_interval_of_few_pages_reaches_further_than_the_plain_bootstrap() -> None:
    rates = [Rate(some, 100) for some in (0, 1, 2, 9)]
    low, high = interval(rates) or (0, 0)
    plain = np.quantile(resampled(rates)[0], (0.025, 0.975))
    assert low < plain[0]
    assert plain[1] < high <= 0.09


def test_no_error_on_few_pages_does_not_mean_that_there_are_none_elsewhere() -> None:
    assert interval([Rate(0, 100), Rate(0, 200)]) == (0, 0.01)
    assert interval([Rate(0, 1), Rate(0, 0)]) == (0, 1)
    assert interval([Rate(), Rate()]) is None
