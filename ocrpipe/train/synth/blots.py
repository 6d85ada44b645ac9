"""What is on a page and is no letter: blots, scribbles, and scraps of ruled lines."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from ocrpipe.geometry import Box
from ocrpipe.train.synth.hands import Cover

__all__ = ["blots"]

_TRIES = 60


def blots(
    size: tuple[int, int], number: int, capital: float, letters: Sequence[Box], rng: np.random.Generator
) -> Cover:
    """Draw blots where no letter is, a third of each sort; fewer where there is no room.

    Parameters
    ----------
    size : tuple of int
        The page's width and height, pixels.
    number : int
        How many.
    capital : float
        Height of a capital, pixels: blots are of letters' size, or smaller.
    letters : sequence of Box
        What they keep away from, by a fifth of a capital.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float32, shape (height, width)
        Their cover, 0..1.

    Examples
    --------
    >>> cover = blots((200, 100), 3, capital=30, letters=[Box(0, 0, 100, 100)], rng=np.random.default_rng(0))
    >>> float(cover[:, :100].max()), float(cover.max()) > 0.9
    (0.0, True)
    """
    image = Image.new("L", size)
    taken = list(letters)
    for turn in range(number):
        radius = capital * rng.uniform(0.15, 0.5)
        place = _free(size, radius + 0.2 * capital, taken, rng)
        if place is None:
            continue
        x, y = place
        taken.append(_square(x, y, radius))
        (_blot, _scribble, _scrap)[turn % 3](ImageDraw.Draw(image), x, y, radius, rng)
    soft = image.filter(ImageFilter.GaussianBlur(0.7))
    return np.asarray(soft, np.float32) / np.float32(255)


def _square(x: float, y: float, reach: float) -> Box:
    return Box(max(0, int(x - reach)), max(0, int(y - reach)), math.ceil(x + reach), math.ceil(y + reach))


def _free(
    size: tuple[int, int], reach: float, taken: Sequence[Box], rng: np.random.Generator
) -> tuple[float, float] | None:
    """Find a place that is `reach` away from all that is taken, and from the edge."""
    width, height = size
    if 2 * reach + 2 >= min(size):
        return None
    for _ in range(_TRIES):
        x, y = float(rng.uniform(reach + 1, width - reach - 1)), float(rng.uniform(reach + 1, height - reach - 1))
        if not any(_square(x, y, reach).overlap(box) for box in taken):
            return x, y
    return None


def _blot(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, rng: np.random.Generator) -> None:
    """Draw a filled patch with a wavy edge."""
    angles = np.linspace(0, 2 * math.pi, 40, endpoint=False)
    waves = sum(rng.normal(0, 0.12) * np.cos(k * angles + rng.uniform(0, 6)) for k in range(1, 5))
    radii = radius * np.clip(0.75 + waves, 0.2, 1)
    wide = rng.uniform(0.5, 1)
    points = np.stack([x + wide * radii * np.cos(angles), y + radii * np.sin(angles)], axis=1)
    pen.polygon([(px, py) for px, py in points.tolist()], fill=255)


def _scribble(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, rng: np.random.Generator) -> None:
    """Draw a line that goes to and fro."""
    t = np.linspace(0, 1, 60)
    loops, phase = rng.uniform(2, 5), rng.uniform(0, 6)
    dx = radius * (1.6 * t - 0.8) + 0.2 * radius * np.cos(2 * math.pi * loops * t + phase)
    dy = 0.9 * radius * np.sin(2 * math.pi * loops * t) * rng.uniform(0.4, 1)
    points = [(x + px, y + py) for px, py in zip(dx.tolist(), dy.tolist(), strict=True)]
    pen.line(points, fill=230, width=max(1, round(radius * 0.15)), joint="curve")


def _scrap(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, rng: np.random.Generator) -> None:
    """Draw a piece of a straight line, nearly level or nearly upright."""
    angle = rng.normal(0, 0.06) + (math.pi / 2 if rng.random() < 0.3 else 0)
    dx, dy = 0.95 * radius * math.cos(angle), 0.95 * radius * math.sin(angle)
    pen.line((x - dx, y - dy, x + dx, y + dy), fill=210, width=max(1, round(radius * 0.12)))
