"""The rules for loaders, which are given documents and no pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ocrpipe.document import Document
from ocrpipe.errors import InputError, told
from ocrpipe.host import ResultError, check_kind
from ocrpipe.testing import documents
from ocrpipe.testing.calls import blame
from ocrpipe.testing.cases import given
from ocrpipe.testing.digest import digest
from ocrpipe.testing.pages import DOT
from ocrpipe.testing.results import NEAR, dot_of, frame_outside
from ocrpipe.testing.trial import Trial
from ocrpipe.work import GrayPage

HIGH = 99_999
"""A page that no document has."""

DOTTED = ("gif", "pillow image")
"""Made documents that show the page `one dot`."""


def check_loader(trial: Trial) -> dict[str, str]:
    """Load every document, and return the checksum of what each gave."""
    made = {**documents.made_documents(), **documents.given_documents(trial.subject.documents)}
    first: dict[str, str] = {}
    for name, document in made.items():
        before = digest(document.array)
        pages = load(trial, name, document)
        if digest(document.array) != before:
            trial.broken("input-unchanged", "the array that it was given is not what it was before", name)
        if pages is not None:
            first[name] = digest(pages)
            for page in pages:
                check_frame(trial, name, page)
    trial.checked("raises-nothing", "result-kind", "result-fits", "input-unchanged")
    check_again(trial, {name: made[name] for name in first}, first)
    check_declines(trial)
    if not first:
        for rule in ("load-lazy", "load-wants", "frame-follows"):
            trial.skipped(rule, "it takes none of the kit's documents: name some of its own (documents=[...])")
        return first
    trial.checked("frame-follows")
    check_lazy(trial, {name: made[name] for name in first})
    check_wants(trial, "tiff of several" in first)
    return first


def ask(trial: Trial, document: Document) -> Any:
    """Return what the hook gives for a document, None if it is not the loader's own."""
    pages = trial.at_work.hook(**given("load", document=document))
    if pages is not None and not hasattr(pages, "__iter__"):
        raise ResultError(f"gave {type(pages).__name__}, but must give an iterator of GrayPage, or None")
    return pages


def load(trial: Trial, name: str, document: Document, *, may_refuse: bool = False) -> list[GrayPage] | None:
    """Return a document's pages; None if the loader does not take it, or breaks a rule."""
    try:
        with trial.watch(name):
            pages = ask(trial, document)
            return None if pages is None else [check_kind(trial.at_work, page) for page in pages]
    except InputError as error:
        if not may_refuse:
            trial.broken(
                "raises-nothing", f"refuses a sound document: {error}; if it is not its own, it must return None", name
            )
    except (Exception, SystemExit) as error:
        trial.broken(*blame(error), name)
    return None


def check_frame(trial: Trial, name: str, page: GrayPage) -> None:
    """Look where a page's pixels are mapped to."""
    for rule, reason in frame_outside(page):
        trial.broken(rule, reason, name)
    if name in DOTTED:
        found = dot_of(page)
        if found and max(abs(found[0] - DOT[0]), abs(found[1] - DOT[1])) > NEAR:
            trial.broken("frame-follows", f"the dot at {DOT} is mapped to ({found[0]:.1f}, {found[1]:.1f})", name)


def check_again(trial: Trial, made: dict[str, Document], first: dict[str, str]) -> None:
    """Load every document again, and compare."""
    for name, document in made.items():
        pages = load(trial, name, document)
        if pages is not None and digest(pages) != first[name]:
            trial.broken("same-again", "gave something else for the same document the second time", name)
    trial.checked("same-again")


def check_declines(trial: Trial) -> None:
    """Offer what is no document of any loader's."""
    for name, document in documents.foreign_documents().items():
        try:
            with trial.watch(name):
                pages = ask(trial, document)
                taken = pages is not None and list(pages) is not None
        except (Exception, SystemExit) as error:
            trial.broken("load-declines", f"must return None for what is not its own, but raised {told(error)}", name)
            continue
        if taken:
            trial.broken("load-declines", "must return None for what is not its own, but took it", name)
    trial.checked("load-declines")


def check_lazy(trial: Trial, taken: dict[str, Document]) -> None:
    """Look whether pages come one at a time."""
    for name, document in taken.items():
        with trial.watch(name):
            pages = ask(trial, document)
        if not isinstance(pages, Iterator):
            trial.broken("load-lazy", f"gave a {type(pages).__name__}: yield each page when it is asked for", name)
    if "tiff of several" in taken and before_damage(trial) == 0:
        trial.broken("load-lazy", "the last page is damaged, and those before it were not given", "tiff, cut off")
    trial.checked("load-lazy")


def before_damage(trial: Trial) -> int:
    """Return how many pages come of a document whose last page is cut off."""
    number = 0
    try:
        with trial.watch("tiff, cut off"):
            for _ in ask(trial, documents.cut_off()) or ():
                number += 1
    except InputError:
        pass  # which is right
    except (Exception, SystemExit) as error:
        trial.broken("raises-nothing", f"damage must be an InputError, but it raised {told(error)}", "tiff, cut off")
    return number


def check_wants(trial: Trial, several: bool) -> None:
    """Ask for some pages of a document, and for one that it does not have."""
    asked = {"page 2 of a tiff": (documents.several((2,)), (2,)), "no page of a tiff": (documents.several((HIGH,)), ())}
    if not several:
        asked = {}
        for name, document in documents.given_documents(trial.subject.documents, (1,)).items():
            asked[f"page 1 of {name}"] = (document, (1,))
        for name, document in documents.given_documents(trial.subject.documents, (HIGH,)).items():
            asked[f"no page of {name}"] = (document, ())
    for name, (document, wanted) in asked.items():
        pages = load(trial, name, document, may_refuse=not wanted) or []
        numbers = [page.source.page for page in pages]
        if tuple(numbers) != wanted:
            trial.broken("load-wants", f"wanted are the pages {list(wanted)}, but it gave {numbers}", name)
    if several:
        numbers = [page.source.page for page in load(trial, "tiff of several", documents.several()) or []]
        if numbers != sorted(set(numbers)):
            trial.broken("load-wants", f"page numbers must rise, but were {numbers}", "tiff of several")
    trial.checked("load-wants")
