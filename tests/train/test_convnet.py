"""What PyTorch trains, NumPy reads: alike to 1e-4."""

import json
from dataclasses import replace

import numpy as np
import pytest

from ocrpipe.nn import Crop, Model, load_model, save_model

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'ocrpipe[torch]'")

# ruff: noqa: E402 (the rest needs PyTorch)
from ocrpipe.train import convnet
from ocrpipe.train.convnet import CAPITALS, PLANS, scribe, stack_of, take_over, torch_network, warp
from ocrpipe.train.draw import plain_look
from ocrpipe.train.measure import crops_for, measure
from ocrpipe.train.rivals import Scribe
from ocrpipe.train.scenes import artists
from ocrpipe.train.strokes import in_test


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(5)
    network = torch_network(CAPITALS)
    network.train()
    for _ in range(20):  # so that the normalisation has something to fold
        network(torch.rand(32, 1, 32, 32) * 2 - 0.3)
    with torch.no_grad():
        for part in network.parameters():
            part += 0.02 * torch.randn(part.shape)
        network[-1].weight *= 10
    return network.eval()


def test_both_read_alike(network, tmp_path):
    save_model(
        tmp_path / "net.safetensors",
        Model(stack_of(network, 32, 32), CAPITALS.labels, Crop(features="pixels")),
    )
    crops = np.random.default_rng(0).random((100, 32, 32), np.float32)
    with torch.no_grad():
        theirs = network(torch.from_numpy(crops)[:, None]).softmax(dim=1).numpy()
    ours = load_model(tmp_path / "net.safetensors").probabilities(crops)
    assert theirs.max() > 0.3  # they say something
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_another_network_takes_over_what_was_trained(network):
    other = torch_network(CAPITALS)
    pictures = torch.rand(200, 1, 32, 32)
    take_over(other, stack_of(network, 32, 32), pictures)
    with torch.no_grad():
        torch.testing.assert_close(other.eval()(pictures[:50]), network(pictures[:50]), atol=1e-3, rtol=1e-3)


def test_both_layers_gradients_are_alike(network):
    stack = stack_of(network, 32, 32)
    crops = np.random.default_rng(0).random((8, 32, 32), np.float32)
    targets = np.eye(37, dtype=np.float32)[np.arange(8)]
    loss, gradients = stack.gradients(crops, targets)
    network.zero_grad()
    theirs = torch.nn.functional.cross_entropy(network(torch.from_numpy(crops)[:, None]), torch.arange(8))
    theirs.backward()
    assert loss == pytest.approx(theirs.item(), abs=1e-4)
    np.testing.assert_allclose(gradients[-1], network[-1].bias.grad.numpy(), atol=1e-4)
    np.testing.assert_allclose(gradients[-2].T, network[-1].weight.grad.numpy(), atol=1e-4)


def test_a_warp_is_small_and_keeps_the_ink():
    pictures = torch.zeros(50, 1, 32, 32)
    pictures[:, :, 6:26, 13:19] = 1
    warped = warp(pictures, torch.Generator().manual_seed(1))
    assert warped.shape == pictures.shape
    assert float(warped.min()) >= 0
    assert float(warped.max()) <= 1.001
    share = warped.sum(dim=(1, 2, 3)) / 120
    assert float(share.min()) > 0.75
    assert float(share.max()) < 1.3


@pytest.fixture
def data(tmp_path):
    """Write strokes of every sign of every plan, by a training writer and by a test writer."""
    rng = np.random.default_rng(0)
    signs = sorted({label for plan in PLANS.values() for label in plan.letters})
    writers = [next(f"w{n}" for n in range(99) if in_test(f"w{n}") == test) for test in (False, True)]
    rows = []
    for sign in (*signs, "~"):
        strokes = [rng.integers(0, 50, (6, 2)).tolist()]
        rows += [{"label": sign, "writer": writer, "strokes": strokes} for writer in writers]
    (tmp_path / "strokes.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return tmp_path


@pytest.mark.parametrize("name", sorted(PLANS))
def test_the_command_writes_the_same_file_again(data, monkeypatch, name):
    plan = PLANS[name]
    small = replace(plan, layers=(4, 4, 4, 4, 16, plan.layers[-1]), rounds=1, drawn=90, learned=64, batch=32)
    monkeypatch.setitem(PLANS, name, small)
    monkeypatch.setattr(convnet, "measure", lambda model, artist: measure(model, artist, number=60))
    for out in ("one", "two"):
        convnet.main([name, "--data", str(data), "--out", str(data / f"{out}.safetensors")])
    assert (data / "one.safetensors").read_bytes() == (data / "two.safetensors").read_bytes()
    model = load_model(data / "one.safetensors")
    assert model.labels == plan.labels
    assert model.training["plan"]["cut_share"] == plan.cut_share
    assert {"letters", "clean", "auc"} <= set(model.training["test"])
    assert not list(data.glob("*unfinished*"))


def test_it_learns(data):
    plan = replace(
        CAPITALS, labels=("A", "B", "C"), layers=(8, 8, 8, 16, 32, 3), rounds=1, drawn=300, learned=4800, batch=32
    )
    ours, _ = artists(data, None, replace(plan, junk_share=0.0))
    model = convnet.kept_model(convnet.train(ours, plan), plan, {})
    masks, truth = replace(ours, looks=plain_look).draw(60, np.random.default_rng(1))
    read = [model.labels[n] for n in model.probabilities(crops_for(model, masks)).argmax(axis=1)]
    assert np.mean([a == b for a, b in zip(truth, read, strict=True)]) > 0.7  # a third by chance


def test_only_a_plan_with_cut_scenes_wants_a_scribe(data):
    for name, plan in PLANS.items():
        ours, _ = artists(data, None, plan)
        assert isinstance(scribe(ours, plan, None), Scribe) == name.startswith("capitals")
