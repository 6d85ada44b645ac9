from typing import Any

from ocrpipe import GrayPage, Plugin, hookimpl


class Proud(Plugin):
    """Leaves a page as it is."""

    def model_post_init(self, _context: Any) -> None:
        raise OSError("the licence server does not answer")

    @hookimpl
    def prepare(self, page: GrayPage) -> GrayPage:
        return page
