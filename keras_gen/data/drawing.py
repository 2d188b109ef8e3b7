"""From the options of a DiceBear style to a picture, its mask and its ink.

A definition is a tree of shapes, in which a component stands for one of its variants.
A picture is one layer after the other laid over the background; a layer is a run of
shapes of one component. Laying over is associative, so layers are rendered once and
shared, which is several times faster than to render each picture. (A shape that blends
with what is below is rendered together with it.)

The same options are drawn in three ways:

    colour   as the designer meant it
    flat     every shape in the colour that codes its kind, without soft edges or
             shades: the mask
    ink      dark shapes black, all others white with a thin outline: a line drawing

Reference: the definitions of dicebear-styles, https://www.dicebear.com, whose own
renderer is the judge of this one in the tests.
"""

import functools
import hashlib
import io
import json
import pathlib
import zlib
from html import escape

import numpy as np

from keras_gen.data.styles import (
    ALL,
    HAIR,
    LENGTHS,
    SKIN,
    STYLES,
    factor_of,
    factors,
    name_of,
)
from keras_gen.errors import BadFile

SIDE = 64
SPLITS = {"train": range(10), "validation": range(10, 11), "test": range(11, 13)}
SIZES = {"train": 20_000, "validation": 2_000, "test": 4_000}
_DRAWS = 90_000  # combinations drawn, of which each split takes its first ones
_NO_SHAPES = ("mask", "defs", "clipPath", "filter", "style")
_FINER = 4  # masks are drawn on a grid this much finer
_SHADE = 0.5  # what is less opaque than this is a shade and no thing,
_GLASS = 0.2  # except where things are made of glass
_BLEND = "mix-blend-mode"


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


def picture(style: str, chosen: dict[str, str]) -> np.ndarray:
    """The picture, uint8 of shape (64, 64, 3)."""
    background = _rgb(chosen["background colour"])
    canvas = np.broadcast_to(np.float32(background), (SIDE, SIDE, 3)).copy()
    for layer in layers(style, chosen, "colour"):
        top, left, ink = rendered(layer)
        part = canvas[top : top + ink.shape[0], left : left + ink.shape[1]]
        part += (ink[..., :3] - part) * (ink[..., 3:] / np.float32(255))
    return np.uint8(canvas + 0.5)


def mask(style: str, chosen: dict[str, str]) -> np.ndarray:
    """The kind of every pixel, uint8 of shape (64, 64, 1): indices into `kinds`."""
    wanted = STYLES[style]
    kinds = np.zeros((SIDE, SIDE), np.uint8)
    if "background" in wanted.paints:  # a face that fills the picture
        kinds += wanted.kinds.index(wanted.paint("background")[1] or wanted.kinds[0])
    for layer in layers(style, chosen, "flat"):
        code, covered = covering(layer)
        if wanted.mouth_from and "<!--expression-->" in layer:
            code = code.copy()
            code[wanted.mouth_from :] = wanted.kinds.index("mouth")
        np.copyto(kinds, code, where=covered)
    return kinds[..., None]


def ink(style: str, chosen: dict[str, str]) -> np.ndarray:
    """The line drawing, black on white, uint8 of shape (64, 64, 1)."""
    canvas = np.full((SIDE, SIDE), 255, np.float32)
    for layer in layers(style, chosen, "ink"):
        top, left, drawn = rendered(layer)
        part = canvas[top : top + drawn.shape[0], left : left + drawn.shape[1]]
        part += (drawn[..., 0] - part) * (drawn[..., 3] / np.float32(255))
    return np.uint8(canvas + 0.5)[..., None]


@functools.lru_cache(maxsize=5_000)
def rendered(svg: str) -> tuple[int, int, np.ndarray]:
    """A layer, cut to what it covers: top, left, and RGBA values."""
    image = _image(svg, SIDE)
    left, top, right, bottom = image.getchannel("A").getbbox() or (0, 0, 1, 1)
    return top, left, np.asarray(image.crop((left, top, right, bottom)), np.float32)


@functools.lru_cache(maxsize=5_000)
def covering(svg: str) -> tuple[np.ndarray, np.ndarray]:
    """Of a flat layer: the commonest kind in each pixel, and where it covers a third.

    A third and no half, so that the frames of glasses, thinner than a pixel, are seen.
    """
    fine = np.asarray(_image(svg, SIDE * _FINER))
    areas = fine.reshape(SIDE, _FINER, SIDE, _FINER, 4).swapaxes(1, 2)
    areas = areas.reshape(SIDE, SIDE, _FINER**2, 4)
    there = areas[..., 3] > 127
    codes = (areas[..., 0] + 10) // 20
    counts = [((codes == code) & there).sum(-1) for code in range(codes.max() + 1)]
    return np.argmax(counts, axis=0).astype(np.uint8), 3 * there.sum(-1) >= _FINER**2


def _image(svg, side):
    import resvg_py
    from PIL import Image

    png = resvg_py.svg_to_bytes(svg_string=svg, width=side, height=side)
    return Image.open(io.BytesIO(png)).convert("RGBA")


def layers(style: str, chosen: dict[str, str], way: str) -> list[str]:
    """The layers as SVG documents, from the back to the front.

    Args:
        style: the name of a style.
        chosen: for each of its `options` the one that is drawn.
        way: "colour", "flat" or "ink".
    """
    known = definition(style)
    colours = tuple(
        (name, chosen[f"{name} colour"]) for name in known["colors"] if way == "colour"
    )
    found = []

    def walk(component, variant, before, after):
        for part in _parts(style, component, variant, way, colours):
            if isinstance(part, str):
                if _BLEND in before + part:  # it must see what is below
                    found.append(f"{before}{part}{after}")
                    found[:] = [_background(style, chosen) + "".join(found)]
                else:
                    found.append(f"{before}{part}{after}")
                continue
            inner, opening, closing = part
            if chosen.get(inner, "none") != "none":
                shift = chosen.get(f"{inner} shift", "none")
                opening += _shifted(known["components"][inner], shift)
                closing = "</g>" + closing
                walk(inner, chosen[inner], before + opening, closing + after)

    walk("", "", "", "")
    root = _root(style, way)
    return [f"{root}{layer}</svg>" for layer in found]


def _background(style, chosen):
    canvas, colour = definition(style)["canvas"], chosen["background colour"]
    size = f'width="{canvas["width"]}" height="{canvas["height"]}"'
    return f'<rect {size} fill="{colour}"/>'


def _root(style, way):
    canvas = definition(style)["canvas"]
    attributes = dict(definition(style).get("attributes", {}))
    if way == "flat":
        attributes["shape-rendering"] = "crispEdges"
    written = "".join(f' {k}="{v}"' for k, v in attributes.items())
    box = f"0 0 {canvas['width']} {canvas['height']}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"{written}>'


def _shifted(component, shift):
    if shift == "none":
        return "<g>"
    x, y = (float(part) / 100 for part in shift.split())
    x, y = x * component["width"], y * component["height"]
    return f'<g transform="translate({x:g} {y:g})">'


@functools.cache
def _parts(style, component, variant, way, colours):
    """One variant: runs of its shapes, and (component, opening, closing) between."""
    known = definition(style)
    elements = (
        known["components"][component]["variants"][variant]["elements"]
        if component
        else known["canvas"]["elements"]
    )
    brush = _Brush(style, component, way, dict(colours))
    parts = []

    def walk(elements, opening, closing):
        hidden = "".join(brush.shape(e) for e in elements if _hidden(e))
        run = ""
        for element in elements:
            if element["type"] == "component":
                if run:
                    parts.append(f"{opening}{hidden}{run}{closing}")
                    run = ""
                group = f"<g{brush.attributes(element, kept=True)}>"
                parts.append((element["name"], opening + group, "</g>" + closing))
            elif _hosts(element):
                if run:
                    parts.append(f"{opening}{hidden}{run}{closing}")
                    run = ""
                group = f"<{element['name']}{brush.attributes(element)}>"
                end = f"</{element['name']}>{closing}"
                walk(element["children"], opening + hidden + group, end)
            elif not _hidden(element):
                run += brush.shape(element)
        if run:
            note = f"<!--{component}-->"
            parts.append(f"{opening}{note}{hidden}{run}{closing}")

    walk(elements, "", "")
    return tuple(parts)


def _hidden(element):
    return element["type"] == "element" and element["name"] in _NO_SHAPES


def _hosts(element):
    """Whether a component stands inside of a group."""
    children = element.get("children", ())
    return any(c["type"] == "component" or _hosts(c) for c in children)


class _Brush:
    """Writes the elements of one component in one of the three ways."""

    def __init__(self, style, component, way, colours):
        self.style, self.component, self.way = style, component, way
        self.colours = colours
        self.width = definition(style)["canvas"]["width"] / SIDE

    def shape(self, element, kept=False) -> str:
        """An element with all that is in it; `kept` as it is inside of masks."""
        if element["type"] != "element" or element["name"] == "style":
            return ""
        name, kept = element["name"], kept or _hidden(element)
        if not kept and self._shade(element):
            return ""
        inside = element.get("children", ())
        children = "".join(self.shape(e, kept) for e in inside)
        drawn = f"<{name}{self.attributes(element, kept)}>{children}</{name}>"
        if self.way == "ink" and name == "mask":  # its edge is that of what it cuts
            drawn += "".join(self.shape(e) for e in inside)
        return drawn

    def attributes(self, element, kept=False) -> str:
        raw = element.get("attributes", {})
        if kept or self.way == "colour":
            values = {k: self._colour(v) for k, v in raw.items()}
        elif self.way == "flat":
            values = {k: self._flat(k, v) for k, v in raw.items()}
        else:
            values = self._ink(raw)
        return "".join(f' {k}="{escape(str(v))}"' for k, v in values.items())

    def _colour(self, value):
        if not isinstance(value, dict):
            return value
        return self.colours.get(value["name"], "#ffffff")

    def _flat(self, key, value):
        if key in ("opacity", "fill-opacity", "stroke-opacity"):
            return 1
        if key == "style":
            return ""
        if key == "filter":
            return "none"
        if key not in ("fill", "stroke") or value == "none":
            return value
        wanted = STYLES[self.style]
        kind = wanted.part(self.component)[1]
        if isinstance(value, dict):
            kind = wanted.paint(value["name"])[1] or kind
        return f"rgb({20 * wanted.kinds.index(kind)},0,0)"

    def _ink(self, raw):
        values = {k: v for k, v in raw.items() if k not in ("style", "filter")}
        fill, stroke = values.get("fill", "none"), values.get("stroke", "none")
        if stroke != "none":
            width = max(self.width, float(values.get("stroke-width", 1)))
            values.update({"stroke": "#000000", "stroke-width": width})
        if fill != "none":
            values["fill"] = "#000000" if self._dark(fill) else "#ffffff"
            if stroke == "none" and not self._dark(fill):
                values.update({"stroke": "#000000", "stroke-width": self.width})
        return values

    def _shade(self, element):
        """What masks and lines leave out."""
        raw = element.get("attributes", {})
        mixed = _BLEND in raw.get("style", "")
        if self.way == "colour":
            return False
        if isinstance(raw.get("fill"), dict) and not mixed:
            return False  # it has the colour of a part, and belongs to it: shaved hair
        kind = STYLES[self.style].part(self.component)[1]
        least = _GLASS if kind in ("glasses", "other") else _SHADE
        thin = min(float(raw.get(k, 1)) for k in ("opacity", "fill-opacity"))
        return thin < least or mixed

    def _dark(self, value):
        """Whether a shape of this colour is ink, whatever is chosen."""
        if isinstance(value, dict):
            every = options(self.style)[f"{value['name']} colour"][1:]
            return all(sum(_rgb(colour)) < 200 for colour in every)
        return value == "black" or (value[0] == "#" and sum(_rgb(value)) < 200)


def _rgb(colour):
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def main():
    """Write what the catalogue says, so that it can say it without the definitions."""
    path = pathlib.Path(__file__).with_name("faces.json")
    found = {name_of(style): facts(style) for style in STYLES}
    path.write_text(json.dumps(found, indent=None, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
