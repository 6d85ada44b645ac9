"""The command `ocrpipe`: a file a verb. Nothing heavy is imported before a verb needs it."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

from ocrpipe.cli.app import app_for
from ocrpipe.errors import Exit, OcrpipeError, told


def main() -> None:
    """Run the command and end the process with its exit code; errors become one line each on stderr."""
    try:
        code = app_for(sys.argv[1:])(standalone_mode=False)
    except KeyboardInterrupt:
        fail("interrupted", Exit.INTERRUPTED)
    except OcrpipeError as error:
        show_origin(error)
        fail(str(error), error.exit_code)
    except Exception as error:
        if is_usage(error):
            fail(usage(error), Exit.USAGE)
        show_origin(error)
        fail(f"{told(error)} (a fault of ocrpipe's own: please report it, with --debug's text)", Exit.SOME_FAILED)
    raise SystemExit(code or 0)


def show_origin(error: Exception) -> None:
    """Show where in the code an error came from, if asked to."""
    if "--debug" in sys.argv:
        import traceback

        traceback.print_exception(error)


def is_usage(error: Exception) -> bool:
    """Return whether the command line was wrong; the class is Click's, which newer Typers bring under their name."""
    return hasattr(error, "format_message")


def usage(error: Any) -> str:
    """Return what was wrong with the command line, and how to find out what is right.

    The text is empty where no verb was given: Typer has then printed the help.
    """
    text = str(error.format_message()).strip()
    command = getattr(error.ctx, "command_path", "ocrpipe") if getattr(error, "ctx", None) else "ocrpipe"
    return f"{text.rstrip('.')}; see `{command} --help`" if text else ""


def fail(text: str, code: Exit) -> NoReturn:
    """Say why on stderr and end the process; without a text, only end it."""
    from ocrpipe.cli.output import say

    if text:
        say(text)
    raise SystemExit(int(code))
