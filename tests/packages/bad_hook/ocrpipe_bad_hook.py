from ocrpipe import BinaryPage, GrayPage, Plugin, hookimpl


class Shy(Plugin):
    """Cannot stand the sight of ink."""

    @hookimpl
    def binarize(self, page: GrayPage) -> BinaryPage:
        if page.gray.min() < 128:
            raise ZeroDivisionError("ink divided by nothing")
        return page.grow(BinaryPage, ink=page.gray < 128)
