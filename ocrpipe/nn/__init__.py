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
from ocrpipe.nn.initialise import STARTS, he_normal, xavier_uniform, zeros
from ocrpipe.nn.layers import Dense
from ocrpipe.nn.losses import LOSSES, Loss, cross_entropy, one_hot, psnr, softmax, squared_error
from ocrpipe.nn.network import Network
from ocrpipe.nn.optimise import SGD, Adam, Optimiser, step_decay
from ocrpipe.nn.stack import Layer, Stack

__all__ = [
    "FEATURES",
    "LOSSES",
    "SGD",
    "STARTS",
    "WEIGHTS",
    "Activation",
    "Adam",
    "Convolution",
    "Crop",
    "Dense",
    "Dropout",
    "Flatten",
    "Layer",
    "Loss",
    "MaxPool",
    "Model",
    "Network",
    "Optimiser",
    "Stack",
    "activation",
    "cross_entropy",
    "edges",
    "he_normal",
    "linear",
    "load_model",
    "one_hot",
    "pixels",
    "psnr",
    "relu",
    "save_model",
    "sigmoid",
    "softmax",
    "squared_error",
    "step_decay",
    "tanh",
    "xavier_uniform",
    "zeros",
]

WEIGHTS = Path(__file__).parent / "weights"
"""The folder of the weights that are shipped."""
