"""Networks in NumPy alone: small enough to read, fast enough to use. They know nothing of pages.

A network is a stack of layers by configuration; it is trained by stochastic gradient descent and kept in a safetensors
file that says what it reads:

>>> import numpy as np
>>> network = Network([4, 8, 2], activation="relu", seed=1)
>>> x = np.array([[0, 0, 1, 1], [1, 1, 0, 0]], np.float32)
>>> targets = one_hot(np.array([0, 1]), 2)
>>> descent = SGD(network.parameters, rate=0.5)
>>> for _ in range(50):
...     loss, gradients = network.gradients(x, targets)
...     descent.step(gradients)
>>> network.probabilities(x).round(1).tolist()
[[1.0, 0.0], [0.0, 1.0]]
"""

from pathlib import Path

from ocrpipe.nn.activations import Activation, activation, linear, relu, sigmoid, tanh
from ocrpipe.nn.convolution import Convolution, Dropout, Flatten, MaxPool
from ocrpipe.nn.features import FEATURES, edges, pixels
from ocrpipe.nn.files import Crop, Model, load_model, save_model
from ocrpipe.nn.initialise import he_normal, xavier_uniform
from ocrpipe.nn.layers import Dense
from ocrpipe.nn.losses import cross_entropy, one_hot, softmax
from ocrpipe.nn.network import Network
from ocrpipe.nn.optimise import SGD
from ocrpipe.nn.stack import Layer, Stack

__all__ = [
    "FEATURES",
    "SGD",
    "WEIGHTS",
    "Activation",
    "Convolution",
    "Crop",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "MaxPool",
    "Model",
    "Network",
    "Stack",
    "activation",
    "cross_entropy",
    "edges",
    "he_normal",
    "linear",
    "load_model",
    "one_hot",
    "pixels",
    "relu",
    "save_model",
    "sigmoid",
    "softmax",
    "tanh",
    "xavier_uniform",
]

WEIGHTS = Path(__file__).parent / "weights"
"""The folder of the weights that are shipped."""
