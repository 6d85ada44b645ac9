"""`classify/mlp`, `convnet`: read each glyph with a small network that runs on NumPy alone; `given` takes over."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, TypeAdapter, model_validator
from safetensors import SafetensorError, safe_open

from ocrpipe import CroppedPage, CropSpec, LinedPage, Page, Plugin, Reading, hookimpl
from ocrpipe.nn import WEIGHTS, Model, load_model
from ocrpipe.stages._square import even_strokes
from ocrpipe.stages._strange import fidelity, with_strange

SUFFIX = ".safetensors"
DIGITS = 4
"""Decimals of a confidence: more says nothing, and makes a page's JSON twice as long."""

SUREST = 1 - 10**-DIGITS
"""What a confidence is at most: rounding must not make a certainty."""


def weights_path(weights: str) -> Path:
    """Return the file that an option `weights` means: a shipped one's name, or a path."""
    return Path(weights) if "/" in weights or weights.endswith(SUFFIX) else WEIGHTS / f"{weights}{SUFFIX}"


def readable(weights: str) -> str:
    """Refuse weights that are not there, or whose header says nothing of crops; ValueError says what is wrong."""
    path = weights_path(weights)
    if not path.is_file():
        shipped = ", ".join(sorted(path.stem for path in WEIGHTS.glob(f"*{SUFFIX}"))) or "none"
        raise ValueError(
            f"there is no weights file {path}; shipped are: {shipped}; or give the path of a {SUFFIX} file"
        )
    header_crop(path)
    return weights


def mirroring(weights: str) -> str:
    """Refuse what `readable` refuses, and what is no autoencoder; none at all is no fault."""
    if weights and header(weights_path(readable(weights))).get("labels") != "[]":
        load_model(weights_path(weights), autoencoder=True)  # which says in a sentence what is wrong with the file
    return weights


Weights = Annotated[
    str,
    AfterValidator(readable),
    Field(description="the network: the name of a shipped one, or the path of a .safetensors file"),
]


class GlyphReader(Plugin):
    """Reads glyphs with a network, the whole page in one batch.

    The weights' file says what classes there are and what its crops look like. A class named by the empty text means:
    this is no letter.
    """

    weights: Weights
    alternatives: Annotated[
        int, Field(ge=1, description="how many readings of each glyph to keep, the best included")
    ] = 3

    reject: Annotated[
        float, Field(ge=0, le=1, description="how sure the network must be that there is no letter, to leave it out")
    ] = 0.9

    autoencoder: Annotated[
        str,
        AfterValidator(mirroring),
        Field(description="leave out what this network gives back badly: a shipped one's name or a file; empty: none"),
    ] = ""

    faithful: Annotated[
        float, Field(ge=0, description="how well it must give back even a letter's worst 5 x 5 pixels: PSNR, decibels")
    ] = 2.7

    @model_validator(mode="after")
    def _same_crops(self) -> Self:
        if self.autoencoder:
            mine, other = (header_crop(weights_path(name)) for name in (self.weights, self.autoencoder))
            for key in ("level", "of", "height", "width", "margin"):
                if mine.get(key) != other.get(key):
                    raise ValueError(
                        f"autoencoder = {self.autoencoder!r} sees crops with {key} {other.get(key)}, "
                        f"but weights = {self.weights!r} with {key} {mine.get(key)}: give one of the same crops"
                    )
        return self

    @property
    def reads(self) -> CropSpec:
        """What crops the network was taught on, as its file's header says."""
        return self._reads

    @cached_property
    def _reads(self) -> CropSpec:
        crop = header_crop(weights_path(self.weights))
        return CropSpec(**{key: crop[key] for key in CropSpec.model_fields if key in crop})

    @cached_property
    def model(self) -> Model:
        """The network, loaded when the first page comes."""
        return load_model(weights_path(self.weights))

    @cached_property
    def mirror(self) -> Model:
        """The autoencoder, loaded when the first page comes."""
        return load_model(weights_path(self.autoencoder), autoencoder=True)

    def files(self) -> list[Path]:
        """Return the weights' files."""
        return [weights_path(name) for name in (self.weights, self.autoencoder) if name]

    @hookimpl
    def classify(self, page: CroppedPage) -> Page:
        """Return the page with each crop's best readings."""
        if not len(page.crops):
            return page.read([])
        probabilities, labels = self.model.probabilities(page.crops), self.model.labels
        if self.autoencoder:
            probabilities, labels = with_strange(probabilities, labels, self.strange(page.crops))
        return page.read(best_readings(probabilities, labels, self.alternatives, self.reject))

    def strange(self, crops: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Tell which crops the autoencoder gives back too badly for letters."""
        wanted, mine = self.mirror.crop, self.model.crop
        light = crops if mine.polarity == "light" else 1 - crops
        if wanted.even_strokes and not mine.even_strokes:
            light = even_strokes(light)
        seen = light if wanted.polarity == "light" else 1 - light
        return fidelity(seen, self.mirror.reconstructions(seen)) < self.faithful


class Mlp(GlyphReader):
    """Reads glyphs with a multilayer perceptron: a few matrix products."""

    weights: Weights = "capitals-mlp"


class Convnet(GlyphReader):
    """Reads glyphs with a convolutional network: slower than `mlp`, and surer."""

    weights: Weights = "capitals"


class Given(Plugin):
    """Takes over what the segmenter has read, where that is an engine that finds and reads at once.

    It wants no crops, so `crop_normalize` is not called.
    """

    reads: ClassVar[None] = None

    @hookimpl
    def classify(self, page: LinedPage) -> Page:
        """Return the page with the readings that its regions came with."""
        return page.read_given()


def header_crop(path: Path) -> dict[str, object]:
    """Return what a weights file's header says of its crops; no weights are read."""
    try:
        return dict(json.loads(header(path)["crop"]))
    except (KeyError, TypeError, ValueError):
        return vars(load_model(path).crop)  # which says in a sentence what is wrong with the file


def header(path: Path) -> dict[str, str]:
    """Return a weights file's header; an empty one where it cannot be read."""
    try:
        with safe_open(path, framework="numpy") as file:
            return dict(file.metadata() or {})
    except (SafetensorError, OSError):
        return {}


READINGS = TypeAdapter(list[Reading])
"""Makes all readings of a page in one go: a third less time than one by one."""


def best_readings(
    probabilities: NDArray[np.float32], labels: tuple[str, ...], alternatives: int, reject: float = 0.5
) -> list[Reading]:
    """Return a reading for each row of probabilities (number, labels), its best alternatives first.

    Where the best is the empty text, but with less than `reject`, the next best is read: three in ten of the network's
    lessons were no letter, but few of the pieces that are found on a page are none.

    Examples
    --------
    >>> [reading] = best_readings(np.array([[0.1, 0.7, 0.2]], np.float32), ("A", "B", ""), alternatives=2)
    >>> reading.text, reading.confidence, [other.text for other in reading.alternatives]
    ('B', 0.7, ['B', ''])
    >>> [reading] = best_readings(np.array([[0.3, 0.1, 0.6]], np.float32), ("A", "B", ""), alternatives=2, reject=0.9)
    >>> reading.text, reading.confidence, [other.text for other in reading.alternatives]
    ('A', 0.3, ['', 'A'])
    """
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, : max(alternatives, 2)]
    best = np.minimum(np.take_along_axis(probabilities, order, axis=1).astype(np.float64), SUREST)
    readings = []
    for classes, confidences in zip(order.tolist(), best.round(DIGITS).tolist(), strict=True):
        found = [{"text": labels[n], "confidence": sure} for n, sure in zip(classes, confidences, strict=True)]
        doubtful = not found[0]["text"] and confidences[0] < reject and any(confidences[1:])
        readings.append({**found[doubtful], "alternatives": found[: max(alternatives, 1 + doubtful)]})
    return READINGS.validate_python(readings)
