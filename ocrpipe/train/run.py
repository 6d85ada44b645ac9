"""A training run and the folder that it leaves.

==========================  ================================================================
``run.toml``                the whole recipe, and what was learned from; `--recipe` takes it
``metrics.jsonl``           a line of JSON for each epoch
``checkpoint.safetensors``  what a run that was killed goes on from
``weights.safetensors``     the network, as `ocrpipe.nn.load_model` reads it
``figures.json``            how well it does on the three sets
``card.md``                 the model card
``*.png``                   curves (extra ``plot``), first layer, and an autoencoder's pairs
==========================  ================================================================
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ocrpipe.errors import ConfigError, InputError
from ocrpipe.files import write_whole
from ocrpipe.nn import FEATURES, Flatten, Model, Network, Stack, one_hot, psnr, save_model
from ocrpipe.train.card import card
from ocrpipe.train.checkpoint import read_checkpoint, write_checkpoint
from ocrpipe.train.dataset import Dataset, Split, merged, network_crops
from ocrpipe.train.engine import Lesson, Training, Watch
from ocrpipe.train.pictures import first_layer, pairs, save_picture
from ocrpipe.train.plots import NO_PLOT, draw_curves
from ocrpipe.train.recipe import AutoencoderRecipe, Recipe, recipe_toml

__all__ = ["Run", "measured", "reconstructed", "train"]

Array = npt.NDArray[np.float32]

CHECKPOINT = "checkpoint.safetensors"

_WORST = 10  # confusions in the figures
_MAY_CHANGE = {"epochs", "source", "licence"}  # of a run that goes on


@dataclass(frozen=True)
class Run:
    """A training that came to its end.

    Attributes
    ----------
    folder : Path
    model : Model
    history : list of dict
        Each epoch's figures.
    figures : dict
        How well the network that is kept does on each set.
    notes : list of str
        What a person should know, such as a plot that could not be drawn.
    """

    folder: Path
    model: Model
    history: list[dict[str, Any]]
    figures: dict[str, Any]
    notes: list[str]


def train(
    recipe: Recipe, parts: Split, folder: Path, watch: Watch | None = None, record: dict[str, Any] | None = None
) -> Run:
    """Train a network as a recipe says, or go on where a run in the same folder was stopped.

    Parameters
    ----------
    recipe : Recipe
        An `AutoencoderRecipe` trains an autoencoder.
    parts : Split
        What is learned from, validated and tested on.
    folder : Path
        Made if it is not there. If it holds the checkpoint of a run of the same recipe on the same data, that run goes
        on, to the same weights as if it had never been stopped; more `epochs` than before lengthen a run.
    watch : Watch, optional
        Is told of every epoch.
    record : dict, optional
        What `run.toml` shall say of the data, such as the files' names.

    Returns
    -------
    Run

    Raises
    ------
    ConfigError
        If the folder holds a run of another recipe or of other data, or the recipe does not fit the data.
    InputError
        If a set is empty, or there is nothing to tell apart.

    Examples
    --------
    >>> import tempfile
    >>> from ocrpipe.train.dataset import split
    >>> images = np.zeros((40, 8, 8), np.float32)
    >>> images[::2, 1:7, 3:5], images[1::2, 3:5, 1:7] = 1, 1
    >>> parts = split(Dataset(images, ("I", "-") * 20))
    >>> recipe = Recipe(size=8, layers=(64, 4, 2), epochs=3, batch=4, rate=0.05)
    >>> with tempfile.TemporaryDirectory() as name:
    ...     run = train(recipe, parts, Path(name))
    >>> len(run.history), run.figures["test"]["accuracy"]
    (3, 1.0)
    """
    classes = () if isinstance(recipe, AutoencoderRecipe) else parts.train.classes
    training = Training(recipe, lesson(recipe, parts, classes))
    record = {**(record or {}), "sha256": fingerprint(parts), "split": parts.how}
    go_on(training, folder, record)
    write_whole(folder / "run.toml", recipe_toml(recipe, record).encode())
    while not training.done:
        training.epoch(watch)
        state = {**training.state(), **told(recipe), "sha256": record["sha256"]}
        write_checkpoint(folder / CHECKPOINT, training.arrays(), state)
        write_metrics(folder, training)
    write_metrics(folder, training)
    return finished(training, parts, classes, folder, record)


def told(recipe: Recipe) -> dict[str, Any]:
    """Give what must be the same for a run to go on."""
    return {"recipe": recipe.model_dump(mode="json", exclude=_MAY_CHANGE), "kind": type(recipe).__name__}


def write_metrics(folder: Path, training: Training) -> None:
    """Write a line of JSON for each epoch."""
    lines = "".join(json.dumps(figures) + "\n" for figures in training.history)
    write_whole(folder / "metrics.jsonl", lines.encode())


def fingerprint(parts: Split) -> str:
    """Give a checksum of all that is learned from and validated on."""
    sha = hashlib.sha256()
    for part in parts[:2]:
        sha.update(np.ascontiguousarray(part.images).data)
        sha.update("\0".join(part.labels).encode())
    return sha.hexdigest()


def go_on(training: Training, folder: Path, record: dict[str, Any]) -> None:
    """Take up the run that the folder holds, if it holds one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder}: no folder can be made there ({error.strerror}); give another with -o") from None
    path = folder / CHECKPOINT
    if not path.exists():
        return
    arrays, state = read_checkpoint(path)
    now, other = told(training.recipe), state
    advice = "give another folder with -o, or remove this one"
    if now["kind"] != other["kind"]:
        raise ConfigError(f"{folder}: it holds a run of another kind: {advice}")
    differing = [key for key, value in now["recipe"].items() if other["recipe"].get(key) != value]
    if differing:
        key = differing[0]
        raise ConfigError(
            f"{folder}: it holds a run with {key} = {other['recipe'].get(key)}, and {key} = {now['recipe'][key]} "
            f"is wanted: {advice}"
        )
    if state["sha256"] != record["sha256"]:
        raise ConfigError(f"{folder}: it holds a run on other data: {advice}")
    training.restore(arrays, state)


def shown(recipe: Recipe, part: Dataset) -> Array:
    """Give what the network is shown of a set, float32 (number, inputs)."""
    return np.ascontiguousarray(FEATURES[recipe.features](network_crops(part, recipe.crop)))


def lesson(recipe: Recipe, parts: Split, classes: Sequence[str]) -> Lesson:
    """Make of two sets what is learned and what is validated on; without classes, the pictures are the targets."""
    for name, part in (("train", parts.train), ("validate", parts.valid)):
        if not len(part):
            raise InputError(f"no picture is left to {name} on ({parts.how}): give more data, or other shares")
    x, valid_x = shown(recipe, parts.train), shown(recipe, parts.valid)
    if not classes:
        return Lesson(x, x, valid_x, valid_x, "psnr")
    if len(classes) < 2:
        raise InputError(f"all pictures show {classes[0]!r}: give data of at least two classes")
    number = {label: place for place, label in enumerate(classes)}
    strange = sorted(set(parts.valid.labels) - set(classes))
    if strange:
        raise InputError(f"the validation set shows {strange[0]!r}, which nothing to train on does: give more data")
    targets, valid_targets = (
        one_hot(np.array([number[label] for label in part.labels]), len(classes), smoothing)
        for part, smoothing in ((parts.train, recipe.smoothing), (parts.valid, 0.0))
    )
    return Lesson(x, targets, valid_x, valid_targets, "accuracy")


def finished(training: Training, parts: Split, classes: tuple[str, ...], folder: Path, record: dict[str, Any]) -> Run:
    """Measure the network that is kept, and write all that a run leaves."""
    recipe, network = training.recipe, training.finish()
    sets = {"train": parts.train, "valid": parts.valid, **({"test": parts.test} if len(parts.test) else {})}
    measure = measured if classes else reconstructed
    licence, source = recipe.licence or parts.train.licence, recipe.source or parts.train.source
    model = Model(kept(network, recipe), classes, recipe.crop, licence, source)
    figures = {name: measure(model, part) for name, part in sets.items()}
    about = {
        "recipe": recipe.model_dump(mode="json"),
        "epochs": len(training.history),
        "kept_epoch": training.best_epoch if recipe.patience else len(training.history),
        "split": parts.how,
        "figures": {name: {k: v for k, v in found.items() if k != "classes"} for name, found in figures.items()},
    }
    model = replace(model, training=about)
    save_model(folder / "weights.safetensors", model)
    write_whole(folder / "figures.json", (json.dumps(figures, indent=1, ensure_ascii=False) + "\n").encode())
    write_whole(folder / "card.md", card(model, parts, record).encode())
    notes = draw(training, model, parts.valid, folder)
    return Run(folder, model, training.history, figures, notes)


def kept(network: Network, recipe: Recipe) -> Network | Stack:
    """Give a network as a weights file can say it: any but one of scores is a stack of layers, each with its own."""
    if network.layers[-1].activation.name == "linear":
        return network
    return Stack([Flatten(), *network.layers], recipe.size, recipe.size)


def draw(training: Training, model: Model, valid: Dataset, folder: Path) -> list[str]:
    """Draw the run; return what could not be drawn."""
    first = training.network.layers[0].weight
    if training.recipe.features == "pixels":
        before = Training.untrained(training.recipe, training.network.sizes).layers[0].weight
        side, dark = training.recipe.size, training.recipe.polarity == "dark"
        picture = first_layer({"before": before, "after": first}, side, side, dark=dark)
        save_picture(folder / "first-layer.png", picture)
    if not model.labels:
        crops = network_crops(valid, model.crop)
        back = model.reconstructions(crops)
        save_picture(folder / "pairs.png", pairs(crops, back, valid.labels, dark=model.crop.polarity == "dark"))
    if draw_curves(folder / "curves.png", {"": training.history}):
        return []
    return [NO_PLOT]


def measured(model: Model, part: Dataset) -> dict[str, Any]:
    """Tell how well a network reads a set: count, loss, accuracy, the worst pairs.

    `accuracy_merged` takes lookalikes (`dataset.ALIKE`) as one. Of the loss and the accuracy, labels that the network
    does not know are wrong, whatever it says.
    """
    found = model.probabilities(network_crops(part, model.crop))
    read = [model.labels[number] for number in found.argmax(axis=1)]
    place = {label: number for number, label in enumerate(model.labels)}
    own = np.array([found[n, place[label]] if label in place else 0.0 for n, label in enumerate(part.labels)])
    one = merged(model.labels)
    wrong = Counter(pair for pair in zip(part.labels, read, strict=True) if pair[0] != pair[1])
    count = len(part)
    alike = sum(number for (a, b), number in wrong.items() if one.get(a, a) == one.get(b, b))
    missed = sum(wrong.values())
    return {
        "count": count,
        "loss": round(float(-np.log(np.maximum(own, 1e-12)).mean()), 4),
        "accuracy": round(1 - missed / count, 4),
        "accuracy_merged": round(1 - (missed - alike) / count, 4),
        "pairs": [[a, b, number] for (a, b), number in wrong.most_common(_WORST)],
    }


def reconstructed(model: Model, part: Dataset) -> dict[str, Any]:
    """Tell how well an autoencoder gives a set back: count, PSNR (decibels; mean over the pictures), and by class."""
    crops = network_crops(part, model.crop)
    back = model.reconstructions(crops)
    labels = np.array(part.labels)
    by_class = {label: round(psnr(crops[labels == label], back[labels == label]), 2) for label in part.classes}
    return {"count": len(part), "psnr": round(psnr(crops, back), 2), "classes": by_class}
