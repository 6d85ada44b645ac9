"""Train a convolutional network with PyTorch: ``python -m ocrpipe.train.convnet capitals --data DIR --out FILE``.

Needs the extra ``ocrpipe[torch]``; what it writes is read by NumPy alone. A second process draws round after round of
new scenes while this one learns (`ocrpipe.train.scenes`). For `capitals` many of them are cut out of written pages by
the letter finder (`ocrpipe.train.rivals`).

While it learns, every layer's sums are normalised over the batch (batch normalisation; Ioffe & Szegedy, ICML 2015); for
reading that is folded into the weights. What is kept is a running mean of the weights (Polyak & Juditsky, SIAM J.
Control Optim. 30, 1992), which reads better than the last of them.
"""

from __future__ import annotations

import argparse
import copy
import logging
import math
import string
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
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
from ocrpipe.train.cuts import LABELS, Artist
from ocrpipe.train.measure import measure
from ocrpipe.train.rivals import Scribe
from ocrpipe.train.scenes import LICENCE, SOURCE, Plan, Pool, artists, rounds

__all__ = [
    "CAPITALS",
    "FIRST",
    "FIRST_LETTERS",
    "LETTERS",
    "PLANS",
    "ConvPlan",
    "main",
    "stack_of",
    "torch_network",
    "train",
]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ConvPlan(Plan):
    """All that decides a training run, but for its data.

    `layers` are the outputs: of the convolutions, the hidden layer's and the classes. `strides` are the convolutions'.
    `cut_share` of the scenes are cut out of written pages. `decay` pulls weights towards 0, `mean` is how slowly the
    running mean of the weights follows, and `warped` is the share of scenes that are bent a little once more each time
    they are learned from.
    """

    strides: tuple[int, ...] = (2, 2, 1, 2)
    cut_share: float = 0.0
    decay: float = 0.02
    mean: float = 0.999
    warped: float = 0.6


FIRST = ConvPlan(
    layers=(16, 40, 40, 80, 192, 37),
    crop=Crop(features="pixels"),
    rounds=40,
    drawn=15000,
    kept=40,
    learned=60000,
    batch=256,
    rate=0.003,
    drop=0.2,
    smoothing=0.02,
    counted=0.5,
    wide=True,
    cut_share=0.4,
)
"""The first leg of `capitals`: A-Z and 0-9."""

CAPITALS = replace(
    FIRST,
    rounds=38,
    drawn=20000,
    kept=38,
    rate=0.0015,
    junk_share=0.26,
    counted=0.8,
    calm=0.4,
    cut_share=0.32,
    seed=2,
)
"""The second leg of `capitals`, which goes on from the first with new scenes, more of them drawn with a calm pen."""

FIRST_LETTERS = replace(
    FIRST,
    layers=(16, 48, 48, 96, 256, 82),
    labels=(*LABELS, *string.ascii_lowercase, *".,:;!?'\"-/()&@#%+=*", ""),
    rounds=18,
    drawn=20000,
    kept=18,
    junk_share=0.12,
    counted=0.6,
    cut_share=0.0,
)
"""The first leg of `letters`: A-Z, 0-9, a-z and the commonest other signs."""

LETTERS = replace(FIRST_LETTERS, rounds=40, kept=40, rate=0.002, junk_share=0.1, counted=0.9, calm=0.5, seed=2)
"""The second leg of `letters`."""

PLANS = {
    "capitals-first": FIRST,
    "capitals": CAPITALS,
    "letters-first": FIRST_LETTERS,
    "letters": LETTERS,
}


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


def take_over(network: nn.Sequential, stack: Stack, pictures: torch.Tensor) -> None:
    """Give an untrained network another's weights, the normalisation set so that both read alike.

    `stack_of` folded the normalisation away. What it is again is seen on pictures (n, 1, height, width): each layer's
    sums are normalised by their own mean and deviation, and scaled back by the same.
    """
    trained = iter([layer for layer in stack.layers if isinstance(layer, Convolution | Dense)])
    modules = list(network)
    channels = 0
    signal = pictures
    network.eval()
    with torch.no_grad():
        for module, after in zip(modules, [*modules[1:], nn.Identity()], strict=True):
            if not isinstance(module, nn.Conv2d | nn.Linear):
                signal = module(signal)
                continue
            layer = next(trained)
            if isinstance(layer, Convolution):
                weight, channels = layer.weight.transpose(3, 2, 0, 1), layer.weight.shape[3]
            else:
                weight = layer.weight.T
                if channels:
                    first = weight.reshape(len(weight), -1, channels)
                    weight, channels = first.transpose(0, 2, 1).reshape(len(weight), -1), 0
            module.weight.copy_(torch.from_numpy(np.ascontiguousarray(weight)))
            bias = torch.from_numpy(np.ascontiguousarray(layer.bias))
            signal = module(signal)
            if isinstance(after, nn.BatchNorm1d | nn.BatchNorm2d):
                _set_normal(after, signal, bias)
            else:
                module.bias.copy_(bias)


def _set_normal(normal: nn.BatchNorm1d | nn.BatchNorm2d, sums: torch.Tensor, bias: torch.Tensor) -> None:
    """Let a normalisation add a bias to a layer's sums, and do nothing else."""
    every = sums.transpose(0, 1).flatten(1)
    mean, var = every.mean(dim=1), every.var(dim=1)
    normal.running_mean.copy_(mean)
    normal.running_var.copy_(var)
    normal.weight.copy_((var + normal.eps).sqrt())
    normal.bias.copy_(mean + bias)


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


def train(
    artist: Artist,
    plan: ConvPlan,
    threads: int = 1,
    keep: Callable[[nn.Sequential], None] | None = None,
    start: Stack | None = None,
) -> nn.Sequential:
    """Train a network as planned; gives the running mean of its weights.

    Parameters
    ----------
    artist : Artist
        Draws the scenes.
    plan : ConvPlan
    threads : int
        How many threads PyTorch may use.
    keep : callable, optional
        Called with the mean network after each round.
    start : Stack, optional
        The network that it goes on from.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(plan.seed)
    draw = torch.Generator().manual_seed(plan.seed)
    network = torch_network(plan).to(memory_format=torch.channels_last)
    mean = network
    pool = Pool(plan)
    matrices = [part for part in network.parameters() if part.ndim > 1]
    others = [part for part in network.parameters() if part.ndim < 2]
    groups = [{"params": matrices, "weight_decay": plan.decay}, {"params": others, "weight_decay": 0.0}]
    descent = torch.optim.AdamW(groups, lr=plan.rate)
    steps_a_round = plan.learned // plan.batch
    step, began = 0, time.perf_counter()
    for number, drawn in enumerate(rounds(artist, plan)):
        pool.add(*drawn)
        if not number:
            if start is not None:
                take_over(network, start, torch.from_numpy(drawn[0])[:, None].float() / 255)
            mean = copy.deepcopy(network)
        network.train()
        losses = []
        for some in _batches(len(pool), steps_a_round, plan.batch, draw):
            crops, classes = map(torch.from_numpy, pool.take(some.numpy()))
            pictures = crops[:, None].float() / 255
            bent = int(plan.warped * plan.batch)
            pictures = torch.cat([warp(pictures[:bent], draw), pictures[bent:]])
            scores = network(pictures.contiguous(memory_format=torch.channels_last))
            loss = nn.functional.cross_entropy(scores, classes, label_smoothing=plan.smoothing)
            done = step / (plan.rounds * steps_a_round)
            for group in descent.param_groups:
                group["lr"] = plan.rate * min(1, (step + 1) / 200) * 0.5 * (1 + math.cos(math.pi * done))
            descent.zero_grad()
            loss.backward()
            descent.step()
            step += 1
            _follow(mean, network, min(plan.mean, step / (step + 10)))
            losses.append(loss.item())
        log.info("round %d: loss %.4f, %.0f s", number + 1, np.mean(losses), time.perf_counter() - began)
        if keep:
            keep(mean)
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
    return Model(stack, plan.labels, plan.crop, LICENCE, SOURCE, training)


def scribe(artist: Artist, plan: ConvPlan, critic: Path | None) -> Artist:
    """Let an artist cut a share of the scenes out of written pages, if the plan says so."""
    if not plan.cut_share:
        return artist
    same = {one.name: getattr(artist, one.name) for one in fields(Artist) if one.init}
    return Scribe(**same, cut_share=plan.cut_share, critic=load_model(critic) if critic else None)


def _stack(path: Path) -> Stack:
    """Load a convnet to go on from."""
    network = load_model(path).network
    if not isinstance(network, Stack):
        raise ValueError(f"{path}: it is no convnet")
    return network


def main(arguments: list[str] | None = None) -> None:
    """Train, measure on test writers, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("network", choices=sorted(PLANS), help="which network to make")
    parser.add_argument("--data", type=Path, required=True, help="the folder of the unipen-*.jsonl.gz")
    parser.add_argument("--fonts", type=Path, help="a folder of TrueType fonts to draw with as well")
    parser.add_argument("--out", type=Path, required=True, help="the weights file to write")
    parser.add_argument(
        "--critic",
        type=Path,
        default=WEIGHTS / "capitals-mlp.safetensors",
        help="weights that read already: what they take for a letter is seldom shown as junk",
    )
    parser.add_argument("--start", type=Path, help="weights of the same layers to go on from")
    parser.add_argument("--rounds", type=int, help="fewer or more rounds than planned")
    parser.add_argument("--threads", type=int, default=1, help="how many threads PyTorch may use")
    parser.add_argument("--seed", type=int, help="another seed than planned")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    plan = PLANS[chosen.network]
    plan = replace(plan, seed=plan.seed if chosen.seed is None else chosen.seed, rounds=chosen.rounds or plan.rounds)
    ours, others = artists(chosen.data, chosen.fonts, plan)
    unfinished = chosen.out.with_name(f"{chosen.out.stem}-unfinished.safetensors")
    network = train(
        scribe(ours, plan, chosen.critic),
        plan,
        chosen.threads,
        lambda network: save_model(unfinished, kept_model(network, plan, {}), np.float16),
        _stack(chosen.start) if chosen.start else None,
    )
    figures = measure(kept_model(network, plan, {}), others)
    log.info("%s", figures)
    settings = {key: value for key, value in asdict(plan).items() if key not in ("labels", "crop")}
    training = {"plan": settings, "test": figures, "fonts": len(ours.fonts)}
    save_model(chosen.out, kept_model(network, plan, training), np.float16)
    unfinished.unlink()


if __name__ == "__main__":
    main()
