"""Other data than an entry's own: what they are, and what becomes of them, in words.

What is there decides, as far as the entry's networks can be built for it: colours and
sizes are kept, the likelihood has the levels of the data, the classes are the folders.
Where they cannot, the data are made like the entry's own. Each conversion is a line.
"""

import pathlib
import re
from dataclasses import replace

from keras_gen.data import Spec, catalogue
from keras_gen.errors import BadInput
from zoo.registry import Entry, Facts, adapting, entries


def prepared(entry: Entry, data, size=None, skip_bad=False, augment=(), halves=False):
    """The data in the form that the entry is trained on, and what to say of it.

    Args:
        entry: the zoo's.
        data: a name, or a folder of images; two for an entry that translates; None for
            the entry's own.
        size: (height, width) that is asked for, or "HxW".
        skip_bad: leave out files that cannot be read.
        augment: see `keras_gen.data.Spec`.
        halves: whether each image of the folder is a pair, side by side.

    Returns:
        A `Spec`, and a list of sentences.
    """
    size = _size(size)
    augment = (augment,) if isinstance(augment, str) else tuple(augment or ())
    several = isinstance(data, (list, tuple))
    data, *others = data if several and data else [None if several else data]
    if others or halves or (data is not None and entry.data.both):
        return _both(entry, data, others, size, skip_bad, augment, halves)
    own = data is None
    data = entry.data.name if own else str(data)
    augment = augment or (entry.data.augment if own else ())
    spec = replace(entry.data, name=data, augment=augment, skip_bad=skip_bad)
    if size is not None and not entry.adapts:
        raise _fixed(entry, "size")
    if own:
        return replace(spec, size=size) if size else spec, []
    if not catalogue.is_folder(data) or _idx(data):
        return _named(entry, spec, size)
    return _folder(entry, spec, size)


def _size(size):
    if not isinstance(size, str):
        return size and tuple(size)
    match = re.fullmatch(r"(\d+)(?:x(\d+))?", size)
    if not match:
        raise BadInput(f'"{size}" is no size: give 64, or HEIGHTxWIDTH such as 48x64.')
    return int(match[1]), int(match[2] or match[1])


def _fixed(entry, what):
    return BadInput(
        f"{entry.name} has networks of one {what}. Those of its family that are built "
        f"for what the data are: {', '.join(adapting(entry.family))}."
    )


def _idx(folder):
    from keras_gen.data import idx

    return idx.is_idx(folder)


def _named(entry, spec, size):
    """A named data set: at the entry's size, as the entry prepares its own."""
    shape = entry.data.info.shape
    if len(shape) == 3:
        spec = replace(spec, size=size or shape[:2], channels=shape[2])
    return spec, []


def _both(entry, data, others, size, skip_bad, augment, halves):
    """Of images two by two: of pairs, or of two kinds that are drawn independently."""
    apart = entry.data.both and not entry.data.pairs
    if "translate" not in entry.tasks or entry.data.labels is not None:
        raise BadInput(f"{entry.name} learns from one folder or data set; give one.")
    if halves and (others or apart):
        what = "two kinds of images without pairs" if apart else "one folder"
        raise BadInput(f"--halves is of one folder of pairs; {entry.name}: {what}.")
    if len(others) != (0 if halves else 1):
        what = "the kinds" if apart else "sources and targets"
        raise BadInput(
            f"{entry.name} translates: give two folders or data sets, {what}, as "
            f"--data A B; received {1 + len(others)}."
        )
    form = {"size": size or entry.data.info.shape[:2], "skip_bad": skip_bad}
    channels, lines = {}, []
    for source in (data, *others):
        if catalogue.is_folder(source) and not _idx(source):
            seen = _surveyed(source, skip_bad)
            channels[source] = 3 if seen.colour else 1
            lines.append(
                f"{source}: {sum(seen.sizes.values()):,} images, "
                f"{'in colour' if seen.colour else 'grey'}"
            )
    lines.append(f"cut and resized to {_by(form['size'])} (--size asks for another)")
    first = Spec(data, **form, channels=channels.get(data), augment=augment)
    if halves:
        return replace(first, pairs="halves"), [*lines, "pairs are halves of images"]
    (name,) = others
    second = Spec(name, **form, channels=channels.get(name), augment=augment)
    pairs = None if apart else "matched"
    lines.append("drawn independently" if apart else "pairs have equal names")
    return replace(first, other=second, pairs=pairs), lines


def _surveyed(source, skip_bad):
    """What lies in a folder; a sentence if there is something that cannot be used."""
    from keras_gen.data import folder

    seen = folder.survey(source)
    if seen.bad and not skip_bad:
        shown = "\n  ".join(list(seen.bad.values())[:20])
        raise BadInput(
            f"{len(seen.bad)} images of {source} cannot be used; repair them, take "
            f"them away, or leave them out with --skip-bad:\n  {shown}"
        )
    return seen


def _folder(entry, spec, size):
    seen = _surveyed(spec.name, spec.skip_bad)
    lines = [f"{len(seen.bad)} files that cannot be read are left out"] * bool(seen.bad)
    shape = entry.data.info.shape
    if len(shape) != 3:
        raise BadInput(f"{entry.name} is a model of points; {spec.name} holds images.")
    if entry.adapts:
        spec = _kept(entry, spec, size, seen, lines)
    else:
        spec = replace(spec, size=shape[:2], channels=shape[2])
        if set(seen.sizes) != {shape[:2]}:
            lines.append(f"cut and resized to {_by(shape)}, the size of {entry.name}")
        if seen.colour and shape[2] == 1:
            lines.append(f"colours greyed: {entry.name} is grey")
        if spec.binarise and not seen.black_and_white:
            how = f"binarised ({spec.binarise})"
            lines.append(f"{how}: {entry.name} is black and white")
    return spec, [*lines, *_classes(entry, spec)]


def _kept(entry, spec, size, seen, lines):
    """The form of the data themselves."""
    n = sum(seen.sizes.values())
    channels = 3 if seen.colour else 1
    lines.append(
        f"colours kept: {seen.colour:,} of {n:,} images have some"
        if seen.colour
        else "grey: no image has a colour"
    )
    if size is None and len(seen.sizes) == 1:
        (size,) = seen.sizes
        lines.append(f"size kept: all are {_by(size)} (--size asks for another)")
    else:
        asked, size = size, size or entry.data.info.shape[:2]
        why = "as asked" if asked else f"the size of {entry.name}: theirs differ"
        lines.append(f"cut and resized to {_by(size)}, {why}")
    plain = seen.black_and_white
    lines.append(f"{2 if plain else 256} levels, and a likelihood of as many")
    binarise = "threshold" if plain else None
    return replace(spec, size=size, channels=channels, binarise=binarise)


def _by(shape):
    return f"{shape[0]}x{shape[1]}"


def _classes(entry, spec):
    """Of the folders that are classes, and whether the entry is told them."""
    found = spec.info.factors.get("class")
    if entry.data.labels is None:
        if not found:
            return []
        told = [
            e.name
            for e in entries().values()
            if e.family == entry.family and e.adapts and e.data.labels == "class"
        ]
        return [
            f"{len(found)} folders are not told to {entry.name}, which takes no "
            f"classes; {', '.join(told)} do"
        ]
    if not found:
        raise BadInput(
            f"{entry.name} is told the class, and the images of {spec.name} have none: "
            "put each class into a folder of its own."
        )
    shown = ", ".join(found[:10]) + ", ..." * (len(found) > 10)
    return [f"{len(found)} classes, the folders: {shown}"]


def called(source) -> str:
    """Of a folder its own name and a slash: the way to it stays on this machine.

    Example:
        >>> called("digits"), called("/pictures/pets")
        ('digits', 'pets/')
    """
    if not catalogue.is_folder(source):
        return str(source)
    return f"{_whole(source).name}/"


def sources(spec: Spec) -> list[str]:
    """The data's names, of folders their paths."""
    names = [s.name for s in ((spec, spec.second) if spec.both else (spec,))]
    return [str(_whole(n) if catalogue.is_folder(n) else n) for n in names]


def _whole(path) -> pathlib.Path:
    return pathlib.Path(path).expanduser().resolve()


def form(spec: Spec) -> dict:
    """What a card keeps of data that are not the entry's own."""
    facts = Facts.of(spec)
    names = spec.info.factors.get(spec.labels) if isinstance(spec.labels, str) else ()
    image = len(facts.shape) == 3
    return {
        "labels": spec.labels,
        "size": list(facts.shape[:2]) if image else None,
        "channels": facts.shape[2] if image else None,
        "levels": facts.levels,
        "classes": list(names or ()),
        "skip_bad": spec.skip_bad,
        **_other_form(spec),
    }


def _other_form(spec) -> dict:
    """Of data whose batches are two images."""
    if not spec.both:
        return {}
    other, shape = spec.second, Facts.of(spec).other
    only = {"size": list(shape[:2]), "channels": shape[2]}
    return {"pairs": spec.pairs, "other": {"name": called(other.name), **only}}
