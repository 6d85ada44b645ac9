# ruff: noqa: E402  (threads are bounded before NumPy is imported)
"""What an epoch of training and the reading of glyphs cost, against what others need for the same in the same run.

    python benchmarks/training.py [--pictures N] [--glyphs N] [--rounds N]

Training: ocrpipe, the bare matrix products in NumPy, and scikit-learn's MLPClassifier. The course's network (1024 - 64
- 36, sigmoid, cross-entropy, mini-batches of 35, plain descent) learns pictures of noise. "Bare" are the five products
that an epoch cannot do without, and nothing else: two forward, the gradients of both weights, and the hidden layer's;
once as anyone writes them (`x @ w`), once into arrays that are there already.

Reading: every shipped network, from crops to probabilities (with the features, where it sees those), and PyTorch with
the same weights, channels last, given all crops at once and, which is mostly faster, 64 at a time; both read alike.

All in turn in one process, on one thread; what counts is the processor's time of the fastest round, for on a shared
machine the clock measures somebody else's work. scikit-learn and PyTorch are no dependencies: `pip install scikit-learn
torch` to have their lines. Writes Markdown tables to stdout.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # before NumPy is imported
    os.environ[_name] = "1"

import argparse
import platform
import warnings
from collections.abc import Callable
from time import process_time

import numpy as np

from ocrpipe.nn import WEIGHTS, Convolution, Dense, Flatten, MaxPool, Model, Stack, load_model, one_hot
from ocrpipe.train.engine import Lesson, Training
from ocrpipe.train.recipe import Recipe

INPUTS, HIDDEN, CLASSES, BATCH = 1024, 64, 36, 35
HOW = "all at once", "64 at a time"
Work = Callable[[], object]


def bare(x: np.ndarray) -> Work:
    """Return the products of an epoch, each making its own array."""
    rng = np.random.default_rng(0)
    first, second = rng.random((INPUTS, HIDDEN), np.float32), rng.random((HIDDEN, CLASSES), np.float32)

    def epoch() -> None:
        for start in range(0, len(x), BATCH):
            some = x[start : start + BATCH]
            hidden = some @ first
            scores = hidden @ second
            back = scores @ second.T
            _ = hidden.T @ scores, some.T @ back

    return epoch


def bare_in_place(x: np.ndarray) -> Work:
    """Return the products of an epoch, the large ones written to arrays that are there already."""
    rng = np.random.default_rng(0)
    first, second = rng.random((INPUTS, HIDDEN), np.float32), rng.random((HIDDEN, CLASSES), np.float32)
    to_first, to_second = np.empty_like(first), np.empty_like(second)

    def epoch() -> None:
        for start in range(0, len(x), BATCH):
            some = x[start : start + BATCH]
            hidden = some @ first
            scores = hidden @ second
            back = scores @ second.T
            np.matmul(hidden.T, scores, out=to_second)
            np.matmul(some.T, back, out=to_first)

    return epoch


def ours(x: np.ndarray, classes: np.ndarray, reshuffle: bool) -> Work:
    """Return an epoch of ocrpipe's training; of validation it has one picture."""
    targets = one_hot(classes, CLASSES)
    lesson = Lesson(x, targets, x[:1], targets[:1], "accuracy")
    return Training(Recipe(batch=BATCH, reshuffle=reshuffle), lesson).epoch


def sklearns(x: np.ndarray, classes: np.ndarray) -> Work | None:
    """Return an epoch of scikit-learn's, at the same settings; None where it is not installed."""
    try:
        from sklearn.neural_network import MLPClassifier
    except ImportError:
        return None
    settings = {"solver": "sgd", "batch_size": BATCH, "momentum": 0.0, "alpha": 0.0, "learning_rate_init": 0.07}
    network = MLPClassifier((HIDDEN,), activation="logistic", max_iter=1, warm_start=True, **settings)
    warnings.filterwarnings("ignore", module="sklearn")
    return lambda: network.fit(x, classes)


def torchs(stack: Stack, crops: np.ndarray, at_once: int) -> Work | None:
    """Return PyTorch's reading with a stack's own weights; None where it is not installed."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    modules: list[torch.nn.Module] = []
    channels = 1
    for layer in stack.layers:
        if isinstance(layer, Convolution):
            outputs, inputs, kernel, _ = layer.weight.T.shape
            module = torch.nn.Conv2d(inputs, outputs, kernel, layer.stride, layer.padding)
            module.weight.data = torch.from_numpy(layer.weight.transpose(3, 2, 0, 1).copy())
            channels = outputs
        elif isinstance(layer, Dense):
            weight = layer.weight.T
            if modules and isinstance(modules[-1], torch.nn.Flatten):  # its channels stand first
                weight = weight.reshape(len(weight), -1, channels).transpose(0, 2, 1).reshape(len(weight), -1)
            module = torch.nn.Linear(*layer.weight.shape)
            module.weight.data = torch.from_numpy(weight.copy())
        elif isinstance(layer, MaxPool):
            modules.append(torch.nn.MaxPool2d(layer.size))
            continue
        else:
            modules += [torch.nn.Flatten()] if isinstance(layer, Flatten) else []
            continue
        module.bias.data = torch.from_numpy(layer.bias.copy())
        names = {"relu": torch.nn.ReLU, "sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh, "linear": torch.nn.Identity}
        modules += [module, names[layer.activation.name]()]
    network = torch.nn.Sequential(*modules, torch.nn.Softmax(dim=1)).eval().to(memory_format=torch.channels_last)
    pictures = torch.from_numpy(crops)[:, None].contiguous(memory_format=torch.channels_last)

    def read() -> np.ndarray:
        with torch.inference_mode():
            blocks = [network(pictures[first : first + at_once]) for first in range(0, len(pictures), at_once)]
            return torch.cat(blocks).numpy()

    away = np.abs(read() - stack.probabilities(crops)).max()
    if away > 1e-4:
        raise SystemExit(f"PyTorch and NumPy read differently, by {away:.2g}")
    return read


def readings(glyphs: int) -> dict[str, Work | None]:
    """Return the reading of all shipped networks, and PyTorch's of those that see pictures."""
    works: dict[str, Work | None] = {}
    for path in sorted(WEIGHTS.glob("*.safetensors")):
        model = load_model(path, autoencoder=None)
        crops = np.random.default_rng(0).random((glyphs, model.crop.height, model.crop.width), np.float32)
        read = model.probabilities if model.labels else model.reconstructions
        works[f"{path.stem}, {layers_of(model)}: NumPy"] = lambda read=read, crops=crops: read(crops)
        if isinstance(model.network, Stack) and model.labels:
            for how, at_once in zip(HOW, (glyphs, 64), strict=True):
                works[f"{path.stem}: PyTorch, {how}"] = torchs(model.network, crops, at_once)
    return works


def layers_of(model: Model) -> str:
    """Return a network's sizes."""
    if isinstance(model.network, Stack):
        kind = "convolutional" if model.labels else "dense"
        return f"{kind}, {model.network.size:,} weights"
    return " - ".join(map(str, model.network.sizes))


def timed(works: dict[str, Work | None], rounds: int) -> dict[str, float | None]:
    """Return the least seconds of each, all in turn; None of what is not installed."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            if work:
                start = process_time()
                work()
                seconds[name].append(process_time() - start)
    return {name: min(times, default=None) for name, times in seconds.items()}


def print_table(heads: list[str], best: dict[str, float | None], floors: dict[str, list[float | None]]) -> None:
    """Print milliseconds, and how often what stands in `floors` goes into them."""
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for name, time in best.items():
        if time is None:
            print(f"| {name} | not installed |{' |' * (len(heads) - 2)}")
            continue
        ratios = [f"{time / floor:.2f}" if floor else "" for floor in floors[name]]
        print(f"| {' | '.join([name, f'{time * 1000:.1f}', *ratios])} |")


def main() -> None:
    """Time all in turn and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pictures", type=int, default=10500)
    parser.add_argument("--glyphs", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    x = np.random.default_rng(0).random((given.pictures, INPUTS), np.float32)
    classes = np.arange(given.pictures) % CLASSES
    print(f"{platform.machine()}, NumPy {np.__version__}, Python {platform.python_version()}, one thread\n")
    epochs = {
        "bare products": bare(x),
        "bare products, in place": bare_in_place(x),
        "ocrpipe, fixed mini-batches": ours(x, classes, reshuffle=False),
        "ocrpipe, reshuffled": ours(x, classes, reshuffle=True),
        "scikit-learn MLPClassifier (reshuffled)": sklearns(x, classes),
    }
    best = timed(epochs, given.rounds)
    title = f"an epoch of 1024 - 64 - 36, batch {BATCH}, {given.pictures} pictures"
    floors = [best["bare products"], best["bare products, in place"]]
    print_table([title, "ms", "against the bare products", "against those in place"], best, dict.fromkeys(best, floors))
    print()
    best = timed(readings(given.glyphs), given.rounds)
    others = {name: [best.get(f"{name.partition(',')[0]}: PyTorch, {how}") for how in HOW] for name in best}
    print_table([f"reading {given.glyphs} glyphs", "ms", *(f"against PyTorch, {how}" for how in HOW)], best, others)


if __name__ == "__main__":
    main()
