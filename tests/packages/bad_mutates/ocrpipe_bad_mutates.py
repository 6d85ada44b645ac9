from ocrpipe import BinaryPage, GrayPage, Plugin, hookimpl


class Greedy(Plugin):
    """Wipes the ink off the page that it is given."""

    @hookimpl
    def binarize(self, page: GrayPage) -> BinaryPage:
        ink = page.gray < 128
        if ink.any():
            page.gray[ink] = 255
        return page.grow(BinaryPage, ink=ink)
