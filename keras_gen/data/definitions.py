"""What can be chosen of a DiceBear style, and which choices are pictures.

A definition is a tree of shapes, in which a component stands for one of its variants
and a colour for one of its values: these are the options. A picture is one choice for
each; which pictures there are, and in which split, is decided here, and how one looks
in drawing.py.

    python -m keras_gen.data.definitions    writes what the catalogue says of the styles
"""

import functools
import hashlib
import json
import pathlib
import zlib

import numpy as np

from keras_gen.data.colours import HAIR, SKIN
from keras_gen.data.styles import (
    ALL,
    EXPRESSION,
    LENGTHS,
    STYLES,
    factor_of,
    factors,
    name_of,
)
from keras_gen.errors import BadFile

SPLITS = {"train": range(10), "validation": range(10, 11), "test": range(11, 13)}
SIZES = {"train": 20_000, "validation": 2_000, "test": 4_000}
_DRAWS = 90_000  # combinations drawn, of which each split takes its first ones


@functools.cache
def definition(style: str) -> dict:
    """The designer's definition, from the package dicebear-styles."""
    try:
        from importlib.resources import files

        import resvg_py  # noqa: F401

        text = files("dicebear_styles").joinpath(f"{style}.json").read_text("utf-8")
    except ImportError:
        raise BadFile(
            "faces and landscapes are drawn with dicebear-styles and resvg-py, which "
            'are not installed: pip install "keras-gen[faces]".'
        ) from None
    return json.loads(text)


@functools.cache
def options(style: str) -> dict[str, tuple[str, ...]]:
    """What can be chosen: {"hair": variants, "hair colour": colours, ...}.

    "none" is the first of each: a part that is not there, a colour not needed.
    """
    known, wanted = definition(style), STYLES[style]
    found = {}
    for name, component in known["components"].items():
        omitted = wanted.omitted.get(name, ())
        if omitted != ALL:
            variants = (v for v in component["variants"] if v not in omitted)
            found[name] = ("none", *variants)
    for name in wanted.shifts:
        found[f"{name} shift"] = ("none", *(f"{x} {y}" for x, y in wanted.shifts[name]))
    for name, colour in known["colors"].items():
        found[f"{name} colour"] = ("none", *colour["values"])
    if "background" not in known["colors"]:
        found["background colour"] = ("none", *wanted.backgrounds)
    return found


def facts(style: str) -> dict:
    """What the catalogue says of a style: made of its definition and what is drawn."""
    rows = combinations(style, SIZES)
    meta = definition(style)["meta"]
    title, author = meta["source"]["name"], meta["creator"]["name"]
    seen, fixed = {}, _fixed(style)
    for chosen in (chosen for split in rows.values() for chosen in split):
        for factor, value in factors(style, chosen).items():
            seen.setdefault(factor, set()).add(value)
    return {
        "licence": f"{meta['license']['name']} (“{title}” by {author}, "
        f"{meta['source']['url']}; shipped by dicebear-styles)",
        "factors": {
            factor: _ordered(style, factor, values)
            for factor, values in seen.items()
            if len(values) > 1 and factor not in fixed
        },
        "kinds": list(STYLES[style].kinds),
        "sizes": {split: len(chosen) for split, chosen in rows.items()},
    }


def _fixed(style):
    """Colours that are always the same, where they are seen: no options."""
    known = options(style).items()
    return {factor_of(style, o) for o, v in known if " " in o and len(v) == 2}


def _ordered(style, factor, values):
    """The classes of a factor: all words of a shared one, what was drawn of others."""
    for option, known in options(style).items():
        if factor_of(style, option) == factor:
            return [value for value in known if value in values]
    shared = {"hair_length": LENGTHS, "hair_colour": HAIR, "skin": SKIN}
    return list(shared.get(factor, ("False", "True")))


def combinations(style: str, sizes: dict[str, int]) -> dict[str, list[dict[str, str]]]:
    """The options of every picture of every split.

    No two pictures are equal, and no combination of the style's `held_out` parts is in
    two splits: a hash of it decides.
    """
    known, names = options(style), list(options(style))
    columns = _settled(style, _drawn(style))
    rows = np.stack([columns[name] for name in names], axis=1)
    _, first = np.unique(rows, axis=0, return_index=True)
    rows = rows[np.sort(first)]
    held = [names.index(name) for name in STYLES[style].held_out]
    kinds, kind = np.unique(rows[:, held], axis=0, return_inverse=True)
    bucket = np.array([
        _bucket([known[names[i]][value] for i, value in zip(held, row, strict=True)])
        for row in kinds
    ])[kind.ravel()]  # fmt: skip
    return {
        split: [
            {name: known[name][i] for name, i in zip(names, row, strict=True)}
            for row in rows[np.isin(bucket, list(SPLITS[split]))][: sizes[split]]
        ]
        for split in SPLITS
    }


def expressions(style: str, rows: dict) -> dict[str, list[tuple[dict, int]]]:
    """The same faces, each with the expression of another one, and the row of that.

    That is the next face with which a face is another one whose `held_out` parts still
    are of this split; its own, if there is none.
    """
    known, held = definition(style), STYLES[style].held_out
    parts = [name for name in EXPRESSION if name in known["components"]]
    places = _places(style)[1]
    parts += [
        f"{name} colour"
        for name in known["colors"]
        if (hosts := {host for host, _ in places.get(name, ())}) and hosts <= {*parts}
    ]
    found = {}
    for split, faces in rows.items():
        found[split] = []
        for i, face in enumerate(faces):
            behind = ((i + k) % len(faces) for k in range(1, len(faces) + 1))
            for j in behind:
                other = face | {part: faces[j][part] for part in parts}
                bucket = _bucket([other[part] for part in held])
                if j == i or (other != face and bucket in SPLITS[split]):
                    found[split].append((other, j))
                    break
    return found


def _bucket(values):
    digest = hashlib.sha256(" ".join(values).encode()).digest()
    return int.from_bytes(digest[:8], "big") % 13


def _drawn(style):
    """Columns of independent draws; rows whose colours would merge are left out."""
    known, wanted = definition(style), STYLES[style]
    rng = np.random.default_rng(zlib.crc32(style.encode()))
    columns = {}
    for name, values in options(style).items():
        weights = np.ones(len(values))
        weights[0] = 0.0
        if name in known["components"]:
            component = known["components"][name]
            chance = wanted.often.get(name, component.get("probability", 100)) / 100
            weights[0] = (1 - chance) / chance * (len(values) - 1) if chance else 1e9
        upper = np.cumsum(weights) / weights.sum()
        columns[name] = np.searchsorted(upper, rng.random(_DRAWS), side="right")
    good = np.ones(_DRAWS, bool)
    for name, colour in known["colors"].items():
        mine = np.array(options(style)[f"{name} colour"])[columns[f"{name} colour"]]
        for other in colour.get("notEqualTo", ()):
            their = f"{other} colour"
            good &= mine != np.array(options(style)[their])[columns[their]]
    return {name: column[good] for name, column in columns.items()}


def _settled(style, columns):
    """What is not seen is "none": a colour or a part without what it is a part of."""
    known, wanted = options(style), STYLES[style]
    hosts, colours = _places(style)
    there = {"": np.ones(len(next(iter(columns.values()))), bool)}

    def seen(places):
        masks = [
            there[host] if not host else
            there[host] & (columns[host] == known[host].index(variant))
            for host, variant in places
            if not host or (host in there and variant in known[host])
        ]  # fmt: skip
        return np.any(masks, axis=0) if masks else np.zeros_like(there[""])

    waiting = [name for name in hosts if name in known]
    while waiting:
        name = next(n for n in waiting if not any(h in waiting for h, _ in hosts[n]))
        waiting.remove(name)
        columns[name] = np.where(seen(hosts[name]), columns[name], 0)
        there[name] = columns[name] > 0
    for name in wanted.shifts:
        shift = f"{name} shift"
        columns[shift] = np.where(there[name], columns[shift], 0)
    for name in definition(style)["colors"]:
        if name != "background":
            column = f"{name} colour"
            columns[column] = np.where(seen(colours.get(name, ())), columns[column], 0)
    return columns


@functools.cache
def _places(style):
    """Where components and colours stand: {name: {(component, variant)}}."""
    hosts, colours = {}, {}

    def visit(elements, place):
        for element in elements:
            if element["type"] == "component":
                hosts.setdefault(element["name"], set()).add(place)
            for value in element.get("attributes", {}).values():
                if isinstance(value, dict):
                    colours.setdefault(value["name"], set()).add(place)
            visit(element.get("children", ()), place)

    visit(definition(style)["canvas"]["elements"], ("", ""))
    for name, component in definition(style)["components"].items():
        for variant, drawn in component["variants"].items():
            visit(drawn["elements"], (name, variant))
    return hosts, colours


def main():
    """Write what the catalogue says, so that it can say it without the definitions."""
    path = pathlib.Path(__file__).with_name("faces.json")
    found = {name_of(style): facts(style) for style in STYLES}
    path.write_text(json.dumps(found, indent=None, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
