"""The training itself: epochs over mini-batches, put down after any epoch and taken up again bit for bit.

>>> import numpy as np
>>> rng = np.random.default_rng(0)
>>> classes = rng.integers(0, 2, 80)
>>> x = (rng.random((80, 4)) + 2 * classes[:, None]).astype(np.float32)
>>> lesson = Lesson(x[:60], one_hot(classes[:60], 2), x[60:], one_hot(classes[60:], 2), "accuracy")
>>> training = Training(Recipe(layers=(4, 8, 2), epochs=20, rate=0.02), lesson)
>>> while not training.done:
...     figures = training.epoch()
>>> figures["epoch"], figures["valid_accuracy"] > 0.9
(20, True)
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from ocrpipe.errors import OcrpipeError
from ocrpipe.nn import SGD, Adam, Network, Optimiser, one_hot, psnr, step_decay  # noqa: F401 (the example)
from ocrpipe.train.recipe import Recipe

__all__ = ["Lesson", "Training", "Watch", "accuracy"]

Array = npt.NDArray[np.float32]
Figures = dict[str, Any]
_Kind = TypeVar("_Kind", bound=np.generic)

_AT_ONCE = 1 << 15
"""Numbers that are kept until they are judged: few enough for the cache, enough to judge many batches at once."""


def accuracy(answers: Array, targets: Array) -> float:
    """Give the share of rows whose largest answer is where the largest target is.

    Examples
    --------
    >>> accuracy(np.array([[0.6, 0.4], [0.7, 0.3]]), np.array([[1, 0], [0, 1]]))
    0.5
    """
    return float((answers.argmax(axis=1) == targets.argmax(axis=1)).mean())


SCORES: dict[str, Callable[[Array, Array], float]] = {"accuracy": accuracy, "psnr": lambda a, t: psnr(t, a)}
"""What a person asks beside the loss: by its name in the metrics."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """What is learned, and what tells how well.

    Attributes
    ----------
    x, targets : ndarray of float32, shape (number, inputs) and (number, outputs)
    valid_x, valid_targets : ndarray of float32
        The same of the validation set.
    score : str
        ``accuracy`` or ``psnr``.
    """

    x: Array
    targets: Array
    valid_x: Array
    valid_targets: Array
    score: str


class Watch(Protocol):
    """Who is told how a training goes on."""

    def going(self, epoch: int, share: float, figures: Figures) -> None:
        """Take note of a part of an epoch: how much is done, 0..1, and the figures of what was just learned."""

    def epoch(self, figures: Figures) -> None:
        """Take note of a whole epoch's figures."""


def _slices(array: npt.NDArray[_Kind], size: int) -> Iterator[npt.NDArray[_Kind]]:
    for first in range(0, len(array), size):
        yield array[first : first + size]


class Training:
    """A network that learns a lesson as a recipe says.

    After each `epoch`, `arrays` and `state` are all that is needed to go on: a training that `restore` has taken up
    goes on to the same weights, bit for bit, on the same machine with the same libraries and threads.
    """

    def __init__(self, recipe: Recipe, lesson: Lesson) -> None:
        self.recipe, self.lesson = recipe, lesson
        self.network = self.untrained(recipe, recipe.sizes(lesson.x.shape[1], lesson.targets.shape[1]))
        self.optimiser = self._optimiser()
        self.rng = np.random.default_rng([recipe.seed, 1])
        self.history: list[Figures] = []
        self.best_epoch = 0
        self.best = [part.copy() for part in self.network.parameters]
        self._gradients = [np.empty_like(part) for part in self.network.parameters]
        self._back = lesson.targets is lesson.x  # pictures are to be given back
        self._fixed = None if recipe.reshuffle else self._fixed_order()

    @staticmethod
    def untrained(recipe: Recipe, sizes: list[int]) -> Network:
        """Give the network that a recipe starts with."""
        return Network(
            sizes, recipe.activation, recipe.seed, output=recipe.output, loss=recipe.loss, start=recipe.start_name
        )

    def _optimiser(self) -> Optimiser:
        if self.recipe.optimiser == "adam":
            return Adam(self.network.parameters, self.recipe.rate)
        return SGD(self.network.parameters, self.recipe.rate, self.recipe.momentum)

    def _fixed_order(self) -> tuple[Array, Array]:
        """Put all pictures and their targets into the order in which they come in every epoch."""
        order = np.random.default_rng([self.recipe.seed, 2]).permutation(len(self.lesson.x))
        x = self.lesson.x[order]
        return x, x if self._back else self.lesson.targets[order]

    @property
    def done(self) -> bool:
        """Whether all epochs are over, or the validation loss has not fallen for too many."""
        patience = self.recipe.patience
        stale = bool(patience) and len(self.history) - self.best_epoch >= patience
        return stale or len(self.history) >= self.recipe.epochs

    def epoch(self, watch: Watch | None = None) -> Figures:
        """Learn from all pictures once; return the epoch's figures.

        Loss and score of training are means over the epoch, each picture judged before the step that it teaches; those
        of validation are of the weights after it.

        Raises
        ------
        OcrpipeError
            If the loss is no number any more.
        """
        start, number = time.perf_counter(), len(self.history)
        rate = step_decay(self.recipe.rate, self.recipe.decay, self.recipe.decay_every, number)
        train = self._learn(rate, number + 1, watch)
        if not math.isfinite(train["loss"]):
            raise OcrpipeError(
                f"the loss is no number any more in epoch {number + 1}: the rate {self.recipe.rate:g} is too large; "
                f"try {self.recipe.rate / 10:g}"
            )
        valid = self.judged(self.lesson.valid_x, self.lesson.valid_targets)
        figures: Figures = {"epoch": number + 1, "rate": rate}
        figures |= {f"train_{key}": value for key, value in train.items()}
        figures |= {f"valid_{key}": value for key, value in valid.items()}
        figures["seconds"] = round(time.perf_counter() - start, 3)
        self.history.append(figures)
        self._remember_best()
        if watch:
            watch.epoch(figures)
        return figures

    def _learn(self, rate: float, number: int, watch: Watch | None) -> Figures:
        gradients, drop, size = self._gradients, self.recipe.drop, self.recipe.batch
        count, outputs = self.lesson.targets.shape
        at_once = 1 if self._back else max(1, _AT_ONCE // (size * outputs))
        answers = np.empty((min(at_once * size, count), outputs), np.float32)
        sums, done, kept = {"loss": 0.0, self.lesson.score: 0.0}, 0, 0
        batches, targets = self._epoch()
        for x in batches:
            wanted = x if targets is None else targets[done : done + len(x)]
            self.optimiser.rate = rate * len(x) if self.recipe.reduce == "sum" else rate
            found, _ = self.network.taught(x, wanted, drop, self.rng, self.optimiser.scale, gradients)
            self.optimiser.follow(gradients)
            answers[kept : kept + len(x)] = found
            kept, done = kept + len(x), done + len(x)
            if kept == len(answers) or done == count:
                figures = self._judged(answers[:kept], wanted if targets is None else targets[done - kept : done])
                sums = {key: total + kept * figures[key] for key, total in sums.items()}
                kept = 0
                if watch:
                    watch.going(number, done / count, figures)
        return {key: total / count for key, total in sums.items()}

    def _epoch(self) -> tuple[Iterator[Array], Array | None]:
        """Give an epoch's mini-batches, each used up before the next, and all its targets (None: the pictures)."""
        if self._fixed:
            x, targets = self._fixed
            return _slices(x, self.recipe.batch), None if self._back else targets
        order = self.rng.permutation(len(self.lesson.x))
        return self._gathered(order), None if self._back else self.lesson.targets[order]

    def _gathered(self, order: npt.NDArray[np.intp]) -> Iterator[Array]:
        room = np.empty((self.recipe.batch, self.lesson.x.shape[1]), np.float32)
        for some in _slices(order, self.recipe.batch):
            yield np.take(self.lesson.x, some, axis=0, out=room[: len(some)], mode="clip")

    def _judged(self, answers: Array, targets: Array) -> Figures:
        score = self.lesson.score
        return {"loss": self.network.loss.value(answers, targets), score: SCORES[score](answers, targets)}

    def judged(self, x: Array, targets: Array) -> Figures:
        """Give loss and score of the weights as they are."""
        return self._judged(self.network.loss.answer(self.network.scores(x)), targets)

    def _remember_best(self) -> None:
        losses = [figures["valid_loss"] for figures in self.history]
        if not self.best_epoch or losses[-1] < losses[self.best_epoch - 1]:
            self.best_epoch = len(losses)
            for best, part in zip(self.best, self.network.parameters, strict=True):
                best[...] = part

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Give all arrays that the training goes on from, by their names in a checkpoint."""
        groups = {"weight": self.network.parameters, "optimiser": self.optimiser.state, "best": self.best}
        return {f"{group}.{number}": array for group, arrays in groups.items() for number, array in enumerate(arrays)}

    def state(self) -> dict[str, Any]:
        """Give the rest: what JSON can hold."""
        return {"history": self.history, "best_epoch": self.best_epoch, "rng": self.rng.bit_generator.state}

    def restore(self, arrays: dict[str, npt.NDArray[Any]], state: dict[str, Any]) -> None:
        """Take up what `arrays` and `state` gave, of a training of the same recipe and lesson."""
        for name, array in self.arrays().items():
            array[...] = arrays[name]
        self.history, self.best_epoch = list(state["history"]), int(state["best_epoch"])
        self.rng.bit_generator.state = state["rng"]

    def finish(self) -> Network:
        """Return the network that is kept: with early stopping that of the best epoch, else the last one."""
        if self.recipe.patience:
            for part, best in zip(self.network.parameters, self.best, strict=True):
                part[...] = best
        return self.network
