"""Train the shipped weights: ``python -m ocrpipe.train.letters --data DIR --out FILE``.

A second process draws round after round of new scenes while this one learns from the latest rounds. Which scenes and
in which order depends on the seed alone, not on how fast either runs: the same seed, data, fonts and libraries give the
same file.
"""

from __future__ import annotations

import argparse
import logging
import math
import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ocrpipe.nn import FEATURES, SGD, Crop, Model, Network, one_hot, save_model
from ocrpipe.train.cuts import LABELS, Artist
from ocrpipe.train.measure import crops_for, measure
from ocrpipe.train.strokes import in_test, read

__all__ = ["COURSE", "LETTERS", "Plan", "artists", "main", "train"]

log = logging.getLogger(__name__)

FILES = ("unipen-upper.jsonl.gz", "unipen-digits.jsonl.gz", "unipen-symbols.jsonl.gz")
SOURCE = (
    "UNIPEN train_r01_v07 (Guyon et al., ICPR 1994, doi 10.1109/ICPR.1994.576870), "
    "Zenodo doi 10.5281/zenodo.1195803, CC BY 4.0"
)


@dataclass(frozen=True)
class Plan:
    """All that decides a training run, but for its data.

    `rounds` of `drawn` new scenes each; after each, `learned` scenes are taken at random from the latest `kept` rounds.
    The rate falls from `rate` to 0 along half a cosine.
    """

    layers: tuple[int, ...]
    labels: tuple[str, ...]
    crop: Crop
    activation: str
    rounds: int
    drawn: int
    kept: int
    learned: int
    batch: int = 128
    rate: float = 0.05
    momentum: float = 0.9
    drop: float = 0.0
    smoothing: float = 0.0
    junk_share: float = 0.0
    font_share: float = 0.0
    plain: bool = False
    seed: int = 1


LETTERS = Plan(
    layers=(640, 768, 384, 37),
    labels=(*LABELS, ""),
    crop=Crop(),
    activation="relu",
    rounds=48,
    drawn=14000,
    kept=24,
    learned=90000,
    drop=0.1,
    smoothing=0.03,
    junk_share=0.3,
    font_share=0.22,
)
"""The network that the presets use."""

COURSE = Plan(
    layers=(1024, 64, 36),
    labels=LABELS,
    crop=Crop(polarity="dark", even_strokes=False, features="pixels"),
    activation="sigmoid",
    rounds=40,
    drawn=36000,
    kept=1,
    learned=36000,
    batch=32,
    rate=0.1,
    momentum=0.0,
    plain=True,
)
"""The course's network: one hidden layer, sigmoid, plain descent, the same scenes in every round."""


def artists(data: Path, fonts: Path | None, plan: Plan) -> tuple[Artist, Artist]:
    """Make who draws for the training and who draws for the test: of other writers and other fonts."""
    samples = [sample for name in FILES for sample in read(data / name)]
    files = sorted(fonts.rglob("*.ttf")) if fonts else []
    if not samples:
        raise ValueError(f"{data}: the strokes files hold no samples")
    made = [
        Artist(
            [sample for sample in samples if in_test(sample.writer) == test],
            [path for path in files if in_test(path.stem) == test],
            plan.font_share if files else 0.0,
            plan.junk_share,
            plan.plain,
        )
        for test in (False, True)
    ]
    return made[0], made[1]


_artist: Artist  # in the drawing process
_plan: Plan


def _prepare(artist: Artist, plan: Plan) -> None:
    global _artist, _plan
    _artist, _plan = artist, plan


def _draw(number: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.intp]]:
    """Draw one round: crops uint8 (drawn, height, width) and classes (drawn,)."""
    seed = 0 if _plan.plain else number
    masks, labels = _artist.draw(_plan.drawn, np.random.default_rng([_plan.seed, seed]))
    model = Model(Network.of([], _plan.activation), _plan.labels, _plan.crop)
    crops = (crops_for(model, masks) * 255 + 0.5).astype(np.uint8)
    return crops, np.array([_plan.labels.index(label) for label in labels])


def _rounds(artist: Artist, plan: Plan) -> Iterator[tuple[npt.NDArray[np.uint8], npt.NDArray[np.intp]]]:
    """Draw all rounds in a second process, two ahead."""
    with multiprocessing.get_context("fork").Pool(1, _prepare, (artist, plan)) as pool:
        if plan.plain:
            same = pool.apply(_draw, (0,))
            for _ in range(plan.rounds):
                yield same
            return
        ahead: deque[Any] = deque()
        for number in range(plan.rounds + 2):
            if number < plan.rounds:
                ahead.append(pool.apply_async(_draw, (number,)))
            if number >= 2:
                yield ahead.popleft().get()


def train(artist: Artist, plan: Plan, keep: Callable[[Network], None] | None = None) -> Network:
    """Train a network as planned.

    Parameters
    ----------
    artist : Artist
        Draws the scenes.
    plan : Plan
    keep : callable, optional
        Called with the network after each round.

    Returns
    -------
    Network
    """
    rng = np.random.default_rng(plan.seed)
    network = Network(plan.layers, plan.activation, plan.seed)
    descent = SGD(network.parameters, plan.rate, plan.momentum)
    kept: deque[tuple[npt.NDArray[np.uint8], npt.NDArray[np.intp]]] = deque(maxlen=plan.kept)
    shown = FEATURES[plan.crop.features]
    start = time.perf_counter()
    for number, drawn in enumerate(_rounds(artist, plan)):
        kept.append(drawn)
        crops = np.concatenate([pair[0] for pair in kept])
        classes = np.concatenate([pair[1] for pair in kept])
        learned = min(plan.learned, 2 * len(crops)) if len(kept) < plan.kept else plan.learned
        order = np.concatenate([rng.permutation(len(crops)) for _ in range(math.ceil(learned / len(crops)))])[:learned]
        losses = []
        for first in range(0, learned - plan.batch + 1, plan.batch):
            done = (number + first / learned) / plan.rounds
            descent.rate = plan.rate * 0.5 * (1 + math.cos(math.pi * done))
            some = order[first : first + plan.batch]
            x = shown(crops[some] / np.float32(255))
            targets = one_hot(classes[some], len(plan.labels), plan.smoothing)
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
    parser.add_argument("--course", action="store_true", help="train the course's small network instead")
    parser.add_argument("--rounds", type=int, help="fewer or more rounds than planned")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    plan = COURSE if chosen.course else LETTERS
    plan = Plan(**{**vars(plan), "seed": chosen.seed, "rounds": chosen.rounds or plan.rounds})
    ours, others = artists(chosen.data, chosen.fonts, plan)
    part_done = chosen.out.with_name(f"{chosen.out.stem}-unfinished.safetensors")
    network = train(ours, plan, lambda network: save_model(part_done, Model(network, plan.labels, plan.crop)))
    half = Network.of(network.layers, network.activation)
    for part in half.parameters:
        part[...] = part.astype(np.float16)  # measure what is kept
    model = Model(half, plan.labels, plan.crop, "CC BY 4.0 (data)", SOURCE)
    figures = measure(model, others)
    log.info("%s", figures)
    settings = {key: value for key, value in asdict(plan).items() if key not in ("labels", "crop")}
    training = {"plan": settings, "test": figures, "fonts": len(ours.fonts)}
    model = Model(half, plan.labels, plan.crop, model.licence, model.source, training)
    save_model(chosen.out, model, np.float16)
    part_done.unlink()


if __name__ == "__main__":
    main()
