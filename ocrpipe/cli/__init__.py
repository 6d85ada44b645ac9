"""The command `ocrpipe`: a file a verb. Nothing heavy is imported before a verb needs it."""

from __future__ import annotations

import sys

from ocrpipe.cli.app import app
from ocrpipe.errors import Exit, OcrpipeError


def main() -> None:
    """Run the command and end the process with its exit code; errors become one line each on stderr."""
    try:
        app(standalone_mode=True)
    except KeyboardInterrupt:
        fail("interrupted", Exit.INTERRUPTED)
    except OcrpipeError as error:
        if "--debug" in sys.argv:
            raise
        fail(str(error), error.exit_code)
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        fail(
            f"{type(error).__name__}: {error} (a fault of ocrpipe's own: please report it, with --debug's text)",
            Exit.SOME_FAILED,
        )


def fail(text: str, code: Exit) -> None:
    """Say why on stderr and end the process."""
    from ocrpipe.cli.output import say

    say(text)
    raise SystemExit(int(code))
