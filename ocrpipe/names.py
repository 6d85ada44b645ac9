"""The stages' names: the one vocabulary. It is read before anything else, and so imports next to nothing.

A name stands for the hook, the entry-point group ``ocrpipe.<stage>``, the table in a pipeline file and the option of
``ocrpipe run``.
"""

from __future__ import annotations

from collections.abc import Iterable

ONCE = ("binarize", "line_cluster", "crop_normalize", "classify", "execute")
"""Stages of exactly one plugin."""

SEVERAL = ("load", "segment", "export")
"""Stages of at least one plugin, in order."""

ANY = ("prepare", "postprocess", "observe")
"""Stages of any number of plugins, in order."""

PASSED = ("load", "prepare", "binarize", "segment", "line_cluster", "crop_normalize", "classify", "postprocess")
"""The stages that a page passes, in order."""

TRIED = (*PASSED, "export", "observe")
"""The stages whose plugins the conformance kit tries and ``ocrpipe plugins new`` writes. What executes a run is left
out: it is given no page but a whole run with its processes, which a single call cannot try."""

STAGES = (*TRIED, "execute")
"""All stages."""

GROUP = "ocrpipe."
"""What an entry-point group's name is made of, before the stage."""

PRESETS = "ocrpipe.presets"
"""The entry-point group of presets."""

DEFAULT = "handprint"
"""The preset that is used where none is named, and that a pipeline file extends where it does not say."""

HOME = "ocrpipe"
"""The package of the built-in plugins."""


VISIBLE = "OCRPIPE_PLUGINS"
"""The environment's variable that limits whose plugins and presets are seen, besides the built-in ones: the packages'
names, parted by commas. Unset, all are seen; empty, none."""


def input_title(name: str | None) -> str:
    """Return what to call an input in a message: its own name, unless it is none or ``-``.

    Examples
    --------
    >>> input_title("page.jpg"), input_title("-"), input_title(None)
    ('page.jpg', 'standard input', 'image in memory')
    """
    return "image in memory" if name is None else "standard input" if name == "-" else name


def nearest(name: str, names: Iterable[str]) -> str:
    """Return a hint at which of `names` was meant, or an empty string where none is close.

    Examples
    --------
    >>> nearest("sauvla", ["otsu", "sauvola"])
    "; did you mean 'sauvola'?"
    """
    from difflib import get_close_matches

    close = get_close_matches(name, list(names), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
