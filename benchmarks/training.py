# ruff: noqa: E402  (threads are bounded before NumPy is imported)
"""What an epoch of training costs: ocrpipe, the bare matrix products in NumPy, and scikit-learn's MLPClassifier.

    python benchmarks/training.py [--pictures N] [--rounds N]

The course's network (1024 - 64 - 36, sigmoid, cross-entropy, mini-batches of 35, plain descent) on pictures of noise,
one thread, all in turn in one process; the fastest of the rounds counts, for on a shared machine the others measure
somebody else's work. "Bare" are the five products that an epoch cannot do without, and nothing else: two forward, the
gradients of both weights, and the hidden layer's; once as anyone writes them (`x @ w`), once into arrays that are there
already. scikit-learn is no dependency: `pip install scikit-learn` to have its line. Writes a Markdown table to stdout.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # before NumPy is imported
    os.environ[_name] = "1"

import argparse
import platform
import warnings
from collections.abc import Callable
from time import perf_counter

import numpy as np

from ocrpipe.nn import one_hot
from ocrpipe.train.engine import Lesson, Training
from ocrpipe.train.recipe import Recipe

INPUTS, HIDDEN, CLASSES, BATCH = 1024, 64, 36, 35
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


def main() -> None:
    """Time all in turn and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pictures", type=int, default=10500)
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    x = rng.random((given.pictures, INPUTS), np.float32)
    classes = np.arange(given.pictures) % CLASSES
    works: dict[str, Work | None] = {
        "bare products": bare(x),
        "bare products, in place": bare_in_place(x),
        "ocrpipe, fixed mini-batches": ours(x, classes, reshuffle=False),
        "ocrpipe, reshuffled": ours(x, classes, reshuffle=True),
        "scikit-learn MLPClassifier (reshuffled)": sklearns(x, classes),
    }
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(given.rounds):
        for name, work in works.items():
            if work:
                start = perf_counter()
                work()
                seconds[name].append(perf_counter() - start)
    print(
        f"{given.pictures} pictures, {platform.machine()}, NumPy {np.__version__}, Python {platform.python_version()}\n"
    )
    print("| an epoch of 1024 - 64 - 36, batch 35 | ms | against the bare products | against those in place |")
    print("|---|---|---|---|")
    floors = min(seconds["bare products"]), min(seconds["bare products, in place"])
    for name, times in seconds.items():
        if not times:
            print(f"| {name} | not installed | | |")
            continue
        best = min(times)
        print(f"| {name} | {best * 1000:.1f} | {best / floors[0]:.2f} | {best / floors[1]:.2f} |")


if __name__ == "__main__":
    main()
