"""What pytest loads where ocrpipe is installed: two fixtures. Nothing else is imported before a test asks for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ocrpipe.plugin import Plugin


@pytest.fixture(scope="session")
def ocrpipe_pages() -> Callable[[str], dict[str, Any]]:
    """Give what a stage is given, by name: the kit's made pages, as the built-in plugins before it hand them on.

    Examples
    --------
    ::

        def test_a_line_is_found(ocrpipe_pages):
            page = ocrpipe_pages("segment")["lines"]            # a BinaryPage
            assert Local().segment(page).regions
    """
    from ocrpipe.testing.works import all_works, copy

    def pages(stage: str) -> dict[str, Any]:
        made: dict[str, Any] = copy(all_works()[stage]).pages
        return made

    return pages


@pytest.fixture(scope="session")
def ocrpipe_run() -> Callable[..., Any]:
    """Run a plugin on a page as the host does, its result checked; StageError where it fails.

    Examples
    --------
    ::

        def test_white_has_no_ink(ocrpipe_pages, ocrpipe_run):
            page = ocrpipe_run(Local(darker=30), ocrpipe_pages("binarize")["blank"])
            assert not page.ink.any()
    """
    from ocrpipe.host import run
    from ocrpipe.testing.subject import subject_of
    from ocrpipe.testing.trial import hired

    def run_plugin(plugin: Plugin, page: Any, **more: Any) -> Any:
        return run(hired(subject_of(type(plugin)), plugin), page, lambda _: None, **more)

    return run_plugin
