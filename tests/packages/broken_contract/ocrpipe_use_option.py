from ocrpipe import Plugin


class UseOption(Plugin):
    use: str = "hammer"
