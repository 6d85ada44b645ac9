"""Make the sample pages from open fonts, drawn and lit so that they look like photographs of hand-printed pages.

Run ``python samples/make.py --fonts DIR`` after getting the fonts (README.md beside this file says how). Each page is
built in four steps: letters are drawn one by one with a wobble, ink goes onto a ground, light falls on it, and a camera
or a scanner takes it. Every page has its own fixed seed, so the same fonts give the same pages.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTFont
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from scipy import ndimage

Field = NDArray[np.floating]  # height x width
Picture = NDArray[np.floating]  # height x width x 3, 0 = black, 1 = white
Colour = tuple[float, float, float]
Quad = tuple[tuple[float, float], ...]  # corners as shares of the width and the height

HERE = Path(__file__).parent
BLUE, BLACK, RED, GREEN = (0.09, 0.15, 0.5), (0.1, 0.1, 0.12), (0.74, 0.12, 0.13), (0.05, 0.38, 0.2)
PENCIL, CHALK = (0.2, 0.2, 0.22), (0.9, 0.9, 0.85)


@dataclass(frozen=True)
class Block:
    """Lines of text written one under the other."""

    text: str
    left: float  # where it begins, as a share of the page's width
    top: float  # and height
    capital: float  # height of a capital, pixels
    colour: Colour = BLACK
    pitch: float = 2.0  # from one line to the next, in capitals
    slope: float = 0.0  # degrees, positive sinks to the right


@dataclass(frozen=True)
class Hand:
    """How unsteady the writing is, and what the pen leaves; lengths in capitals, angles in degrees."""

    turn: float = 0.0
    size: float = 0.0  # as a share
    hop: float = 0.0
    gap: float = 0.0  # added between letters
    slope: float = 0.0  # of single lines, beside the block's own
    bend: float = 0.0  # of strokes
    broad: float = 0.0  # what the pen adds around the font's strokes
    grain: float = 0.0  # 0 = even ink, 1 = chalk on a rough board


@dataclass(frozen=True)
class Ground:
    """What is written on, and the light it lies in."""

    colour: Colour
    texture: float = 0.0
    depth: float = 0.0  # of the light's unevenness
    shadow: float = 0.0  # of a hand at the lower right
    wiped: float = 0.0  # streaks that a sponge has left; positive brighter, negative darker
    glare: tuple[tuple[float, float, float], ...] = ()  # lamps' images: x, y, radius, as shares
    sheet: Quad | None = None  # corners of the paper or board; around it is `around`
    around: Colour = BLACK
    frame: float = 0.0  # width of a metal frame, as a share of the page's size
    scanned: bool = False  # by a flatbed instead of a camera


@dataclass(frozen=True)
class Sample:
    """One page of the samples."""

    file: str
    font: str
    size: tuple[int, int]  # width, height
    blocks: tuple[Block, ...]
    hand: Hand
    ground: Ground
    ghosts: tuple[Block, ...] = ()  # half-wiped text, no part of the page's text
    blur: float = 0.0  # pixels
    noise: float = 0.0
    quality: int = 80  # of JPEG

    @property
    def text(self) -> str:
        """Text in reading order, blocks parted by a blank line."""
        return "\n\n".join(block.text for block in self.blocks) + "\n"


NOTE = Hand(turn=2.2, size=0.05, hop=0.05, gap=0.12, slope=0.5, bend=0.02)
PRINT = Hand()
SCAN = Ground((1.0, 1.0, 1.0), scanned=True)

SAMPLES = (
    Sample(
        "shopping.jpg",
        "gloria-hallelujah",
        (1500, 2000),
        (
            Block("SHOPPING LIST", 0.14, 0.075, 86, BLUE, slope=-0.8),
            Block(
                "2 BAGS OF FLOUR\n12 EGGS\n3 LEMONS\n500 G BUTTER\n"
                "1 JAR OF HONEY\n6 BANANAS\n4 PIZZA BASES\nQUICK OATS",
                0.11,
                0.21,
                70,
                BLUE,
                pitch=2.5,
                slope=-0.5,
            ),
        ),
        NOTE,
        Ground((0.91, 0.89, 0.84), texture=0.012, depth=0.3, shadow=0.22),
        blur=1.0,
        noise=0.012,
        quality=74,
    ),
    Sample(
        "letter.jpg",
        "architects-daughter",
        (2100, 1500),
        (
            Block(
                "DEAR ZOE\nTHE KEYS ARE IN THE BLUE BOX\nUNDER THE STAIRS. PLEASE FEED\nTHE FOX AND WATER THE QUINCE\n"
                "EVERY 2 DAYS. BACK ON JUNE 19\nLOVE MAX",
                0.13,
                0.16,
                56,
                PENCIL,
                pitch=2.95,
                slope=2.6,
            ),
        ),
        Hand(turn=2.5, size=0.06, hop=0.06, gap=0.16, slope=0.7, bend=0.022, grain=0.3),
        Ground(
            (0.86, 0.85, 0.82),
            texture=0.014,
            depth=0.5,
            shadow=0.3,
            sheet=((0.035, 0.02), (0.98, 0.05), (0.955, 0.985), (0.02, 0.955)),
            around=(0.3, 0.2, 0.13),
        ),
        blur=1.1,
        noise=0.014,
        quality=74,
    ),
    Sample(
        "whiteboard.jpg",
        "shantell-sans",
        (2304, 1728),
        (
            Block("SPRINT 27", 0.1, 0.1, 130, BLUE, slope=-1.0),
            Block("FIX THE QUEUE BUG\nTEST JSON EXPORT\nSHIP VERSION 3", 0.11, 0.3, 92, BLACK, pitch=2.05, slope=-1.2),
            Block("DEMO AT 14 30", 0.12, 0.64, 100, RED, slope=-0.6),
            Block("ROOM B6 WITH CAKE", 0.12, 0.79, 92, GREEN, slope=-1.0),
        ),
        Hand(turn=2.0, size=0.06, hop=0.06, gap=0.12, slope=0.6, bend=0.02, broad=0.015, grain=0.22),
        Ground(
            (0.84, 0.86, 0.87),
            texture=0.004,
            depth=0.28,
            wiped=-0.025,
            glare=((0.8, 0.2, 0.07), (0.87, 0.63, 0.045)),
            sheet=((0.022, -0.1), (1.1, -0.1), (1.1, 0.962), (0.03, 0.968)),
            around=(0.48, 0.45, 0.4),
            frame=0.012,
        ),
        ghosts=(
            Block("BUDGET 2026\nMARKET VISIT\nHIRE 2 PEOPLE\nCOFFEE", 0.46, 0.16, 105, BLUE, pitch=2.6, slope=2.0),
            Block("NEXT WEEK", 0.42, 0.72, 110, BLACK, slope=-3.0),
        ),
        blur=1.2,
        noise=0.009,
        quality=78,
    ),
    Sample(
        "blackboard.jpg",
        "short-stack",
        (2048, 1536),
        (
            Block("TODAY", 0.39, 0.09, 110, CHALK, slope=-0.8),
            Block(
                "QUIZ ON CHAPTER 7\nREAD PAGES 48 TO 96\nNO HOMEWORK\nHAVE A JOYFUL WEEK",
                0.09,
                0.3,
                82,
                CHALK,
                pitch=2.9,
                slope=-0.9,
            ),
        ),
        Hand(turn=2.4, size=0.06, hop=0.06, gap=0.14, slope=0.6, bend=0.024, grain=1.0),
        Ground((0.12, 0.2, 0.16), texture=0.008, depth=0.45, wiped=0.035),
        blur=1.0,
        noise=0.01,
        quality=74,
    ),
    Sample(
        "alphabet.jpg",
        "neucha",
        (2000, 1500),
        (
            Block(
                "A B C D E F G H\nI J K L M N O P\nQ R S T U V W X\nY Z 0 1 2 3 4\n5 6 7 8 9",
                0.09,
                0.09,
                105,
                BLACK,
                pitch=2.55,
                slope=0.7,
            ),
        ),
        Hand(turn=2.5, size=0.06, hop=0.05, gap=0.3, slope=0.5, bend=0.022, broad=0.01),
        Ground((0.9, 0.88, 0.85), texture=0.012, depth=0.4, shadow=0.2),
        blur=1.2,
        noise=0.012,
        quality=74,
    ),
    Sample(
        "columns.png",
        "courier-prime",
        (1800, 1250),
        (
            Block(
                "THE HARBOR\nOPENS AT 6\nIN SUMMER\nAND AT 8 IN\nWINTER. ASK\nFOR A QUAY\nNEAR PIER 5",
                0.08,
                0.1,
                44,
                pitch=3.4,
            ),
            Block(
                "BOATS OVER\n12 METERS\nPAY EXTRA.\nFUEL IS SOLD\nJUST BEHIND\nTHE CRANES\nUNTIL 9 PM",
                0.55,
                0.1,
                44,
                pitch=3.4,
            ),
        ),
        PRINT,
        SCAN,
        blur=0.8,
        noise=0.03,
    ),
    Sample(
        "printed.png",
        "source-serif-4",
        (1600, 1200),
        (
            Block("NIGHT TRAINS", 0.08, 0.08, 96),
            Block("FROM VIENNA TO ZURICH\nEVERY DAY AT 21 45", 0.08, 0.26, 58, pitch=2.2),
            Block(
                "SLEEPING CARS HAVE 2 OR 4 BEDS. BIKES NEED\nA TICKET OF THEIR OWN. CALL 0800 17 36 90\n"
                "OR ASK AT ANY DESK. QUIET COACHES ARE 11\nTO 13. BREAKFAST IS INCLUDED IN THE PRICE.",
                0.08,
                0.5,
                36,
                pitch=2.6,
            ),
        ),
        PRINT,
        SCAN,
        blur=0.8,
        noise=0.03,
    ),
    Sample(
        "fax.tif",
        "ibm-plex-mono",
        (1728, 1100),
        (
            Block(
                "TO OFFICE 7 FROM WAREHOUSE 3\nWE SENT 48 BOXES BY TRUCK\nPLEASE CHECK THE GLASS JARS\n"
                "AND RETURN 2 EMPTY CRATES\nTHANK YOU VERY MUCH",
                0.07,
                0.13,
                46,
                pitch=3.6,
                slope=0.9,
            ),
        ),
        PRINT,
        SCAN,
        blur=1.4,
        noise=0.16,
    ),
)


def main() -> None:
    """Make all samples, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fonts", type=Path, required=True, help="folder of TTF or WOFF2 files, at any depth")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to (default: beside this script)")
    parser.add_argument("names", nargs="*", help="samples to make, such as letter.jpg (default: all)")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for sample in SAMPLES:
        if not options.names or sample.file in options.names:
            save(sample, draw(sample, find_font(options.fonts, sample.font)), options.out)
            print(f"{sample.file}: {(options.out / sample.file).stat().st_size // 1000} kB")


def draw(sample: Sample, font: bytes) -> Picture:
    """Write the sample's blocks on its ground, in its light, and take the picture."""
    rng = np.random.default_rng(list(sample.file.encode()))
    page = bare(sample, rng)
    for ghost in sample.ghosts:
        page = lay(page, ghost.colour, 0.14 * smear(write(ghost, sample, font, rng), ghost.capital, rng))
    for block in sample.blocks:
        page = lay(page, block.colour, write(block, sample, font, rng) * density(sample, block.capital, rng))
    page = on_table(page, sample.ground, rng)
    page = page * light(page.shape[:2], sample.ground, rng)[..., None]
    return photograph(glare(page, sample.ground), sample, rng)


def save(sample: Sample, page: Picture, folder: Path) -> None:
    """Save the page as its suffix says, and its text beside it."""
    path = folder / sample.file
    image = Image.fromarray((page * 255 + 0.5).astype(np.uint8))
    if path.suffix == ".jpg":
        image.save(path, quality=sample.quality, optimize=True)
    elif path.suffix == ".png":
        image.convert("L").save(path, optimize=True, dpi=(200, 200))
    else:
        image.convert("1", dither=Image.Dither.NONE).save(path, compression="group4", dpi=(200, 200))
    path.with_suffix(".txt").write_text(sample.text)


# Writing


def find_font(folder: Path, name: str) -> bytes:
    """Find a font by its package's name, as the bytes of a TTF file.

    Parameters
    ----------
    folder : Path
        Where TTF (``NAME.ttf``) or WOFF2 files (``NAME-latin-400-normal.woff2``) lie, at any depth.
    name : str
        The package's name without ``@fontsource/``.

    Raises
    ------
    SystemExit
        When no such file is there.
    """
    for pattern in (f"{name}.ttf", f"{name}-latin-400-normal.woff2"):
        for path in sorted(folder.rglob(pattern)):
            font, plain = TTFont(path), io.BytesIO()
            font.flavor = None
            font.save(plain)
            return plain.getvalue()
    raise SystemExit(f"no font {name} in {folder}: get it with `npm pack @fontsource/{name}`")


def write(block: Block, sample: Sample, font: bytes, rng: np.random.Generator) -> Field:
    """Draw a block letter by letter; what comes back is the ink's cover, 0..1."""
    width, height = sample.size
    ink = np.zeros((height, width), np.float32)
    face = face_of(font, block.capital)
    for picture, x, y in letters(block, sample, face, rng):
        place(ink, picture, x, y)
    return bent(ink, block.capital, sample.hand.bend, rng)


def face_of(font: bytes, capital: float) -> ImageFont.FreeTypeFont:
    """Open the font at the size that gives capitals of this height."""
    _, top, _, bottom = ImageFont.truetype(io.BytesIO(font), 200).getbbox("H")
    return ImageFont.truetype(io.BytesIO(font), capital * 200 / (bottom - top))


def letters(
    block: Block, sample: Sample, face: ImageFont.FreeTypeFont, rng: np.random.Generator
) -> Iterator[tuple[Image.Image, float, float]]:
    """Yield each letter's picture and where its centre goes: x and y in pixels."""
    hand, capital = sample.hand, block.capital
    width, height = sample.size
    for number, line in enumerate(block.text.splitlines()):
        slope = np.tan(np.radians(block.slope + rng.normal(0, hand.slope)))
        left, base = block.left * width, block.top * height + capital * (1 + number * block.pitch)
        x = left + rng.uniform(0, 6 * hand.hop) * capital
        for letter in line:
            advance = face.getlength(letter) + hand.gap * capital * rng.uniform(0.6, 1.4)
            if letter != " ":
                y = base + (x - left) * slope + rng.normal(0, hand.hop) * capital - capital / 2
                yield wobbled(letter, face, capital, hand, rng), x + advance / 2, y
            x += advance


def wobbled(
    letter: str, face: ImageFont.FreeTypeFont, capital: float, hand: Hand, rng: np.random.Generator
) -> Image.Image:
    """Draw one letter, turned and scaled a little, on a square whose centre is half a capital above the base line."""
    half = round(capital * 1.2)
    image = Image.new("L", (2 * half, 2 * half))
    pen = round(hand.broad * capital)
    ImageDraw.Draw(image).text((half, half + capital / 2), letter, 255, font=face, anchor="ms", stroke_width=pen)
    if not (hand.turn or hand.size):
        return image
    angle = np.radians(rng.normal(0, hand.turn))
    wide, high = 1 / np.clip(rng.normal(1, hand.size, 2), 0.8, 1.2)
    a, b, c, d = np.cos(angle) * wide, np.sin(angle) * wide, -np.sin(angle) * high, np.cos(angle) * high
    affine = (a, b, half - half * (a + b), c, d, half - half * (c + d))
    return image.transform(image.size, Image.Transform.AFFINE, affine, Image.Resampling.BICUBIC)


def place(ink: Field, picture: Image.Image, x: float, y: float) -> None:
    """Lay a letter's picture, centred at x and y, into the ink; what falls off the page is cut off."""
    cover = np.asarray(picture, np.float32) / 255
    top, left = round(y - cover.shape[0] / 2), round(x - cover.shape[1] / 2)
    cover = cover[max(0, -top) :, max(0, -left) :]
    window = ink[max(0, top) : max(0, top) + cover.shape[0], max(0, left) : max(0, left) + cover.shape[1]]
    np.maximum(window, cover[: window.shape[0], : window.shape[1]], out=window)


def bent(ink: Field, capital: float, bend: float, rng: np.random.Generator) -> Field:
    """Bend strokes by a smooth warp (waves of half a capital), and rows by a wide one."""
    if not bend:
        return ink
    rows, columns = np.indices(ink.shape, np.float32)
    for axis in (rows, columns):
        axis += bend * capital * (clouds(ink.shape, capital * 0.5, rng) + 4 * clouds(ink.shape, capital * 8, rng))
    return ndimage.map_coordinates(ink, (rows, columns), order=1)


def density(sample: Sample, capital: float, rng: np.random.Generator) -> Field:
    """How much of the pen's colour the ground takes at each pixel: speckled where the hand's grain is rough."""
    shape = sample.size[::-1]
    rough = 0.6 * clouds(shape, 2, rng) + 0.5 * clouds(shape, 5, rng) + 0.3 * clouds(shape, capital / 2, rng)
    return np.clip(0.93 + 0.42 * sample.hand.grain * (rough - 0.3), 0.08, 0.96)


def smear(ink: Field, capital: float, rng: np.random.Generator) -> Field:
    """Half wipe the ink away: some of it stays, some is dragged along the row, some is gone."""
    dragged = ndimage.uniform_filter(ink, (max(3, round(capital * 0.1)), round(capital * 0.6)))
    stays = np.clip(0.5 + 0.5 * clouds(ink.shape, capital * 2, rng), 0, 1)
    return ink * stays + dragged


def lay(page: Picture, colour: Colour, cover: Field) -> Picture:
    """Cover the page with a colour, as far as ``cover`` says."""
    return page + (np.array(colour, np.float32) - page) * np.clip(cover, 0, 1)[..., None]


# Grounds and light


def clouds(shape: tuple[int, int], size: float, rng: np.random.Generator, stretch: float = 1) -> Field:
    """Smooth noise of about unit deviation: bumps ``size`` pixels high and ``stretch`` times as wide."""
    height, width = (2 + int(length / step) for length, step in zip(shape, (size, size * stretch), strict=True))
    seeds = Image.fromarray(rng.standard_normal((height + 1, width + 1), np.float32))
    box = (0.5, 0.5, 0.5 + shape[1] / size / stretch, 0.5 + shape[0] / size)
    return 1.3 * np.asarray(seeds.resize(shape[::-1], Image.Resampling.BICUBIC, box), np.float32)


def bare(sample: Sample, rng: np.random.Generator) -> Picture:
    """Make the empty ground: its colour, fibres, and what a sponge has left."""
    ground, shape = sample.ground, sample.size[::-1]
    page = np.ones(shape, np.float32)
    if ground.texture:
        page += ground.texture * (clouds(shape, 2, rng) + clouds(shape, 4, rng, stretch=3) + clouds(shape, 60, rng))
    if ground.wiped:
        streaks = np.clip(clouds(shape, 70, rng, stretch=10), 0, 2.5) + np.clip(clouds(shape, 250, rng), 0, 2.5)
        return page[..., None] * np.array(ground.colour, np.float32) + ground.wiped * streaks[..., None]
    return page[..., None] * np.array(ground.colour, np.float32)


def on_table(page: Picture, ground: Ground, rng: np.random.Generator) -> Picture:
    """Cut the sheet out, with a metal frame around it if it has one, and lay it on what is around it."""
    if ground.sheet is None:
        return page
    shape = page.shape[:2]
    table = np.array(ground.around, np.float32) * (1 + 0.14 * clouds(shape, 9, rng, stretch=30))[..., None]
    sheet = np.array(ground.sheet)
    outer = sheet + ground.frame * np.sign(sheet - sheet.mean(axis=0))
    below = 0.35 * area(shape, outer, 14)[..., None]  # the sheet's soft shadow on the table
    around = lay(table * (1 - below), (0.6, 0.61, 0.63), area(shape, outer, 1.5) * (ground.frame > 0))
    inside = area(shape, sheet, 1.5)[..., None]
    return around * (1 - inside) + page * inside


def area(shape: tuple[int, int], corners: NDArray[np.float64], blur: float) -> Field:
    """Draw a filled quadrilateral with soft edges: 1 inside, 0 outside."""
    image = Image.new("L", shape[::-1])
    ImageDraw.Draw(image).polygon([(x * shape[1], y * shape[0]) for x, y in corners], fill=255)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(blur)), np.float32) / 255


def light(shape: tuple[int, int], ground: Ground, rng: np.random.Generator) -> Field:
    """Light that falls from one side, fades to the corners, and is kept off by the hand that holds the phone."""
    y, x = np.mgrid[-0.5 : 0.5 : shape[0] * 1j, -0.5 : 0.5 : shape[1] * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    slant = np.cos(angle) * x + np.sin(angle) * y
    falls = 1 + ground.depth * (0.8 * slant - 0.9 * (x * x + y * y) + 0.04 * clouds(shape, shape[0] / 3, rng))
    return falls * (1 - ground.shadow * hand_shadow(shape))


def hand_shadow(shape: tuple[int, int]) -> Field:
    """Draw the blurred shadow of a hand with a phone that reaches in from the lower right."""
    width, height = shape[1] // 8, shape[0] // 8
    image = Image.new("L", (width, height))
    pen = ImageDraw.Draw(image)
    pen.line([(1.1 * width, 1.1 * height), (0.82 * width, 0.8 * height)], fill=255, width=width // 4)
    pen.ellipse([0.68 * width, 0.66 * height, 0.96 * width, 0.94 * height], fill=255)
    pen.line([(0.74 * width, 0.76 * height), (0.62 * width, 0.63 * height)], fill=255, width=width // 14)
    soft = image.filter(ImageFilter.GaussianBlur(width / 45)).resize(shape[::-1], Image.Resampling.BICUBIC)
    return np.asarray(soft, np.float32) / 255


def glare(page: Picture, ground: Ground) -> Picture:
    """Add the images of lamps that a shiny board gives back."""
    height, width = page.shape[:2]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    for x, y, radius in ground.glare:
        away = np.hypot(columns - x * width, rows - y * height) / (radius * width)
        page = lay(page, (1.0, 1.0, 1.0), 0.8 * np.exp(-(away**2)) + 0.18 * np.exp(-away / 2))
    return page


def photograph(page: Picture, sample: Sample, rng: np.random.Generator) -> Picture:
    """Blur as a lens does, add a sensor's noise, and clip."""
    page = ndimage.gaussian_filter(page, (sample.blur, sample.blur, 0))
    noise = rng.standard_normal(page.shape[:2], np.float32)
    noise = 0.6 * noise + 1.2 * ndimage.uniform_filter(noise, 3)
    if sample.ground.scanned:  # paper is clipped to white: noise shows at the ink's edge
        noise *= 4 * page[..., 0] * (1 - page[..., 0]) + 0.3 * (1 - page[..., 0])
    return np.clip(page + sample.noise * noise[..., None], 0, 1)


if __name__ == "__main__":
    main()
