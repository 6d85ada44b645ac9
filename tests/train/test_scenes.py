import gzip
import json
from dataclasses import replace

import numpy as np
import pytest

from ocrpipe.nn import Crop, load_model
from ocrpipe.train import perceptron
from ocrpipe.train.cuts import LABELS, Artist
from ocrpipe.train.draw import look, wide_look
from ocrpipe.train.measure import auc, measure
from ocrpipe.train.scenes import Plan, Pool, artists, rounds
from ocrpipe.train.strokes import Sample, in_test

SMALL = Plan(layers=(), crop=Crop(), rounds=3, drawn=40, kept=2, learned=10)


@pytest.fixture
def data(tmp_path):
    """Write strokes files in which every sign is a polygon of its own, by a training writer and by a test writer."""
    rng = np.random.default_rng(0)
    shapes = {label: rng.integers(0, 50, (6, 2)).tolist() for label in (*LABELS, ".", "+")}
    writers = [
        next(f"{kind}{n}" for n in range(99) if in_test(f"{kind}{n}") == test)
        for kind, test in zip("ab", (0, 1), strict=True)
    ]
    kinds = {"upper": str.isalpha, "digits": str.isdigit, "symbols": lambda label: not label.isalnum()}
    for name, kind in kinds.items():
        rows = [
            {"label": label, "writer": writer, "strokes": [shapes[label]]}
            for label in filter(kind, shapes)
            for writer in writers
        ]
        (tmp_path / f"{name}.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    return tmp_path


def test_a_small_run_learns_and_repeats_itself(data, monkeypatch):
    small = replace(
        perceptron.CAPITALS, layers=(640, 32, 37), rounds=3, drawn=300, kept=2, learned=1500, batch=16, drop=0.0
    )
    monkeypatch.setattr(perceptron, "CAPITALS", small)
    real = measure
    monkeypatch.setattr(perceptron, "measure", lambda model, artist: real(model, artist, number=200))
    for name in ("one", "two"):
        perceptron.main(["--data", str(data), "--out", str(data / f"{name}.safetensors")])
    model = load_model(data / "one.safetensors")
    assert (data / "one.safetensors").read_bytes() == (data / "two.safetensors").read_bytes()
    assert model.training["test"]["letters"] > 0.3  # one in 36 by chance
    assert {"auc", "pairs_cut", "letters_whole", "clean"} <= set(model.training["test"])
    assert not list(data.glob("*unfinished*"))


def test_the_artists_share_no_writer(data):
    ours, others = artists(data, None, SMALL)
    assert not {sample.writer for sample in ours.samples} & {sample.writer for sample in others.samples}
    assert ours.font_share == 0


def test_letters_that_nobody_wrote_are_named(data, tmp_path):
    with pytest.raises(ValueError, match="nobody to learn from wrote 0 1 2"):
        artists(tmp_path / "none", None, SMALL)
    (data / "upper.jsonl.gz").unlink()
    with pytest.raises(ValueError, match=r"wrote A B C .* Z$"):
        artists(data, None, SMALL)


@pytest.mark.parametrize("wide", [False, True])
def test_rounds_depend_on_the_plan_alone(data, wide):
    plan = replace(SMALL, wide=wide, counted=0.5)
    ours, _ = artists(data, None, plan)
    assert ours.looks is (wide_look if wide else look)
    one, other = list(rounds(ours, plan)), list(rounds(ours, plan))
    assert len(one) == 3
    for (crops, classes), (same, alike) in zip(one, other, strict=True):
        np.testing.assert_array_equal(crops, same)
        np.testing.assert_array_equal(classes, alike)
    assert not np.array_equal(one[0][0], one[1][0])
    junk = np.mean([(classes == len(LABELS)).mean() for _, classes in one])
    assert 0.1 < junk < 0.5


def test_a_pool_keeps_the_latest_rounds():
    pool = Pool(SMALL)
    for number in range(3):
        pool.add(np.full((40, 32, 32), number, np.uint8), np.full(40, number, np.int64))
    crops, classes = pool.take(np.arange(len(pool)))
    assert classes.tolist() == [1] * 40 + [2] * 40
    assert (crops[:, 0, 0] == classes).all()


def test_letters_drawn_as_often_as_they_were_written():
    """Nine in ten of the samples are an L; one of the others has lost all but a bar."""
    corner, bar = np.array([[0, 0], [0, 9], [5, 9]], np.float32), np.array([[0, 0], [0, 9]], np.float32)
    samples = [Sample("L", "ann", (corner,))] * 90 + [Sample("T", "bob", (corner,))] * 9 + [Sample("T", "cid", (bar,))]
    shares = {}
    for counted in (0.0, 1.0):
        artist = Artist(samples, junk_share=0.0, labels=("L", "T"), counted=counted)
        labels = artist.draw(300, np.random.default_rng(1))[1]
        shares[counted] = labels.count("L") / len(labels)
    assert shares[0.0] == pytest.approx(0.5, abs=0.1)
    assert shares[1.0] == pytest.approx(0.9, abs=0.05)


def test_auc():
    assert auc(np.array([2.0, 3.0]), np.array([0.0, 1.0])) == 1
    assert auc(np.array([1.0, 1.0]), np.array([1.0])) == 0.5
