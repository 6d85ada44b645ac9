"""Draw a scene, and say what stands where in it."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ocrpipe import __version__
from ocrpipe.errors import ConfigError
from ocrpipe.files import write_whole
from ocrpipe.geometry import Box
from ocrpipe.page import Block as TextBlock
from ocrpipe.page import Glyph, Line, Page, Source, Step, Word
from ocrpipe.reading import Reading
from ocrpipe.train.synth import light as lights
from ocrpipe.train.synth.blots import blots
from ocrpipe.train.synth.hands import Cover, Hand
from ocrpipe.train.synth.scene import Block, Scene, Writing

__all__ = ["draw_page", "encoded", "save_page"]

INKED = 0.3
"""From what cover on a pixel belongs to a letter's box."""


@dataclass(frozen=True)
class _Inked:
    """One letter in the picture: where it is (in the text and in the picture)."""

    text: str
    line: int
    word: int
    box: Box
    foot: tuple[float, float]
    """Where its origin is in the picture: a point of the base line."""


def draw_page(scene: Scene, hand: Hand, seed: int = 0) -> tuple[npt.NDArray[np.uint8], Page]:
    """Write a scene's blocks on its ground, in its light, and take the picture.

    A letter that would not lie wholly in the picture is neither drawn nor in the truth.

    Parameters
    ----------
    scene : Scene
    hand : Hand
        Who writes.
    seed : int
        Decides all that is left to chance.

    Returns
    -------
    picture : ndarray of uint8, shape (height, width, 3)
    page : Page
        The truth: blocks, lines, words and glyphs with boxes and text; no confidences, for nobody read it.

    Raises
    ------
    ConfigError
        If the hand cannot write the text.
    """
    missing = hand.missing("".join(block.text for block in scene.blocks))
    if missing:
        raise ConfigError(f"{hand.name} has no {' '.join(missing[:12])}: give another font or writer, or another text")
    rng = np.random.default_rng(seed)
    camera = lights.Camera(scene.size, scene.skew, scene.lean, rng)
    page = lights.ruled_lines(lights.bare(scene, rng), scene, camera)
    for ghost in _known(scene.ghosts, hand):
        ink, _ = _written(ghost, scene, hand, camera, rng)
        page = lights.lay(page, ghost.colour, np.float32(0.14) * lights.smear(ink, ghost.capital, rng))
    truth = []
    for block in scene.blocks:
        ink, letters = _written(block, scene, hand, camera, rng)
        page = lights.lay(page, block.colour, ink * _density(scene, block.capital, rng))
        truth.append(letters)
    if scene.blots and scene.blocks:
        first, boxes = scene.blocks[0], [letter.box for letters in truth for letter in letters]
        spots = blots(scene.size, scene.blots, first.capital, boxes, rng)
        page = lights.lay(page, first.colour, np.float32(0.9) * spots)
    page = lights.on_table(page, scene.ground, rng)
    page *= lights.light(scene.size[::-1], scene.ground, rng)[..., None]
    return lights.photograph(lights.glare(page, scene.ground), scene, rng), _truth(truth, scene, hand, seed)


def _known(ghosts: Sequence[Block], hand: Hand) -> list[Block]:
    """Leave out of half-wiped text what the hand cannot write: nobody reads it."""
    missing = hand.missing("".join(ghost.text for ghost in ghosts))
    return [replace(ghost, text=ghost.text.translate(dict.fromkeys(map(ord, missing)))) for ghost in ghosts]


def _written(
    block: Block, scene: Scene, hand: Hand, camera: lights.Camera, rng: np.random.Generator
) -> tuple[Cover, list[_Inked]]:
    """Write a block letter by letter: all its ink, and each letter's place."""
    width, height = scene.size
    ink = np.zeros((height, width), np.float32)
    letters = []
    for text, line, word, cover, (x, y), foot in _letters(block, scene, hand, camera, rng):
        box = _ink_box(cover, x, y)
        if box is None or min(box[:2]) < 0 or box[2] > width or box[3] > height:
            continue
        left, top = max(0, -x), max(0, -y)
        window = ink[max(0, y) : y + cover.shape[0], max(0, x) : x + cover.shape[1]]
        np.maximum(window, cover[top : top + window.shape[0], left : left + window.shape[1]], out=window)
        letters.append(_Inked(text, line, word, Box(*box), foot))
    return ink, letters


def _letters(
    block: Block, scene: Scene, hand: Hand, camera: lights.Camera, rng: np.random.Generator
) -> Iterator[tuple[str, int, int, Cover, tuple[int, int], tuple[float, float]]]:
    """Yield each letter: its text, line and word, its cover with the pixel of its corner, and its origin."""
    writing, capital = scene.writing, block.capital
    left, top = block.left * scene.size[0], block.top * scene.size[1]
    for number, line in enumerate(block.text.splitlines()):
        slope = np.radians(block.slope + rng.normal(0, writing.slope))
        start = np.array([left, top + capital * (1 + number * block.pitch)])
        x = rng.uniform(0, 6 * writing.hop) * capital
        for word, text in enumerate(line.split()):
            for character in text:
                letter = hand.letter(character, rng)
                gap = writing.gap * capital * rng.uniform(0.6, 1.4)
                place = start + np.array([x + gap / 2, x * np.tan(slope) + rng.normal(0, writing.hop) * capital])
                origin, local = camera.near(place)
                cover, corner = letter.draw(origin, local @ _wobble(capital, slope, writing, rng), writing, rng)
                if rng.random() < writing.broken:
                    _break(cover, capital, rng)
                yield character, number, word, cover, corner, (float(origin[0]), float(origin[1]))
                x += letter.advance * capital + gap
            x += (hand.space() + max(writing.gap, 0)) * capital


def _wobble(capital: float, slope: float, writing: Writing, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return the map from capitals to the page's pixels of one letter, turned and scaled a little."""
    angle = slope + np.radians(rng.normal(0, writing.turn))
    wide, high = np.clip(rng.normal(1, writing.size, 2), 0.8, 1.2) * capital
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c * wide, -s * high], [s * wide, c * high]])


def _break(cover: Cover, capital: float, rng: np.random.Generator) -> None:
    """Take a small piece out of a stroke: 5 to 12% of a capital, somewhere in the ink."""
    rows, columns = np.nonzero(cover > 0.9)
    if len(rows) < 20:
        return
    at = int(rng.integers(len(rows)))
    y, x = np.ogrid[: cover.shape[0], : cover.shape[1]]
    angle, half = rng.uniform(0, np.pi), capital * rng.uniform(0.025, 0.06)
    across = np.abs((x - columns[at]) * np.cos(angle) + (y - rows[at]) * np.sin(angle))
    away = np.hypot(x - columns[at], y - rows[at])
    lost = cover * ((across < half) & (away < 0.16 * capital))
    if lost.sum() < 0.25 * cover.sum():
        cover -= lost


def _ink_box(cover: Cover, x: int, y: int) -> tuple[int, int, int, int] | None:
    inked = cover > INKED
    rows, columns = np.flatnonzero(inked.any(axis=1)).tolist(), np.flatnonzero(inked.any(axis=0)).tolist()
    return (x + columns[0], y + rows[0], x + columns[-1] + 1, y + rows[-1] + 1) if rows else None


def _density(scene: Scene, capital: float, rng: np.random.Generator) -> Cover:
    """Say how much of the pen's colour the ground takes: speckled where the writing's grain is rough."""
    shape, grain = scene.size[::-1], scene.writing.grain
    if not grain:
        return np.full((1, 1), 0.93 if not scene.ground.scanned else 1.0, np.float32)
    rough = 0.6 * lights.clouds(shape, 2, rng) + 0.5 * lights.clouds(shape, 5, rng)
    rough += 0.3 * lights.clouds(shape, capital / 2, rng)
    return np.clip(0.93 + 0.42 * grain * (rough - 0.3), 0.08, 0.96).astype(np.float32)


def _truth(blocks: Sequence[Sequence[_Inked]], scene: Scene, hand: Hand, seed: int) -> Page:
    """Put what was written into a page, as a reader would have to."""
    width, height = scene.size
    options: dict[str, Any] = json.loads(json.dumps(asdict(scene) | {"hand": hand.name, "seed": seed}))
    step = Step(stage="synth", plugin="page", package="ocrpipe", version=__version__, options=options)
    found = [_block(f"b{number}", letters) for number, letters in enumerate(filter(None, blocks), 1)]
    return Page(source=Source(width=width, height=height), blocks=tuple(found), steps=(step,))


def _block(name: str, letters: Sequence[_Inked]) -> TextBlock:
    lines = []
    for number, line in enumerate(sorted({letter.line for letter in letters}), 1):
        mine = [letter for letter in letters if letter.line == line]
        words = tuple(
            _word(f"{name}-l{number}-w{n}", [letter for letter in mine if letter.word == word])
            for n, word in enumerate(sorted({letter.word for letter in mine}), 1)
        )
        box = Box.union(letter.box for letter in mine)
        lines.append(Line(id=f"{name}-l{number}", box=box, words=words, baseline=tuple(one.foot for one in mine)))
    return TextBlock(id=name, box=Box.union(line.box for line in lines), lines=tuple(lines))


def _word(name: str, letters: Sequence[_Inked]) -> Word:
    glyphs = tuple(
        Glyph(id=f"{name}-g{number}", box=letter.box, reading=Reading(text=letter.text))
        for number, letter in enumerate(letters, 1)
    )
    return Word(id=name, box=Box.union(letter.box for letter in letters), glyphs=glyphs)


def save_page(path: Path, picture: npt.NDArray[np.uint8], page: Page, quality: int = 80) -> None:
    """Write a page's picture, and beside it its truth: all of it as ``.json`` and the text as ``.txt``.

    Parameters
    ----------
    path : Path
        Ending in ``.jpg`` (colour), ``.png`` (grey) or ``.tif`` (black and white, as a fax).
    picture, page
        From `draw_page`.
    quality : int
        Of a JPEG, 1..95.
    """
    raw = encoded(picture, path.suffix, quality)
    write_whole(path, raw)
    source = page.source.model_copy(update={"path": path.name, "sha256": hashlib.sha256(raw).hexdigest()})
    write_whole(path.with_suffix(".json"), page.replace(source=source).to_json().encode())
    write_whole(path.with_suffix(".txt"), f"{page.text}\n".encode())


def encoded(picture: npt.NDArray[np.uint8], suffix: str, quality: int = 80) -> bytes:
    """Return a picture as a file's bytes: ``.jpg`` in colour, ``.png`` in grey, ``.tif`` in black and white, as a fax.

    Raises
    ------
    ConfigError
        If the suffix is another.
    """
    image, raw = Image.fromarray(picture), io.BytesIO()
    if suffix == ".jpg":
        image.save(raw, "JPEG", quality=quality, optimize=True)
    elif suffix == ".png":
        image.convert("L").save(raw, "PNG", optimize=True, dpi=(200, 200))
    elif suffix == ".tif":
        image.convert("1", dither=Image.Dither.NONE).save(raw, "TIFF", compression="group4", dpi=(200, 200))
    else:
        raise ConfigError(f"a page is written as .jpg, .png or .tif, not as {suffix or 'a file without a suffix'}")
    return raw.getvalue()
