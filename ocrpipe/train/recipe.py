"""What a training run is told: a recipe, from a TOML file and from options.

# recipe.toml        ocrpipe train mlp DATA --recipe recipe.toml
layers = [1024, 64, 36]
activation = "sigmoid"
rate = 0.002
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ocrpipe.errors import ConfigError
from ocrpipe.names import nearest
from ocrpipe.nn import Crop
from ocrpipe.toml import to_key, to_value

__all__ = ["RECIPES", "AutoencoderRecipe", "Recipe", "read_recipe", "recipe_of", "recipe_path", "recipe_toml"]

RECIPES = Path(__file__).parent / "recipes"
"""The folder of the recipes that are shipped."""

RECORD = "data"
"""The table of a run's configuration that says what it learned from; as a recipe, the file is read without it."""

Size = Annotated[int, Field(ge=1)]
Activation = Literal["sigmoid", "tanh", "relu", "linear"]
Hidden = Annotated[Activation, Field(description="of all layers but the last")]
Output = Annotated[Activation, Field(description="the last layer's activation; linear for scores")]
Start = Annotated[
    Literal["auto", "xavier", "he", "zeros"],
    Field(description="how the first weights are drawn; auto: he for relu, else xavier"),
]
Rate = Annotated[float, Field(gt=0, description="the learning rate")]
Momentum = Annotated[float, Field(ge=0, lt=1, description="how much of the last step is kept; 0: none")]
Batch = Annotated[int, Field(ge=1, description="pictures in a mini-batch")]
Epochs = Annotated[int, Field(ge=1, description="how often all pictures are learned from")]
Decay = Annotated[float, Field(gt=0, le=1, description="the rate is multiplied by this ...")]
DecayEvery = Annotated[int, Field(ge=0, description="... after so many epochs; 0: never")]


class Recipe(BaseModel):
    """How a network of fully connected layers is trained to tell classes apart. The defaults are the course's.

    Examples
    --------
    >>> recipe = Recipe(activation="relu", rate=0.01)
    >>> recipe.sizes(inputs=1024, outputs=36), recipe.start_name
    ([1024, 64, 36], 'he')
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    layers: Annotated[
        tuple[Size, ...] | None,
        Field(min_length=2, description="sizes from input to output; left out: the picture's, 64, one for each class"),
    ] = None
    activation: Hidden = "sigmoid"
    output: Output = "linear"
    loss: Annotated[
        Literal["cross-entropy", "squared"],
        Field(description="what is made small; squared compares the outputs as such"),
    ] = "cross-entropy"
    start: Start = "auto"
    optimiser: Annotated[
        Literal["sgd", "adam"], Field(description="how weights follow their gradients; sgd has the momentum")
    ] = "sgd"
    rate: Rate = 0.002
    momentum: Momentum = 0.0
    reduce: Annotated[
        Literal["sum", "mean"],
        Field(description="of a mini-batch's gradients: their sum, as the course has it, or their mean"),
    ] = "sum"
    batch: Batch = 35
    reshuffle: Annotated[bool, Field(description="make new mini-batches for every epoch; else always the same")] = True
    epochs: Epochs = 50
    decay: Decay = 1.0
    decay_every: DecayEvery = 0
    patience: Annotated[
        int,
        Field(
            ge=0, description="stop when the validation loss has not fallen for so many epochs, keep the best; 0: never"
        ),
    ] = 0
    drop: Annotated[float, Field(ge=0, lt=1, description="the share of hidden units that are silenced (dropout)")] = 0.0
    smoothing: Annotated[float, Field(ge=0, lt=1, description="of the labels: what is shared out over all classes")] = (
        0.0
    )
    seed: Annotated[int, Field(ge=0, description="decides first weights, mini-batches and how strokes are drawn")] = 1
    valid: Annotated[float, Field(gt=0, lt=1, description="the share of writers (or pictures) to validate on")] = 0.1
    test: Annotated[float, Field(ge=0, lt=1, description="the share of writers (or pictures) to test on")] = 0.15
    size: Annotated[int, Field(ge=4, le=256, description="the side of a picture, pixels")] = 32
    polarity: Annotated[
        Literal["light", "dark"], Field(description="light: ink is 1 on 0; dark: ink is 0 on 1, as in the course")
    ] = "light"
    even_strokes: Annotated[bool, Field(description="make all strokes about equally wide")] = False
    features: Annotated[
        Literal["pixels", "edges"], Field(description="what the network is shown: pixels, or where which edges run")
    ] = "pixels"
    varied: Annotated[
        bool,
        Field(description="draw strokes with pens, slants and wobbles of all kinds; else the pen's width alone varies"),
    ] = False

    source: Annotated[
        str, Field(description="where the data come from, for the card; left out: what the files say")
    ] = ""
    licence: Annotated[str, Field(description="the data's licence, for the card; left out: what the files say")] = ""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.features == "edges" and self.size % 4:
            raise ValueError(f"size = {self.size} does not go with features = 'edges': give a multiple of 4")
        if self.features == "edges" and self.output != "linear":
            raise ValueError("features = 'edges' goes with output = 'linear' alone")
        if self.loss == "cross-entropy" and self.output != "linear":
            raise ValueError(
                f"output = {self.output!r} does not go with loss = 'cross-entropy', which wants scores: say 'linear'"
            )
        return self

    @property
    def crop(self) -> Crop:
        """What a picture is, as a weights file says it."""
        return Crop(
            height=self.size,
            width=self.size,
            polarity=self.polarity,
            even_strokes=self.even_strokes,
            features=self.features,
        )

    @property
    def start_name(self) -> str:
        """How the first weights are drawn, `auto` settled."""
        if self.start != "auto":
            return self.start
        return "he" if self.activation == "relu" else "xavier"

    def sizes(self, inputs: int, outputs: int) -> list[int]:
        """Give the layers' sizes for such pictures and so many outputs.

        Raises
        ------
        ConfigError
            If `layers` begins or ends otherwise.
        """
        if self.layers is None:
            return [inputs, 64, outputs]
        if (self.layers[0], self.layers[-1]) != (inputs, outputs):
            right = [inputs, *self.layers[1:-1], outputs]
            raise ConfigError(
                f"layers = {list(self.layers)} do not fit the data, which have {inputs} inputs "
                f"and want {outputs} outputs: say layers = {right}"
            )
        return list(self.layers)


class AutoencoderRecipe(Recipe):
    """How a network learns to give back what it was shown, through a narrow middle. The defaults are the course's."""

    layers: Annotated[
        tuple[Size, ...] | None, Field(min_length=2, description="sizes; left out: through three layers of 32")
    ] = None
    activation: Hidden = "relu"
    output: Output = "sigmoid"
    loss: Annotated[Literal["squared"], Field(description="what is made small")] = "squared"
    start: Start = "xavier"  # from he, which is larger, half of the narrow middle falls silent for good
    rate: Rate = 3e-5
    momentum: Momentum = 0.9
    batch: Batch = 36
    epochs: Epochs = 100
    decay: Decay = 0.9
    decay_every: DecayEvery = 20
    features: Annotated[Literal["pixels"], Field(description="what the network is shown")] = "pixels"

    def sizes(self, inputs: int, outputs: int) -> list[int]:
        """Give the layers' sizes for such pictures: as for `Recipe`, through three layers of 32."""
        return [inputs, 32, 32, 32, outputs] if self.layers is None else super().sizes(inputs, outputs)


def recipe_of(kind: type[Recipe], settings: Mapping[str, Any], where: str) -> Recipe:
    """Make a recipe of settings.

    Parameters
    ----------
    kind : type
        `Recipe` or `AutoencoderRecipe`.
    settings : mapping
        By the fields' names; what is left out has its default.
    where : str
        Where they were said, for the message.

    Raises
    ------
    ConfigError
        If one is unknown or has an impossible value; the message says where, which and what is possible.

    Examples
    --------
    >>> recipe_of(Recipe, {"rat": 0.1}, "mine.toml")
    Traceback (most recent call last):
    ...
    ocrpipe.errors.ConfigError: mine.toml: there is no setting 'rat'; did you mean 'rate'?
    """
    for key in settings:
        if key not in kind.model_fields:
            hint = nearest(key, kind.model_fields) or f"; there are {', '.join(kind.model_fields)}"
            raise ConfigError(f"{where}: there is no setting {key!r}{hint}")
    try:
        return kind(**settings)
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else ""
        given = f"{key} = {to_value(settings[key])}: " if key else ""
        raise ConfigError(f"{where}: {given}{first['msg'].removeprefix('Value error, ')}") from None


def recipe_path(recipe: str) -> Path:
    """Give the file that a name or a path means.

    Raises
    ------
    ConfigError
        If there is none; the message names those that are shipped.

    Examples
    --------
    >>> recipe_path("course").name
    'course.toml'
    """
    path = Path(recipe) if "/" in recipe or recipe.endswith(".toml") else RECIPES / f"{recipe}.toml"
    if not path.is_file():
        shipped = sorted(path.stem for path in RECIPES.glob("*.toml"))
        raise ConfigError(
            f"there is no recipe {recipe}{nearest(recipe, shipped)}; shipped are {', '.join(shipped)}, "
            f"or give a .toml file"
        )
    return path


def read_recipe(recipe: str) -> dict[str, Any]:
    """Read the settings of a recipe: a shipped one's name, a TOML file, or the ``run.toml`` of an earlier run.

    Raises
    ------
    ConfigError
        If there is no such file, or it is not TOML.

    Examples
    --------
    >>> read_recipe("course")["layers"]
    [1024, 64, 36]
    """
    path = recipe_path(recipe)
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: it is no TOML file ({error})") from None
    settings.pop(RECORD, None)
    return settings


def recipe_toml(recipe: Recipe, record: Mapping[str, Any]) -> str:
    """Return a recipe as TOML, every setting with its value, and `record` as the table of what was learned from.

    Examples
    --------
    >>> print(recipe_toml(Recipe(rate=0.5), {"sha256": "ab"}).splitlines()[5])
    rate = 0.5
    """
    lines = [f"{to_key(key)} = {to_value(value)}" for key, value in recipe.model_dump().items() if value is not None]
    lines += ["", f"[{RECORD}]", *(f"{to_key(key)} = {to_value(value)}" for key, value in record.items())]
    return "\n".join(lines) + "\n"
