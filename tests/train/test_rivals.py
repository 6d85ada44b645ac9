import numpy as np
import pytest

from ocrpipe.train.rivals import Scribe
from ocrpipe.train.strokes import Sample


def line(*points):
    return np.array(points, np.float32)


LETTERS = {
    "T": (line((0, 0), (8, 0)), line((4, 0), (4, 10))),
    "L": (line((0, 0), (0, 10), (6, 10)),),
    "X": (line((0, 0), (7, 10)), line((7, 0), (0, 10))),
    "N": (line((0, 10), (0, 0), (7, 10), (7, 0)),),
}


@pytest.fixture
def scribe():
    samples = [Sample(label, "someone", strokes) for label, strokes in LETTERS.items()]
    return Scribe(samples, font_share=0.0, labels=tuple(LETTERS), cut_share=1.0)


def test_a_page_gives_letters_and_what_is_none(scribe):
    rng = np.random.default_rng(1)
    pages = [scribe.page(rng) for _ in range(4)]
    letters = [scene for good, _ in pages for scene in good]
    junk = [scene for _, bad in pages for scene in bad]
    assert {label for _, label in letters} == set(LETTERS)
    assert {label for _, label in junk} == {""}
    assert all(mask.dtype == bool and mask.any() for mask, _ in letters + junk)


def test_letters_that_were_cut_look_like_themselves(scribe):
    """An L is heaviest at its foot, a T at its head."""
    letters = [scene for seed in range(6) for scene in scribe.page(np.random.default_rng(seed))[0]]
    for label, low in (("L", True), ("T", False)):
        masks = [mask for mask, found in letters if found == label]
        heavier = [mask[len(mask) // 2 :].sum() > mask[: len(mask) // 2].sum() for mask in masks]
        assert len(masks) > 10
        assert np.mean(heavier) == pytest.approx(float(low), abs=0.15)


def test_the_same_generator_draws_the_same(scribe):
    masks, labels = scribe.draw(30, np.random.default_rng(7))
    again, same = scribe.draw(30, np.random.default_rng(7))
    assert labels == same
    assert labels.count("") == 12
    for one, other in zip(masks, again, strict=True):
        np.testing.assert_array_equal(one, other)
