"""Draw strokes and font glyphs as a photographed, binarised page shows them.

A drawing is a boolean mask, True = ink, at a random size. How it is drawn is a `Look`, chosen once a scene, so that
neighbours share pen and slant. Everything is decided by the generator that is handed in.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ocrpipe.errors import InputError, told

__all__ = [
    "BUILTIN",
    "Look",
    "draw_font",
    "draw_strokes",
    "font_glyph",
    "look",
    "open_font",
    "pen_look",
    "plain_look",
    "roughen",
    "wide_look",
]

Mask = npt.NDArray[np.bool_]
Stroke = npt.NDArray[np.float32]

FONT_SIZE = 96

BUILTIN = Path("builtin")
"""In place of a font's path: the plain printed font that Pillow brings, where no other is at hand."""


@dataclass(frozen=True)
class Look:
    """How the signs of one scene are written.

    `height` is a capital's in pixels, `pen` the pen's width as a share of it, `slant` a shear (x by y), `aspect`
    stretches x, `turn` is in radians, `wobble` the size of slow bends, as a share of the height, `tremor` that of fast
    ones, `gap` the chance that a stroke's end is lost, `hook` that it bears a little hook, and `rough` how ragged the
    edge is, as a share of grey.

    Of scans and photographs: `coarse` is the height in pixels at which a sign was scanned, before it was enlarged
    again (0: as it is drawn), `shade` how much the light falls off across a sign, as a share of grey, and `holes` the
    share of the ink that is missing in small spots.
    """

    height: float
    pen: float
    slant: float = 0.0
    aspect: float = 1.0
    turn: float = 0.0
    wobble: float = 0.0
    tremor: float = 0.0
    gap: float = 0.0
    rough: float = 0.0
    coarse: float = 0.0
    shade: float = 0.0
    holes: float = 0.0
    hook: float = 0.0


def look(rng: np.random.Generator) -> Look:
    """Draw a look at random: from a fine pen to a thick marker, from a small scan to a large photograph."""
    rough = rng.random() < 0.65
    return Look(
        height=math.exp(rng.uniform(math.log(18), math.log(100))),
        pen=math.exp(rng.uniform(math.log(0.03), math.log(0.19))),
        slant=rng.normal(0, 0.13),
        aspect=math.exp(rng.normal(0, 0.17)),
        turn=rng.normal(0, 0.06),
        wobble=abs(rng.normal(0, 0.025)),
        tremor=abs(rng.normal(0, 0.008)),
        gap=0.25 if rng.random() < 0.3 else 0.0,
        rough=rng.uniform(0.05, 0.4) if rough else 0.0,
    )


def plain_look(rng: np.random.Generator) -> Look:
    """Give the course's look: nothing but the pen's width changes."""
    return Look(height=64, pen=math.exp(rng.uniform(math.log(0.04), math.log(0.15))))


def wide_look(rng: np.random.Generator) -> Look:
    """Draw a look for single signs from anywhere: pen strokes, pages, coarse scans, photographs, and any mixture.

    Three in ten are written calmly with a pen, as a tablet records it; a fifth are coarse scans with thick strokes, and
    a fifth photographs in uneven light; the others are as `look` has them. A few are stretched.
    """
    style, kind = look(rng), rng.random()
    if kind < 0.3:
        style = replace(
            style,
            pen=math.exp(rng.uniform(math.log(0.035), math.log(0.16))),
            slant=rng.normal(0, 0.08),
            aspect=math.exp(rng.normal(0, 0.1)),
            turn=rng.normal(0, 0.05),
            wobble=abs(rng.normal(0, 0.015)),
            tremor=0.0,
            gap=0.0,
            rough=0.0 if rng.random() < 0.5 else style.rough,
        )
    elif kind < 0.5:
        style = replace(
            style,
            pen=math.exp(rng.uniform(math.log(0.06), math.log(0.27))),
            coarse=math.exp(rng.uniform(math.log(13), math.log(34))),
            holes=abs(rng.normal(0, 0.03)),
        )
    elif kind < 0.7:
        style = replace(style, shade=rng.uniform(0, 0.5), holes=abs(rng.normal(0, 0.03)))
    if rng.random() < 0.08:
        style = replace(style, aspect=style.aspect * math.exp(rng.normal(0, 0.35)))
    return style


def pen_look(rng: np.random.Generator) -> Look:
    """Draw the look of single signs written with a pen on a tablet: sharp, but with hands of all kinds."""
    return Look(
        height=math.exp(rng.uniform(math.log(32), math.log(90))),
        pen=math.exp(rng.uniform(math.log(0.035), math.log(0.16))),
        slant=rng.normal(0, 0.12),
        aspect=math.exp(rng.normal(0, 0.13)),
        turn=rng.normal(0, 0.06),
        wobble=abs(rng.normal(0, 0.03)),
        gap=0.2 if rng.random() < 0.25 else 0.0,
        hook=0.3 if rng.random() < 0.4 else 0.0,
    )


def _bend(points: Stroke, look: Look, rng: np.random.Generator) -> Stroke:
    """Slant, stretch, turn and bend points given in units of the capital's height, about the origin."""
    c, s = math.cos(look.turn), math.sin(look.turn)
    matrix = np.array([[c, -s], [s, c]]) @ np.array([[look.aspect, -look.slant * look.aspect], [0, 1]])
    out: Stroke = points @ matrix.T.astype(np.float32)
    if look.wobble:
        waves = rng.uniform(2, 7, (2, 2))
        phases = rng.uniform(0, 2 * math.pi, 2)
        out += (look.wobble * np.sin(out @ waves.astype(np.float32) + phases)).astype(np.float32)
    return out


def _along(stroke: Stroke, step: float, cut: tuple[float, float]) -> Stroke:
    """Points about every `step` along a stroke, without the lengths `cut` at its two ends."""
    if len(stroke) == 1:
        return stroke
    lengths = np.hypot(*np.diff(stroke, axis=0).T)
    place = np.concatenate([[0.0], np.cumsum(lengths)])
    whole = place[-1]
    first, last = (cut[0], whole - cut[1]) if sum(cut) < 0.6 * whole else (0.0, whole)
    at = np.linspace(first, last, max(2, min(60, math.ceil((last - first) / step) + 1)))
    return np.stack([np.interp(at, place, stroke[:, 0]), np.interp(at, place, stroke[:, 1])], axis=1).astype(np.float32)


def _hooked(line: Stroke, chance: float, rng: np.random.Generator) -> Stroke:
    """Let a stroke, by chance, begin and end with a hook: where a pen comes from, and where it hurries on to."""
    for _ in range(2):
        line = line[::-1]
        if len(line) > 2 and rng.random() < chance:
            way = line[0] - line[min(3, len(line) - 1)]
            angle = rng.choice((-1, 1)) * rng.uniform(0.6, 2.4)
            reach = rng.uniform(0.03, 0.13) / max(float(np.hypot(*way)), 1e-6)
            c, s = math.cos(angle) * reach, math.sin(angle) * reach
            tip = line[0] + np.array([c * way[0] - s * way[1], s * way[0] + c * way[1]])
            line = np.concatenate([tip[None].astype(np.float32), line])
    return line


def draw_strokes(strokes: Sequence[Stroke], look: Look, rng: np.random.Generator) -> Mask:
    """Draw one sign's strokes with a round pen.

    Parameters
    ----------
    strokes : sequence of ndarray of float32, shape (points, 2)
        x, y in any unit: the larger of the sign's height and 0.7 of its width becomes the look's height.
    look : Look
        How.
    rng : numpy.random.Generator
        Decides bends and gaps.

    Returns
    -------
    ndarray of bool, shape (h, w)
        With a blank border.

    Examples
    --------
    >>> bar = [np.array([[0, 0], [0, 10]], np.float32)]
    >>> mask = draw_strokes(bar, Look(height=40, pen=0.1), np.random.default_rng(1))
    >>> int(mask.any(axis=1).sum()), int(mask.any(axis=0).sum())
    (45, 5)
    """
    every = np.concatenate(strokes)
    low, high = every.min(axis=0), every.max(axis=0)
    size = max(high[1] - low[1], 0.7 * (high[0] - low[0]), 1e-6)
    middle = (low + high) / 2
    pen = max(1.0, look.pen * look.height)
    lines = []
    for stroke in strokes:
        points = (stroke - middle) / size
        cut = [rng.uniform(0, 0.13) if look.gap and rng.random() < look.gap else 0.0 for _ in range(2)]
        if look.wobble:
            points = points + rng.normal(0, look.wobble * 0.6, 2).astype(np.float32)  # strokes set a little apart
        points = _along(points, max(0.02, 1.2 / look.height, 0.35 * look.pen), (cut[0], cut[1]))
        if look.hook:
            points = _hooked(points, look.hook, rng)
        if look.tremor:
            points = points + rng.normal(0, look.tremor, points.shape).astype(np.float32)
        lines.append(_bend(points, look, rng) * look.height)
    every = np.concatenate(lines)
    low = every.min(axis=0) - pen / 2 - 3
    width, height = np.ceil(every.max(axis=0) + pen / 2 + 3 - low).astype(int).tolist()
    image = Image.new("L", (min(width, 400), min(height, 400)))
    brush = ImageDraw.Draw(image)
    for line in lines:
        line = line - low
        flat = line.ravel().tolist()
        if len(line) > 1:
            brush.line(flat, 255, max(1, round(pen)))
        if pen >= 2.5 or len(line) == 1:
            r = pen / 2
            for x, y in line[_corners(line)].tolist():
                brush.ellipse((x - r, y - r, x + r, y + r), 255)
    return roughen(image, look, rng)


def _corners(line: Stroke) -> npt.NDArray[np.intp]:
    """Where a round pen shows: both ends, and where the line turns by more than 20 degrees."""
    if len(line) < 3:
        return np.arange(len(line))
    step = np.diff(line, axis=0)
    length = np.hypot(step[:, 0], step[:, 1]) + 1e-6
    straight = (step[1:] * step[:-1]).sum(axis=1) / (length[1:] * length[:-1])
    return np.concatenate([[0], np.flatnonzero(straight < 0.94) + 1, [len(line) - 1]])


@lru_cache(maxsize=4)
def _noise(softness: int) -> npt.NDArray[np.int16]:
    """Make a large sheet of smooth noise, deviation 128, always the same one."""
    raw = np.random.default_rng(softness).normal(128, 60, (512, 512)).clip(0, 255).astype(np.uint8)
    soft = np.asarray(Image.fromarray(raw).filter(ImageFilter.GaussianBlur(softness))).astype(np.float32)
    sheet: npt.NDArray[np.int16] = ((soft - soft.mean()) * (128 / soft.std())).astype(np.int16)
    return sheet


def roughen(image: Image.Image, look: Look, rng: np.random.Generator) -> Mask:
    """Blur a drawing, add the paper's and the camera's noise and binarise it: ragged, fattened, broken or filled.

    Parameters
    ----------
    image : PIL.Image.Image
        Mode L, 255 = ink.
    look : Look
        What it says of roughness, scans and photographs; all 0 binarises only.
    rng : numpy.random.Generator
        Decides blur, noise and threshold.

    Returns
    -------
    ndarray of bool, shape (h, w)
    """
    if look.coarse:
        image = _scanned(image, look, rng)
    ink = _with_edges(image, look, rng) if look.rough or look.shade else np.asarray(image) > 127
    return _with_holes(ink, look.holes, rng) if look.holes else ink


def _scanned(image: Image.Image, look: Look, rng: np.random.Generator) -> Image.Image:
    """Scan a drawing at few pixels, with some noise, and enlarge it again."""
    share = min(1.0, look.coarse / look.height)
    small = image.resize([max(3, round(side * share)) for side in image.size], Image.Resampling.BOX)
    grey = np.asarray(small) + rng.normal(0, 40 * look.rough, small.size[::-1])
    noisy = Image.fromarray(grey.clip(0, 255).astype(np.uint8))
    return noisy.resize(image.size, Image.Resampling.BILINEAR)


def _with_holes(ink: Mask, share: float, rng: np.random.Generator) -> Mask:
    """Lose a share of the ink in small spots: a dry pen, a rough paper, a threshold set too high."""
    sheet = _cut(_noise(int(rng.integers(1, 3))), ink.shape, rng)
    return ink & (sheet < np.quantile(sheet, 1 - min(share, 0.3)))


def _cut(sheet: npt.NDArray[np.int16], shape: tuple[int, ...], rng: np.random.Generator) -> npt.NDArray[np.int16]:
    """Cut a piece out of a sheet of noise, anywhere; a larger one is made by repeating it."""
    h, w = shape
    y, x = int(rng.integers(0, 512 - min(h, 511))), int(rng.integers(0, 512 - min(w, 511)))
    piece = sheet[y : y + h, x : x + w]
    return piece if piece.shape == shape else np.resize(sheet, shape)


def _with_edges(image: Image.Image, look: Look, rng: np.random.Generator) -> Mask:
    """Blur a drawing and cut it off at a threshold, with noise where there is some grey, in light that falls off."""
    pen = max(1.0, look.pen * look.height)
    blurred = image.filter(ImageFilter.BoxBlur(min(4.0, pen * rng.uniform(0.1, 0.55))))
    grey = np.asarray(blurred).astype(np.int16)
    noise = _cut(_noise(int(rng.integers(1, 4))), grey.shape, rng)
    # Pale noise beside the ink makes no ink of its own: it works where there is some grey.
    rugged = grey + ((noise * round(64 * look.rough)) >> 6) * (grey > 24)
    ink: Mask = rugged > 255 * rng.uniform(0.3, 0.55) + (_fall(grey.shape, look.shade, rng) if look.shade else 0)
    plain: Mask = np.asarray(image) > 127
    return ink if np.count_nonzero(ink) > 0.6 * np.count_nonzero(plain) else plain


def _fall(shape: tuple[int, ...], shade: float, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Let a threshold rise evenly across a sign, in any direction, by `shade` of 255 in all."""
    angle = rng.uniform(0, 2 * math.pi)
    down, right = np.linspace(-0.5, 0.5, shape[0])[:, None], np.linspace(-0.5, 0.5, shape[1])
    fall: npt.NDArray[np.float64] = 255 * shade * (math.sin(angle) * down + math.cos(angle) * right)
    return fall


def open_font(path: Path, size: float) -> ImageFont.FreeTypeFont:
    """Open a font at a size in pixels; `BUILTIN` is the one that Pillow brings.

    Raises
    ------
    InputError
        If it is no font; of WOFF2, if neither Pillow nor fontTools can open it.
    """
    if path == BUILTIN:
        face = ImageFont.load_default(size)
        if not isinstance(face, ImageFont.FreeTypeFont):
            raise InputError("this Pillow was built without FreeType: install one that has it")
        return face
    try:
        return ImageFont.truetype(str(path), size)
    except OSError as error:
        if path.suffix.lower() != ".woff2":
            raise InputError(f"{path}: it is no font that can be opened ({error}); remove it") from None
    try:
        from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

        font, plain = TTFont(path), io.BytesIO()
        font.flavor = None
        font.save(plain)
        return ImageFont.truetype(io.BytesIO(plain.getvalue()), size)
    except ImportError:
        raise InputError(f"{path}: WOFF2 needs fontTools here: pip install 'ocrpipe[synth]'") from None
    except Exception as error:  # a damaged font makes fontTools raise whatever it meets
        raise InputError(f"{path}: it is no font that can be opened ({told(error)}); remove it") from None


@lru_cache(maxsize=256)
def _font(path: Path) -> ImageFont.FreeTypeFont:
    return open_font(path, FONT_SIZE)


def font_glyph(path: Path, character: str) -> npt.NDArray[np.uint8] | None:
    """Draw a font's glyph at 96 pixels an em: uint8, 255 = ink, tight; None where the font has none."""
    font = _font(path)
    left, top, right, bottom = (int(v) for v in font.getbbox(character))
    if right <= left or bottom <= top:
        return None
    image = Image.new("L", (right - left + 4, bottom - top + 4))
    ImageDraw.Draw(image).text((2 - left, 2 - top), character, 255, font=font)
    box = image.getbbox()
    return None if box is None else np.asarray(image.crop(box))


def draw_font(glyph: npt.NDArray[np.uint8], look: Look, rng: np.random.Generator) -> Mask:
    """Draw a font's glyph with a look's size, slant, aspect, turn and roughness; its strokes are its own.

    Parameters
    ----------
    glyph : ndarray of uint8, shape (h, w)
        From `font_glyph`.
    look : Look
        The pen only rules how ragged the edge is.
    rng : numpy.random.Generator
        Decides blur, noise and threshold.

    Returns
    -------
    ndarray of bool, shape (h, w)
        With a blank border.
    """
    h, w = glyph.shape
    size = max(h, 0.7 * w)
    c, s = math.cos(look.turn), math.sin(look.turn)
    forward = (
        np.array([[c, -s], [s, c]])
        @ np.array([[look.aspect, -look.slant * look.aspect], [0, 1]])
        * (look.height / size)
    )
    corners = np.array([[-w, -h], [w, -h], [-w, h], [w, h]]) / 2 @ forward.T
    width, height = (np.ceil(np.ptp(corners, axis=0)) + 8).astype(int).tolist()
    back = np.linalg.inv(forward)
    shift = np.array([w / 2, h / 2]) - back @ np.array([width / 2, height / 2])
    source = Image.fromarray(glyph)
    shrink = int(size / look.height)
    if shrink > 1:  # a transform samples points: average first
        source = source.filter(ImageFilter.BoxBlur(shrink / 2))
    data = (*back[0].tolist(), float(shift[0]), *back[1].tolist(), float(shift[1]))
    image = source.transform((width, height), Image.Transform.AFFINE, data, Image.Resampling.BILINEAR)
    return roughen(image, look, rng)
