import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from ocrpipe.train.cuts import LABELS, Artist
from ocrpipe.train.strokes import Sample, in_test, read

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the shared strokes are not there ({DATA})")

GOOD = {"label": "A", "writer": "w", "strokes": [[[0, 0], [1, 2]], [], [[3, 4]]]}


@pytest.mark.parametrize("name", ["s.jsonl", "s.jsonl.gz"])
def test_read(tmp_path, name):
    text = (json.dumps(GOOD) + "\n\n" + json.dumps(GOOD | {"label": "É"}) + "\n").encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    first, second = read(tmp_path / name)
    assert (first.label, second.label, first.writer) == ("A", "É", "w")
    assert [stroke.tolist() for stroke in first.strokes] == [[[0, 0], [1, 2]], [[3, 4]]]
    assert first.strokes[0].dtype == np.float32


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("{", "not JSON"),
        ("[]", "an object"),
        (json.dumps(GOOD | {"label": ""}), "'label'"),
        (json.dumps(GOOD | {"writer": 3}), "'writer'"),
        (json.dumps(GOOD | {"strokes": "x"}), "'strokes'"),
        (json.dumps(GOOD | {"strokes": []}), "no stroke"),
        (json.dumps(GOOD | {"strokes": [[]]}), "no stroke"),
        (json.dumps(GOOD | {"strokes": [[1, 2]]}), "list of [x, y]"),
        (json.dumps(GOOD | {"strokes": [[[1, 2], [3]]]}), "list of [x, y]"),
        (json.dumps(GOOD | {"strokes": [[["a", 2]]]}), "list of [x, y]"),
        (json.dumps(GOOD | {"strokes": [[[float("nan"), 2]]]}), "finite"),
        (json.dumps(GOOD | {"strokes": [None]}), "list of [x, y]"),
        (json.dumps(GOOD | {"strokes": [5]}), "list of [x, y]"),
    ],
)
def test_errors_name_file_and_line(tmp_path, line, word):
    path = tmp_path / "s.jsonl"
    path.write_text(json.dumps(GOOD) + "\n" + line + "\n")
    with pytest.raises(ValueError, match="line 2") as caught:
        list(read(path))
    assert word in str(caught.value)
    assert str(path) in str(caught.value)


def test_the_split_is_by_name_alone():
    names = [f"site{n % 7}/{n}" for n in range(2000)]
    share = np.mean([in_test(name) for name in names])
    assert 0.12 < share < 0.18
    assert [in_test(name) for name in names] == [in_test(name) for name in names]


def made_up():
    shape = tuple(np.array(points, np.float32) for points in ([[0, 0], [0, 9]], [[0, 4], [5, 4]], [[5, 0], [5, 9]]))
    return [Sample(label, "w", shape) for label in (*LABELS, ".")]


def test_the_same_seed_draws_the_same_scenes():
    artist = Artist(made_up(), junk_share=0.5)
    masks, labels = artist.draw(60, np.random.default_rng(4))
    again, same = artist.draw(60, np.random.default_rng(4))
    assert labels == same
    assert all(np.array_equal(a, b) for a, b in zip(masks, again, strict=True))
    assert 10 < labels.count("") < 50
    assert all(mask.dtype == bool and mask.any() for mask in masks)


def test_plain_scenes_hold_no_junk():
    assert "" not in Artist(made_up(), junk_share=0.5, plain=True).draw(50, np.random.default_rng(0))[1]


def test_a_pair_is_its_two_parts():
    artist = Artist(made_up())
    rng = np.random.default_rng(0)
    for _ in range(20):
        left, right, both, label = artist.pair(rng)
        assert np.array_equal(left | right, both)
        assert not (left & right).any()
        assert len(label) == 2


@needs_data
def test_the_shared_strokes():
    samples = list(read(DATA / "unipen-digits.jsonl.gz"))
    assert len(samples) == 15248
    assert {sample.label for sample in samples} == set("0123456789")
    writers = {sample.writer for sample in samples}
    assert len({name for name in writers if in_test(name)}) == 32
