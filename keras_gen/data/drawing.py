"""From the options of a DiceBear style to a picture, its mask and its ink.

A definition is a tree of shapes, in which a component stands for one of its variants
(definitions.py). A picture is one layer after the other laid over the background; a
layer is a run of shapes of one component. Laying over is associative, so layers are
rendered once and shared, which is several times faster than to render each picture. (A
shape that blends with what is below is rendered together with it.)

The same options are drawn in three ways:

    colour   as the designer meant it
    flat     every shape in the colour that codes its kind, without soft edges or
             shades: the mask
    ink      dark shapes black, all others white with a thin outline: a line drawing

Reference: the definitions of dicebear-styles, https://www.dicebear.com, whose own
renderer is the judge of this one in the tests.
"""

import functools
import io
from html import escape

import numpy as np

from keras_gen.data.colours import rgb
from keras_gen.data.definitions import definition, options
from keras_gen.data.styles import STYLES

SIDE = 64
_NO_SHAPES = ("mask", "defs", "clipPath", "filter", "style")
_FINER = 4  # masks are drawn on a grid this much finer
_SHADE = 0.5  # what is less opaque than this is a shade and no thing,
_GLASS = 0.2  # except where things are made of glass
_BLEND = "mix-blend-mode"


def picture(style: str, chosen: dict[str, str]) -> np.ndarray:
    """The picture, uint8 of shape (64, 64, 3)."""
    background = rgb(chosen["background colour"])
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
            return all(sum(rgb(colour)) < 200 for colour in every)
        return value == "black" or (value[0] == "#" and sum(rgb(value)) < 200)
