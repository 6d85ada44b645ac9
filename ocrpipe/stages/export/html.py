"""`export/html`: the page to look at, in one file that needs nothing else."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ocrpipe import GrayPage, Page, Plugin, __version__, hookimpl
from ocrpipe.stages._viewer import Look, island_of, title_of


class Html(Plugin):
    """A page to look at in any browser: what was read, how sure it is, and what each stage did.

    Every letter shows its confidence and what else it may be, under the mouse and by keyboard. A slider goes through
    the stages where the run that read the page writes the file; of a page that was read earlier it has the picture and
    the reading. The file is whole in itself: no network, no other file, and what stands on a page can do no harm.
    """

    suffix: ClassVar[str] = "html"
    per: ClassVar[Literal["page", "document"]] = "page"

    side: Annotated[int, Field(ge=16, le=20_000, description="longer side of the pictures at most, pixels")] = 2000
    quality: Annotated[int, Field(ge=1, le=95, description="quality of the grey pictures, as JPEG counts it")] = 75
    sure: Annotated[float, Field(ge=0, le=1, description="confidence from which a reading is shown as sure")] = 0.9
    doubtful: Annotated[float, Field(ge=0, le=1, description="confidence below which a reading is shown as poor")] = 0.6

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.doubtful > self.sure:
            raise ValueError(f"doubtful = {self.doubtful:g} must not be above sure = {self.sure:g}")
        return self

    @hookimpl
    def export(
        self,
        pages: Iterable[Page],
        image: Callable[[Page], GrayPage],
        trail: Callable[[Page], tuple[GrayPage | Page, ...]],
    ) -> Iterator[bytes]:
        """Write a page in one piece."""
        look = Look(self.side, self.quality, self.sure, self.doubtful)
        for page in pages:
            yield assembled(page, island_of(page, image(page), trail(page), look))


def assembled(page: Page, island: dict[str, Any]) -> bytes:
    """Return the file: the template with the page's data, its style and its script inside.

    The browser is told to run and to fetch nothing but these two, known by their checksums, and the pictures inside.
    """
    style, script = asset("viewer.css"), asset("viewer.js")
    allowed = {
        "default-src": "'none'",
        "img-src": "data:",
        "style-src": checksum(style),
        "script-src": checksum(script),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    text = Template(asset("viewer.html")).substitute(
        policy="; ".join(f"{what} {source}" for what, source in allowed.items()),
        version=escape(__version__),
        title=escape(title_of(page)),
        text=escape(page.text),
        style=style,
        script=script,
        island=json_island(island),
    )
    return text.encode()


@cache
def asset(name: str) -> str:
    """Return one of the viewer's files."""
    return files(__package__).joinpath("viewer", name).read_text(encoding="utf-8")


def checksum(inline: str) -> str:
    """Return how a content security policy names an inline style or script."""
    return f"'sha256-{b64encode(sha256(inline.encode()).digest()).decode()}'"


def json_island(value: Any) -> str:
    r"""Return `value` as JSON that can stand inside a `script` element: in ASCII, and nothing in it is markup.

    Examples
    --------
    >>> json_island("</script><!--")
    '"\\u003c/script\\u003e\\u003c!--"'
    """
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")
