from ocrpipe import BinaryPage, GrayPage, Plugin, hookimpl


class Otsu(Plugin):
    """Not the built-in."""

    @hookimpl
    def binarize(self, page: GrayPage) -> BinaryPage:
        return page.grow(BinaryPage, ink=page.gray < 128)
