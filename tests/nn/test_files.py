import json
import struct

import numpy as np
import pytest
from safetensors.numpy import save

from ocrpipe.nn import WEIGHTS, Crop, Model, Network, load_model, save_model


@pytest.fixture
def model():
    network = Network([6, 4, 3], "tanh", seed=5)
    network.layers[0].bias[:] = [1, 2, 3, 4]
    crop = Crop(height=2, width=3, polarity="dark", margin=0.25, even_strokes=False, features="pixels")
    return Model(network, ("A", "Ä", ""), crop, "CC BY 4.0", "made up", {"letters": 0.5})


@pytest.fixture
def file(tmp_path, model):
    path = tmp_path / "net.safetensors"
    save_model(path, model)
    return path


def test_round_trip(file, model):
    back = load_model(file)
    for key in ("labels", "crop", "licence", "source", "training"):
        assert getattr(back, key) == getattr(model, key)
    assert back.network.sizes == [6, 4, 3]
    assert back.network.activation == "tanh"
    for ours, theirs in zip(model.network.parameters, back.network.parameters, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    crops = np.random.default_rng(0).random((4, 2, 3), np.float32)
    np.testing.assert_array_equal(back.probabilities(crops), model.probabilities(crops))
    assert [item.name for item in file.parent.iterdir()] == [file.name]  # nothing temporary stays


def test_the_same_model_gives_the_same_bytes(file, model, tmp_path):
    save_model(tmp_path / "again", model)
    assert (tmp_path / "again").read_bytes() == file.read_bytes()


def test_half_floats_are_read_as_float32(file, model):
    save_model(file, model, np.float16)
    back = load_model(file)
    assert {part.dtype for part in back.network.parameters} == {np.dtype(np.float32)}
    np.testing.assert_allclose(back.network.layers[0].weight, model.network.layers[0].weight, atol=1e-3)


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such weights file"):
        load_model(tmp_path / "none.safetensors")


def split(path):
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    return json.loads(raw[8 : 8 + length]), raw[8 + length :]


def join(path, header, body):
    raw = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(raw)) + raw + body)


def refused(path, *words):
    with pytest.raises(ValueError, match=r"give a file that ocrpipe") as caught:
        load_model(path)
    assert str(path) in str(caught.value)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("length", [0, 3, 8, 60, -1])
def test_cut_short(file, length):
    file.write_bytes(file.read_bytes()[:length])
    refused(file, "cut short")


@pytest.mark.parametrize("content", [b"\x80\x04pickle", b"PK\x03\x04", b"\xff" * 200, b"<html></html>" * 9])
def test_something_else(file, content):
    file.write_bytes(content)
    refused(file, "no safetensors file")


def test_a_folder(tmp_path):
    refused(tmp_path)


def test_header_longer_than_the_file(file):
    file.write_bytes(struct.pack("<Q", 2**62) + file.read_bytes()[8:])
    refused(file, "no safetensors file")


CHANGES = {
    "format": [None, "other"],
    "format_version": [None, "2", "x"],
    "layers": [
        None,
        "[6]",
        "[6, 4, -3]",
        "[6, 4, 3.0]",
        "[6, true, 3]",
        "{}",
        "not json",
        "[9999999, 9999999]",
        "[" * 100000,
    ],
    "activation": [None, "eval", ""],
    "labels": [None, '["A"]', '["A", "A", ""]', "[1, 2, 3]", '"ABC"', "null"],
    "crop": [None, "{}", "[]", '{"height": 2}'],
    "training": [None, "[]", "x"],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in CHANGES.items() for value in values])
def test_a_wrong_header(file, key, value):
    header, body = split(file)
    if value is None:
        del header["__metadata__"][key]
    else:
        header["__metadata__"][key] = value
    join(file, header, body)
    refused(file)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("height", 7),
        ("height", "2"),
        ("width", -3),
        ("margin", 0.5),
        ("margin", "x"),
        ("level", "page"),
        ("of", "air"),
        ("polarity", "up"),
        ("even_strokes", 1),
        ("height", True),
    ],
)
def test_a_wrong_crop(file, key, value):
    header, body = split(file)
    crop = json.loads(header["__metadata__"]["crop"])
    header["__metadata__"]["crop"] = json.dumps(crop | {key: value})
    join(file, header, body)
    refused(file, "crop")


def test_no_metadata_at_all(file):
    file.write_bytes(save({"0.weight": np.zeros((2, 2), np.float32)}))
    refused(file, "header")


def change_tensor(file, model, **tensors):
    header, _ = split(file)
    kept = {}
    for number, layer in enumerate(model.network.layers):
        kept |= {f"{number}.weight": layer.weight, f"{number}.bias": layer.bias}
    kept |= tensors
    file.write_bytes(save({k: v for k, v in kept.items() if v is not None}, header["__metadata__"]))


@pytest.mark.parametrize(
    ("name", "tensor", "word"),
    [
        ("0.weight", np.zeros((4, 6), np.float32), "shape (4, 6)"),
        ("0.weight", np.zeros((6, 4), np.int32), "I32"),
        ("1.bias", np.array([0, np.nan, 0], np.float32), "not finite"),
        ("1.bias", None, "holds the tensors"),
        ("2.extra", np.zeros(1, np.float32), "2.extra"),
    ],
)
def test_a_wrong_tensor(file, model, name, tensor, word):
    change_tensor(file, model, **{name: tensor})
    refused(file, word)


@pytest.mark.parametrize("name", sorted(path.name for path in WEIGHTS.glob("*.safetensors")))
def test_what_is_shipped_loads(name):
    model = load_model(WEIGHTS / name, autoencoder=name.startswith("autoencoder"))
    assert model.licence
    assert "UNIPEN" in model.source
    assert (WEIGHTS / name).stat().st_size < 3_000_000
    crops = np.zeros((2, model.crop.height, model.crop.width), np.float32)
    if not model.labels:
        assert model.reconstructions(crops).shape == crops.shape
        return
    assert {"A", "Z", "0", "9"} <= set(model.labels)
    assert model.probabilities(crops).shape == (2, len(model.labels))
