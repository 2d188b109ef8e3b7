"""The same network in PyTorch: a Keras model of single layers, one by one.

Where a stride does not divide the padding evenly, Keras pads more at the end and
PyTorch at the beginning. So a twin sees everything mirrored in height and width, its
kernels too, and is the same function: `mirrored` makes a batch as a twin takes it.

Maps are channels first, as PyTorch has them; where a vector is a map laid flat, the
weights of the dense layer beside it are put in its order. Each layer is what one writes
with PyTorch: x sigmoid(x) is its SiLU.
"""

import functools

import keras
import numpy as np
import torch
from keras import layers
from torch import nn
from torch.nn import functional

from keras_gen.layers.causal import Gate, LeftOf, Pointwise, RowsAbove
from keras_gen.layers.instance_norm import EPSILON, InstanceNorm
from keras_gen.layers.modulate import Modulate
from keras_gen.layers.reflect import Reflect
from keras_gen.layers.resize import Double
from keras_gen.layers.time_table import TimeTable

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "elu": nn.ELU}


def mirrored(x):
    """An array as a twin takes it: images turned around, channels first."""
    x = np.asarray(x)
    if x.ndim == 4:
        x = x[:, ::-1, ::-1].transpose(0, 3, 1, 2)
    return torch.from_numpy(x.copy())


class Twin(nn.Module):
    """A functional Keras model, with the same weights."""

    def __init__(self, network: keras.Model):
        super().__init__()
        places = {id(x): i for i, x in enumerate(network.inputs)}
        found = [x for x in network.layers if not isinstance(x, layers.InputLayer)]
        self.flat = {id(x.output): x.input.shape[1:] for x in _of(found, "Flatten")}
        self.maps = {id(x.input): x.target_shape for x in _of(found, "Reshape")}
        sigmoids = {
            id(x.output): x.input
            for x in _of(found, "Activation")
            if x.activation is keras.activations.sigmoid
        }
        self.steps, self.places = nn.ModuleList(), []
        for layer in found:
            inputs = layer.input if isinstance(layer.input, list) else [layer.input]
            if isinstance(layer, layers.Multiply) and any(
                sigmoids.get(id(y)) is x for x in inputs for y in inputs
            ):
                module = nn.SiLU()
                inputs = [x for x in inputs if id(x) not in sigmoids][:1]
            elif id(layer.output) in sigmoids:
                module = nn.Identity()  # within the SiLU
            else:
                module = self.made(layer)
            self.places.append([places[id(x)] for x in inputs])
            places[id(layer.output)] = len(places)
            self.steps.append(module)
        self.last = places[id(network.outputs[0])]

    def made(self, layer):
        if isinstance(layer, layers.Dense):
            module = self.dense(layer)
        else:
            module = twin_of(layer)
        name = getattr(getattr(layer, "activation", None), "__name__", "linear")
        if name == "linear" or isinstance(layer, layers.Activation):
            return module
        return nn.Sequential(module, ACTIVATIONS[name]())

    def dense(self, layer):
        kernel, *bias = (np.asarray(w) for w in layer.get_weights())
        if shape := self.flat.get(id(layer.input)):
            kernel = kernel.reshape(*shape, -1)[::-1, ::-1].transpose(2, 0, 1, 3)
            kernel = kernel.reshape(-1, layer.units)
        shape = self.maps.get(id(layer.output), ())
        if len(shape) == 3:
            turned = [a.reshape(-1, *shape)[:, ::-1, ::-1] for a in (kernel, *bias)]
            kernel, *bias = [t.transpose(0, 3, 1, 2) for t in turned]
            kernel = kernel.reshape(-1, layer.units)
            bias = [b.ravel() for b in bias]
        return _filled(nn.Linear(*kernel.shape, bias=bool(bias)), kernel.T, *bias)

    def forward(self, *inputs):
        values = list(inputs)
        for step, places in zip(self.steps, self.places, strict=True):
            values.append(step(*(values[i] for i in places)))
        return values[self.last]


def _of(found, name):
    return [layer for layer in found if type(layer).__name__ == name]


class _Of(nn.Module):
    """A function of what comes in."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


def _filled(module, *values):
    with torch.no_grad():
        for parameter, value in zip(module.parameters(), values, strict=True):
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(value)))
    return module


@functools.singledispatch
def twin_of(layer):
    """The layer as a module of PyTorch."""
    raise NotImplementedError(f"no twin for the layer {layer}")


def _convolution(kind, layer, **options):
    kernel, *bias = (np.asarray(w) for w in layer.get_weights())
    (size, _), (stride, _) = layer.kernel_size, layer.strides
    inside = layer.padding == "valid"
    if inside and stride > 1 and kind is nn.Conv2d:
        raise NotImplementedError(f"{layer.name} leaves out what a mirror does not")
    padding, before = 0 if inside else (size - stride + 1) // 2, []
    if not inside and stride == 1 and size % 2 == 0:
        after = padding - 1
        padding, before = 0, [nn.ZeroPad2d((padding, after, padding, after))]
    if kind is nn.ConvTranspose2d:
        options["output_padding"] = 0 if inside else 2 * padding - (size - stride)
    made = kind(
        layer.input.shape[-1],
        layer.filters,
        size,
        stride,
        padding,
        bias=layer.use_bias,
        **options,
    )
    made = _filled(made, kernel[::-1, ::-1].transpose(3, 2, 0, 1), *bias)
    return nn.Sequential(*before, made) if before else made


twin_of.register(layers.Conv2D, lambda layer: _convolution(nn.Conv2d, layer))
twin_of.register(
    layers.Conv2DTranspose, lambda layer: _convolution(nn.ConvTranspose2d, layer)
)
twin_of.register(layers.Flatten, lambda layer: nn.Flatten())
twin_of.register(Double, lambda layer: nn.Upsample(scale_factor=2))
twin_of.register(Reflect, lambda layer: nn.ReflectionPad2d(layer.pixels))
twin_of.register(layers.ReLU, lambda layer: nn.ReLU())
twin_of.register(layers.LeakyReLU, lambda layer: nn.LeakyReLU(layer.negative_slope))
twin_of.register(layers.Add, lambda layer: _Of(lambda *x: functools.reduce(_add, x)))
twin_of.register(layers.Multiply, lambda layer: _Of(lambda x, y: x * y))
twin_of.register(layers.Concatenate, lambda layer: _Of(lambda *x: torch.cat(x, 1)))


def _add(x, y):
    return x + y


@twin_of.register
def _(layer: layers.Activation):
    name = layer.activation.__name__
    return nn.Identity() if name == "linear" else ACTIVATIONS[name]()


@twin_of.register
def _(layer: layers.Reshape):
    shape = layer.target_shape
    if len(shape) == 3:
        shape = (shape[2], *shape[:2])
    return nn.Unflatten(1, shape)


@twin_of.register
def _(layer: layers.Rescaling):
    scale, offset = float(layer.scale), float(layer.offset)
    return _Of(lambda x: x * scale + offset)


@twin_of.register
def _(layer: layers.BatchNormalization):
    kind = nn.BatchNorm2d if len(layer.input.shape) == 4 else nn.BatchNorm1d
    made = kind(layer.input.shape[-1], layer.epsilon, 1 - layer.momentum)
    return _filled(made, *layer.get_weights()[:2])


@twin_of.register
def _(layer: InstanceNorm):
    return nn.InstanceNorm2d(layer.input.shape[-1], EPSILON)


@twin_of.register
def _(layer: layers.LayerNormalization):
    affine = bool(layer.scale)
    norm = nn.LayerNorm(layer.input.shape[-1], layer.epsilon, affine)
    _filled(norm, *layer.get_weights())
    if len(layer.input.shape) == 2:
        return norm
    return nn.Sequential(_Of(lambda x: x.permute(0, 2, 3, 1)), norm,
                         _Of(lambda x: x.permute(0, 3, 1, 2)))  # fmt: skip


@twin_of.register
def _(layer: layers.Embedding):
    made = nn.Embedding(layer.input_dim, layer.output_dim)
    return _filled(made, *layer.get_weights())


@twin_of.register
def _(layer: Modulate):
    def modulate(x, gain, bias):
        return x * (1 + gain[:, :, None, None]) + bias[:, :, None, None]

    return _Of(modulate)


@twin_of.register
def _(layer: TimeTable):
    table = torch.from_numpy(np.array(layer.table))
    rows = len(table) - 1

    def look_up(place):
        place = place.clamp(0, 1) * rows
        row = place.floor().clamp(max=rows - 1)
        share, row = (place - row)[:, None], row.long()
        return torch.lerp(table[row], table[row + 1], share)

    return _Of(look_up)


class _Seen(nn.Module):
    """A convolution of what was drawn before, which is after, in the mirror."""

    def __init__(self, layer, size, cut, padding):
        super().__init__()
        kernel, *bias = (np.asarray(w) for w in layer.get_weights())
        channels, stride = layer.input.shape[-1], layer.stride
        if stride > 1 or layer.groups > 1:
            raise NotImplementedError("a causal twin has no stride and no groups")
        conv = nn.Conv2d(channels, layer.filters, size, bias=bool(bias))
        turned = kernel[::-1, ::-1].transpose(3, 2, 0, 1)
        self.conv = _filled(conv, turned, *bias)
        self.cut, self.padding = cut, padding

    def forward(self, x):
        down, right = self.cut
        return self.conv(functional.pad(x[:, :, down:, right:], self.padding))


@twin_of.register
def _(layer: RowsAbove):
    sides = (layer.size[1] - 1) // 2, layer.size[1] // 2
    return _Seen(layer, layer.size, (int(layer.strict), 0), (*sides, 0, layer.rows))


@twin_of.register
def _(layer: LeftOf):
    size = (1, layer.columns + layer.sees_itself)
    return _Seen(layer, size, (0, int(not layer.sees_itself)), (0, layer.columns))


@twin_of.register
def _(layer: Pointwise):
    kernel, *bias = (np.asarray(w) for w in layer.get_weights())
    if layer.groups > 1:
        raise NotImplementedError("a causal twin has no groups")
    made = nn.Conv2d(*kernel.shape, 1, bias=bool(bias))
    return _filled(made, kernel.T[:, :, None, None], *bias)


@twin_of.register
def _(layer: Gate):
    def gate(x):
        value, opening = x.chunk(2, 1)
        value = value if layer.linear else value.tanh()
        return value * opening.sigmoid()

    return _Of(gate)
