"""Training goes on from another model's weights: what fits is kept, and said.

Networks of one recipe differ where the data do: in the layers that see the image's size
or channels, or the classes. Layer after layer of a kind, arrays of the same shape are
taken over; the others stay fresh.
"""

import keras

from keras_gen.errors import BadInput, lookup


def parts(model) -> dict[str, keras.layers.Layer]:
    """The networks of a model, and its other parts with weights, by name."""
    found = {
        name: part
        for name, part in vars(model).items()
        if isinstance(part, keras.layers.Layer) and part.weights and name[0] != "_"
    }
    found |= {k: v for k, v in model.players().items() if v is not model}
    return {name: part for name, part in found.items() if name != "averaged"}


def take_over(model, source, origin) -> list[str]:
    """Give `model` the weights of `source` that fit; returns a line for each part.

    Example:
        >>> own, known = zoo.build("vae-digits"), zoo.build("vae-digits")
        >>> take_over(own, known, "vae-digits")[0]
        'encoder: 4 of 4 arrays from vae-digits'
    """
    lines, kept, theirs = [], 0, parts(source)
    for name, part in parts(model).items():
        known = _arrays(theirs[name]) if name in theirs else {}
        own, fresh = _arrays(part), []
        for key, weight in own.items():
            other = known.get(key)
            if other is not None and other.shape == weight.shape:
                weight.assign(other)
            else:
                was = "is not there" if other is None else f"was {tuple(other.shape)}"
                fresh.append(f"{weight.path} {tuple(weight.shape)} {was}")
        kept += len(own) - len(fresh)
        line = f"{name}: {len(own) - len(fresh)} of {len(own)} arrays from {origin}"
        lines.append(line + f"; fresh: {', '.join(fresh)}" * bool(fresh))
    if not kept:
        raise BadInput(
            f"nothing of {origin} fits: it is a {type(source).__name__} of "
            f"{', '.join(theirs)}, this is a {type(model).__name__} of "
            f"{', '.join(parts(model))}. Start from a model of the same recipe."
        )
    if getattr(model, "averaged", None) is not None:
        model.averaged.set_weights(model.generator.get_weights())
    return lines


def _arrays(part):
    """{(kind of layer, which of them, which array): variable}; seeds are no weights."""
    found, count = {}, {}
    for layer in part._flatten_layers():
        own = [*layer._trainable_variables, *layer._non_trainable_variables]
        if not own:
            continue
        kind = type(layer).__name__
        count[kind] = place = count.get(kind, -1) + 1
        for i, variable in enumerate(own):
            if variable.dtype.startswith("float") or variable.dtype == "bfloat16":
                found[kind, place, i] = variable
    return found


def frozen(model, names) -> list:
    """The parts that are not to move; a sentence for a name that is none of them."""
    known = parts(model)
    kind = f"part of a {type(model).__name__}"
    chosen = [lookup(known, name, kind) for name in names]
    if chosen and len(chosen) == len(known):
        raise BadInput(f"with {', '.join(names)} frozen there is nothing to train.")
    return chosen


def compile_frozen(recipe, steps: int, chosen: list):
    """Compile the recipe with these parts left as they are.

    An optimizer has no place for weights that do not move; a player that is frozen
    whole keeps its own, which is never called.
    """
    players = list(recipe.model.players().values())
    for part in chosen:
        part.trainable = part in players
    recipe.compile(steps)
    for part in chosen:
        part.trainable = False
