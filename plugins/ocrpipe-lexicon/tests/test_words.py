"""Word lists: files of one's own, the English one, and how likely words and spellings are."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import page_of
from hypothesis import given
from hypothesis import strategies as st

from ocrpipe import ConfigError, Pipeline
from ocrpipe_lexicon.postprocess import Lexicon
from ocrpipe_lexicon.spelling import Spelling
from ocrpipe_lexicon.words import WordList, list_path


def listed(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "mine.txt"
    path.write_text(text, encoding=encoding)
    return path


def test_a_list_of_ones_own(tmp_path: Path) -> None:
    path = listed(tmp_path, "# parts\n\nSprocket 12\nwidget\nstraße\t3\nWIDGET 4\n", "utf-8-sig")
    assert WordList.read(path).counts == {"sprocket": 12, "widget": 5, "straße": 3}


def test_a_list_of_ones_own_is_used_and_recorded(tmp_path: Path) -> None:
    mine = Lexicon(words=str(listed(tmp_path, "qxplv\n")))
    page = page_of("QXPLD", {"D": "V"})
    assert mine.postprocess(page).text == "QXPLV"
    assert Lexicon().postprocess(page).text == "QXPLD"
    assert mine.files() == [tmp_path / "mine.txt"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("house 3\nice cream 4\n", "line 2: 'ice cream 4' must be a word, or a word and its count"),
        ("house many\n", "line 1: 'house many' must be"),
        ("house 0\n", "line 1"),
        ("house -3\n", "line 1"),
        ("house 1.5\n", "line 1"),
        ("# none\n\n", "holds no word"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = listed(tmp_path, text)
    with pytest.raises(ValueError, match=said) as caught:
        WordList.read(path)
    assert str(path) in str(caught.value)


def test_another_encoding_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no text in UTF-8"):
        WordList.read(listed(tmp_path, "naïve\n", "latin-1"))


def test_a_list_that_is_not_there_is_refused_before_any_page(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no word list"):
        Pipeline.preset("handprint-lexicon", {"postprocess.lexicon.words": str(tmp_path / "none.txt")})


def test_the_english_list_is_what_it_is_taken_for() -> None:
    words = WordList.read(list_path("english"))
    assert len(words.counts) > 80_000
    assert words.share("the") > 0.03 > words.share("house") > words.share("marmalade") > 0
    assert not words.share("hte")
    for name, scramble in (("kowalski", "kwlsoaki"), ("dvorak", "dvrkao"), ("pietikainen", "ptknaeneiii")):
        assert words.spelling.log_probability(name) > words.spelling.log_probability(scramble)


@given(
    st.lists(st.text("abc", min_size=1, max_size=4), min_size=1),
    st.lists(st.sets(st.sampled_from("abcx"), max_size=3), max_size=4),
)
def test_words_are_found_as_one_would_find_them_by_hand(words: list[str], choices: list[set[str]]) -> None:
    found = WordList(dict.fromkeys(words, 1)).spelt_by(choices)
    by_hand = {
        word
        for word in words
        if len(word) == len(choices) and all(letter in choice for letter, choice in zip(word, choices, strict=True))
    }
    assert (set(found), len(found)) == (by_hand, len(by_hand))


def test_spelling_is_a_probability() -> None:
    spelling = Spelling.of(["ab", "ba", "b"])
    words = [""]
    total = 0.0
    for _ in range(12):  # all words of up to so many letters
        total += sum(2.718281828459045 ** spelling.log_probability(word) for word in words)
        words = [word + letter for word in words for letter in "ab"]
    assert total == pytest.approx(1, abs=0.01)
