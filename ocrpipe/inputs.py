"""What the command was given to read: files, folders, patterns and standard input, as documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from glob import glob, has_magic
from pathlib import Path

from ocrpipe.document import Document, PageRanges
from ocrpipe.errors import InputError

SHOWN = 3
"""How many of the files that were skipped are named."""


@dataclass
class Inputs:
    """Documents to read, what was passed over in folders, and what is no input."""

    documents: list[Document] = field(default_factory=list)
    skipped: dict[str, list[str]] = field(default_factory=dict)
    problems: list[InputError] = field(default_factory=list)

    @property
    def notes(self) -> Iterator[str]:
        """A sentence for each folder in which files were skipped."""
        for folder, names in self.skipped.items():
            told = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
            files = f"{len(names)} file{'s' * (len(names) != 1)}"
            yield f"{folder}: skipped {files} that no loader takes: {told}"


def find_inputs(names: Iterable[str], pages: PageRanges | None, takes: Callable[[Document], bool]) -> Inputs:
    """Return what `names` stand for.

    A folder stands for the files in it, but not in folders below it, in natural order: page2 before page10. What no
    loader takes is skipped, and what is hidden is not looked at. A pattern (``*``, ``?``, ``[...]``, ``**`` for folders
    at any depth) stands for what matches it, in natural order, as if each was named; a file of that name goes first.

    Parameters
    ----------
    names
        As the command was given them; ``-`` is standard input.
    pages
        The pages that are wanted of each; None for all.
    takes
        Whether a loader takes a document.
    """
    found = Inputs()
    for name in names:
        path = Path(name)
        if name != "-" and is_folder(path):
            add_folder(found, path, pages, takes)
        elif name != "-" and has_magic(name) and not is_there(path):
            matches = sorted(glob(name, recursive=True), key=natural)  # noqa: PTH207  # Path takes none from the root
            files = [match for match in matches if not is_folder(Path(match))]
            found.documents += [Document.of(match, pages) for match in files]
            if not files:
                found.problems.append(InputError(f"{name}: matches no file"))
        else:
            found.documents.append(Document.of(name, pages))
    return found


def add_folder(found: Inputs, folder: Path, pages: PageRanges | None, takes: Callable[[Document], bool]) -> None:
    """Add the documents of a folder."""
    try:
        entries = sorted((path for path in folder.iterdir() if path.is_file()), key=lambda path: natural(path.name))
    except OSError as error:
        found.problems.append(InputError(f"{folder}: cannot be looked into: {error.strerror or error}"))
        return
    taken, skipped = [], []
    for path in entries:
        if path.name.startswith("."):
            continue
        document = Document.of(path, pages)
        if takes(document):
            taken.append(document)
        else:
            skipped.append(path.name)
    if not taken:
        found.problems.append(InputError(f"{folder}: the folder holds no file that can be read"))
    elif skipped:
        found.skipped[str(folder)] = skipped
    found.documents += taken


def is_folder(path: Path) -> bool:
    """Return whether `path` is a folder; False where it cannot even be looked at, which opening it will tell."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_there(path: Path) -> bool:
    """Return whether there is something at `path`, or might be."""
    try:
        return path.exists()
    except OSError:
        return True


def natural(name: str) -> tuple[tuple[int, int | str], ...]:
    """Return the key by which names are sorted as people do: numbers in them by their value.

    Examples
    --------
    >>> sorted(["page10.png", "page2.png", "Page1.png"], key=natural)
    ['Page1.png', 'page2.png', 'page10.png']
    """
    parts = re.split(r"([0-9]+)", name)
    return (*((0, int(part)) if part.isdigit() else (1, part.casefold()) for part in parts), (2, name))
