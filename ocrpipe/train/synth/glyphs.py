"""Draw single glyphs as the pipeline's crops show them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ocrpipe.errors import ConfigError
from ocrpipe.nn import Crop
from ocrpipe.stages import _square
from ocrpipe.train.dataset import Dataset
from ocrpipe.train.draw import Mask, draw_font, draw_strokes, font_glyph, look, plain_look
from ocrpipe.train.strokes import Sample
from ocrpipe.train.synth.hands import FontHand

__all__ = ["draw_glyphs"]


def draw_glyphs(
    source: Sequence[FontHand] | Sequence[Sample],
    classes: Sequence[str],
    count: int,
    seed: int = 0,
    *,
    crop: Crop | None = None,
    varied: bool = True,
    named: str = "",
) -> Dataset:
    """Draw `count` glyphs of each class.

    Parameters
    ----------
    source : sequence of FontHand, or of Sample
        Fonts or handwriting; a glyph's `writer` is the font's or the writer's name.
    classes : sequence of str
        What to draw.
    count : int
        How many of each.
    seed : int
        Decides who writes each, and how.
    crop : Crop, optional
        What a glyph's crop is (default: as the shipped networks want it).
    varied : bool
        Pens, slants, sizes and wobbles of all kinds, as pages show them; else only the pen's width changes.
    named : str
        What the dataset says of its source.

    Raises
    ------
    ConfigError
        If a class cannot be drawn.

    Examples
    --------
    >>> bar = Sample("I", "ann", (np.array([[0, 0], [0, 9]], np.float32),))
    >>> data = draw_glyphs([bar], "I", count=2)
    >>> data.images.shape, data.labels, data.writers
    ((2, 32, 32), ('I', 'I'), ('ann', 'ann'))
    """
    rng = np.random.default_rng(seed)
    crop = crop or Crop()
    masks: list[Mask] = []
    labels: list[str] = []
    writers: list[str] = []
    for label in classes:
        able = [one for one in source if (one.label == label if isinstance(one, Sample) else not one.missing(label))]
        if not able:
            raise ConfigError(f"nothing there shows {label!r}: give other fonts or strokes, or fewer --classes")
        for _ in range(count):
            one = able[int(rng.integers(len(able)))]
            masks.append(_drawn(one, label, varied, rng))
            labels.append(label)
            writers.append(one.writer if isinstance(one, Sample) else one.name)
    images = _square.batch(masks, crop.height, crop.width, crop.margin, even=crop.even_strokes)
    return Dataset(images, tuple(labels), tuple(writers), named, crop=crop)


def _drawn(one: FontHand | Sample, label: str, varied: bool, rng: np.random.Generator) -> Mask:
    chosen = (look if varied else plain_look)(rng)
    if isinstance(one, Sample):
        return draw_strokes(one.strokes, chosen, rng)
    glyph = font_glyph(Path(one.path), label)
    if glyph is None:  # `missing` has seen to that
        raise ConfigError(f"{one.name} has no {label!r}")
    return draw_font(glyph, chosen, rng)
