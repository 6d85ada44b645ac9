from typing import Annotated

from pydantic import Field, field_validator

from ocrpipe import BinaryPage, GrayPage, Plugin, hookimpl


class Moody(Plugin):
    """Takes what is darker than a level for ink."""

    level: Annotated[int, Field(ge=0, le=255, description="grey value from which it is ground")] = 128

    @field_validator("level")
    @classmethod
    def _even(cls, level: int) -> int:
        if level % 2:
            raise RuntimeError("odd numbers bring bad luck")
        return level

    @hookimpl
    def binarize(self, page: GrayPage) -> BinaryPage:
        return page.grow(BinaryPage, ink=page.gray < self.level)
