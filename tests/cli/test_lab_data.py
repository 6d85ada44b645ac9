"""`ocrpipe synth` and `ocrpipe confusion`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocrpipe import Page
from ocrpipe.nn import Crop, Model, Network, save_model
from ocrpipe.train.confusion import Confusion, measure_confusion
from ocrpipe.train.data import Dataset
from ocrpipe.train.formats import save_npz
from tests.support import ocrpipe


def test_pages_with_their_truth(tmp_path: Path) -> None:
    small = ("synth", "page", "builtin", "--text", r"HELLO\nWORLD", "--size", "320x200", "--seed", "7", "--count", "2")
    done = ocrpipe(*small, "-o", tmp_path / "a")
    assert (done.code, done.err) == (0, "")
    assert done.text.splitlines() == [str(tmp_path / "a" / f"page-000{n}.jpg") for n in (1, 2)]
    page = Page.from_json((tmp_path / "a" / "page-0002.json").read_bytes())
    assert page.text == "HELLO\nWORLD"
    assert page.source.path == "page-0002.jpg"
    one = [*small[:-1], "1"]
    one[one.index("7")] = "8"
    ocrpipe(*one, "-o", tmp_path / "b")
    for suffix in ("jpg", "txt"):  # page n is made with seed + n
        first = (tmp_path / "b" / f"page-0001.{suffix}").read_bytes()
        assert first == (tmp_path / "a" / f"page-0002.{suffix}").read_bytes()


def test_random_words_and_text_files(tmp_path: Path) -> None:
    done = ocrpipe(
        "synth", "page", "builtin", "-o", tmp_path, "--small", "--lines", 2, "--to", "png", "--size", "400x200"
    )
    assert done.code == 0
    text = (tmp_path / "page-0001.txt").read_text()
    assert text == text.lower()
    assert len(text.splitlines()) == 2
    (tmp_path / "t.txt").write_text("ONE\n\nTWO\n")
    ocrpipe("synth", "page", "builtin", "-o", tmp_path, "--text-file", tmp_path / "t.txt", "--size", "300x200")
    assert (tmp_path / "page-0001.txt").read_text() == "ONE\nTWO\n"


def test_glyphs_go_round(tmp_path: Path) -> None:
    for out in (tmp_path / "g", tmp_path / "g.npz"):
        done = ocrpipe("synth", "glyphs", "builtin", "-o", out, "--classes", "A-Ca", "--count", 3, "--seed", 1)
        assert (done.code, done.text) == (0, f"{out}: 12 glyphs of 4 classes, 1 hands\n")
    from ocrpipe.train.data import read_data

    folder, single = read_data(tmp_path / "g"), read_data(tmp_path / "g.npz")
    assert sorted(folder.labels) == sorted(single.labels)
    same = np.abs(folder.images[:, None] - single.images[None]).max(axis=(2, 3)) < 0.01  # the folders' order is by name
    assert same.any(axis=0).all()
    assert set(folder.writers or ()) == {"builtin"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["page", "gone", "-o", "x"], "gone: there is no such file or folder"),
        (["page", "builtin", "-o", "x", "--size", "9x9"], "--size 9x9: say WIDTHxHEIGHT in pixels"),
        (["page", "builtin", "-o", "x", "--text", "A", "--text-file", "b"], "exclude each other"),
        (["page", "builtin", "-o", "x", "--text-file", "gone"], "gone: cannot be read as text"),
        (["page", "builtin", "-o", "x", "--text", "A\U0010fffd"], "no hand there has"),
        (["page", "builtin", "-o", "x", "--wobble", "3"], "wobble"),
        (["page", "builtin"], "Missing option"),
        (["glyphs", "builtin", "-o", "x", "--classes", "Z-A"], "the range Z-A runs backwards"),
    ],
)
def test_what_synth_refuses(arguments: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = ocrpipe("synth", *arguments)
    assert done.code in (2, 4)
    assert done.out == b""
    assert len(done.lines) == 1, done.err
    assert says in done.err
    assert not (tmp_path / "x").exists()


# Confusion


def halves() -> Dataset:
    """Make pictures of two classes: A is inked at the left, B at the right; two of them bear the wrong label."""
    images = np.zeros((20, 8, 8), np.float32)
    images[:10, :, :4] = 1
    images[10:, :, 4:] = 1
    labels = ["A"] * 10 + ["B"] * 10
    labels[3], labels[12] = "B", "O"
    return Dataset(images, tuple(labels), tuple(f"w{n}" for n in range(20)), "halves", crop=CROP)


CROP = Crop(height=8, width=8, margin=0, even_strokes=False, features="pixels")


def sided(labels: tuple[str, ...] = ("A", "B", "0", ""), polarity: str = "light") -> Model:
    network = Network([64, len(labels)], "linear", seed=1)
    weight = np.zeros((8, 8, len(labels)), np.float32)
    weight[:, :4, 0], weight[:, 4:, 1] = 0.2, 0.2
    weight[:, :, -1] = 0.5  # that it is no letter is likeliest: it must not count
    if polarity == "dark":
        weight = -weight
    network.parameters[0][...] = weight.reshape(64, -1)
    crop = Crop(**{**vars(CROP), "polarity": polarity})
    return Model(network, labels, crop)


@pytest.mark.parametrize("polarity", ["light", "dark"])
def test_measure(polarity: str) -> None:
    found = measure_confusion(sided(polarity=polarity), halves())
    assert (found.truth, found.answers) == (("A", "B"), ("A", "B", "0"))
    assert found.matrix.tolist() == [[9, 0, 0], [1, 9, 0]]
    assert (found.count, found.left_out, found.accuracy) == (19, {"O": 1}, round(18 / 19, 6))
    only = measure_confusion(sided(), halves(), classes="B")
    assert (only.count, only.accuracy, only.left_out) == (10, 1.0, {"A": 9, "O": 1})


def test_merged_pairs() -> None:
    found = Confusion(
        ("I", "O", "0", "1"), ("I", "O", "0", "1"), np.array([[1, 0, 0, 1], [0, 1, 1, 0], [1, 0, 1, 0], [1, 0, 0, 2]])
    )
    assert (found.accuracy, found.accuracy_merged) == (round(5 / 9, 6), round(8 / 9, 6))
    assert found.told().count("read as") == 4
    assert found.table().splitlines()[1].split() == ["I", "1", ".", ".", "1"]


def test_only_groups_of_which_two_signs_are_answers_are_merged() -> None:
    signs = ("o", "O", "A", "v")
    found = Confusion(signs, signs, np.array([[3, 1, 0, 0], [1, 1, 0, 0], [0, 0, 2, 1], [0, 0, 0, 1]]), {"$": 4}, True)
    assert found.merged == ("Oo",)
    assert (found.accuracy, found.accuracy_merged) == (0.7, 0.9)
    assert "0.9000 with O/o as one" in found.told()
    assert "4 more were left out, for they can be no answer: $" in found.told()
    assert 'that a crop is no sign, which this network knows (""), was no answer either' in found.told()
    assert found.summary()["left_out_classes"] == {"$": 4}
    assert " as one" not in Confusion(("A",), ("A",), np.array([[1]])).told()


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    save_model(tmp_path / "w.safetensors", sided())
    save_npz(tmp_path / "d.npz", halves())
    return tmp_path / "w.safetensors", tmp_path / "d.npz"


def test_confusion_command(files: tuple[Path, Path], tmp_path: Path) -> None:
    done = ocrpipe("confusion", *files, "--json", "-o", tmp_path / "out")
    assert (done.code, done.err) == (0, "")
    told = json.loads(done.text)
    assert (told["count"], told["accuracy"], told["accuracy_merged"]) == (19, 0.947368, 0.947368)
    assert told["pairs"] == [{"truth": "B", "read": "A", "count": 1, "share": 0.1}]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"confusion.{s}" for s in ("json", "png", "txt")
    ]
    kept = json.loads((tmp_path / "out" / "confusion.json").read_text())
    assert kept["matrix"] == [[9, 0, 0], [1, 9, 0]]
    assert "B read as A:     1 (10.0%)" in (tmp_path / "out" / "confusion.txt").read_text()
    with Image.open(tmp_path / "out" / "confusion.png") as image:
        assert image.getpixel((60 + 10, 80 + 10))[1] > image.getpixel((60 + 10, 80 + 10))[0]  # A as A: green
        assert image.getpixel((60 + 10, 100 + 10))[0] > image.getpixel((60 + 10, 100 + 10))[1]  # B as A: red
    assert "19 signs: 0.9474 read rightly" in ocrpipe("confusion", *files).text


def test_parts_and_several_files(files: tuple[Path, Path], tmp_path: Path) -> None:
    weights, data = files
    counts = [
        json.loads(ocrpipe("confusion", weights, data, "--json", "--part", part).text)["count"]
        for part in ("train", "valid", "test")
    ]
    assert sum(counts) == 19
    assert json.loads(ocrpipe("confusion", weights, data, data, "--json").text)["count"] == 38
    large = halves()
    save_npz(tmp_path / "large.npz", Dataset(large.images.repeat(4, 1).repeat(4, 2), large.labels))
    assert json.loads(ocrpipe("confusion", weights, data, tmp_path / "large.npz", "--json").text)["count"] == 38


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["curse", "d.npz"], 2, "there are no weights curse; did you mean 'course'?"),
        (["w.safetensors", "gone"], 4, "gone: there is no such file or folder"),
        (["d.npz", "d.npz"], 2, "there are no weights d.npz; shipped are"),
        (["bad.safetensors", "d.npz"], 4, "bad.safetensors: it is no safetensors file"),
        (["w.safetensors", "d.npz", "--classes", "0"], 4, "d.npz: it shows A B O, and the network may answer 0"),
        (["w.safetensors", "d.npz", "--classes", ""], 2, "no classes are given"),
        (["w.safetensors", "nobody.npz", "--part", "test"], 2, "does not say who wrote what"),
    ],
)
def test_what_confusion_refuses(
    arguments: list[str], code: int, says: str, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files[0].parent)
    Path("bad.safetensors").write_bytes(b"nothing")
    data = halves()
    save_npz(Path("nobody.npz"), Dataset(data.images, data.labels))
    done = ocrpipe("confusion", *arguments)
    assert (done.code, done.out) == (code, b"")
    assert len(done.lines) == 1, done.err
    assert says.replace("d.npz: it shows", "it shows") in done.err
