"""`ocrpipe train`: teach a network, and leave a folder that shows how it went."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ocrpipe.train.dataset import Split
    from ocrpipe.train.recipe import Recipe
    from ocrpipe.train.run import Run

train = typer.Typer(help="Train networks on labelled signs.", no_args_is_help=True)

HOW = "How it is trained (without them: as the recipe, else the course, has it)"


def setting(flag: str, metavar: str, text: str) -> typer.models.OptionInfo:
    """Return an option that is one of a recipe's settings."""
    option: typer.models.OptionInfo = typer.Option(
        flag, metavar=metavar, help=text, rich_help_panel=HOW, show_default=False
    )
    return option


Data = Annotated[
    list[Path],
    typer.Argument(
        metavar="DATA",
        help="Strokes (JSON lines), NIST .mat, npz, EMNIST idx files, or a folder with a folder of PNGs a class.",
        show_default=False,
    ),
]
RecipeOption = Annotated[
    str | None,
    typer.Option("--recipe", metavar="NAME|FILE", help="A shipped recipe, or a TOML file.", show_default=False),
]
Out = Annotated[
    Path | None, typer.Option("-o", "--out", metavar="DIR", help="The run's folder.", show_default="runs/...")
]
Sweep = Annotated[
    list[str] | None,
    typer.Option(
        "--sweep",
        metavar="KEY=V,V,...",
        help="Train a variant with each value; several times: each combination.",
        show_default=False,
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Any setting of a recipe.", rich_help_panel=HOW, show_default=False
    ),
]
Layers = Annotated[str | None, setting("--layers", "N,N,...", "Sizes from input to output.")]
Activation = Annotated[str | None, setting("--activation", "NAME", "sigmoid, tanh, relu or linear.")]
Loss = Annotated[str | None, setting("--loss", "NAME", "cross-entropy or squared.")]
Optimiser = Annotated[str | None, setting("--optimiser", "NAME", "sgd (with momentum) or adam.")]
Rate = Annotated[float | None, setting("--rate", "X", "The learning rate.")]
Momentum = Annotated[float | None, setting("--momentum", "X", "How much of the last step is kept.")]
Batch = Annotated[int | None, setting("--batch", "N", "Pictures in a mini-batch.")]
Reshuffle = Annotated[
    bool | None,
    typer.Option(
        "--reshuffle/--fixed",
        help="New mini-batches for every epoch, or always the same.",
        rich_help_panel=HOW,
        show_default=False,
    ),
]
Epochs = Annotated[int | None, setting("--epochs", "N", "How often all pictures are learned from.")]
Decay = Annotated[float | None, setting("--decay", "X", "The rate is multiplied by this ...")]
DecayEvery = Annotated[int | None, setting("--decay-every", "N", "... after so many epochs.")]
Patience = Annotated[int | None, setting("--patience", "N", "Stop when so many epochs brought nothing; keep the best.")]
Seed = Annotated[int | None, setting("--seed", "N", "The same seed gives the same weights.")]


@train.command()
def mlp(
    data: Data,
    recipe: RecipeOption = None,
    out: Out = None,
    sweep: Sweep = None,
    layers: Layers = None,
    activation: Activation = None,
    loss: Loss = None,
    optimiser: Optimiser = None,
    rate: Rate = None,
    momentum: Momentum = None,
    batch: Batch = None,
    reshuffle: Reshuffle = None,
    epochs: Epochs = None,
    decay: Decay = None,
    decay_every: DecayEvery = None,
    patience: Patience = None,
    seed: Seed = None,
    settings: Set = None,
) -> None:
    """Train a network of fully connected layers to read single signs.

    A run that was stopped goes on where it was when the same command is given again.
    """
    from ocrpipe.train.recipe import Recipe

    given = {
        "activation": activation,
        "loss": loss,
        "optimiser": optimiser,
        "rate": rate,
        "momentum": momentum,
        "batch": batch,
        "reshuffle": reshuffle,
        "epochs": epochs,
        "decay": decay,
        "decay_every": decay_every,
        "patience": patience,
        "seed": seed,
    }
    chosen = put_together(recipe, layers, given, settings)
    teach(Recipe, data, chosen, sweep or [], out or Path("runs/mlp"))


@train.command()
def autoencoder(
    data: Data,
    recipe: RecipeOption = None,
    out: Out = None,
    sweep: Sweep = None,
    layers: Layers = None,
    activation: Activation = None,
    optimiser: Optimiser = None,
    rate: Rate = None,
    momentum: Momentum = None,
    batch: Batch = None,
    reshuffle: Reshuffle = None,
    epochs: Epochs = None,
    decay: Decay = None,
    decay_every: DecayEvery = None,
    patience: Patience = None,
    seed: Seed = None,
    settings: Set = None,
) -> None:
    """Train a network to give pictures back through a narrow middle.

    Without options it is the course's: 1024-32-32-32-1024, ReLU, sigmoid at the end, squared error, momentum.
    """
    from ocrpipe.train.recipe import AutoencoderRecipe

    given = {
        "activation": activation,
        "optimiser": optimiser,
        "rate": rate,
        "momentum": momentum,
        "batch": batch,
        "reshuffle": reshuffle,
        "epochs": epochs,
        "decay": decay,
        "decay_every": decay_every,
        "patience": patience,
        "seed": seed,
    }
    chosen = put_together(recipe, layers, given, settings)
    teach(AutoencoderRecipe, data, chosen, sweep or [], out or Path("runs/autoencoder"))


def put_together(
    recipe: str | None, layers: str | None, given: Mapping[str, Any], settings: Sequence[str] | None
) -> dict[str, Any]:
    """Return the recipe's settings, with the command's own put over them."""
    from ocrpipe.train.recipe import read_recipe

    chosen = read_recipe(recipe) if recipe else {}
    chosen |= {key: value for key, value in given.items() if value is not None}
    if layers is not None:
        chosen["layers"] = values_of(layers)
    for text in settings or ():
        key, values = keyed("--set", text)
        chosen[key] = values[0] if len(values) == 1 else values
    return chosen


def keyed(option: str, text: str) -> tuple[str, list[Any]]:
    """Return the key and the values of KEY=V,V,...

    Examples
    --------
    >>> keyed("--sweep", "rate=0.02,0.002"), keyed("--sweep", "activation=tanh")
    (('rate', [0.02, 0.002]), ('activation', ['tanh']))
    """
    from ocrpipe.errors import ConfigError

    key, equals, values = text.partition("=")
    if not equals or not key.strip() or not values.strip():
        raise ConfigError(f"{option} {text}: KEY=VALUE is wanted, as in {option} rate=0.02")
    return key.strip().replace("-", "_"), values_of(values)


def values_of(text: str) -> list[Any]:
    """Return values parted by commas, as TOML writes them; words need no quotes.

    Examples
    --------
    >>> values_of("[8, 4],[8, 2]"), values_of("sgd,adam"), values_of("1024,64,36")
    ([[8, 4], [8, 2]], ['sgd', 'adam'], [1024, 64, 36])
    """
    import tomllib

    try:
        return list(tomllib.loads(f"x = [{text}]")["x"])
    except tomllib.TOMLDecodeError:
        return [word.strip() for word in text.split(",")]


def teach(kind: type[Recipe], data: list[Path], chosen: dict[str, Any], sweep: list[str], out: Path) -> None:
    """Train one run, or all variants of a sweep, and write their figures to stdout."""
    from ocrpipe.cli.output import say
    from ocrpipe.errors import OcrpipeError
    from ocrpipe.train.recipe import recipe_of

    variants = combinations(sweep)
    recipes = {name: recipe_of(kind, chosen | more, "the recipe") for name, more in variants.items()}
    runs: dict[str, Run] = {}
    sets: dict[tuple[Any, ...], Split] = {}
    for name, recipe in recipes.items():
        try:
            runs[name] = run_one(recipe, data, out / name, name, sets)
        except OcrpipeError as error:
            if len(recipes) == 1:
                raise
            say(f"{name}: {error}")
    if sweep:
        draw_grid(runs, out)
    table(runs)
    for note in dict.fromkeys(note for run in runs.values() for note in run.notes):
        say(note)
    if len(runs) < len(recipes):
        raise OcrpipeError(f"{len(recipes) - len(runs)} of {len(recipes)} variants could not be trained; see above")
    say(f"all of it is in {out}")


def combinations(sweep: list[str]) -> dict[str, dict[str, Any]]:
    """Return each variant's settings by its name, which is its folder's, too.

    Examples
    --------
    >>> combinations(["rate=0.1,0.01", "batch=8"])
    {'rate=0.1,batch=8': {'rate': 0.1, 'batch': 8}, 'rate=0.01,batch=8': {'rate': 0.01, 'batch': 8}}
    >>> combinations([])
    {'': {}}
    """
    from itertools import product

    keys = [keyed("--sweep", text) for text in sweep]
    variants = {}
    for values in product(*(values for _, values in keys)):
        chosen = dict(zip((key for key, _ in keys), values, strict=True))
        variants[",".join(f"{key}={told(value)}" for key, value in chosen.items())] = chosen
    return variants


def told(value: Any) -> str:
    """Return a value as a folder's name can hold it."""
    return (
        "-".join(map(told, value))
        if isinstance(value, list)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def run_one(recipe: Recipe, data: list[Path], folder: Path, name: str, sets: dict[tuple[Any, ...], Split]) -> Run:
    """Train one run; `sets` keeps what was read for the variants that want the same."""
    from ocrpipe.cli.output import say
    from ocrpipe.cli.progress import watching
    from ocrpipe.train import run

    wanted = (recipe.crop, recipe.seed, recipe.varied, recipe.valid, recipe.test)
    if wanted not in sets:
        sets.clear()
        sets[wanted] = read_split(recipe, data)
    with watching(name or folder.name, recipe.epochs) as watch:
        try:
            return run.train(recipe, sets[wanted], folder, watch, {"files": [path.name for path in data]})
        except KeyboardInterrupt:
            say(f"{folder}: the same command goes on from the last whole epoch")
            raise


def read_split(recipe: Recipe, data: list[Path]) -> Split:
    """Read all files and divide them."""
    from ocrpipe.train.data import joined, read_data, split

    read = [read_data(path, recipe.crop, seed=recipe.seed, varied=recipe.varied) for path in data]
    return split(joined(read), recipe.valid, recipe.test, recipe.seed)


def draw_grid(runs: dict[str, Run], out: Path) -> None:
    """Draw the curves of all variants beside one another, where matplotlib is installed."""
    from ocrpipe.train.plots import draw_curves

    if runs:
        draw_curves(out / "sweep.png", {name: run.history for name, run in runs.items()})


def table(runs: dict[str, Run]) -> None:
    """Write what the runs reached to stdout."""
    from rich.markup import escape
    from rich.table import Table

    from ocrpipe.cli.output import console

    rows = Table("run", "set", "pictures", "loss", "accuracy", "with O/0, I/1 as one", "PSNR", box=None, pad_edge=False)
    keys = "count", "loss", "accuracy", "accuracy_merged", "psnr"
    for name, run in runs.items():
        for part, figures in run.figures.items():
            rows.add_row(escape(name or run.folder.name), part, *(str(figures.get(key, "")) for key in keys))
    for number, key in enumerate(keys, 2):
        rows.columns[number].justify = "right"
        if not any(key in figures for run in runs.values() for figures in run.figures.values()):
            rows.columns[number].header = ""
    console().print(rows)
