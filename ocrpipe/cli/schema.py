"""`ocrpipe schema`: the form of results, for programs that read them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Model(StrEnum):
    """What has a schema."""

    page = "page"


def schema(model: Annotated[Model, typer.Argument(help="What to describe.")] = Model.page) -> None:
    """Print the JSON Schema of a result."""
    import json

    from ocrpipe.page import Page

    typer.echo(json.dumps({Model.page: Page}[model].model_json_schema(mode="serialization"), indent=2))
