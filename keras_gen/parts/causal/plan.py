"""When each tensor of a causal network is computed, and what is remembered of it.

The fast sampler (sampler.py) walks a network's own functional graph, in which every
tensor has a *stage*, the moment from which it can be known:

    CONSTANT   before the drawing: what depends on the conditions alone
    ROW        before its row is drawn: it depends on the rows above (vertical stacks)
    PIXEL      when its pixel is drawn

A causal layer applied to its piece of what is remembered (`window`) is the layer
itself, so that nothing here knows what network it is. A recurrent layer has states,
which are remembered like any other tensor: what those above say is known before the row
(`look_up`), the rest is a step of its cell at each pixel; where its input is known
before the row, so are its states, all of them at once (`row`).

With strides a tensor has a *scale* s: it has every s-th row and column only. Rows and
pixels are counted in blocks as large as the coarsest scale, and a layer is due where
its output has a pixel. `Enlarge` is due where its input is, and gives 2 x 2 pixels,
which wait for their turn.
"""

import keras
import tensorflow as tf

from keras_gen.errors import BadInput
from keras_gen.layers.causal import (
    ConcatELU,
    Enlarge,
    Gate,
    Inside,
    LeftOf,
    Pointwise,
    RowsAbove,
)
from keras_gen.layers.dropout import Dropout
from keras_gen.layers.onehot import OneHot
from keras_gen.layers.recurrent import Recurrence

CONSTANT, ROW, PIXEL = range(3)

POINTWISE = (
    ConcatELU,
    Dropout,
    Gate,
    Inside,
    OneHot,
    Pointwise,
    keras.layers.Activation,
    keras.layers.Add,
    keras.layers.Concatenate,
    keras.layers.Multiply,
    keras.layers.ReLU,
    keras.layers.Rescaling,
)


class Plan:
    """When each tensor of a functional network is computed, and what is remembered.

    Args:
        network: from images, and any number of conditions, to parameters of the same
            height and width.
    """

    def __init__(self, network: keras.Model):
        self.source, *self.conditions = (_key(t) for t in network.inputs)
        self.output = _key(network.outputs[0])
        self.shape = tuple(network.inputs[0].shape[1:])
        self.stages = dict.fromkeys(self.conditions, CONSTANT) | {self.source: PIXEL}
        self.steps = {CONSTANT: [], ROW: [], PIXEL: []}  # (layer, inputs, output)
        self.look_ups = []  # (recurrent layer, its states, what those above say)
        self.blocks = {}  # enlarged tensor -> its pixels as they come, 2 x 2 at once
        self.rows = {}  # tensor -> how many rows back a layer looks
        self.features = {self.source: (self.shape[-1], "float32")}
        # tensor -> distance between its pixels, and between those where it is computed
        self.scales = {_key(t): self._shrunk(t) for t in network.inputs}
        self.periods = dict(self.scales)
        seeing = {self.source}  # the tensors that contain the pixel itself
        self.after = []  # the steps that give them, repeated when it is drawn
        for layer in network.layers:
            if isinstance(layer, keras.layers.InputLayer):
                continue
            inputs = [_key(t) for t in tf.nest.flatten(layer.input)]
            if any(key not in self.stages for key in inputs):
                raise BadInput(f'layer "{layer.name}" takes a tensor of no layer.')
            stage = self._stage(layer, max(self.stages[key] for key in inputs))
            output, dtype = _key(layer.output), layer.compute_dtype
            scale = self._scale(layer, inputs, stage)
            self._know(output, stage, scale, layer.output.shape[-1], dtype)
            if isinstance(layer, Recurrence) and stage != CONSTANT:
                state, above = _state(output), _above(output)
                self._know(state, stage, scale, 2 * layer.width, dtype)
                self._know(above, ROW, scale)
                self.rows[state] = 1
                self.look_ups.append((layer, state, above))
                inputs.append(above)
            if isinstance(layer, Enlarge) and stage != CONSTANT:
                self.blocks[output] = block = f"{output}: block"
                self._know(block, stage, 2 * scale, layer.filters, dtype)
                self.periods[output] = 2 * scale
            self.steps[stage].append((layer, inputs, output))
            if isinstance(layer, RowsAbove):
                self.rows[inputs[0]] = max(self.rows.get(inputs[0], 0), layer.rows)
            hides = getattr(layer, "strict", False) or getattr(layer, "mask", "") == "A"
            if seeing & set(inputs) and not hides:
                seeing.add(output)
                self.after.append((layer, inputs, output))
        if self.output in seeing:
            raise BadInput(
                f'the network "{network.name}" shows the output the pixel that it '
                'predicts: begin with layers RowsAbove(strict=True) and LeftOf(mask="A"'
                "), and let nothing go past them."
            )
        groups = {getattr(layer, "groups", None) for layer, _, _ in self.steps[PIXEL]}
        self.groups, *others = groups - {None} or {1}
        if others:
            raise BadInput(
                f'layers of the network "{network.name}" have different groups, '
                f"{sorted(groups - {None})}: a channel would see those after it."
            )
        if self.stages.get(self.output) != PIXEL:
            raise BadInput(
                f'the network "{network.name}" does not use the pixels to the left of '
                "the one that it predicts; it needs a layer LeftOf."
            )
        self.block = max(self.scales[k] for k in self.stages if self.stages[k])

    def _know(self, key, stage, scale, features=0, dtype="float32"):
        self.stages[key], self.features[key] = stage, (features, dtype)
        self.scales[key] = self.periods[key] = scale

    def _shrunk(self, tensor):
        """The scale of an input, or of a map that depends on conditions alone."""
        sides = zip(self.shape[:2], tensor.shape[1:-1], strict=False)
        return next((whole // side for whole, side in sides if 1 < side < whole), 1)

    def _scale(self, layer, inputs, stage):
        if stage == CONSTANT:
            return self._shrunk(layer.output)
        seen = [key for key in inputs if self.stages[key] != CONSTANT] or inputs
        scale, *others = {self.scales[key] for key in seen}
        if others:
            raise BadInput(f'layer "{layer.name}" takes maps of different sizes.')
        if not isinstance(layer, Enlarge):
            return scale * getattr(layer, "stride", 1)
        if scale == 1:
            raise BadInput(f'layer "{layer.name}" enlarges more than was made smaller.')
        return scale // 2

    def _stage(self, layer, stage):
        if isinstance(layer, RowsAbove):
            if stage == PIXEL and not layer.strict:
                raise BadInput(
                    f'layer "{layer.name}" sees its own row, which is not drawn yet: '
                    "give it strict=True, or feed it from a strict RowsAbove."
                )
            return ROW
        if isinstance(layer, LeftOf):
            return PIXEL
        if isinstance(layer, Enlarge):
            if stage == PIXEL and layer.beside:
                raise BadInput(
                    f'layer "{layer.name}" sees the pixel to the right, which is not '
                    "drawn yet: give it beside=False."
                )
            return stage
        if isinstance(layer, Recurrence) and stage != CONSTANT:
            if stage == PIXEL and getattr(layer, "reverse", False):
                raise BadInput(
                    f'layer "{layer.name}" begins at the end of its row, which is not '
                    "drawn yet: feed it from a strict RowsAbove."
                )
            return stage
        if stage == CONSTANT or isinstance(layer, POINTWISE):
            return stage
        raise BadInput(
            f'layer "{layer.name}" ({type(layer).__name__}) may look at any pixel. '
            "Between the causal and recurrent layers only these may stand: "
            f"{', '.join(sorted(c.__name__ for c in POINTWISE))}."
        )

    # What is due at a row, or a pixel; both are counted from the start of their block.

    def due(self, steps, row, column=0):
        """Those of the steps that are computed here."""
        for step in steps:
            period = self.periods[step[-1]]
            if row % period == 0 and column % period == 0:
                yield step

    def at_pixel(self, key, row):
        """Whether a tensor is computed pixel by pixel in this row."""
        return self.stages[key] == PIXEL and row % self.periods[key] == 0

    def context(self, row):
        """What the pixels of a row need of what is known before them."""
        due = self.due(self.steps[PIXEL], row)
        read = {key for _, inputs, _ in due for key in inputs}
        return sorted(key for key in read if not self.at_pixel(key, row))

    def place(self, key, block, i):
        """Which row, or column, of a tensor is at the i-th of a block."""
        return block * (self.block // self.scales[key]) + i // self.scales[key]

    # The queues.

    def no_rows(self, batch):
        """The rows before the first: zeros, as the padding of the layers."""
        return {
            key: self._zeros(key, batch, rows, self.shape[1] // self.scales[key])
            for key, rows in self.rows.items()
        }

    def no_row(self, batch, row):
        """A row of which nothing is drawn: of the image, and of what is kept of it."""
        kept = dict.fromkeys([self.source, *self.rows], 1)
        kept |= dict.fromkeys(self.blocks.values(), 2)
        return {
            key: self._zeros(key, batch, n, n * self.shape[1] // self.scales[key])
            for key, n in kept.items()
            if self.at_pixel(key, row)
        }

    def no_pixels(self, batch, row):
        """The pixels before the first of a row."""
        columns = {}
        for layer, inputs, output in self.due(self.steps[PIXEL], row):
            if isinstance(layer, LeftOf):
                columns[inputs[0]] = max(columns.get(inputs[0], 0), layer.columns)
            if isinstance(layer, Recurrence):
                columns[_state(output)] = 1
        return {key: self._zeros(key, batch, 1, n) for key, n in columns.items()}

    def _zeros(self, key, batch, rows, columns):
        features, dtype = self.features[key]
        return tf.zeros((batch, rows, columns, features), dtype)

    # One stage after the other.

    def constants(self, conditions):
        """What depends on the conditions alone, and is needed at rows and pixels."""
        values = dict(zip(self.conditions, conditions, strict=True))
        for layer, inputs, output in self.steps[CONSTANT]:
            values[output] = _apply(layer, [values[key] for key in inputs])
        steps = self.steps[ROW] + self.steps[PIXEL]
        read = {key for _, inputs, _ in steps for key in inputs}
        return {key: value for key, value in values.items() if key in read}

    def row(self, values, above, row):
        """What can be known of a row before it is drawn."""
        values = dict(values)
        for layer, state, key in self.look_ups:
            values[key] = layer.look_up(above[state])
        for key, block in self.blocks.items():
            if block in values:
                half = row // self.scales[key] % 2
                values[key] = values[block][:, half : half + 1]
        for layer, inputs, output in self.due(self.steps[ROW], row):
            if isinstance(layer, RowsAbove):
                rows = above[inputs[0]]
                rows = rows[:, rows.shape[1] - layer.rows :]
                if not layer.strict:
                    rows = tf.concat([rows, values[inputs[0]]], axis=1)
                values[output] = layer.window(rows)
            elif isinstance(layer, Recurrence):
                state = layer.row(*(values[key] for key in inputs))
                values[_state(output)], values[output] = state, layer.hidden(state)
            else:
                values[output] = _quick(layer, [values[key] for key in inputs])
            if output in self.blocks:
                values[self.blocks[output]] = values[output]
                values[output] = values[output][:, :1]
        return values

    def pixel(self, values, left, pixel, row, column):
        """All that is computed at a pixel whose earlier channels are drawn."""
        values = dict(values)
        for key, block in self.blocks.items():
            if block in values:
                half = column // self.scales[key] % 2
                values[key] = values[block][:, :1, half : half + 1]
        steps = self.due(self.steps[PIXEL], row, column)
        return self._at_pixel(steps, values, left, pixel)

    def drawn(self, values, left, pixel, row, column):
        """The same, once the whole pixel is drawn."""
        steps = self.due(self.after, row, column)
        return self._at_pixel(steps, values, left, pixel)

    def _at_pixel(self, steps, values, left, pixel):
        values = values | {self.source: pixel}
        for layer, inputs, output in steps:
            if isinstance(layer, LeftOf):
                pixels = left[inputs[0]]
                pixels = pixels[:, :, pixels.shape[2] - layer.columns :]
                if layer.sees_itself:
                    here = tf.cast(values[inputs[0]], pixels.dtype)
                    pixels = tf.concat([pixels, here], axis=2)
                values[output] = layer.window(pixels)
            elif isinstance(layer, Recurrence):
                before = left[_state(output)]
                state = layer.cell(*(values[key] for key in inputs), before)
                values[_state(output)], values[output] = state, layer.hidden(state)
            else:
                values[output] = _quick(layer, [values[key] for key in inputs])
            if output in self.blocks:
                values[self.blocks[output]] = values[output]
                values[output] = values[output][:, :1, :1]
        return values


def _apply(layer, inputs):
    return layer(inputs if len(inputs) > 1 else inputs[0])


def _quick(layer, inputs):
    """The same for layers whose `call` is all they do; there are thousands of them."""
    if layer.autocast:
        inputs = [tf.cast(x, layer.compute_dtype) for x in inputs]
    return layer.call(inputs if len(inputs) > 1 else inputs[0])


def _key(tensor):
    return tensor.name


def _state(output):
    return f"{output}: states"


def _above(output):
    return f"{output}: from above"
