from ocrpipe import BinaryPage, GrayPage, Plugin, hookimpl


class Twin(Plugin):
    """The right one of two."""

    @hookimpl
    def binarize(self, page: GrayPage) -> BinaryPage:
        return page.grow(BinaryPage, ink=page.gray < 128)
