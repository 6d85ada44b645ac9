"""Arrays inside page models: checked for dtype and rank, read-only, and never part of JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True)
class ArrayCheck:
    """Tells pydantic to take an array of one dtype and rank, as a read-only view of it.

    Parameters
    ----------
    dtype
        The dtype that an array must have; another one is refused and never converted, so that a mistake is seen.
    axes
        What the axes mean, first to last; there must be as many.
    """

    dtype: type[np.generic]
    axes: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the schema that calls `check`."""
        return core_schema.no_info_plain_validator_function(self.check)

    def check(self, value: object) -> NDArray[Any]:
        """Return a read-only view of `value`, or raise ValueError saying what it is instead."""
        wanted = f"an array of {np.dtype(self.dtype)} ({', '.join(self.axes)})"
        if not isinstance(value, np.ndarray):
            raise ValueError(f"must be {wanted}, but is a {type(value).__name__}")
        if value.dtype != self.dtype or value.ndim != len(self.axes):
            raise ValueError(f"must be {wanted}, but is of {value.dtype} with shape {value.shape}")
        view = value.view()
        view.flags.writeable = False
        return view


HIDDEN = Field(exclude=True, repr=False)
"""What every array field of a model adds: it is neither exported nor printed (a page's repr reached 9 MB)."""

GrayArray = Annotated[NDArray[np.uint8], ArrayCheck(np.uint8, ("height", "width")), HIDDEN]
"""Grey values, 0 is black."""

InkArray = Annotated[NDArray[np.bool_], ArrayCheck(np.bool_, ("height", "width")), HIDDEN]
"""Where ink is."""

MaskArray = Annotated[NDArray[np.bool_], ArrayCheck(np.bool_, ("height", "width"))]
"""Which pixels of a box count; hidden by the field that holds it."""

CropArray = Annotated[NDArray[np.float32], ArrayCheck(np.float32, ("number", "height", "width")), HIDDEN]
"""Pictures of equal size, 0..1."""

WidthArray = Annotated[NDArray[np.int32], ArrayCheck(np.int32, ("number",)), HIDDEN]
"""How many columns of each crop are its own and not padding."""
