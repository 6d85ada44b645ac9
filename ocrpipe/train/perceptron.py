"""Train the fully connected network in NumPy: ``python -m ocrpipe.train.perceptron --data DIR --out FILE``.

It makes `capitals-mlp`. What it learns from, and in what order, is in `ocrpipe.train.scenes`.
"""

from __future__ import annotations

import argparse
import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from ocrpipe.nn import FEATURES, SGD, Crop, Model, Network, one_hot, save_model
from ocrpipe.train.cuts import Artist
from ocrpipe.train.measure import measure
from ocrpipe.train.scenes import LICENCE, SOURCE, Plan, Pool, artists, rounds

__all__ = ["CAPITALS", "DensePlan", "main", "train"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DensePlan(Plan):
    """All that decides a training run, but for its data; `layers` are the sizes from input to output."""

    activation: str = "relu"
    momentum: float = 0.9


CAPITALS = DensePlan(
    layers=(640, 768, 384, 37),
    crop=Crop(),
    rounds=48,
    drawn=14000,
    kept=24,
    learned=90000,
)
"""The network `capitals-mlp`."""


def train(artist: Artist, plan: DensePlan, keep: Callable[[Network], None] | None = None) -> Network:
    """Train a network as planned.

    Parameters
    ----------
    artist : Artist
        Draws the scenes.
    plan : DensePlan
    keep : callable, optional
        Called with the network after each round.

    Returns
    -------
    Network
    """
    rng = np.random.default_rng(plan.seed)
    network = Network(plan.layers, plan.activation, plan.seed)
    descent = SGD(network.parameters, plan.rate, plan.momentum)
    pool = Pool(plan)
    shown = FEATURES[plan.crop.features]
    start = time.perf_counter()
    for number, drawn in enumerate(rounds(artist, plan)):
        pool.add(*drawn)
        count = len(pool)
        learned = min(plan.learned, 2 * count) if number + 1 < plan.kept else plan.learned
        order = np.concatenate([rng.permutation(count) for _ in range(math.ceil(learned / count))])[:learned]
        losses = []
        for first in range(0, learned - plan.batch + 1, plan.batch):
            done = (number + first / learned) / plan.rounds
            descent.rate = plan.rate * 0.5 * (1 + math.cos(math.pi * done))
            crops, classes = pool.take(order[first : first + plan.batch])
            x = shown((crops / np.float32(255)).astype(np.float32, copy=False))
            targets = one_hot(classes, len(plan.labels), plan.smoothing)
            loss, gradients = network.gradients(x, targets, plan.drop, rng)
            descent.step(gradients)
            losses.append(loss)
        log.info("round %d: loss %.4f, %.0f s", number + 1, np.mean(losses), time.perf_counter() - start)
        if keep:
            keep(network)
    return network


def main(arguments: list[str] | None = None) -> None:
    """Train, measure on test writers, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the unipen-*.jsonl.gz")
    parser.add_argument("--fonts", type=Path, help="a folder of TrueType fonts to draw with as well")
    parser.add_argument("--out", type=Path, required=True, help="the weights file to write")
    parser.add_argument("--rounds", type=int, help="fewer or more rounds than planned")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    plan = replace(CAPITALS, seed=chosen.seed, rounds=chosen.rounds or CAPITALS.rounds)
    ours, others = artists(chosen.data, chosen.fonts, plan)
    unfinished = chosen.out.with_name(f"{chosen.out.stem}-unfinished.safetensors")
    network = train(ours, plan, lambda network: save_model(unfinished, Model(network, plan.labels, plan.crop)))
    half = Network.of(network.layers, network.activation)
    for part in half.parameters:
        part[...] = part.astype(np.float16)  # measure what is kept
    model = Model(half, plan.labels, plan.crop, LICENCE, SOURCE)
    figures = measure(model, others)
    log.info("%s", figures)
    settings = {key: value for key, value in asdict(plan).items() if key not in ("labels", "crop")}
    training = {"plan": settings, "test": figures, "fonts": len(ours.fonts)}
    save_model(chosen.out, replace(model, training=training), np.float16)
    unfinished.unlink()


if __name__ == "__main__":
    main()
