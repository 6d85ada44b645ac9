"""Keep a network in a file and take it out again: safetensors, never pickle.

The file's header says all that a reader must know: architecture, activation, labels, the crop that was trained on,
licence, source and the training's figures. Nothing in it is executed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ocrpipe.files import write_whole
from ocrpipe.nn.activations import ACTIVATIONS
from ocrpipe.nn.features import FEATURES
from ocrpipe.nn.layers import Dense
from ocrpipe.nn.network import Network
from ocrpipe.nn.stack import Stack, layers_of, tensor_shapes

__all__ = ["FORMAT", "FORMAT_VERSION", "Crop", "Model", "load_model", "save_model"]

FORMAT = "ocrpipe-network"
FORMAT_VERSION = 1

_SIDE = 2048  # pixels


@dataclass(frozen=True)
class Crop:
    """What one input of a network is.

    Attributes
    ----------
    level : str
        ``glyph``, ``word`` or ``line``.
    height, width : int
        Pixels.
    of : str
        ``ink`` or ``gray``.
    polarity : str
        ``light``: ink is 1 on 0; ``dark``: ink is 0 on 1.
    margin : float
        The blank border, as a share of the height.
    even_strokes : bool
        Whether the strokes were made of even width.
    features : str
        What the network is shown of a crop, a name of `ocrpipe.nn.features`: ``pixels`` or ``edges``.
    """

    level: str = "glyph"
    height: int = 32
    width: int = 32
    of: str = "ink"
    polarity: str = "light"
    margin: float = 2 / 32
    even_strokes: bool = True
    features: str = "edges"


@dataclass(frozen=True, eq=False)
class Model:
    """A network with what is known of it.

    Attributes
    ----------
    network : Network or Stack
    labels : tuple of str
        One a class, in the order of the network's outputs; "" means: no letter. An autoencoder has none.
    crop : Crop
        What its input must look like.
    licence, source : str
        Of the data that it was trained on.
    training : dict
        Figures of the training; what JSON can hold.
    """

    network: Network | Stack
    labels: tuple[str, ...]
    crop: Crop = field(default_factory=Crop)
    licence: str = ""
    source: str = ""
    training: dict[str, Any] = field(default_factory=dict)

    def probabilities(self, crops: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Compute probabilities (n, labels) for crops (n, height, width) as `crop` says."""
        return self.network.probabilities(FEATURES[self.crop.features](crops)).astype(np.float32, copy=False)

    def reconstructions(self, crops: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Compute what an autoencoder gives back for crops (n, height, width) as `crop` says; same shape."""
        return (
            self.network.scores(FEATURES[self.crop.features](crops)).astype(np.float32, copy=False).reshape(crops.shape)
        )


def save_model(path: Path, model: Model, dtype: npt.DTypeLike = np.float32) -> None:
    """Write a model, whole or not at all.

    Parameters
    ----------
    path : Path
        A file that is there is replaced.
    model : Model
    dtype : dtype
        What the weights are kept as; float16 halves the file.
    """
    tensors: dict[str, npt.NDArray[Any]] = {}
    for number, layer in enumerate(model.network.layers):
        for name, part in zip(("weight", "bias"), layer.parameters, strict=False):
            tensors[f"{number}.{name}"] = np.ascontiguousarray(part, dtype=dtype)
    header = {
        "format": FORMAT,
        "format_version": str(FORMAT_VERSION),
        **_architecture(model.network),
        "labels": json.dumps(model.labels),
        "crop": json.dumps(vars(model.crop)),
        "licence": model.licence,
        "source": model.source,
        "training": json.dumps(model.training),
    }
    write_whole(Path(path), _sorted(save(tensors, header)))


def _architecture(network: Network | Stack) -> dict[str, str]:
    """Say what layers there are: of a plain network the sizes alone, of any other layer by layer."""
    if isinstance(network, Network):
        return {"layers": json.dumps(network.sizes), "activation": network.activation}
    return {"layers": json.dumps(network.described())}


def _sorted(raw: bytes) -> bytes:
    """Put the header's keys in order, which safetensors leaves to chance: the same model gives the same bytes."""
    length = int.from_bytes(raw[:8], "little")
    header = json.dumps(json.loads(raw[8 : 8 + length]), sort_keys=True).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + raw[8 + length :]


def load_model(path: Path, *, autoencoder: bool | None = False) -> Model:
    """Read a model that `save_model` wrote, and check it before anything is used.

    Parameters
    ----------
    path : Path
    autoencoder : bool or None
        Whether the model must be one that gives pictures back, or one that reads them; None takes either.

    Returns
    -------
    Model
        Weights are float32.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no such file, or damaged; the message says what is wrong, where, and what to do.

    Examples
    --------
    >>> import tempfile
    >>> model = Model(Network([4, 2]), labels=("A", ""), crop=Crop(height=2, width=2, features="pixels"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(Path(folder) / "tiny.safetensors", model)
    ...     load_model(Path(folder) / "tiny.safetensors").labels
    ('A', '')
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such weights file")
    try:
        with safe_open(path, framework="numpy") as file:
            header: dict[str, str] = file.metadata() or {}
            described = _layers(path, header)
            crop = _crop(path, _json(path, header, "crop"))
            labels = _labels(path, header, described[-1]["outputs"], crop, autoencoder)
            training = _training(path, header)
            tensors = _tensors(path, file, tensor_shapes(described))
    except (SafetensorError, OSError) as error:
        raise _wrong(path, f"it is no safetensors file, or it is cut short ({error})") from None
    network = _network(path, header, described, tensors, crop)
    return Model(network, labels, crop, header.get("licence", ""), header.get("source", ""), training)


def _wrong(path: Path, what: str) -> ValueError:
    return ValueError(f"{path}: {what}; give a file that ocrpipe.nn.save_model wrote, or download or train it again")


def _tensors(path: Path, file: Any, shapes: dict[str, tuple[int, ...]]) -> dict[str, npt.NDArray[np.float32]]:
    if sorted(file.keys()) != sorted(shapes):
        held = ", ".join(sorted(file.keys())) or "none"
        raise _wrong(path, f"it holds the tensors {held}, not {', '.join(shapes)}")
    return {name: _tensor(path, file, name, shape) for name, shape in shapes.items()}


def _tensor(path: Path, file: Any, name: str, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    about = file.get_slice(name)
    if tuple(about.get_shape()) != shape or about.get_dtype() not in ("F16", "F32", "F64"):
        raise _wrong(
            path,
            f"tensor {name!r} is {about.get_dtype()} of shape {tuple(about.get_shape())}, "
            f"where its header says floats of shape {shape}",
        )
    values: npt.NDArray[np.float32] = file.get_tensor(name).astype(np.float32)
    if not np.isfinite(values).all():
        raise _wrong(path, f"tensor {name!r} holds numbers that are not finite")
    return values


def _json(path: Path, header: dict[str, str], key: str) -> Any:
    try:
        return json.loads(header[key])
    except (KeyError, ValueError, RecursionError):
        raise _wrong(path, f"its header's {key!r} is missing or not JSON") from None


def _layers(path: Path, header: dict[str, str]) -> list[dict[str, Any]]:
    """Check the header's format and layers; give the layers as `Stack.described` does."""
    if header.get("format") != FORMAT:
        raise _wrong(path, f"its header does not say that it is an {FORMAT}")
    if header.get("format_version") != str(FORMAT_VERSION):
        raise _wrong(
            path, f"its format version is {header.get('format_version')!r}, and this ocrpipe reads {FORMAT_VERSION}"
        )
    layers = _json(path, header, "layers")
    if isinstance(layers, list) and len(layers) > 1 and all(type(size) is int for size in layers):
        if header.get("activation") not in ACTIVATIONS:
            raise _wrong(path, f"its activation is {header.get('activation')!r}, not one of {', '.join(ACTIVATIONS)}")
        names = [header["activation"]] * (len(layers) - 2) + ["linear"]
        layers = [
            {"kind": "dense", "inputs": inputs, "outputs": outputs, "activation": name}
            for (inputs, outputs), name in zip(pairwise(layers), names, strict=True)
        ]
    try:
        tensor_shapes(layers)
    except ValueError as error:
        raise _wrong(path, f"its header's 'layers' is no list of layers ({error})") from None
    if layers[-1]["kind"] != "dense":
        raise _wrong(path, "its header's 'layers' does not end in a dense layer")
    return list(layers)


def _labels(path: Path, header: dict[str, str], outputs: int, crop: Crop, autoencoder: bool | None) -> tuple[str, ...]:
    labels = _json(path, header, "labels")
    if labels == [] and outputs == crop.height * crop.width and autoencoder is not False:
        return ()
    if labels == [] and outputs == crop.height * crop.width:
        raise ValueError(f"{path}: it holds an autoencoder, which gives pictures back and reads none; give a reader's")
    if autoencoder:
        raise ValueError(f"{path}: it holds a reader and no autoencoder; train one with `ocrpipe train autoencoder`")
    if (
        not isinstance(labels, list)
        or not all(isinstance(label, str) for label in labels)
        or len(set(labels)) != len(labels)
        or len(labels) != outputs
    ):
        raise _wrong(path, f"its header's 'labels' is no list of {outputs} different texts, one for each output")
    return tuple(labels)


def _training(path: Path, header: dict[str, str]) -> dict[str, Any]:
    training = _json(path, header, "training")
    if not isinstance(training, dict):
        raise _wrong(path, "its header's 'training' is no JSON object")
    return training


def _network(
    path: Path,
    header: dict[str, str],
    described: list[dict[str, Any]],
    tensors: dict[str, npt.NDArray[np.float32]],
    crop: Crop,
) -> Network | Stack:
    """Stack the layers, where they fit on one another and on the crop."""
    try:
        shown = FEATURES[crop.features](np.zeros((1, crop.height, crop.width), np.float32)).shape[1]
    except ValueError as error:
        raise _wrong(path, f"its crop is impossible ({error})") from None
    try:
        layers = layers_of(described, tensors)
        if "activation" not in header and crop.features == "pixels":
            return Stack(layers, crop.height, crop.width)
    except ValueError as error:
        raise _wrong(path, f"its layers do not fit ({error})") from None
    dense = [layer for layer in layers if isinstance(layer, Dense)]
    if "activation" not in header or len(dense) < len(layers):
        raise _wrong(path, f"its layers see pictures, and its crop gives {crop.features}")
    inputs = dense[0].weight.shape[0]
    if shown != inputs:
        raise _wrong(
            path,
            f"{crop.features} of a crop of {crop.height} x {crop.width} are {shown} numbers, "
            f"which do not fit the {inputs} inputs of its network",
        )
    return Network.of(dense, header["activation"])


def _crop(path: Path, found: Any) -> Crop:
    wanted = {key: type(value) for key, value in vars(Crop()).items()}
    if not isinstance(found, dict) or set(found) != set(wanted):
        raise _wrong(path, f"its header's 'crop' must have just the keys {', '.join(wanted)}")
    for key, kind in wanted.items():
        if type(found[key]) is not kind and not (kind is float and type(found[key]) is int):
            raise _wrong(path, f"its crop's {key!r} is {found[key]!r}, where {kind.__name__} is wanted")
    choices: dict[str, tuple[str, ...]] = {
        "level": ("glyph", "word", "line"),
        "of": ("ink", "gray"),
        "polarity": ("light", "dark"),
    }
    choices["features"] = tuple(FEATURES)
    for key, allowed in choices.items():
        if found[key] not in allowed:
            raise _wrong(path, f"its crop's {key!r} is {found[key]!r}, not one of {', '.join(allowed)}")
    if not (0 < found["height"] <= _SIDE and 0 < found["width"] <= _SIDE and 0 <= found["margin"] < 0.5):
        raise _wrong(path, "its crop has no possible height, width and margin")
    return Crop(**found)
