"""Grounds, the light on them, and the camera or scanner that takes them: pictures are float32, 0 black to 1 white."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from ocrpipe.train.synth.scene import Colour, Ground, Scene

__all__ = ["Camera", "bare", "clouds", "glare", "lay", "light", "on_table", "photograph", "ruled_lines", "smear"]

Field = npt.NDArray[np.float32]
"""One number a pixel, shape (height, width)."""

Picture = npt.NDArray[np.float32]
"""Shape (height, width, 3)."""

RULE = (0.52, 0.62, 0.8)


class Camera:
    """Maps the page's plane to the picture: turned by `skew` degrees, and seen from aside.

    Examples
    --------
    >>> camera = Camera((200, 100), skew=90, lean=0, rng=np.random.default_rng(0))
    >>> camera.see(np.array([[100, 50], [150, 50]])).round(3).tolist()  # the middle stays; right goes down
    [[100.0, 50.0], [100.0, 100.0]]
    """

    def __init__(self, size: tuple[int, int], skew: float, lean: float, rng: np.random.Generator) -> None:
        corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * size
        middle = corners.mean(axis=0)
        c, s = math.cos(math.radians(skew)), math.sin(math.radians(skew))
        seen = (corners - middle) @ np.array([[c, s], [-s, c]]) + middle
        seen += lean * rng.uniform(-1, 1, (4, 2)) * size
        self.matrix = _homography(corners, seen)

    def see(self, points: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """Return where points (n, 2) of the page are in the picture."""
        seen = np.column_stack([points, np.ones(len(points))]) @ self.matrix.T
        return np.asarray(seen[:, :2] / seen[:, 2:], np.float64)

    def near(self, point: npt.NDArray[np.floating]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return where one point is, and the linear map (2, 2) that holds about it."""
        here, right, down = self.see(point + np.array([[0, 0], [1, 0], [0, 1]]))
        return here, np.column_stack([right - here, down - here])


def _homography(source: npt.NDArray[np.float64], goal: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the projective map (3, 3) that takes four points to four others."""
    rows, values = [], []
    for (x, y), (u, v) in zip(source.tolist(), goal.tolist(), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return np.append(np.linalg.solve(np.array(rows), np.array(values)), 1).reshape(3, 3)


def clouds(shape: tuple[int, int], size: float, rng: np.random.Generator, stretch: float = 1) -> Field:
    """Make smooth noise of about unit deviation: bumps `size` pixels high and `stretch` times as wide."""
    height, width = (2 + int(length / step) for length, step in zip(shape, (size, size * stretch), strict=True))
    seeds = Image.fromarray(rng.standard_normal((height + 1, width + 1), np.float32))
    box = (0.5, 0.5, 0.5 + shape[1] / size / stretch, 0.5 + shape[0] / size)
    soft = seeds.resize(shape[::-1], Image.Resampling.BICUBIC, box)
    return np.float32(1.3) * np.asarray(soft, np.float32)


def lay(page: Picture, colour: Colour, cover: Field) -> Picture:
    """Cover the page with a colour, as far as `cover` says."""
    covered: Picture = page + (np.array(colour, np.float32) - page) * np.clip(cover, 0, 1)[..., None]
    return covered


def smear(ink: Field, capital: float, rng: np.random.Generator) -> Field:
    """Half wipe the ink away: some of it stays, some is dragged along the row, some is gone."""
    from scipy.ndimage import uniform_filter

    dragged = uniform_filter(ink, (max(3, round(capital * 0.1)), round(capital * 0.6)))
    stays = np.clip(0.5 + 0.5 * clouds(ink.shape, capital * 2, rng), 0, 1)
    return np.asarray(ink * stays + dragged, np.float32)


def bare(scene: Scene, rng: np.random.Generator) -> Picture:
    """Make the empty ground: its colour, fibres, and what a sponge has left."""
    ground, shape = scene.ground, scene.size[::-1]
    page = np.ones(shape, np.float32)
    if ground.texture:
        page += ground.texture * (clouds(shape, 2, rng) + clouds(shape, 4, rng, stretch=3) + clouds(shape, 60, rng))
    picture = page[..., None] * np.array(ground.colour, np.float32)
    if ground.wiped:
        streaks = np.clip(clouds(shape, 70, rng, stretch=10), 0, 2.5) + np.clip(clouds(shape, 250, rng), 0, 2.5)
        picture += np.float32(ground.wiped) * streaks[..., None]
    return picture


def ruled_lines(page: Picture, scene: Scene, camera: Camera) -> Picture:
    """Print lines or a grid on the paper, as far apart as the text's lines (a grid: half of it)."""
    if scene.ground.ruled == "none" or not scene.blocks:
        return page
    width, height = scene.size
    block = scene.blocks[0]
    grid = scene.ground.ruled == "grid"
    step = block.capital * block.pitch / (2 if grid else 1)
    first = (block.top * height + 1.1 * block.capital) % step - step * math.ceil(height / step)
    image = Image.new("L", (width, height))
    pen = ImageDraw.Draw(image)
    thick = max(1, round(max(width, height) / 1300))
    for y in np.arange(first, 2 * height, step):
        pen.line(camera.see(np.array([[-width, y], [2 * width, y]])).ravel().tolist(), fill=255, width=thick)
    for x in np.arange(-width, 2 * width, step) if grid else ():
        pen.line(camera.see(np.array([[x, -height], [x, 2 * height]])).ravel().tolist(), fill=255, width=thick)
    return lay(page, RULE, np.float32(0.7 / 255) * np.asarray(image, np.float32))


def on_table(page: Picture, ground: Ground, rng: np.random.Generator) -> Picture:
    """Cut the sheet out, with a metal frame around it if it has one, and lay it on what is around it."""
    if ground.sheet is None:
        return page
    shape = page.shape[:2]
    wood = 1 + np.float32(0.14) * clouds(shape, 9, rng, stretch=30)
    table: Picture = wood[..., None] * np.array(ground.around, np.float32)
    sheet = np.array(ground.sheet)
    outer = sheet + ground.frame * np.sign(sheet - sheet.mean(axis=0))
    below = np.float32(0.35) * _area(shape, outer, 14)[..., None]  # the sheet's soft shadow on the table
    around = lay(table * (1 - below), (0.6, 0.61, 0.63), _area(shape, outer, 1.5) * np.float32(ground.frame > 0))
    inside = _area(shape, sheet, 1.5)[..., None]
    whole: Picture = around * (1 - inside) + page * inside
    return whole


def _area(shape: tuple[int, int], corners: npt.NDArray[np.float64], blur: float) -> Field:
    """Draw a filled quadrilateral with soft edges: 1 inside, 0 outside."""
    image = Image.new("L", shape[::-1])
    ImageDraw.Draw(image).polygon([(x * shape[1], y * shape[0]) for x, y in corners.tolist()], fill=255)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(blur)), np.float32) / np.float32(255)


def light(shape: tuple[int, int], ground: Ground, rng: np.random.Generator) -> Field:
    """Make light that falls from one side, fades to the corners, and is kept off by the hand that holds the phone."""
    y, x = np.mgrid[-0.5 : 0.5 : shape[0] * 1j, -0.5 : 0.5 : shape[1] * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    slant = np.float32(np.cos(angle)) * x + np.float32(np.sin(angle)) * y
    falls = 1 + ground.depth * (0.8 * slant - 0.9 * (x * x + y * y) + 0.04 * clouds(shape, shape[0] / 3, rng))
    if ground.shadow:
        falls *= 1 - ground.shadow * _hand_shadow(shape)
    return np.asarray(falls, np.float32)


def _hand_shadow(shape: tuple[int, int]) -> Field:
    """Draw the blurred shadow of a hand with a phone that reaches in from the lower right."""
    width, height = max(8, shape[1] // 8), max(8, shape[0] // 8)
    image = Image.new("L", (width, height))
    pen = ImageDraw.Draw(image)
    pen.line([(1.1 * width, 1.1 * height), (0.82 * width, 0.8 * height)], fill=255, width=width // 4)
    pen.ellipse([0.68 * width, 0.66 * height, 0.96 * width, 0.94 * height], fill=255)
    pen.line([(0.74 * width, 0.76 * height), (0.62 * width, 0.63 * height)], fill=255, width=max(1, width // 14))
    soft = image.filter(ImageFilter.GaussianBlur(width / 45)).resize(shape[::-1], Image.Resampling.BICUBIC)
    return np.asarray(soft, np.float32) / np.float32(255)


def glare(page: Picture, ground: Ground) -> Picture:
    """Add the images of lamps that a shiny board gives back."""
    height, width = page.shape[:2]
    for x, y, radius in ground.glare:
        rows, columns = np.ogrid[:height, :width]
        away = np.hypot(columns - np.float32(x * width), rows - np.float32(y * height)) / (radius * width)
        spot = 0.8 * np.exp(-(away**2)) + 0.18 * np.exp(-away / 2)
        page = lay(page, (1.0, 1.0, 1.0), spot.astype(np.float32))
    return page


def photograph(page: Picture, scene: Scene, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Blur as a lens does, add a sensor's noise, and count the light: uint8, (height, width, 3)."""
    from scipy.ndimage import gaussian_filter, uniform_filter

    page = gaussian_filter(page, (scene.blur, scene.blur, 0), truncate=3) if scene.blur else page
    if scene.noise:
        noise = rng.standard_normal(page.shape[:2], np.float32)
        noise = 0.6 * noise + 1.2 * uniform_filter(noise, 3)
        if scene.ground.scanned:  # paper is clipped to white: noise shows at the ink's edge
            noise *= 4 * page[..., 0] * (1 - page[..., 0]) + 0.3 * (1 - page[..., 0])
        page = page + np.float32(scene.noise) * noise[..., None]
    return (np.clip(page, 0, 1) * 255 + 0.5).astype(np.uint8)
