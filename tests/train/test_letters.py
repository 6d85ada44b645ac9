import gzip
import json
from dataclasses import replace

import numpy as np
import pytest

from ocrpipe.nn import load_model
from ocrpipe.train import letters
from ocrpipe.train.cuts import LABELS
from ocrpipe.train.measure import auc, measure
from ocrpipe.train.strokes import in_test


@pytest.fixture
def data(tmp_path):
    """Write strokes files in which every sign is a polygon of its own, by a training writer and by a test writer."""
    rng = np.random.default_rng(0)
    shapes = {label: rng.integers(0, 50, (6, 2)).tolist() for label in (*LABELS, ".", "+")}
    writers = [
        next(f"{kind}{n}" for n in range(99) if in_test(f"{kind}{n}") == test)
        for kind, test in zip("ab", (0, 1), strict=True)
    ]
    for name in letters.FILES:
        kept = [
            label for label in shapes if label.isalpha() == ("upper" in name) and label.isdigit() == ("digits" in name)
        ]
        rows = [{"label": label, "writer": w, "strokes": [shapes[label]]} for label in kept for w in writers]
        (tmp_path / name).write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    return tmp_path


def test_a_small_run_learns_and_repeats_itself(data, monkeypatch):
    small = replace(
        letters.LETTERS, layers=(640, 32, 37), rounds=3, drawn=300, kept=2, learned=1500, batch=16, drop=0.0
    )
    monkeypatch.setattr(letters, "LETTERS", small)
    real = measure
    monkeypatch.setattr(letters, "measure", lambda model, artist: real(model, artist, number=200))
    for name in ("one", "two"):
        letters.main(["--data", str(data), "--out", str(data / f"{name}.safetensors")])
    model = load_model(data / "one.safetensors")
    assert (data / "one.safetensors").read_bytes() == (data / "two.safetensors").read_bytes()
    assert model.training["test"]["letters"] > 0.3  # one in 36 by chance
    assert {"auc", "pairs_cut", "letters_whole", "clean"} <= set(model.training["test"])
    assert not list(data.glob("*unfinished*"))


def test_the_artists_share_no_writer(data):
    ours, others = letters.artists(data, None, letters.LETTERS)
    assert not {sample.writer for sample in ours.samples} & {sample.writer for sample in others.samples}
    assert ours.font_share == 0


def test_missing_data_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="unipen-upper"):
        letters.artists(tmp_path, None, letters.LETTERS)


def test_auc():
    assert auc(np.array([2.0, 3.0]), np.array([0.0, 1.0])) == 1
    assert auc(np.array([1.0, 1.0]), np.array([1.0])) == 0.5
