"""Make the sample pages from open fonts, drawn and lit so that they look like photographs of hand-printed pages.

Run ``python samples/make.py --fonts DIR`` after getting the fonts (README.md beside this file says how). The drawing is
`ocrpipe.train.synth`; here stands only what the pages show. Every page has its own fixed seed, so the same fonts give
the same pages.
"""

from __future__ import annotations

import argparse
import zlib
from dataclasses import dataclass
from pathlib import Path

from ocrpipe.batch import write_whole
from ocrpipe.train.synth import Block, FontHand, Ground, Scene, Writing, draw_page, encoded
from ocrpipe.train.synth.scene import BLACK, BLUE, CHALK, GREEN, PENCIL, RED

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Sample:
    """One page of the samples: its file, its font's package, what it shows, and a JPEG's quality."""

    file: str
    font: str
    scene: Scene
    quality: int = 80


NOTE = Writing(turn=2.2, size=0.05, hop=0.05, gap=0.12, slope=0.5, bend=0.02)
PRINT = Writing()
SCAN = Ground((1.0, 1.0, 1.0), scanned=True)

SAMPLES = (
    Sample(
        "shopping.jpg",
        "gloria-hallelujah",
        Scene(
            (1500, 2000),
            (
                Block("SHOPPING LIST", 0.14, 0.075, 86, BLUE, slope=-0.8),
                Block(
                    "2 BAGS OF FLOUR\n12 EGGS\n3 LEMONS\n500 G BUTTER\n1 JAR OF HONEY\n6 BANANAS\n"
                    "4 PIZZA BASES\nQUICK OATS",
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
        ),
        quality=74,
    ),
    Sample(
        "letter.jpg",
        "architects-daughter",
        Scene(
            (2100, 1500),
            (
                Block(
                    "DEAR ZOE\nTHE KEYS ARE IN THE BLUE BOX\nUNDER THE STAIRS. PLEASE FEED\n"
                    "THE FOX AND WATER THE QUINCE\nEVERY 2 DAYS. BACK ON JUNE 19\nLOVE MAX",
                    0.13,
                    0.16,
                    56,
                    PENCIL,
                    pitch=2.95,
                    slope=2.6,
                ),
            ),
            Writing(turn=2.5, size=0.06, hop=0.06, gap=0.16, slope=0.7, bend=0.022, grain=0.3),
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
        ),
        quality=74,
    ),
    Sample(
        "whiteboard.jpg",
        "shantell-sans",
        Scene(
            (2304, 1728),
            (
                Block("SPRINT 27", 0.1, 0.1, 130, BLUE, slope=-1.0),
                Block(
                    "FIX THE QUEUE BUG\nTEST JSON EXPORT\nSHIP VERSION 3", 0.11, 0.3, 92, BLACK, pitch=2.05, slope=-1.2
                ),
                Block("DEMO AT 14 30", 0.12, 0.64, 100, RED, slope=-0.6),
                Block("ROOM B6 WITH CAKE", 0.12, 0.79, 92, GREEN, slope=-1.0),
            ),
            Writing(turn=2.0, size=0.06, hop=0.06, gap=0.12, slope=0.6, bend=0.02, broad=0.015, grain=0.22),
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
        ),
        quality=78,
    ),
    Sample(
        "blackboard.jpg",
        "short-stack",
        Scene(
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
            Writing(turn=2.4, size=0.06, hop=0.06, gap=0.14, slope=0.6, bend=0.024, grain=1.0),
            Ground((0.12, 0.2, 0.16), texture=0.008, depth=0.45, wiped=0.035),
            blur=1.0,
            noise=0.01,
        ),
        quality=74,
    ),
    Sample(
        "alphabet.jpg",
        "neucha",
        Scene(
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
            Writing(turn=2.5, size=0.06, hop=0.05, gap=0.3, slope=0.5, bend=0.022, broad=0.01),
            Ground((0.9, 0.88, 0.85), texture=0.012, depth=0.4, shadow=0.2),
            blur=1.2,
            noise=0.012,
        ),
        quality=74,
    ),
    Sample(
        "columns.png",
        "courier-prime",
        Scene(
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
    ),
    Sample(
        "printed.png",
        "source-serif-4",
        Scene(
            (1600, 1200),
            (
                Block("NIGHT TRAINS", 0.08, 0.08, 96),
                Block("FROM VIENNA TO ZURICH\nEVERY DAY AT 21 45", 0.08, 0.26, 58, pitch=2.2),
                Block(
                    "SLEEPING CARS HAVE 2 OR 4 BEDS. BIKES NEED\n"
                    "A TICKET OF THEIR OWN. CALL 0800 17 36 90\nOR ASK AT ANY DESK. QUIET COACHES ARE 11\n"
                    "TO 13. BREAKFAST IS INCLUDED IN THE PRICE.",
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
    ),
    Sample(
        "fax.tif",
        "ibm-plex-mono",
        Scene(
            (1728, 1100),
            (
                Block(
                    "TO OFFICE 7 FROM WAREHOUSE 3\nWE SENT 48 BOXES BY TRUCK\n"
                    "PLEASE CHECK THE GLASS JARS\nAND RETURN 2 EMPTY CRATES\nTHANK YOU VERY MUCH",
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
            make(sample, find_font(options.fonts, sample.font), options.out / sample.file)
            print(f"{sample.file}: {(options.out / sample.file).stat().st_size // 1000} kB")


def make(sample: Sample, hand: FontHand, path: Path) -> None:
    """Draw a sample and save it, and its text beside it."""
    picture, truth = draw_page(sample.scene, hand, seed=zlib.crc32(sample.file.encode()))
    write_whole(path, [encoded(picture, path.suffix, sample.quality)])
    write_whole(path.with_suffix(".txt"), [f"{truth.text}\n".encode()])


def find_font(folder: Path, name: str) -> FontHand:
    """Find a font by its package's name: ``NAME.ttf`` or ``NAME-latin-400-normal.woff2``, at any depth."""
    for pattern in (f"{name}.ttf", f"{name}-latin-400-normal.woff2"):
        for path in sorted(folder.rglob(pattern)):
            return FontHand(path)
    raise SystemExit(f"no font {name} in {folder}: get it with `npm pack @fontsource/{name}`")


if __name__ == "__main__":
    main()
