"""Fast sampling of causal convolutional networks: a sample for about one forward pass.

The naive sampler runs the whole network once per pixel, H W times the work that is
needed: nearly everything it computes, it has computed before. This one computes each
feature of each pixel once. It walks the network's own functional graph, in which every
tensor has a *stage*, the moment from which it can be known:

    CONSTANT   before the drawing: what depends on the conditions alone
    ROW        before its row is drawn: it depends on the rows above (vertical stacks)
    PIXEL      when its pixel is drawn

Two nested loops go over the rows and over the columns. Of every tensor that a causal
layer looks back at, the loops carry the last few rows, or the last few pixels of the
row, in queues: what is new enters at one end by concatenation. A causal layer applied
to its piece of a queue (`window`) is the layer itself, so that nothing here knows what
network it draws from. A recurrent layer has states, which are remembered like any other
tensor: what those above say is known before the row (`look_up`), the rest is a step of
its cell at each pixel; where its input is known before the row, so are its states, all
of them at once (`row`). All that is random comes in as `noise`.

Reference: Ramachandran et al., Fast Generation for Convolutional Autoregressive Models
(arXiv:1704.06001). Not here: strides.
"""

import keras
import tensorflow as tf

from keras_gen.errors import BadInput
from keras_gen.layers.causal import Gate, LeftOf, Pointwise, RowsAbove
from keras_gen.layers.dropout import Dropout
from keras_gen.layers.loops import at, loop, push
from keras_gen.layers.onehot import OneHot
from keras_gen.layers.recurrent import Recurrence

CONSTANT, ROW, PIXEL = range(3)

POINTWISE = (
    Dropout,
    Gate,
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
        stages = dict.fromkeys(self.conditions, CONSTANT) | {self.source: PIXEL}
        self.steps = {CONSTANT: [], ROW: [], PIXEL: []}  # (layer, inputs, output)
        self.look_ups = []  # (recurrent layer, its states, what those above say)
        self.rows, self.columns = {}, {}  # tensor -> how far a layer looks back
        self.features = {self.source: (self.shape[-1], "float32")}
        seeing = {self.source}  # the tensors that contain the pixel itself
        self.after = []  # the steps that give them, repeated when it is drawn
        for layer in network.layers:
            if isinstance(layer, keras.layers.InputLayer):
                continue
            inputs = [_key(t) for t in tf.nest.flatten(layer.input)]
            if any(key not in stages for key in inputs):
                raise BadInput(f'layer "{layer.name}" takes a tensor of no layer.')
            stage = self._stage(layer, max(stages[key] for key in inputs))
            output = _key(layer.output)
            stages[output] = stage
            self.features[output] = (layer.output.shape[-1], layer.compute_dtype)
            if isinstance(layer, Recurrence) and stage != CONSTANT:
                state, above = _state(output), _above(output)
                self.features[state] = (2 * layer.width, layer.compute_dtype)
                self.rows[state] = 1
                self.look_ups.append((layer, state, above))
                stages[above] = ROW
                inputs.append(above)
            self.steps[stage].append((layer, inputs, output))
            self._remember(layer, inputs[0])
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
        read = {key for _, inputs, _ in self.steps[PIXEL] for key in inputs}
        self.context = {key for key in read if stages[key] != PIXEL}
        if stages.get(self.output) != PIXEL:
            raise BadInput(
                f'the network "{network.name}" does not use the pixels to the left of '
                "the one that it predicts; it needs a layer LeftOf."
            )

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

    def _remember(self, layer, key):
        if isinstance(layer, RowsAbove):
            self.rows[key] = max(self.rows.get(key, 0), layer.rows)
        if isinstance(layer, LeftOf):
            self.columns[key] = max(self.columns.get(key, 0), layer.columns)

    # The queues.

    def no_rows(self, batch):
        """The rows before the first: zeros, as the padding of the layers."""
        width = self.shape[1]
        return {
            key: self._zeros(key, batch, count, width)
            for key, count in self.rows.items()
        }

    def no_pixels(self, batch):
        """The pixels before the first of a row; a whole row where rows are kept."""
        pixel = {output for _, _, output in self.steps[PIXEL]} | {self.source}
        pixel |= {_state(output) for output in pixel}
        kept = {key: self.shape[1] for key in self.rows if key in pixel}
        return {
            key: self._zeros(key, batch, 1, count)
            for key, count in (self.columns | kept).items()
        }

    def _zeros(self, key, batch, rows, columns):
        features, dtype = self.features[key]
        return tf.zeros((batch, rows, columns, features), dtype)

    # One stage after the other.

    def constants(self, conditions):
        """What depends on the conditions alone."""
        values = dict(zip(self.conditions, conditions, strict=True))
        for layer, inputs, output in self.steps[CONSTANT]:
            values[output] = _apply(layer, [values[key] for key in inputs])
        return values

    def row(self, values, above):
        """What can be known of a row before it is drawn."""
        values = dict(values)
        for layer, state, key in self.look_ups:
            values[key] = layer.look_up(above[state])
        for layer, inputs, output in self.steps[ROW]:
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
                values[output] = _apply(layer, [values[key] for key in inputs])
        return values

    def pixel(self, values, left, pixel):
        """All that is computed at a pixel whose earlier channels are drawn."""
        return self._at_pixel(self.steps[PIXEL], values, left, pixel)

    def drawn(self, values, left, pixel):
        """The same, once the whole pixel is drawn."""
        return self._at_pixel(self.after, values, left, pixel)

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
                before = left[_state(output)][:, :, -1:]
                state = layer.cell(*(values[key] for key in inputs), before)
                values[_state(output)], values[output] = state, layer.hidden(state)
            else:
                values[output] = _apply(layer, [values[key] for key in inputs])
        return values


def draw(
    plan: Plan,
    likelihood,
    noise,
    conditions=(),
    given=None,
    known=None,
    temperature: float = 1.0,
):
    """The images that this noise draws, where they are not `known` from `given`.

    Args:
        plan: of the network.
        likelihood: the head that reads the network's output.
        noise: as `likelihood.noise` describes it, for a batch of images.
        conditions: the network's inputs after the first.
        given, known: images, and the boolean mask of what is to stay of them.
        temperature: below 1 the draws keep to what is likely.
    """
    height, width, channels = plan.shape
    batch = tf.shape(noise)[0]
    constants = plan.constants(conditions)
    known = None if known is None else tf.cast(known, tf.bool)

    def draw_pixel(values, left, r, c):
        u = at(noise, r, c)
        pixel = tf.zeros((batch, 1, 1, channels))
        if known is not None:
            pixel = tf.where(at(known, r, c), at(given, r, c), pixel)
        for group in range(plan.groups):
            computed = plan.pixel(values, left, pixel)
            params = likelihood.tempered(computed[plan.output], temperature)
            new = tf.range(channels) % plan.groups == group
            if known is not None:
                new = tf.logical_and(new, tf.logical_not(at(known, r, c)))
            drawn = likelihood.sample_from(params, u)
            whole = plan.groups == 1 and known is None
            pixel = drawn if whole else tf.where(new, drawn, pixel)
        return plan.drawn(computed, left, pixel)

    def draw_row(r, above):
        row = plan.row({k: at(v, r) for k, v in constants.items()}, above)

        def next_pixel(c, done, left):
            values = {k: at(row[k], None, c) for k in sorted(plan.context)}
            computed = draw_pixel(values, left, r, c)
            left = {k: push(queue, computed[k], 2) for k, queue in left.items()}
            return c + 1, push(done, computed[plan.source], 2), left

        empty = tf.zeros((batch, 1, width, channels)), plan.no_pixels(batch)
        _, done, left = loop(width, next_pixel, empty)
        fresh = row | left
        above = {k: push(queue, fresh[k], 1) for k, queue in above.items()}
        return done, above

    def next_row(r, image, above):
        done, above = draw_row(r, above)
        return r + 1, push(image, done, 1), above

    empty = tf.zeros((batch, height, width, channels)), plan.no_rows(batch)
    _, image, _ = loop(height, next_row, empty)
    return image


def _apply(layer, inputs):
    return layer(inputs if len(inputs) > 1 else inputs[0])


def _key(tensor):
    return tensor.name


def _state(output):
    return f"{output}: states"


def _above(output):
    return f"{output}: from above"
