"""`ocrpipe synth`: make pages and glyphs, with the truth beside them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

synth = typer.Typer(help="Make hand-like pages and glyphs, with the exact truth beside them.", no_args_is_help=True)

Source = Annotated[
    Path,
    typer.Argument(
        metavar="SOURCE",
        help="Who writes: a folder of fonts (TTF, OTF, WOFF2), a strokes file (.jsonl, .jsonl.gz), "
        "or builtin: a plain font that is always there.",
        show_default=False,
    ),
]
Seed = Annotated[int, typer.Option(help="Decides all that is left to chance; page n is made with seed + n.", min=0)]


class PageKind(StrEnum):
    """What is written on."""

    paper = "paper"
    whiteboard = "whiteboard"
    chalk = "chalk"
    scan = "scan"


class Ruled(StrEnum):
    """What is printed on the paper."""

    none = "none"
    lines = "lines"
    grid = "grid"


class Format(StrEnum):
    """What a page is written as."""

    jpg = "jpg"
    png = "png"
    tif = "tif"


@synth.command()
def page(
    source: Source,
    out: Annotated[
        Path,
        typer.Option(
            "-o", "--out", metavar="DIR", help="Write page-0001.jpg, .json and .txt there.", show_default=False
        ),
    ],
    text: Annotated[
        str | None, typer.Option(help="What to write; \\n begins a line.", show_default="random words")
    ] = None,
    text_file: Annotated[
        Path | None, typer.Option("--text-file", metavar="FILE", help="What to write, in UTF-8.", show_default=False)
    ] = None,
    lines: Annotated[int, typer.Option(help="Lines of random words.", min=1)] = 6,
    small: Annotated[bool, typer.Option("--small", help="Random words in small letters.")] = False,
    count: Annotated[int, typer.Option(help="How many pages.", min=1, max=100_000)] = 1,
    seed: Seed = 0,
    kind: Annotated[PageKind, typer.Option(help="What is written on.")] = PageKind.paper,
    size: Annotated[str, typer.Option(metavar="WIDTHxHEIGHT", help="Of the picture, pixels.")] = "1600x1200",
    capital: Annotated[
        float | None, typer.Option(help="Height of a capital, pixels.", min=8, show_default="the largest that fits")
    ] = None,
    wobble: Annotated[float, typer.Option(help="How unsteady the writing is, 0 to 1.", min=0, max=1)] = 0.5,
    slope: Annotated[float, typer.Option(help="How much lines slope at most, degrees.", min=0, max=30)] = 1.0,
    gap: Annotated[
        float, typer.Option(help="Added between letters, in capitals; below 0 they come to touch.", min=-0.5, max=3)
    ] = 0.1,
    broken: Annotated[float, typer.Option(help="Share of letters with a gap in a stroke.", min=0, max=1)] = 0.0,
    light: Annotated[float, typer.Option(help="How uneven the light is, 0 to 1.", min=0, max=1)] = 0.4,
    noise: Annotated[float, typer.Option(help="How noisy the camera is, 0 to 1.", min=0, max=1)] = 0.4,
    skew: Annotated[float, typer.Option(help="How far the page is turned at most, degrees.", min=0, max=45)] = 1.0,
    ruled: Annotated[Ruled, typer.Option(help="Printed on the paper.")] = Ruled.none,
    blots: Annotated[
        int, typer.Option(help="How many blots, scribbles and scraps of lines, where no letter is.", min=0, max=1000)
    ] = 0,
    to: Annotated[
        Format, typer.Option("--to", help="jpg in colour, png in grey, tif in black and white.")
    ] = Format.jpg,
) -> None:
    """Make pages as a phone or a scanner takes them, and beside each its text and a Page with every letter's box."""
    from ocrpipe.batch import make_folder
    from ocrpipe.train.synth import Order, draw_order, hands_in, save_page

    order = Order(
        text=given_text(text, text_file),
        lines=lines,
        capitals=not small,
        kind=kind.value,
        size=parse_size(size),
        capital=capital,
        wobble=wobble,
        slope=slope,
        gap=gap,
        broken=broken,
        light=light,
        noise=noise,
        skew=skew,
        ruled=ruled.value,
        blots=blots,
    )
    hands = hands_in(source)
    for number in range(count):
        picture, truth = draw_order(order, hands, seed + number)
        make_folder(out)
        path = out / f"page-{number + 1:04d}.{to.value}"
        save_page(path, picture, truth)
        typer.echo(path)


@synth.command()
def glyphs(
    source: Source,
    out: Annotated[
        Path,
        typer.Option(
            "-o", "--out", metavar="DIR|FILE.npz", help="A folder of PNGs a class, or one file.", show_default=False
        ),
    ],
    classes: Annotated[str, typer.Option(metavar="SIGNS", help="What to draw, such as A-Z0-9.")] = "A-Z0-9",
    count: Annotated[int, typer.Option(help="How many of each.", min=1, max=1_000_000)] = 20,
    seed: Annotated[int, typer.Option(help="Decides who writes each, and how.", min=0)] = 0,
    side: Annotated[int, typer.Option(help="Height and width of a picture, pixels.", min=8, max=512)] = 32,
    plain: Annotated[bool, typer.Option("--plain", help="Only the pen's width changes.")] = False,
    even: Annotated[
        bool, typer.Option(help="Make all strokes about equally wide, as the shipped networks want.")
    ] = True,
) -> None:
    """Draw single glyphs as the pipeline's crops show them; each knows its label and its writer."""
    from ocrpipe.batch import make_folder
    from ocrpipe.nn import Crop
    from ocrpipe.train.dataset import parse_classes
    from ocrpipe.train.formats import save_folder, save_npz
    from ocrpipe.train.synth import draw_glyphs, fonts_in, samples_in

    crop = Crop(height=side, width=side, even_strokes=even)
    dataset = draw_glyphs(
        fonts_in(source) or samples_in(source),
        parse_classes(classes),
        count,
        seed,
        crop=crop,
        varied=not plain,
        named=source.name,
    )
    single = out.suffix == ".npz"
    make_folder(out.parent if single else out)
    (save_npz if single else save_folder)(out, dataset)
    typer.echo(
        f"{out}: {len(dataset)} glyphs of {len(dataset.classes)} classes, {len(set(dataset.writers or ()))} hands"
    )


def parse_size(text: str) -> tuple[int, int]:
    """Return width and height.

    Examples
    --------
    >>> parse_size("1600x1200")
    (1600, 1200)
    """
    from ocrpipe.errors import ConfigError

    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and 64 <= int(width) <= 10_000 and 64 <= int(height) <= 10_000):
        raise ConfigError(f"--size {text}: say WIDTHxHEIGHT in pixels, each from 64 to 10000, such as 1600x1200")
    return int(width), int(height)


def given_text(text: str | None, file: Path | None) -> str | None:
    """Return what to write, None for random words."""
    from ocrpipe.errors import ConfigError, InputError, told

    if text is not None and file is not None:
        raise ConfigError("--text and --text-file exclude each other: give one")
    if file is None:
        return None if text is None else text.replace("\\n", "\n")
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read as text ({told(error)})") from None
