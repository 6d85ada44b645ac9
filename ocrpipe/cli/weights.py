"""`ocrpipe weights`: what a weights file says of itself, and what its first layer looks like."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ocrpipe.nn import Model

weights = typer.Typer(help="Look into weights files.", no_args_is_help=True)


@weights.callback()
def options() -> None:
    """Look into weights files."""


@weights.command()
def show(
    file: Annotated[
        str, typer.Argument(metavar="NAME|FILE", help="Shipped weights, or a .safetensors file.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="PNG", help="The picture to write.", show_default="NAME.first-layer.png"),
    ] = None,
) -> None:
    """Print what a weights file says of itself, and draw its first layer, before training and after.

    Before is the start that the same seed gives again, where the file says how it was made.
    """
    from ocrpipe.cli.output import say
    from ocrpipe.train.pictures import first_layer, save_picture
    from ocrpipe.train.weights import first_layers, read_weights

    model = read_weights(file)
    typer.echo("\n".join(described(model)))
    layers, height, width, what = first_layers(model)
    path = out or Path(f"{Path(file).stem}.first-layer.png")
    save_picture(path, first_layer(layers, height, width, dark=model.crop.polarity == "dark"))
    say(f"{path}: {what} ({' and '.join(layers)} training); where it is red, ink speaks for the unit")


def described(model: Model) -> list[str]:
    """Return a model's metadata, a line each."""
    import json

    crop = model.crop
    about: dict[str, Any] = {
        "kind": "reader" if model.labels else "autoencoder",
        "labels": " ".join(label or '""' for label in model.labels) or "none",
        "layers": layers_in_words(model),
        "weights": f"{model.network.size:,}",
        "crop": ", ".join(f"{key} {value}" for key, value in vars(crop).items()),
        "licence": model.licence or "not told",
        "source": model.source or "not told",
    }
    lines = [f"{key}: {value}" for key, value in about.items()]
    return [
        *lines,
        *(f"training.{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in model.training.items()),
    ]


def layers_in_words(model: Model) -> str:
    """Return the layers' kinds and sizes."""
    from ocrpipe.nn import Network

    if isinstance(model.network, Network):
        return " - ".join(map(str, model.network.sizes)) + f", {model.network.activation}"
    words = []
    for layer in model.network.described():
        size = "x".join(str(layer[key]) for key in ("kernel", "inputs", "outputs", "size") if key in layer)
        words.append(" ".join(filter(None, (layer["kind"], size, layer.get("activation", "")))))
    return "; ".join(words)
