"""Made documents for loaders: images as files' bytes and in memory, several pages, damage, and what is no document."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ocrpipe.document import Document
from ocrpipe.testing.pages import dotted, made_pages

LEAVES = 3
"""Pages of the made document that has several."""


def made_documents() -> dict[str, Document]:
    """Return documents of one page, in the kinds of file that many loaders know, and in memory.

    Examples
    --------
    >>> sorted(made_documents())[:3]
    ['array', 'gif', 'jpeg lying']
    """
    pages = made_pages()
    dot, lines = Image.fromarray(dotted()), Image.fromarray(pages["lines"].gray)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    return {
        "png": named(encoded(lines, "PNG"), "lines.png"),
        "png 1x1": named(encoded(Image.new("L", (1, 1), 255), "PNG"), "1x1.png"),
        "png bilevel": named(encoded(lines.convert("1"), "PNG"), "bilevel.png"),
        "png alpha": named(encoded(lines.convert("LA"), "PNG"), "alpha.png"),
        "gif": named(encoded(dot, "GIF"), "dot.gif"),
        "jpeg lying": named(encoded(lines.convert("RGB"), "JPEG", exif=exif), "lying.jpg"),
        "tiff of several": several(),
        "pillow image": Document.of(dot),
        "array": Document.of(np.asarray(lines)),
    }


def foreign_documents() -> dict[str, Document]:
    """Return documents that no loader may take for its own."""
    noise = np.random.default_rng(11).integers(128, 256, 4000, np.uint8).tobytes()
    return {
        "plain text": named(b"Dear reader, this is a letter and no picture of one.\n" * 20, "letter.txt"),
        "noise": named(noise, "noise.bin"),
    }


def several(pages: tuple[int, ...] | None = None) -> Document:
    """Return a TIFF of several pages, each of another size, of which `pages` are wanted."""
    return Document(data=leaves(), name="several.tif", pages=pages)


def cut_off() -> Document:
    """Return that TIFF without the end of its last page: who loads one page at a time gives those before."""
    return Document(data=leaves()[:-2000], name="cut-off.tif")


def leaves() -> bytes:
    """Return the bytes of that TIFF."""
    images = [Image.new("L", (120 + 20 * n, 80), 255 - n) for n in range(LEAVES)]
    stream = io.BytesIO()
    images[0].save(stream, "TIFF", save_all=True, append_images=images[1:])
    return stream.getvalue()


def given_documents(paths: Sequence[str], pages: tuple[int, ...] | None = None) -> dict[str, Document]:
    """Return the author's own documents by their names."""
    return {Path(path).name: Document.of(path, pages) for path in paths}


def named(data: bytes, name: str) -> Document:
    """Return a document of these bytes."""
    return Document(data=data, name=name)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """Return an image as a file of some kind."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()
