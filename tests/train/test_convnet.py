"""What PyTorch trains, NumPy reads: alike to 1e-4."""

import numpy as np
import pytest

from ocrpipe.nn import Crop, Model, load_model, save_model

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'ocrpipe[torch]'")

from ocrpipe.train.convnet import CONVNET, stack_of, torch_network, warp  # noqa: E402 (it needs PyTorch)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(5)
    network = torch_network(CONVNET)
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
        Model(stack_of(network, 32, 32), CONVNET.labels, Crop(features="pixels")),
    )
    crops = np.random.default_rng(0).random((100, 32, 32), np.float32)
    with torch.no_grad():
        theirs = network(torch.from_numpy(crops)[:, None]).softmax(dim=1).numpy()
    ours = load_model(tmp_path / "net.safetensors").probabilities(crops)
    assert theirs.max() > 0.3  # they say something
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


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
