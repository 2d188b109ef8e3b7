"""Weights that weigh half.

`settle` gives a trained model the numbers that its file will keep: of a weight that a
mask hides, zero; of the others what half precision has, a relative error of at most
2^-11. What is measured afterwards is measured of what ships.

A quarter of such a file is the last four bits of its numbers, and many a model does not
feel them: "float12" leaves them out, a relative error of some 2^-7. Log-likelihoods of
four models moved by .003 to .08 nats, a third of a standard error at most. But a flow
of drawn faces, whose density is as steep as their grounds are flat, lost a seventh.
"float10" leaves two more out, a relative error of some 2^-5, which the sums of wide
dense layers even out: bounds of two VAEs with a million weights moved by .07 and .14
nats.

`pack` then writes Keras's plain HDF5 in fewer bytes, and loses nothing: an array is
stored as float16 where that is exact. Large arrays are compressed (bytes of the same
place in their numbers beside each other, for exponents are alike), groups are written
as HDF5 has had them since version 1.10, without a kilobyte of index for each layer,
and nothing tells the time, or the names that Keras counts up in a process. Keras reads
such a file as any other, into float32.

Beside the weights the file holds its golden output (`zoo.loading.golden`).
"""

import json
import os
import zipfile

import h5py
import numpy as np

from keras_gen.errors import BadInput
from keras_gen.files import atomic
from keras_gen.strangers import CARD

GOLDEN = "golden"  # no layer's: Keras reads what it knows and nothing else
# The last bit that is kept, of half precision.
ROUNDED = {"float16": 1, "float12": 16, "float10": 64}
_LARGE = 1024  # numbers; a compressed array has an index of its own


def settle(model, precision: str = "float16"):
    """Round the weights of `model` as its file will, and forget those that are hidden.

    Args:
        model: any; a layer whose kernel is used in part says which part: `seen`.
        precision: "float32" for the few models that rounding would change, "float12"
            and "float10" for large ones that it does not.
    """
    for layer in model._flatten_layers():
        if hasattr(layer, "seen"):
            layer.kernel.assign(np.where(layer.seen(), layer.kernel, 0))
    for weight in model.weights if precision in ROUNDED else []:
        if weight.dtype == "float32":
            weight.assign(_half(weight, ROUNDED[precision]))


def _half(weight, last):
    values = weight.numpy()
    largest = np.abs(values).max(initial=0)
    with np.errstate(over="ignore"):
        bits = values.astype("float16").view("uint16").astype(int)
    bits = (bits + last // 2) // last * last  # up to the next exponent, if need be
    half = bits.astype("uint16").view("float16")
    if not np.isfinite(half).all():
        raise BadInput(
            f'the weight "{weight.path}" holds {largest:.6g}, and float16 ends at '
            f"{np.finfo('float16').max:,.0f}: declare the entry with "
            'precision="float32" and give the command again, which goes on from its '
            "checkpoint."
        )
    return half


def pack(path, packed, golden):
    """Write the HDF5 file `path` and the array `golden` to `packed`.

    The same numbers give the same bytes.
    """
    with h5py.File(path) as source, _created(packed) as target:
        source.visititems(lambda name, item: _copy(name, item, target))
        _write(target, GOLDEN, golden)


def whole(path, model, card):
    """Write `model` to a .keras file that carries its card, which Keras ignores."""
    with atomic(path) as temporary:
        model.save(temporary)
        with zipfile.ZipFile(temporary, "a") as file:
            file.writestr(CARD, json.dumps(card, indent=1))


def golden(path) -> np.ndarray:
    """The output that the model of these weights must give."""
    with h5py.File(path) as file:
        return file[GOLDEN][()]


def _created(path):
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_libver_bounds(h5py.h5f.LIBVER_LATEST, h5py.h5f.LIBVER_LATEST)
    how = _timeless(h5py.h5p.FILE_CREATE)
    path = os.fsencode(path)
    return h5py.File(h5py.h5f.create(path, h5py.h5f.ACC_TRUNC, how, access))


def _timeless(kind):
    """How to create what does not tell when it was, which h5py has for arrays only."""
    how = h5py.h5p.create(kind)
    how.set_obj_track_times(False)
    return how


def _copy(name, item, target):
    if isinstance(item, h5py.Dataset):
        _write(target, name, item[()])
    else:
        how = _timeless(h5py.h5p.GROUP_CREATE)
        h5py.h5g.create(target.id, name.encode(), gcpl=how)


def _write(target, name, values):
    if values.dtype == "float32":
        with np.errstate(over="ignore"):
            half = values.astype("float16")
        values = half if np.array_equal(half, values) else values
    how = {"chunks": values.shape, "compression": "gzip", "shuffle": True}
    how = how if values.size >= _LARGE else {}
    target.create_dataset(name, data=values, track_times=False, **how)
