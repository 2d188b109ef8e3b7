"""Fast sampling of causal convolutional networks: a sample for about one forward pass.

The naive sampler runs the whole network once per pixel, H W times the work that is
needed: nearly everything it computes, it has computed before. This one computes each
feature of each pixel once, when it can first be known (plan.py).

Two nested loops go over the rows and over the columns. Of every tensor that a causal
layer looks back at, the loops carry the last few rows, or the last few pixels of the
row, in queues: what is new enters at one end by concatenation. Where a network has
strides, one turn of either loop draws a block of as many rows, or columns, as its
coarsest grid asks for; the turn is written out, so that what each of its pixels needs
is known beforehand and there are no conditions. All that is random comes in as `noise`.

Reference: Ramachandran et al., Fast Generation for Convolutional Autoregressive Models
(arXiv:1704.06001).
"""

import tensorflow as tf

from keras_gen.layers.loops import at, loop, push
from keras_gen.parts.causal.plan import Plan


def draw(
    plan: Plan,
    likelihood,
    noise,
    conditions=(),
    x=None,
    known=None,
    temperature: float = 1.0,
):
    """The images that this noise draws, where they are not `known` from `x`.

    Args:
        plan: of the network.
        likelihood: the head that reads the network's output.
        noise: as `likelihood.noise` describes it, for a batch of images.
        conditions: the network's inputs after the first.
        x, known: images, and the boolean mask of what is to stay of them.
        temperature: below 1 the draws keep to what is likely.
    """
    height, width, channels = plan.shape
    batch = tf.shape(noise)[0]
    constants = plan.constants(conditions)
    known = None if known is None else tf.cast(known, tf.bool)

    def draw_pixel(values, left, r, c, row, column):
        u = at(noise, r, c)
        pixel = tf.zeros((batch, 1, 1, channels))
        if known is not None:
            pixel = tf.where(at(known, r, c), at(x, r, c), pixel)
        for group in range(plan.groups):
            computed = plan.pixel(values, left, pixel, row, column)
            params = likelihood.tempered(computed[plan.output], temperature)
            new = tf.range(channels) % plan.groups == group
            if known is not None:
                new = tf.logical_and(new, tf.logical_not(at(known, r, c)))
            drawn = likelihood.sample_from(params, u)
            whole = plan.groups == 1 and known is None
            pixel = drawn if whole else tf.where(new, drawn, pixel)
        return plan.drawn(computed, left, pixel, row, column)

    def draw_row(blocks, above, i, row):
        """All that is computed of the `row`-th of block i."""
        constant = {k: at(v, plan.place(k, i, row)) for k, v in constants.items()}
        values = plan.row(constant | blocks, above, row)

        def next_block(j, done, left):
            new, blocks = {key: [] for key in done}, {}
            for column in range(plan.block):
                here = {
                    k: at(values[k], None, plan.place(k, j, column))
                    for k in plan.context(row)
                    if column % plan.scales[k] == 0
                }
                r, c = i * plan.block + row, j * plan.block + column
                computed = draw_pixel(here | blocks, left, r, c, row, column)
                blocks = waiting(computed)
                left = {
                    k: queue if column % plan.scales[k] else push(queue, computed[k], 2)
                    for k, queue in left.items()
                }
                for key, parts in new.items():
                    if column % plan.scales[key] == 0:
                        parts.append(computed[key])
            done = {k: push(done[k], tf.concat(new[k], axis=2), 2) for k in done}
            return j + 1, done, left

        empty = plan.no_row(batch, row), plan.no_pixels(batch, row)
        _, done, _ = loop(width // plan.block, next_block, empty)
        return values | done

    def waiting(values):
        return {key: values[key] for key in plan.blocks.values() if key in values}

    def next_rows(i, image, above):
        values = {}
        for row in range(plan.block):
            values = draw_row(waiting(values), above, i, row)
            image = push(image, values[plan.source], 1)
            above = {
                k: queue if row % plan.scales[k] else push(queue, values[k], 1)
                for k, queue in above.items()
            }
        return i + 1, image, above

    empty = tf.zeros((batch, height, width, channels)), plan.no_rows(batch)
    _, image, _ = loop(height // plan.block, next_rows, empty)
    return image
