"""Train the convolutional network with PyTorch: ``python -m ocrpipe.train.convnet --data DIR --out FILE``.

Needs the extra ``ocrpipe[torch]``; what it writes is read by NumPy alone. As in `ocrpipe.train.letters` a second
process draws round after round of new scenes while this one learns; half of them are cut out of written pages by the
letter finder (`ocrpipe.train.rivals`).

While it learns, every layer's sums are normalised over the batch (batch normalisation; Ioffe & Szegedy, ICML 2015); for
reading that is folded into the weights. What is kept is a running mean of the weights (Polyak & Juditsky, SIAM J.
Control Optim. 30, 1992), which reads better than the last of them.
"""

from __future__ import annotations

import argparse
import copy
import logging
import math
import time
from collections import deque
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

try:
    import torch
    from torch import nn
except ImportError as error:
    raise ImportError("training a convnet needs PyTorch: pip install 'ocrpipe[torch]'") from error

from ocrpipe.nn import WEIGHTS, Convolution, Crop, Dense, Dropout, Flatten, Layer, Model, Stack, load_model, save_model
from ocrpipe.train.cuts import LABELS
from ocrpipe.train.letters import SOURCE, Plan, _rounds, artists
from ocrpipe.train.measure import measure
from ocrpipe.train.rivals import Scribe

__all__ = ["CONVNET", "ConvPlan", "main", "stack_of", "torch_network", "train"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ConvPlan(Plan):
    """All that decides a training run, but for its data.

    `layers` are the outputs: of the convolutions but for the last three, then the last convolution's, the hidden
    layer's and the classes. `strides` are the convolutions'. `decay` pulls weights towards 0, `mean` is how slowly the
    running mean of the weights follows, and `warped` is the share of scenes that are bent a little once more each time
    they are learned from.
    """

    strides: tuple[int, ...] = (2, 2, 1, 2)
    decay: float = 0.02
    mean: float = 0.999
    warped: float = 0.5


CONVNET = ConvPlan(
    layers=(12, 32, 32, 64, 160, 37),
    labels=(*LABELS, ""),
    crop=Crop(features="pixels"),
    activation="relu",
    rounds=40,
    drawn=20000,
    kept=30,
    learned=75000,
    batch=256,
    rate=0.003,
    drop=0.2,
    smoothing=0.02,
    junk_share=0.3,
    font_share=0.22,
)
"""The network `capitals-conv`."""


def torch_network(plan: ConvPlan) -> nn.Sequential:
    """Make the untrained network: convolutions, a hidden layer, scores."""
    *convolutions, hidden, classes = plan.layers
    layers: list[nn.Module] = []
    inputs, height, width = 1, plan.crop.height, plan.crop.width
    for number, (outputs, stride) in enumerate(zip(convolutions, plan.strides, strict=True)):
        kernel = 3 if number else 5
        layers.append(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False))
        layers += [nn.BatchNorm2d(outputs), nn.ReLU()]
        inputs, height, width = outputs, -(-height // stride), -(-width // stride)
    layers += [nn.Flatten(), nn.Dropout(plan.drop)]
    layers += [nn.Linear(inputs * height * width, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU()]
    layers += [nn.Dropout(plan.drop), nn.Linear(hidden, classes)]
    return nn.Sequential(*layers)


def stack_of(network: nn.Sequential, height: int, width: int) -> Stack:
    """Make the same network of NumPy layers, the normalisation folded into the weights before it.

    PyTorch's weights of a convolution have the shape (outputs, inputs, kernel, kernel), and its pictures' channels
    stand first: what it flattens is put into the order of pictures whose channels stand last.
    """
    layers: list[Layer] = []
    modules = list(network)
    channels = 0
    for module, after in zip(modules, [*modules[1:], nn.Identity()], strict=True):
        if isinstance(module, nn.Conv2d):
            weight, bias = _folded(module, after)
            kernel = np.ascontiguousarray(weight.transpose(2, 3, 1, 0))
            layers.append(Convolution(kernel, bias, "relu", int(module.stride[0]), int(module.padding[0])))
            channels = len(weight)
        elif isinstance(module, nn.Linear):
            weight, bias = _folded(module, after)
            if channels:
                first = weight.reshape(len(weight), channels, -1)
                weight, channels = first.transpose(0, 2, 1).reshape(len(weight), -1), 0
            name = "relu" if isinstance(after, nn.BatchNorm1d) else "linear"
            layers.append(Dense(np.ascontiguousarray(weight.T), bias, name))
        elif isinstance(module, nn.Flatten):
            layers.append(Flatten())
        elif isinstance(module, nn.Dropout):
            layers.append(Dropout(module.p))
    return Stack(layers, height, width)


def _folded(module: nn.Conv2d | nn.Linear, after: nn.Module) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Give a layer's weight and bias, with the normalisation after it, if any, worked in."""
    weight = module.weight.detach().double().numpy()
    bias = np.zeros(len(weight)) if module.bias is None else module.bias.detach().double().numpy()
    if isinstance(after, nn.BatchNorm1d | nn.BatchNorm2d):
        assert after.running_mean is not None
        assert after.running_var is not None
        mean, var = (part.double().numpy() for part in (after.running_mean, after.running_var))
        scale = after.weight.detach().double().numpy() / np.sqrt(var + after.eps)
        weight = weight * scale.reshape(-1, *[1] * (weight.ndim - 1))
        bias = (bias - mean) * scale + after.bias.detach().double().numpy()
    return weight.astype(np.float32), bias.astype(np.float32)


def warp(pictures: torch.Tensor, draw: torch.Generator) -> torch.Tensor:
    """Turn, slant, stretch, shift and bend each picture (n, 1, height, width) a little.

    The bends are slow: random shifts of a coarse mesh, a pixel or less (after Simard, Steinkraus and Platt, "Best
    practices for convolutional neural networks applied to visual document analysis", ICDAR 2003).
    """
    n, _, height, width = pictures.shape
    turn, slant, wide, high = torch.tensor([[0.05], [0.055], [0.03], [0.03]]) * torch.randn(4, n, generator=draw)
    matrix = torch.zeros(n, 2, 3)
    matrix[:, 0, 0], matrix[:, 0, 1] = turn.cos() / (1 + wide), slant - turn.sin()
    matrix[:, 1, 0], matrix[:, 1, 1] = turn.sin(), turn.cos() / (1 + high)
    matrix[:, :, 2] = 0.025 * torch.randn(n, 2, generator=draw)
    grid = nn.functional.affine_grid(matrix, [n, 1, height, width], align_corners=False)
    reach = 0.04 * torch.randn(n, 1, 1, 1, generator=draw).abs()
    mesh = reach * torch.randn(n, 2, 5, 5, generator=draw)
    bends = nn.functional.interpolate(mesh, (height, width), mode="bilinear", align_corners=True)
    return nn.functional.grid_sample(pictures, grid + bends.permute(0, 2, 3, 1), align_corners=False)


def train(artist: Scribe, plan: ConvPlan, threads: int = 1) -> nn.Sequential:
    """Train a network as planned; gives the running mean of its weights."""
    torch.set_num_threads(threads)
    torch.manual_seed(plan.seed)
    draw = torch.Generator().manual_seed(plan.seed)
    network = torch_network(plan).to(memory_format=torch.channels_last)
    mean = copy.deepcopy(network)
    kept: deque[tuple[npt.NDArray[np.uint8], npt.NDArray[np.intp]]] = deque(maxlen=plan.kept)
    matrices = [part for part in network.parameters() if part.ndim > 1]
    others = [part for part in network.parameters() if part.ndim < 2]
    groups = [{"params": matrices, "weight_decay": plan.decay}, {"params": others, "weight_decay": 0.0}]
    descent = torch.optim.AdamW(groups, lr=plan.rate)
    steps_a_round = plan.learned // plan.batch
    step, start = 0, time.perf_counter()
    for number, drawn in enumerate(_rounds(artist, plan)):
        kept.append(drawn)
        crops = torch.from_numpy(np.concatenate([pair[0] for pair in kept]))
        classes = torch.from_numpy(np.concatenate([pair[1] for pair in kept])).long()
        network.train()
        losses = []
        for some in _batches(len(crops), steps_a_round, plan.batch, draw):
            pictures = crops[some][:, None].float() / 255
            bent = int(plan.warped * plan.batch)
            pictures = torch.cat([warp(pictures[:bent], draw), pictures[bent:]])
            scores = network(pictures.contiguous(memory_format=torch.channels_last))
            loss = nn.functional.cross_entropy(scores, classes[some], label_smoothing=plan.smoothing)
            done = step / (plan.rounds * steps_a_round)
            for group in descent.param_groups:
                group["lr"] = plan.rate * min(1, (step + 1) / 200) * 0.5 * (1 + math.cos(math.pi * done))
            descent.zero_grad()
            loss.backward()
            descent.step()
            step += 1
            _follow(mean, network, min(plan.mean, step / (step + 10)))
            losses.append(loss.item())
        log.info("round %d: loss %.4f, %.0f s", number + 1, np.mean(losses), time.perf_counter() - start)
    return mean.eval()


def _batches(count: int, number: int, size: int, draw: torch.Generator) -> list[torch.Tensor]:
    """Give `number` batches of indices below `count`, each index as often as any other, or once more."""
    rounds = math.ceil(number * size / count)
    order = torch.cat([torch.randperm(count, generator=draw) for _ in range(rounds)])
    return list(order[: number * size].split(size))


def _follow(mean: nn.Module, network: nn.Module, keep: float) -> None:
    """Move the running mean of all weights a step towards those of the network."""
    with torch.no_grad():
        for old, new in zip(mean.state_dict().values(), network.state_dict().values(), strict=True):
            if old.is_floating_point():
                old.lerp_(new, 1 - keep)
            else:
                old.copy_(new)


def kept_model(network: nn.Sequential, plan: ConvPlan, training: dict[str, Any]) -> Model:
    """Make the model that is written, its weights rounded to what the file keeps."""
    stack = stack_of(network, plan.crop.height, plan.crop.width)
    for part in stack.parameters:
        part[...] = part.astype(np.float16)
    return Model(stack, plan.labels, plan.crop, "CC BY 4.0 (data)", SOURCE, training)


def main(arguments: list[str] | None = None) -> None:
    """Train, measure on test writers, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the unipen-*.jsonl.gz")
    parser.add_argument("--fonts", type=Path, help="a folder of TrueType fonts to draw with as well")
    parser.add_argument("--out", type=Path, required=True, help="the weights file to write")
    parser.add_argument(
        "--critic",
        type=Path,
        default=WEIGHTS / "capitals.safetensors",
        help="weights that read already: what they take for a letter is seldom shown as junk",
    )
    parser.add_argument("--rounds", type=int, default=CONVNET.rounds, help="fewer or more rounds than planned")
    parser.add_argument("--threads", type=int, default=1, help="how many threads PyTorch may use")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    plan = replace(CONVNET, seed=chosen.seed, rounds=chosen.rounds)
    ours, others = artists(chosen.data, chosen.fonts, plan)
    critic = load_model(chosen.critic)
    scribe = Scribe(ours.samples, ours.fonts, ours.font_share, ours.junk_share, critic=critic)
    network = train(scribe, plan, chosen.threads)
    figures = measure(kept_model(network, plan, {}), others)
    log.info("%s", figures)
    settings = {key: value for key, value in asdict(plan).items() if key not in ("labels", "crop")}
    training = {"plan": settings, "test": figures, "fonts": len(ours.fonts)}
    save_model(chosen.out, kept_model(network, plan, training), np.float16)


if __name__ == "__main__":
    main()
