"""Truth and results on disk, matched by name, page by page."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from ocrpipe.errors import InputError
from ocrpipe.evaluate.sheet import Sheet
from ocrpipe.formats import read_results

SUFFIXES = (".json", ".jsonl", ".page.xml", ".alto.xml", ".xml", ".hocr", ".txt")
"""Endings of what can be compared, what knows most first: of two files of one name the first counts."""

PART = re.compile(r"-p(\d{4,})$")
"""What the name of a document's second and later pages ends in, where a format is one file a page."""

NO_TRUTH, NO_RESULT = "not in the truth", "no result"
"""What is said of a page that only one side has."""

PAGE_BREAK = "\f"
"""What parts the pages of a plain text."""


Files = list[tuple[int, Path]]
"""A document's files, each with the number of the page that it begins with."""

Numbered = tuple[int, Sheet]
"""A page and its number in the document, from 1."""


class Pair(NamedTuple):
    """One page to compare."""

    name: str
    truth: Sheet
    result: Sheet
    note: str = ""


@dataclass(frozen=True)
class Matches:
    """What is to be compared, by name: the files of the truth and of the result.

    Parameters
    ----------
    files
        By the document's name, each side's files with the number of the page that they begin with.
    strays
        The results that have no truth.
    """

    files: dict[str, tuple[Files, Files]]
    strays: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Pair]:
        """Yield the pages, each read no sooner than asked for.

        Among several, a result that cannot be read counts as one of no pages, and its note says why.

        Raises
        ------
        InputError
            If the truth, or the only result, cannot be read.
        """
        for name, (truth, result) in self.files.items():
            broken: list[str] = []
            pages = sheets(result) if len(self.files) == 1 else unless_broken(sheets(result), broken)
            for number, true, read in side_by_side(sheets(truth), pages):
                title = name if number == 1 else f"{name}, page {number}"
                missing = broken[0] if broken else NO_RESULT
                note = missing if read is None else NO_TRUTH if true is None else ""
                yield Pair(title, true or Sheet(""), read or Sheet(""), note)


def match(truth: Path, result: Path) -> Matches:
    """Return which files belong together: two files, or those of the same name in two folders.

    Raises
    ------
    InputError
        If one is not there, or nothing matches.
    """
    if truth.is_file() and result.is_file():
        return Matches({truth.name: ([(1, truth)], [(1, result)])})
    true, read = documents(truth), documents(result)
    if not true:
        raise InputError(f"{truth}: holds no truth: files that end in {', '.join(SUFFIXES)}")
    both = true.keys() & read.keys()
    if not both:
        raise InputError(f"{result}: no file has the name of one in {truth}, such as {next(iter(true))}")
    if result.is_file():  # one result, though the truth of others lies beside its own
        true = {name: files for name, files in true.items() if name in both}
    strays = tuple(sorted(read.keys() - true.keys())) if truth.is_dir() else ()
    return Matches({name: (files, read.get(name, [])) for name, files in sorted(true.items())}, strays)


def documents(path: Path) -> dict[str, Files]:
    """Return the files of each document in a folder, or of the one that a file belongs to, in the order of their pages.

    Each comes with the number of its page, which ``-p0002`` before the ending says; without, it is 1.

    Raises
    ------
    InputError
        If there is no such file or folder.
    """
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
    except OSError as error:
        raise InputError(f"{path}: cannot be opened: {error.strerror or error}") from error
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder")
    found: dict[str, dict[str, dict[int, Path]]] = defaultdict(lambda: defaultdict(dict))
    for file in files:
        suffix = suffix_of(file)
        if suffix and file.is_file():
            name = file.name[: -len(suffix)]
            part = PART.search(name)
            found[name[: part.start()] if part else name][suffix][int(part[1]) if part else 1] = file
    best = {name: by_suffix[min(by_suffix, key=SUFFIXES.index)] for name, by_suffix in found.items()}
    return {name: sorted(pages.items()) for name, pages in best.items()}


def suffix_of(file: Path) -> str:
    """Return which of the known endings a file's name has, or an empty string."""
    return next((suffix for suffix in SUFFIXES if file.name.lower().endswith(suffix)), "")


def sheets(files: Files) -> Iterator[Numbered]:
    """Yield the pages that some files hold, with their numbers: a page that failed may be missing between others.

    Raises
    ------
    InputError
        If one cannot be read, or holds something else.
    """
    for first, file in files:
        number = first
        for sheet in sheets_of(file):
            number = max(number, sheet.page.source.page if sheet.page else 1)
            yield number, sheet
            number += 1


def sheets_of(file: Path) -> Iterator[Sheet]:
    """Yield the pages that a file holds."""
    try:
        if file.suffix.lower() == ".txt":
            yield from (Sheet(text) for text in pages_of(file.read_text(encoding="utf-8-sig")))
        else:
            yield from map(Sheet.of, read_results(file))
    except OSError as error:
        raise InputError(f"{file}: cannot be opened: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: is no text in UTF-8: save it as such") from error


def unless_broken(pages: Iterator[Numbered], broken: list[str]) -> Iterator[Numbered]:
    """Yield pages up to the first that cannot be read; why it cannot is added to `broken`."""
    try:
        yield from pages
    except InputError as error:
        broken.append(str(error))


def side_by_side(
    truth: Iterator[Numbered], result: Iterator[Numbered]
) -> Iterator[tuple[int, Sheet | None, Sheet | None]]:
    """Yield the pages of two documents by their number, None where one side has no such page.

    A single page on both sides is the same page, whatever its number.

    Examples
    --------
    >>> one, three = Sheet("ONE"), Sheet("THREE")
    >>> [number for number, true, read in side_by_side(iter([(1, one), (3, three)]), iter([(3, three)])) if not read]
    [1]
    """
    begins = list(islice(truth, 2)), list(islice(result, 2))
    if len(begins[0]) == len(begins[1]) == 1:
        yield 1, begins[0][0][1], begins[1][0][1]
        return
    truth, result = chain(begins[0], truth), chain(begins[1], result)
    true, read = next(truth, None), next(result, None)
    while true or read:
        number = min(page[0] for page in (true, read) if page)
        yield number, true[1] if true and true[0] == number else None, read[1] if read and read[0] == number else None
        true = next(truth, None) if true and true[0] == number else true
        read = next(result, None) if read and read[0] == number else read


def pages_of(text: str) -> list[str]:
    """Return the pages of a plain text, which form feeds part; one at its end begins none."""
    return text.removesuffix(PAGE_BREAK).split(PAGE_BREAK)
