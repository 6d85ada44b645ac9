"""`ocrpipe confusion`: what a network takes for what."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ocrpipe.nn import Model
    from ocrpipe.train.dataset import Dataset


class Part(StrEnum):
    """Whose signs to read."""

    all = "all"
    train = "train"
    valid = "valid"
    test = "test"


def confusion(
    weights: Annotated[
        str, typer.Argument(metavar="WEIGHTS", help="A shipped network's name, or a file.", show_default=False)
    ],
    data: Annotated[
        list[Path],
        typer.Argument(
            metavar="DATA",
            help="Labelled signs: .mat, strokes (.jsonl, .jsonl.gz), a folder of PNGs a class, .npz, EMNIST's idx.",
            show_default=False,
        ),
    ],
    classes: Annotated[
        str | None,
        typer.Option("--classes", metavar="SIGNS", help="The only answers allowed, such as A-Z.", show_default="all"),
    ] = None,
    part: Annotated[
        Part,
        typer.Option("--part", help="Only the signs that `ocrpipe train` holds back, or learns from: by writer."),
    ] = Part.all,
    seed: Annotated[int, typer.Option(help="Decides how strokes are drawn.", min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="DIR", help="Write confusion.png, .json and .txt there.", show_default=False
        ),
    ] = None,
) -> None:
    """Read signs one by one, without context, and show what is taken for what."""
    import json

    from ocrpipe.train.confusion import measure_confusion, open_weights, save_confusion
    from ocrpipe.train.dataset import parse_classes

    model = open_weights(weights)
    wanted = parse_classes(classes) if classes is not None else None
    dataset = chosen(model, data, part, seed)
    found = measure_confusion(model, dataset, wanted)
    about = {"weights": weights, "data": dataset.source, "part": str(part), "classes": classes}
    if out is not None:
        save_confusion(out, found, f"{weights} on {dataset.source}", about)
    typer.echo(json.dumps(about | found.summary(), ensure_ascii=False) if as_json else found.told(), nl=as_json)


def chosen(model: Model, data: list[Path], part: Part, seed: int) -> Dataset:
    """Return the signs of a part of the data."""
    from ocrpipe.errors import ConfigError
    from ocrpipe.train.data import joined, network_crops, read_data, split

    sets = [read_data(path, model.crop, seed=seed) for path in data]
    dataset = sets[0]
    if len({one.images.shape[1:] for one in sets}) > 1:  # of one size only as the network's crops
        from dataclasses import replace

        light = replace(model.crop, polarity="light")
        sets = [replace(one, images=network_crops(one, light), crop=light) for one in sets]
    dataset = joined(sets)
    if part is Part.all:
        return dataset
    if dataset.writers is None and dataset.parts is None:
        raise ConfigError(f"--part {part}: {dataset.source} does not say who wrote what: leave --part out")
    divided: Dataset = getattr(split(dataset), part.value)
    return divided
