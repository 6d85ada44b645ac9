"""Data of every kind is read upright, ink 1; what is damaged gives one clear line."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy.io import savemat

from ocrpipe.errors import ConfigError, InputError
from ocrpipe.nn import Crop
from ocrpipe.train.data import Dataset, joined, network_crops, read_data, split
from ocrpipe.train.dataset import masks_of
from ocrpipe.train.formats import class_folder, save_folder, save_npz

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"


def letter_l(side: int = 32) -> np.ndarray:
    """Draw an L: ink 1, upright, with a foot to the right, so that neither a flip nor a transpose goes unseen."""
    image = np.zeros((side, side), np.float32)
    image[4 : side - 4, 6:9] = 1
    image[side - 7 : side - 4, 6 : side - 10] = 1
    return image


def made_up(number: int = 6, side: int = 32) -> Dataset:
    labels = tuple("LA0aL/"[n % 6] for n in range(number))
    images = np.stack([letter_l(side)] * number)
    return Dataset(images, labels, tuple(f"hand {n % 3}" for n in range(number)), "made up", "CC0")


# Makers: each writes one file of its kind and returns it


def make_mat(folder: Path, classes: int = 36, **changes: object) -> Path:
    dark = 1 - letter_l()
    arrays: dict[str, object] = {}
    for part, number in (("train", 4), ("valid", 2), ("test", 3)):
        arrays[f"{part}_data"] = np.stack([dark.T.ravel()] * number)
        arrays[f"{part}_labels"] = np.eye(classes)[[11, 0, 25, 11][:number]]
    savemat(folder / "nist.mat", arrays | changes, do_compression=True)
    return folder / "nist.mat"


def make_strokes(folder: Path) -> Path:
    rows = [{"label": "L", "writer": f"w{n}", "strokes": [[[0, 0], [0, 9], [5, 9]]]} for n in range(5)]
    (folder / "s.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode(), mtime=0))
    return folder / "s.jsonl.gz"


def make_npz(folder: Path) -> Path:
    save_npz(folder / "d.npz", made_up())
    return folder / "d.npz"


def idx(array: np.ndarray) -> bytes:
    return bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def make_idx(folder: Path, name: str = "emnist-letters-train", packed: bool = True) -> Path:
    images = np.stack([(letter_l(28).T * 255).astype(np.uint8)] * 3)
    if name.startswith(("train", "t10k")):
        images = images.transpose(0, 2, 1).copy()
    for kind, array in (("images-idx3", images), ("labels-idx1", np.array([12, 1, 26], np.uint8))):
        raw = idx(array)
        path = folder / f"{name}-{kind}-ubyte{'.gz' if packed else ''}"
        path.write_bytes(gzip.compress(raw, mtime=0) if packed else raw)
    return folder / f"{name}-images-idx3-ubyte{'.gz' if packed else ''}"


def make_folder(folder: Path) -> Path:
    save_folder(folder / "pngs", made_up())
    return folder / "pngs"


MAKERS: dict[str, Callable[[Path], Path]] = {
    "mat": make_mat,
    "strokes": make_strokes,
    "npz": make_npz,
    "idx": make_idx,
    "folder": make_folder,
}


@pytest.mark.parametrize("kind", MAKERS)
def test_every_kind_comes_upright_with_ink_one(kind: str, tmp_path: Path) -> None:
    data = read_data(MAKERS[kind](tmp_path))
    assert data.images.dtype == np.float32
    assert data.images.min() >= 0
    assert data.images.max() <= 1
    ell = data.images[data.labels.index("L")]
    height, width = ell.shape
    assert ell.mean() < 0.5
    assert ell[height * 3 // 4 :, width // 2 :].sum() > 5  # the foot, lower right
    assert ell[: height // 2, width // 2 + 4 :].sum() < 1  # nothing upper right


@pytest.mark.parametrize("kind", ["mat", "strokes", "npz"])
def test_the_name_says_nothing(kind: str, tmp_path: Path) -> None:
    path = MAKERS[kind](tmp_path)
    other = path.rename(tmp_path / "data.bin")
    assert len(read_data(other))


@pytest.mark.parametrize(("classes", "labels"), [(36, "LAZLLALAZ"), (26, "LAZLLALAZ")])
def test_mat(classes: int, labels: str, tmp_path: Path) -> None:
    data = read_data(make_mat(tmp_path, classes))
    assert "".join(data.labels) == labels
    assert data.parts == ("train",) * 4 + ("valid",) * 2 + ("test",) * 3
    assert np.array_equal(data.images[0], letter_l())
    train, valid, test, how = split(data)
    assert (len(train), len(valid), len(test), how) == (4, 2, 3, "as the file itself divides it")


def test_mat_digits_follow_the_letters(tmp_path: Path) -> None:
    path = make_mat(tmp_path, train_labels=np.eye(36)[[26, 35, 25, 0]])
    assert read_data(path).labels[:4] == ("0", "9", "Z", "A")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"train_labels": np.eye(40)[:4]}, "40 columns"),
        ({"train_labels": np.eye(36)[:3]}, "numbers (pictures, pixels)"),
        ({"train_labels": np.ones((4, 36))}, "one 1 in each row"),
        ({"train_data": np.full((4, 1024), 7.0)}, "brightness from 0 to 1"),
        ({"train_data": np.full((4, 1024), np.nan)}, "brightness from 0 to 1"),
        ({"train_data": np.ones((4, 1000))}, "no square picture"),
        ({"train_data": np.ones((4, 0))}, "no square picture"),
        ({"train_data": np.ones((4, 900))}, "different sizes"),
        ({"train_data": "text"}, "are wanted"),
    ],
)
def test_mat_that_is_wrong(changes: dict[str, object], says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nist\.mat: ") as caught:
        read_data(make_mat(tmp_path, **changes))
    assert says in str(caught.value)


def test_mat_of_something_else(tmp_path: Path) -> None:
    savemat(tmp_path / "other.mat", {"x": np.ones(3)})
    with pytest.raises(InputError, match="holds x, where a NIST file holds train_data"):
        read_data(tmp_path / "other.mat")


def test_strokes_are_cropped_as_asked(tmp_path: Path) -> None:
    path = make_strokes(tmp_path)
    plain = read_data(path, Crop(height=16, width=16, margin=0, even_strokes=False, polarity="dark"))
    assert plain.images.shape == (5, 16, 16)
    assert plain.crop == Crop(height=16, width=16, margin=0, even_strokes=False)
    assert plain.images[:, 0].max() > 0.4  # no margin: the ink reaches the top
    again, other = read_data(path, varied=True), read_data(path, varied=True, seed=1)
    assert np.array_equal(again.images, read_data(path, varied=True).images)
    assert not np.array_equal(again.images, other.images)


def test_only_the_wanted_writers(tmp_path: Path) -> None:
    assert read_data(make_strokes(tmp_path), writers=lambda name: name > "w2").writers == ("w3", "w4")
    assert read_data(make_npz(tmp_path), writers=lambda name: name == "hand 1").labels == ("A", "L")
    with pytest.raises(InputError, match="no signs of the wanted writers"):
        read_data(make_strokes(tmp_path), writers=lambda name: False)


def test_npz_keeps_all_that_is_known(tmp_path: Path) -> None:
    crop = Crop(margin=0.25, polarity="light")
    data = Dataset(made_up().images, tuple("ABCDEF"), tuple("uvwxyz"), "s", "l", ("train",) * 6, crop)
    save_npz(tmp_path / "a.npz", data)
    save_npz(tmp_path / "b.npz", data)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    back = read_data(tmp_path / "a.npz")
    assert np.array_equal(back.images, data.images)
    for name in ("labels", "writers", "source", "licence", "parts", "crop"):
        assert getattr(back, name) == getattr(data, name)


def test_npz_dark_on_light_and_flat(tmp_path: Path) -> None:
    dark = 1 - np.stack([letter_l().ravel()] * 2)
    np.savez(tmp_path / "d.npz", images=dark, labels=np.array(["L", "L"]))
    assert np.array_equal(read_data(tmp_path / "d.npz").images[0], letter_l())


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"images": np.zeros((2, 4, 4))}, "labels (number) are wanted"),
        ({"images": np.zeros((2, 4, 4)), "labels": np.array(["A"])}, "float32 (1, height, width)"),
        ({"images": np.zeros((1, 4, 4), np.int64), "labels": np.array(["A"])}, "8 bits or floats"),
        ({"images": np.zeros((1, 4, 4)), "labels": np.array([""])}, "not empty"),
        ({"images": np.zeros((1, 4, 4)), "labels": np.array([3])}, "a row of texts"),
        ({"images": np.zeros((1, 4, 4)), "labels": np.array([{}], object)}, "pickled objects, which are never read"),
        ({"images": np.zeros((1, 4, 4)), "labels": np.array(["A"]), "crop": np.array("[]x")}, "its crop"),
        ({"images": np.zeros((1, 4, 4)), "labels": np.array(["A"]), "parts": np.array(["exam"])}, "train, valid, test"),
        ({"images": np.zeros((0, 4, 4)), "labels": np.array([], "U1")}, "holds no signs"),
    ],
)
def test_npz_that_is_wrong(arrays: dict[str, np.ndarray], says: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", **arrays)
    with pytest.raises(InputError, match=r"d\.npz: ") as caught:
        read_data(tmp_path / "d.npz")
    assert says in str(caught.value)


@pytest.mark.parametrize("name", ["emnist-letters-train", "emnist-letters-test", "train", "t10k"])
@pytest.mark.parametrize("packed", [True, False])
def test_idx(name: str, packed: bool, tmp_path: Path) -> None:
    images = make_idx(tmp_path, name, packed)
    for path in (images, Path(str(images).replace("images-idx3", "labels-idx1"))):
        data = read_data(path)
        assert data.labels == ("L", "A", "Z")
        assert np.array_equal(data.images[0], letter_l(28))


def test_idx_mapping_beside_it(tmp_path: Path) -> None:
    path = make_idx(tmp_path)
    (tmp_path / "emnist-letters-mapping.txt").write_text("1 65 97\n12 108\n26 90\n")
    assert read_data(path).labels == ("l", "A", "Z")
    (tmp_path / "emnist-letters-mapping.txt").write_text("1 65 97\n")
    with pytest.raises(InputError, match="label 12 stands for no sign"):
        read_data(path)


def test_idx_without_its_pair(tmp_path: Path) -> None:
    path = make_idx(tmp_path)
    Path(str(path).replace("images-idx3", "labels-idx1")).unlink()
    with pytest.raises(InputError, match="labels that belong to it are not beside it"):
        read_data(path)


@pytest.mark.parametrize(
    "raw",
    [
        bytes((0, 0, 8, 3)) + struct.pack(">3I", 2**32 - 1, 28, 28),
        bytes((0, 0, 8, 3)) + struct.pack(">3I", 1, 2**32 - 1, 1),
        bytes((0, 0, 8, 3)) + struct.pack(">3I", 1, 0, 4),
        bytes((0, 0, 8, 3)) + b"\0",
        idx(np.zeros((2, 4, 4), np.uint8)) + b"more",
        idx(np.zeros((2, 4, 4), np.uint8)),  # fewer than the labels
    ],
)
def test_idx_that_lies(raw: bytes, tmp_path: Path) -> None:
    path = make_idx(tmp_path, packed=False)
    path.write_bytes(raw)
    with pytest.raises(InputError):
        read_data(path)


def test_folder_keeps_classes_and_writers(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    assert {path.name for path in folder.iterdir()} == {"L", "A", "0", "U+0061", "U+002F", "glyphs.jsonl"}
    back, data = read_data(folder), made_up()
    assert sorted(zip(back.labels, back.writers or (), strict=True)) == sorted(
        zip(data.labels, data.writers or (), strict=True)
    )
    assert np.array_equal(back.images[0], letter_l())


def test_folder_of_mixed_sizes_and_modes(tmp_path: Path) -> None:
    for label, size, mode in (("L", 20, "L"), ("x", 50, "1"), ("é", 90, "RGBA"), ("12", 33, "P")):
        (tmp_path / label).mkdir()
        grey = Image.fromarray(((1 - letter_l(64)) * 255).astype(np.uint8))
        grey.resize((size, size)).convert(mode).save(tmp_path / label / "a.PNG")
    data = read_data(tmp_path)
    assert (data.images.shape, data.writers) == ((4, 32, 32), None)
    assert data.classes == ("L", "x", "12", "é")
    assert (np.abs(data.images - data.images[0]).mean(axis=(1, 2)) < 0.1).all()


def test_folder_of_files_is_joined(tmp_path: Path) -> None:
    make_strokes(tmp_path)
    (tmp_path / "t.jsonl").write_text('{"label": "I", "writer": "z", "strokes": [[[0, 0], [0, 9]]]}')
    (tmp_path / "README").write_text("not data")
    data = read_data(tmp_path)
    assert (len(data), data.classes, data.source) == (6, ("I", "L"), "s.jsonl.gz; t.jsonl")


@pytest.mark.parametrize("label", ["A", "a", "/", ".", "..", "U+0041", "ab", "é", "\0", "CON"])
def test_any_label_has_a_folder(label: str, tmp_path: Path) -> None:
    assert class_folder(label) == label or class_folder(label).startswith("U+")
    save_folder(tmp_path / "f", Dataset(np.zeros((1, 8, 8), np.float32), (label,)))
    assert read_data(tmp_path / "f").labels == (label,)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "there is no such file or folder"),
        (lambda path: path.mkdir(), "the folder holds no data; accepted are"),
        (lambda path: path.touch(), "it is empty"),
        (lambda path: path.write_text("label,pixel0\n"), "cannot be told; accepted are NIST's .mat"),
        (lambda path: path.write_bytes(gzip.compress(b"label,pixel0\n")), "cannot be told; accepted are"),
        (lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n"), "MATLAB 7.3"),
        (lambda path: path.write_bytes(b"\x1f\x8b\x08junk"), "it is cut short"),
        (lambda path: path.write_bytes(b'{"label": 3}'), "line 1: 'label' must be a text"),
        (lambda path: path.write_bytes(b'{"label": "A", "writer": "w", "strokes": [[[1e30, 0]]]}'), "below 1e+09"),
        (lambda path: path.write_bytes(b'{"label": "\\ud800", "writer": "w", "strokes": []}'), "surrogate"),
        (lambda path: path.write_bytes(b'{"a": ' + b"[" * 100000), "not JSON"),
        (lambda path: path.write_bytes(gzip.compress(b'{"' + b"x" * (2**24 + 9))), "longer than 16 MB"),
    ],
)
def test_anything_else_is_told(make: Callable[[Path], object], says: str, tmp_path: Path) -> None:
    make(tmp_path / "data")
    with pytest.raises(InputError) as caught:
        read_data(tmp_path / "data")
    assert str(caught.value).startswith(f"{tmp_path / 'data'}: ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {kind: make(tmp_path_factory.mktemp(kind)) for kind, make in MAKERS.items()}
    return made | {"folder": made["folder"] / "L" / "00001.png"}


@pytest.mark.parametrize("kind", MAKERS)
@given(data=st.data())
def test_damaged_files_are_read_or_told(kind: str, sound: dict[str, Path], data: st.DataObject) -> None:
    path = sound[kind]
    whole = path.read_bytes()
    raw = bytearray(whole)
    for place in data.draw(st.lists(st.integers(0, len(raw) * 8 - 1), min_size=0, max_size=4)):
        raw[place // 8] ^= 1 << place % 8
    del raw[data.draw(st.integers(0, len(raw)) | st.just(len(raw))) :]
    told = ""
    try:
        path.write_bytes(raw)
        read_data(path.parents[1] if kind == "folder" else path)
    except InputError as error:
        told = str(error)
    finally:
        path.write_bytes(whole)
    assert "\n" not in told


@given(
    hands=st.lists(st.text("abcdefgh", min_size=1, max_size=3), min_size=1, max_size=60),
    valid=st.floats(0, 0.4),
    test=st.floats(0, 0.4),
    seed=st.integers(0, 9),
)
def test_no_hand_is_in_two_sets(hands: list[str], valid: float, test: float, seed: int) -> None:
    data = Dataset(np.arange(len(hands), dtype=np.float32)[:, None, None], ("A",) * len(hands), tuple(hands))
    *parts, how = split(data, valid=valid, test=test, seed=seed)
    assert sorted(int(image[0, 0]) for part in parts for image in part.images) == list(range(len(hands)))
    writers = [set(part.writers or ()) for part in parts]
    if "by writer" in how:
        assert sum(map(len, writers)) == len(set(hands))
        assert [bool(part) for part in writers] == [True, valid > 0, test > 0]
    else:
        assert len(set(hands)) < 3
        assert "one hand may be in several sets" in how


def test_a_writer_stays_in_a_set_whatever_the_selection() -> None:
    hands = tuple(f"writer {n}" for n in range(200))
    data = Dataset(np.zeros((200, 1, 1), np.float32), ("A",) * 200, hands)
    assert set(split(data.take(range(50, 150))).test.writers or ()) <= set(split(data).test.writers or ())


def test_unknown_writers_are_shuffled_by_the_seed() -> None:
    data = Dataset(np.arange(20, dtype=np.float32)[:, None, None], ("A",) * 20)
    first, second, other = split(data, seed=1), split(data, seed=1), split(data, seed=2)
    assert np.array_equal(first.test.images, second.test.images)
    assert not np.array_equal(first.train.images, other.train.images)
    assert first.how == "by picture, shuffled with seed 1 (writers unknown: one hand may be in several sets)"
    with pytest.raises(ConfigError, match="leaves nothing to train"):
        split(data, valid=0.6, test=0.4)


def test_joining(tmp_path: Path) -> None:
    both = joined([made_up(), read_data(make_mat(tmp_path))])
    assert (len(both), both.writers, both.parts, both.source) == (15, None, None, "made up; nist.mat")
    with pytest.raises(ConfigError, match="28x28 and 32x32"):
        joined([made_up(side=28), made_up()])


def test_a_dataset_checks_itself() -> None:
    with pytest.raises(ValueError, match=r"float32 \(1, height, width\) is wanted"):
        Dataset(np.zeros((1, 4, 4)), ("A",))
    with pytest.raises(ValueError, match="as many writers"):
        Dataset(np.zeros((1, 4, 4), np.float32), ("A",), ())


def test_crops_for_a_network() -> None:
    data = made_up()
    crops = network_crops(data, Crop())
    assert crops.shape == (6, 32, 32)
    dark = network_crops(data, Crop(polarity="dark", even_strokes=False))
    assert dark[0, 0].min() == 1  # the margin is blank
    kept = Dataset(data.images, data.labels, crop=Crop())
    assert np.array_equal(network_crops(kept, Crop(polarity="dark")), 1 - data.images)
    with pytest.raises(InputError, match="reads each word"):
        network_crops(data, Crop(level="word"))


def test_faint_pictures_keep_their_ink() -> None:
    assert masks_of(letter_l()[None] * 0.3)[0].any()
    assert np.array_equal(masks_of(0.3 + letter_l()[None] * 0.4)[0], masks_of(letter_l()[None])[0])  # on grey ground
    assert not masks_of(np.zeros((1, 9, 9), np.float32))[0].any()
    speck = letter_l()
    speck[1, 30] = 1
    assert not masks_of(speck[None])[0][:9, 80:].any()


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared strokes are not there ({SHARED})")
def test_the_shared_strokes() -> None:
    data = read_data(SHARED / "unipen-digits.jsonl.gz", writers=lambda name: name < "ak")
    assert set(data.labels) == set("0123456789")
    assert 0.05 < data.images.mean() < 0.4
