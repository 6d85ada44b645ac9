import json
import struct

import numpy as np
import pytest

from ocrpipe.nn import (
    SGD,
    Convolution,
    Crop,
    Dense,
    Dropout,
    Flatten,
    MaxPool,
    Model,
    Stack,
    he_normal,
    load_model,
    one_hot,
    save_model,
)


def small(dtype=np.float64, activation="tanh"):
    rng = np.random.default_rng(3)
    layers = [
        Convolution.fresh(3, 1, 3, rng, activation, stride=2, padding=1, dtype=dtype),
        Convolution.fresh(2, 3, 4, rng, activation, dtype=dtype),
        MaxPool(2),
        Flatten(),
        Dropout(0.4),
        Dense.fresh(4, 5, activation, rng, dtype),
        Dense.fresh(5, 3, "linear", rng, dtype),
    ]
    for part in layers[0].parameters + layers[1].parameters:
        part += rng.normal(0, 0.1, part.shape)
    return Stack(layers, 8, 7)


def batch(stack, number=5):
    rng = np.random.default_rng(0)
    x = rng.random((number, stack.height, stack.width))
    return x, one_hot(rng.integers(0, 3, number), 3, smoothing=0.1).astype(np.float64)


@pytest.mark.parametrize("seed", [None, 9])
def test_gradients_against_finite_differences(seed):
    stack = small()
    x, targets = batch(stack)

    def loss():
        return stack.gradients(x, targets, None if seed is None else np.random.default_rng(seed))

    _, gradients = loss()
    assert len(gradients) == len(stack.parameters)
    for part, gradient in zip(stack.parameters, gradients, strict=True):
        assert gradient.shape == part.shape
        for index in list(np.ndindex(part.shape))[::3]:
            kept, losses = part[index], []
            for step in (1e-6, -1e-6):
                part[index] = kept + step
                losses.append(loss()[0])
            part[index] = kept
            assert gradient[index] == pytest.approx((losses[0] - losses[1]) / 2e-6, abs=1e-7)


@pytest.mark.parametrize(
    "layer",
    [
        Convolution(np.random.default_rng(1).normal(size=(3, 3, 2, 3)), np.ones(3), "sigmoid", stride=2, padding=2),
        Convolution(np.random.default_rng(1).normal(size=(2, 2, 2, 3)), np.ones(3), "linear", stride=3),
        MaxPool(2),
        MaxPool(3),
        Flatten(),
    ],
)
def test_a_layers_gradient_by_its_input(layer):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(2, 7, 6, 2))
    output = layer.forward(x)
    assert output.shape[1:] == layer.shape_after(x.shape[1:])
    pull = rng.normal(size=output.shape)
    gradient, _ = layer.backward(x, output, pull)
    for index in list(np.ndindex(x.shape))[::5]:
        kept, sums = x[index], []
        for step in (1e-6, -1e-6):
            x[index] = kept + step
            sums.append((layer.forward(x) * pull).sum())
        x[index] = kept
        assert gradient[index] == pytest.approx((sums[0] - sums[1]) / 2e-6, abs=1e-6)


def slow(layer, x):
    """A convolution as it is written in books: no tricks."""
    n, height, width, _ = x.shape
    kernel, stride, padding = layer.weight.shape[0], layer.stride, layer.padding
    padded = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    rows, columns = ((side + 2 * padding - kernel) // stride + 1 for side in (height, width))
    out = np.empty((n, rows, columns, layer.weight.shape[3]))
    for row in range(rows):
        for column in range(columns):
            seen = padded[:, row * stride : row * stride + kernel, column * stride : column * stride + kernel]
            out[:, row, column] = np.tensordot(seen, layer.weight, 3) + layer.bias
    return np.maximum(out, 0)


@pytest.mark.parametrize("inputs", [1, 3])
@pytest.mark.parametrize("width", [8, 11, 16, 32])
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(5, 2, 2), (3, 1, 1), (3, 2, 0), (1, 1, 0), (4, 3, 3)])
def test_forward_is_what_books_say(inputs, width, kernel, stride, padding):
    rng = np.random.default_rng(4)
    layer = Convolution.fresh(kernel, inputs, 6, rng, "relu", stride, padding, np.float64)
    layer.bias[:] = rng.normal(size=6)
    x = rng.normal(size=(3, 9, width, inputs))
    np.testing.assert_allclose(layer.forward(x), slow(layer, x), atol=1e-12)


def test_reading_stays_float32_takes_any_number_and_does_not_depend_on_the_company():
    stack = small(np.float32, "relu")
    crops = np.random.default_rng(0).random((70, 8, 7), np.float32)
    found = stack.probabilities(crops)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.concatenate([stack.probabilities(crop[None]) for crop in crops]), atol=1e-6)
    np.testing.assert_array_equal(found, stack.probabilities(crops.reshape(70, 56)))
    assert stack.probabilities(crops[:0]).shape == (0, 3)


def test_it_learns_where_a_line_lies():
    rng = np.random.default_rng(0)
    x = rng.random((60, 8, 7), np.float32) * np.float32(0.3)
    upright = np.arange(60) % 2 == 0
    for crop, up in zip(x, upright, strict=True):
        place = rng.integers(1, 6)
        crop[(slice(None), place) if up else (place, slice(None))] += 1
    stack = small(np.float32, "relu")
    targets = one_hot(upright.astype(int), 3)
    descent = SGD(stack.parameters, 0.1)
    for _ in range(200):
        descent.step(stack.gradients(x, targets)[1])
    assert (stack.probabilities(x).argmax(axis=1) == upright).all()


def test_he_normal_keeps_the_signal_through_relu():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 300))
    for _ in range(8):
        x = np.maximum(x @ he_normal(300, 300, rng), 0)
    assert 0.5 < np.square(x).mean() * 2 / 2 < 2
    np.testing.assert_array_equal(he_normal(3, 4, np.random.default_rng(1)), he_normal(3, 4, np.random.default_rng(1)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Convolution(np.zeros((3, 2, 1, 4)), np.zeros(4)), "weight of shape"),
        (lambda: Convolution(np.zeros((3, 3, 1, 4)), np.zeros(3)), "weight of shape"),
        (lambda: Convolution(np.zeros((3, 3, 1, 4)), np.zeros(4), stride=0), "stride"),
        (lambda: Convolution(np.zeros((3, 3, 1, 4)), np.zeros(4), padding=3), "padding"),
        (lambda: MaxPool(0), "size"),
        (lambda: Dropout(1.0), "share"),
        (lambda: Stack([Flatten(), MaxPool(2)], 4, 4), "layer 1 .maxpool."),
        (lambda: Stack([Convolution(np.zeros((5, 5, 1, 4)), np.zeros(4)), Flatten()], 4, 4), "does not fit"),
        (lambda: Stack([Convolution(np.zeros((3, 3, 2, 4)), np.zeros(4)), Flatten()], 4, 4), r"\(height, width, 2\)"),
        (lambda: Stack([Flatten(), Dense(np.zeros((9, 2)), np.zeros(2))], 4, 4), "wants 9 numbers"),
        (lambda: Stack([MaxPool(2)], 4, 4), "scores are wanted"),
        (lambda: Stack([Flatten()], 4000, 4000), "at most"),
    ],
)
def test_what_cannot_be_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.fixture
def file(tmp_path):
    stack = small(np.float32, "relu")
    path = tmp_path / "net.safetensors"
    save_model(path, Model(stack, ("A", "B", ""), Crop(height=8, width=7, features="pixels"), "CC0", "", {"a": 1}))
    return path


def test_round_trip(file):
    back, stack = load_model(file), small(np.float32, "relu")
    assert back.network.described() == stack.described()
    assert (back.labels, back.licence, back.training) == (("A", "B", ""), "CC0", {"a": 1})
    crops = np.random.default_rng(0).random((4, 8, 7), np.float32)
    np.testing.assert_array_equal(back.probabilities(crops), stack.probabilities(crops))


def rewritten(path, **changes):
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    header["__metadata__"] |= changes
    new = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(new)) + new + raw[8 + length :])


def changed(number, **fields):
    layers = small().described()
    layers[number] |= fields
    return json.dumps(layers)


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ("[]", "1 to 100 layers"),
        ("[1, {}]", "layer 0"),
        ('[{"kind": "eval"}]', "no known kind"),
        ('[{"kind": ["dense"]}]', "no known kind"),
        ('[{"kind": "flatten", "also": 1}]', "just the keys"),
        ('[{"kind": "flatten"}]', "end in a dense layer"),
        (changed(0, kernel=99999999, inputs=99999999), "more than"),
        (changed(0, kernel=5), "shape"),
        (changed(0, kernel=True), "impossible kernel"),
        (changed(0, stride=0), "impossible stride"),
        (changed(0, stride=9), "layers do not fit"),
        (changed(0, padding=-1), "impossible padding"),
        (changed(0, padding=5), "layers do not fit"),
        (changed(0, outputs=1e9), "impossible outputs"),
        (changed(0, activation="os.system"), "impossible activation"),
        (changed(2, size=10**12), "impossible size"),
        (changed(2, size=4), "layers do not fit"),
        (changed(4, share=1.0), "impossible share"),
        (changed(4, share=float("nan")), "impossible share"),
        (json.dumps([about for about in small().described() if about["kind"] != "dropout"]), "it holds the tensors"),
    ],
)
def test_a_hostile_header(file, layers, words):
    rewritten(file, layers=layers)
    with pytest.raises(ValueError, match=words) as caught:
        load_model(file)
    assert str(caught.value).startswith(str(file))
    assert "give a file that ocrpipe" in str(caught.value)


@pytest.mark.parametrize(
    "crop",
    [
        Crop(height=8, width=9, features="pixels"),
        Crop(height=8, width=8),
        Crop(height=2048, width=2048, features="pixels"),
    ],
)
def test_a_crop_that_does_not_fit(file, crop):
    rewritten(file, crop=json.dumps(vars(crop)))
    with pytest.raises(ValueError, match="give a file that ocrpipe"):
        load_model(file)
