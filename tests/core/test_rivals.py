"""Which of several cuts stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrpipe.rivals import score, settle

confidences = st.floats(0, 1)
cuts = st.lists(st.lists(confidences, min_size=1, max_size=4), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("given_cuts", "stands"),
    [
        pytest.param([[0.9], [0.8]], 0, id="the surer of two"),
        pytest.param([[0.5], [0.9, 0.8]], 1, id="two sure letters beat one doubtful"),
        pytest.param([[0.9], [0.9, 0.9]], 0, id="at equal confidence the shorter"),
        pytest.param([[0.9, 0.9], [0.9]], 1, id="whichever comes first"),
        pytest.param([[0.7], [0.7]], 0, id="the first of equals"),
        pytest.param([[0.6], [0.99, 0.05]], 0, id="one impossible letter spoils a cut"),
        pytest.param([[0.3], [0.8, 0.8, 0.8], [0.7, 0.7]], 1, id="three of three cuts"),
        pytest.param([[0.0], [0.0, 0.0]], 0, id="none is possible"),
        pytest.param([[None], [0.9, 0.9]], 0, id="the first's is unknown"),
        pytest.param([[0.1], [0.9, None]], 0, id="a rival's is unknown"),
    ],
)
def test_the_cut_that_the_confidences_speak_for_stands(given_cuts: list[list[float | None]], stands: int) -> None:
    assert settle(given_cuts) == stands


@given(cuts)
def test_no_cut_scores_better_than_the_one_that_stands(some: list[list[float]]) -> None:
    scores = [score(cut) for cut in some]
    assert scores[settle(some)] == max(scores) <= 0


@given(st.lists(confidences, min_size=1, max_size=4), st.integers(0, 3), st.floats(0, 1))
def test_a_surer_letter_never_harms_its_cut(cut: list[float], place: int, more: float) -> None:
    better = [c + (1 - c) * more if n == place else c for n, c in enumerate(cut)]
    assert score(better) >= score(cut)


@given(cuts, st.data())
def test_an_unknown_confidence_leaves_the_first_cut(some: list[list[float]], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(some) - 1))
    place = data.draw(st.integers(0, len(some[cut]) - 1))
    unknown: list[list[float | None]] = [list(one) for one in some]
    unknown[cut][place] = None
    assert settle(unknown) == 0
