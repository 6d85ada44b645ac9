"""Classes that are no plugins, or break the contract of their hooks."""

from typing import ClassVar

from ocrpipe import Plugin, hookimpl


class Plain:
    """Is no Plugin."""

    def binarize(self, page): ...


class NoHook(Plugin):
    """Has no hook at all."""


class Unmarked(Plugin):
    """Lacks the mark."""

    def binarize(self, page): ...


class WrongArgument(Plugin):
    """Asks for what no host gives."""

    @hookimpl
    def binarize(self, picture): ...


class Misspelt(Plugin):
    """Has only a hook that does not exist."""

    @hookimpl
    def binarise(self, page): ...


class MisspeltToo(Plugin):
    """Has a good hook and one that does not exist."""

    @hookimpl
    def binarize(self, page): ...

    @hookimpl
    def postproces(self, page): ...


class FindsNothing(Plugin):
    """Does not say what it finds."""

    @hookimpl
    def segment(self, page): ...


class FindsWrong(Plugin):
    """Says that it finds what there is not."""

    finds: ClassVar[str] = "letter"

    @hookimpl
    def segment(self, page): ...


class ReadsNothing(Plugin):
    """Does not say what it reads."""

    @hookimpl
    def classify(self, page): ...


class NoSuffix(Plugin):
    """Does not say what its files are called."""

    @hookimpl
    def export(self, pages): ...


class WrongPer(Plugin):
    """Says that it writes a file for what there is not."""

    suffix: ClassVar[str] = "x"
    per: ClassVar[str] = "pages"

    @hookimpl
    def export(self, pages): ...
