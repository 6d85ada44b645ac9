"""The model card of a run: what it learned from, how, how well, and what it confuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ocrpipe.nn import Model
from ocrpipe.train.dataset import Split

__all__ = ["card"]

_SETS = {"train": "training", "valid": "validation", "test": "test"}


def card(model: Model, parts: Split, record: Mapping[str, Any]) -> str:
    """Return the model card of a run, Markdown.

    Parameters
    ----------
    model : Model
        With its `training`, as a run leaves it.
    parts : Split
        What it was trained, validated and tested on.
    record : mapping
        What ``run.toml`` says of the data.
    """
    about = model.training
    rows = [
        ("data", ", ".join(record.get("files", ())) or model.source or "not told"),
        ("source", model.source or "not told"),
        ("licence of the data", model.licence or "not told: find out before you share the weights"),
        ("split", f"{parts.how}; {len(parts.train)} / {len(parts.valid)} / {len(parts.test)} pictures"),
        ("sha256 of what was learned", str(record["sha256"])[:16]),
        ("network", _network(model)),
        ("picture", _picture(model)),
        ("training", _training(about)),
    ]
    lines = ["# weights.safetensors", "", _purpose(model), "", "| | |", "|---|---|"]
    lines += [f"| {name} | {text} |" for name, text in rows]
    lines += ["", "## Figures", "", *_figures(about["figures"])]
    if model.labels:
        lines += ["", "## Known confusions", "", _confusions(about["figures"])]
    lines += ["", "`run.toml` is the whole recipe: `ocrpipe train ... --recipe run.toml` trains it again.", ""]
    return "\n".join(lines)


def _purpose(model: Model) -> str:
    if not model.labels:
        return "An autoencoder: it gives a picture of one sign back, through a narrow middle. It reads nothing."
    return f"Reads pictures of one sign, {len(model.labels)} classes: `{' '.join(model.labels)}`."


def _network(model: Model) -> str:
    recipe = model.training["recipe"]
    sizes = [part.shape for part in model.network.parameters[::2]]
    layers = " - ".join(str(size) for size in (sizes[0][0], *(shape[1] for shape in sizes)))
    return f"{layers}, {recipe['activation']}, {model.network.size:,} weights and biases"


def _picture(model: Model) -> str:
    crop = model.crop
    ink = "dark on light (ink is 0)" if crop.polarity == "dark" else "ink is 1 on 0"
    even = ", strokes made of even width" if crop.even_strokes else ""
    return f"{crop.height} x {crop.width}, {ink}{even}; shown as {crop.features}"


def _training(about: Mapping[str, Any]) -> str:
    recipe = about["recipe"]
    decay = f", times {recipe['decay']} every {recipe['decay_every']} epochs" if recipe["decay_every"] else ""
    how = f"momentum {recipe['momentum']}" if recipe["optimiser"] == "sgd" else recipe["optimiser"]
    return (
        f"{recipe['loss']}, {how}, rate {recipe['rate']:g}{decay} ({recipe['reduce']} over the mini-batch), "
        f"mini-batches of {recipe['batch']}, {about['epochs']} epochs (kept: that of epoch {about['kept_epoch']}), "
        f"seed {recipe['seed']}"
    )


def _figures(figures: Mapping[str, Mapping[str, Any]]) -> list[str]:
    keys = [key for key in next(iter(figures.values())) if key != "pairs"]
    heads = {"accuracy_merged": "with lookalikes (O/0, I/1) as one", "psnr": "PSNR, dB", "count": "pictures"}
    lines = [f"| set | {' | '.join(heads.get(key, key) for key in keys)} |", "|---|" + "---|" * len(keys)]
    for name, found in figures.items():
        lines.append(f"| {_SETS[name]} | {' | '.join(str(found[key]) for key in keys)} |")
    return lines


def _confusions(figures: Mapping[str, Mapping[str, Any]]) -> str:
    name = "test" if "test" in figures else "valid"
    worst = [f"{a} read as {b} ({number})" for a, b, number in figures[name]["pairs"]]
    return f"On the {_SETS[name]} set: {', '.join(worst) or 'none'}."
