"""What installed packages say of themselves: their version, their licence, and what they need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.requirements import Requirement


@dataclass(frozen=True)
class Need:
    """A package that another one needs.

    Parameters
    ----------
    requirement
        As the needing package's metadata says it: ``numpy>=1.26``.
    package
        The needed package's name.
    installed
        The version that is there; None if none is.
    fits
        Whether that version is one of those that are asked for.
    """

    requirement: str
    package: str
    installed: str | None
    fits: bool

    @property
    def problem(self) -> str | None:
        """What is wrong, as a phrase; None if the package is there and fits."""
        if self.installed is None:
            return f"needs {self.package}, which is not installed"
        return None if self.fits else f"needs {self.requirement}, but {self.package} {self.installed} is installed"


def needs_of(requires: Iterable[str]) -> list[Need]:
    """Return what requirements ask for on this machine; those under a condition that does not hold are left out.

    Parameters
    ----------
    requires
        Requirements as metadata holds them (PEP 508). One that is not well-formed asks for nothing.

    Examples
    --------
    >>> [need.fits for need in needs_of(["pydantic>=2", "pydantic>=99", 'gone; python_version < "3"'])]
    [True, False]
    >>> [need.problem for need in needs_of(["gone>=2"])]
    ['needs gone, which is not installed']
    """
    found = []
    for line in requires:
        asked = requirement(line)
        if asked and (asked.marker is None or asked.marker.evaluate({"extra": ""})):
            installed = installed_version(asked.name)
            found.append(Need(line, asked.name, installed, installed is not None and fits(asked, installed)))
    return found


def fits(asked: Requirement, installed: str) -> bool:
    """Return whether a version is one of those that are asked for; one that is not well-formed is so only of any."""
    from packaging.version import InvalidVersion

    try:
        return not asked.specifier or asked.specifier.contains(installed, prereleases=True)
    except InvalidVersion:  # as some distributions' own: 1.0ubuntu1
        return False


@cache
def requirement(line: str) -> Requirement | None:
    """Return what a line of metadata asks for; None if it is not well-formed."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(line)
    except InvalidRequirement:
        return None


@cache
def installed_version(name: str) -> str | None:
    """Return the version of an installed package; None if it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


@cache
def licence_of(name: str) -> str | None:
    """Return the licence that an installed package names, in short; None if it names none.

    It is looked for where new metadata has it (``License-Expression``, PEP 639), then where older ones have.

    Examples
    --------
    >>> licence_of("ocrpipe")
    'MIT'
    """
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    fields = ("License-Expression", "License", "Classifier")
    for text in (str(text) for field in fields for text in told.get_all(field) or ()):
        if text.startswith("License :: ") or "::" not in text:
            first = text.rpartition(" :: ")[2].strip().partition("\n")[0]
            if 0 < len(first) <= LONGEST_LICENCE:  # some packages put the whole text there
                return first
    return None


LONGEST_LICENCE = 60
"""Letters of a licence's name; what is longer is its text."""
