from ocrpipe import Page, Plugin, hookimpl


class Chatty(Plugin):
    """Tells everybody what was read."""

    @hookimpl
    def postprocess(self, page: Page) -> Page:
        print("I have read", page.text)
        return page
