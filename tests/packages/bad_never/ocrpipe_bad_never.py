import time

from ocrpipe import GrayPage, Plugin, hookimpl


class Sleeper(Plugin):
    """Falls asleep over a page that holds ink."""

    @hookimpl
    def prepare(self, page: GrayPage) -> GrayPage:
        while page.gray.min() < 128:
            time.sleep(1)
        return page
