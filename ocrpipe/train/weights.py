"""Weights files looked into: shipped ones by name, their first layer before and after training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ocrpipe.errors import ConfigError
from ocrpipe.names import nearest
from ocrpipe.nn import WEIGHTS, Convolution, Dense, Model, Network, load_model
from ocrpipe.train.engine import Training
from ocrpipe.train.recipe import Recipe

__all__ = ["first_layers", "read_weights"]

Array = npt.NDArray[np.floating[Any]]

SUFFIX = ".safetensors"


def read_weights(weights: str) -> Model:
    """Read weights by a shipped one's name or a file's path; an autoencoder, too.

    Raises
    ------
    ConfigError
        If there are none such, or the file is no weights file; the message says what to do.

    Examples
    --------
    >>> read_weights("course").labels[:3]
    ('A', 'B', 'C')
    """
    path = Path(weights) if "/" in weights or weights.endswith(SUFFIX) else WEIGHTS / f"{weights}{SUFFIX}"
    if not path.is_file():
        shipped = sorted(path.stem for path in WEIGHTS.glob(f"*{SUFFIX}"))
        raise ConfigError(
            f"there are no weights {weights}{nearest(weights, shipped)}; shipped are {', '.join(shipped)}, "
            f"or give a {SUFFIX} file"
        )
    try:
        return load_model(path, autoencoder=None)
    except ValueError as error:
        raise ConfigError(str(error)) from None


def first_layers(model: Model) -> tuple[dict[str, Array], int, int, str]:
    """Give a model's first weights after training and, where its file says how it was made, before.

    Returns
    -------
    tuple
        The weights (inputs, units) by ``before`` and ``after``; height and width of the pictures that they make; and
        what they are, in words.
    """
    first = next(layer for layer in model.network.layers if isinstance(layer, Convolution | Dense))
    if isinstance(first, Convolution):
        kernel, _, inputs, outputs = first.weight.shape
        tiles = first.weight.transpose(0, 1, 3, 2).reshape(kernel * kernel, outputs * inputs)
        return {"after": tiles}, kernel, kernel, f"the first layer's kernels, {kernel} x {kernel}"
    layers = {"after": first.weight}
    before = _start(model)
    if before is not None and before.shape == first.weight.shape:
        layers = {"before": before, **layers}
    if model.crop.features == "edges":
        height, width = model.crop.height // 2, model.crop.width // 2
        return layers, height, width, "the first layer, of its inputs those that are the picture at half size"
    return layers, model.crop.height, model.crop.width, "the first layer, a picture a unit"


def _start(model: Model) -> Array | None:
    """Draw the first weights again; None where the file does not say how."""
    recipe, plan = model.training.get("recipe"), model.training.get("plan")
    sizes = [part.shape[0] for part in model.network.parameters[::2]] + [model.network.parameters[-1].shape[0]]
    try:
        if isinstance(recipe, dict):
            known = {key: recipe[key] for key in ("activation", "output", "loss", "start", "seed")}
            return Training.untrained(Recipe(**known), sizes).layers[0].weight
        if isinstance(plan, dict):
            return Network(sizes, plan["activation"], plan["seed"]).layers[0].weight
    except (KeyError, TypeError, ValueError):  # another program's file may say anything
        pass
    return None
