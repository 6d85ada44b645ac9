"""What can go wrong, each kind with the exit code that the command ends with."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class Exit(IntEnum):
    """How the command ended."""

    OK = 0
    """All pages were read."""
    SOME_FAILED = 1
    """A page failed in a stage, or some inputs could not be opened."""
    USAGE = 2
    """Usage or configuration is wrong, or a plugin is unknown."""
    PLUGIN = 3
    """A known plugin could not be imported or built."""
    NO_INPUT = 4
    """No input could be opened."""
    INTERRUPTED = 130
    """The user stopped it."""


class OcrpipeError(Exception):
    """What ocrpipe raises on purpose: its text says what, where, and what to do."""

    exit_code: ClassVar[Exit] = Exit.SOME_FAILED
    ends_document = False
    """Whether no page of the document comes after it; the host says so of an error in loading."""


class ConfigError(OcrpipeError):
    """A pipeline, an option or a plugin's name is wrong."""

    exit_code = Exit.USAGE


class PluginError(OcrpipeError):
    """A known plugin could not be imported or built."""

    exit_code = Exit.PLUGIN


class InputError(OcrpipeError):
    """A document could not be opened, or is broken."""

    exit_code = Exit.NO_INPUT


class NoPageError(InputError):
    """A document has none of the wanted pages. Where pages before them were read, that is only its end."""


class StageError(OcrpipeError):
    """A plugin failed on a page, or gave back what its stage does not allow.

    Parameters
    ----------
    page
        The page's name.
    stage, plugin, package, version
        Who failed.
    reason
        What it raised, or what was wrong with its result, in one line.
    """

    def __init__(self, page: str, stage: str, plugin: str, package: str, version: str, reason: str) -> None:
        super().__init__(page, stage, plugin, package, version, reason)  # as they are, so that it can be sent on
        self.page, self.stage, self.plugin = page, stage, plugin
        self.package, self.version, self.reason = package, version, reason

    def __str__(self) -> str:
        return f"{self.page}: {self.stage}/{self.plugin} ({self.package} {self.version}) {self.reason}"


def told(error: BaseException) -> str:
    """Return an exception as one line: its kind and what it says.

    Examples
    --------
    >>> told(ValueError("too small"))
    'ValueError: too small'
    """
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
