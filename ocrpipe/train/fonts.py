"""The open fonts that the shipped networks were drawn with: ``python -m ocrpipe.train.fonts``.

Without arguments it prints their npm packages; given the folder that npm filled, and one to write, it unpacks them::

    npm install $(python -m ocrpipe.train.fonts)
    python -m ocrpipe.train.fonts node_modules fonts

Most bear the SIL Open Font License, some Apache's; each package says. They are used to draw with, and not passed on.
Which of them only the test is drawn with, a hash of the name decides (`ocrpipe.train.strokes.in_test`).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ocrpipe.errors import InputError

__all__ = ["HAND", "NAMES", "PRINT", "main", "packages", "unpack"]

HAND = """
amatic-sc annie-use-your-telescope architects-daughter balsamiq-sans caveat caveat-brush chilanka comic-neue
covered-by-your-grace delicious-handrawn delius gaegu gloria-hallelujah gochi-hand handlee indie-flower itim kalam
mansalva nanum-pen-script neucha patrick-hand permanent-marker playpen-sans reenie-beanie rock-salt schoolbell
shadows-into-light shantell-sans short-stack sniglet sriracha sue-ellen-francisco swanky-and-moo-moo
the-girl-next-door yomogi zen-kurenaido
"""
"""Hand-printed fonts."""

PRINT = """
arvo bitter cabin courier-prime cousine crimson-pro eb-garamond fira-sans ibm-plex-mono inter jetbrains-mono
josefin-sans karla libre-baskerville lora merriweather montserrat noto-sans noto-serif open-sans oswald
playfair-display pt-serif roboto roboto-slab source-serif-4 space-mono special-elite ubuntu work-sans
"""
"""Fonts of books, screens and typewriters."""

NAMES = (*HAND.split(), *PRINT.split())


def packages() -> list[str]:
    """Return the fonts' npm packages, of the version that was drawn with.

    Examples
    --------
    >>> packages()[0], len(packages())
    ('@fontsource/amatic-sc@5.3', 67)
    """
    return [f"@fontsource/{name}@5.3" for name in NAMES]


def unpack(modules: Path, folder: Path) -> list[Path]:
    """Write each font's regular Latin cut as TrueType, named as its package.

    Parameters
    ----------
    modules : Path
        The folder ``node_modules`` that npm filled.
    folder : Path
        Made if it is not there.

    Raises
    ------
    InputError
        If a font is missing, or fontTools, which unpacks them.
    """
    try:
        from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
    except ImportError:
        raise InputError("to unpack fonts needs fontTools: pip install 'ocrpipe[synth]'") from None
    packed = {name: modules / "@fontsource" / name / "files" / f"{name}-latin-400-normal.woff2" for name in NAMES}
    missing = [name for name, path in packed.items() if not path.is_file()]
    if missing:
        raise InputError(
            f"{modules}: {len(missing)} fonts are missing, the first is {missing[0]}; "
            "npm install $(python -m ocrpipe.train.fonts)"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in packed.items():
        font = TTFont(path)
        font.flavor = None
        font.save(folder / f"{name}.ttf")
    return [folder / f"{name}.ttf" for name in packed]


def main(arguments: list[str] | None = None) -> None:
    """Print the fonts' packages, or unpack them."""
    parser = argparse.ArgumentParser(description="Print the npm packages of the fonts to draw with, or unpack them.")
    parser.add_argument("modules", type=Path, nargs="?", help="the folder node_modules that npm filled")
    parser.add_argument("folder", type=Path, nargs="?", help="where to write the TrueType files")
    chosen = parser.parse_args(arguments)
    if chosen.modules is None:
        sys.stdout.write(" ".join(packages()) + "\n")
    elif chosen.folder is None:
        parser.error("say where to write the fonts: python -m ocrpipe.train.fonts node_modules fonts")
    else:
        try:
            written = unpack(chosen.modules, chosen.folder)
        except InputError as error:
            parser.exit(2, f"{error}\n")
        sys.stdout.write(f"{len(written)} fonts in {chosen.folder}\n")


if __name__ == "__main__":
    main()
