"""Every example in a docstring runs and says the truth."""

from __future__ import annotations

import doctest
from importlib import import_module
from pkgutil import walk_packages

import pytest

import ocrpipe

MODULES = [name for _, name, _ in walk_packages(ocrpipe.__path__, "ocrpipe.") if not name.endswith("__main__")]


@pytest.mark.parametrize("name", ["ocrpipe", *MODULES])
def test_examples(name: str) -> None:
    try:
        module = import_module(name)
    except ImportError as error:
        if "ocrpipe." in str(error.name):  # one of ours is wrong, and not a missing extra
            raise
        pytest.skip(str(error))
    found = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.failed == 0, f"{found.failed} of {found.attempted} examples in {name} are wrong; see above"
