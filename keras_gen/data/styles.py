"""What the parts of DiceBear's styles mean: the words that all styles share.

A style is a set of drawings by one designer: hair, eyes, mouths, each in several
variants and some in several colours. Here stands what a definition does not say: which
mouths smile, what counts as glasses, and which parts are hidden from training.

The raw options of a style are factors under names like `mouth`, `glasses_kind`,
`hair_shade`; what all styles can be compared by is derived from them:

    smiling, glasses, beard, moustache, earrings, hat      False or True
    hair_length                                            none, short, long, covered
    hair_colour, skin                                      in the words of colours.py

Nothing heavy is imported here.
"""

from dataclasses import dataclass, field

from keras_gen.data.colours import HAIR, SKIN, word

KINDS = ("background", "skin", "hair", "eyes", "mouth", "glasses", "clothes", "other")
LANDSCAPE_KINDS = ("sky", "sun", "far", "middle", "near", "front")
LENGTHS = ("none", "short", "long", "covered")
EXPRESSION = ("eyes", "eyebrows", "mouth", "expression")  # of a face, its components
ALL = "all variants"

PASTELS = ("#b6e3f4", "#d1e8c5", "#fbe3b9", "#f7cdd3", "#d8d3f2", "#ffffff")

# component of a definition -> (our factor, kind in the mask)
PARTS = {
    "hair": ("hair", "hair"), "top": ("hair", "hair"),
    "rearHair": ("rear_hair", "hair"), "frontHair": ("front_hair", "hair"),
    "sideburns": ("sideburns", "hair"), "beard": ("beard_kind", "hair"),
    "facialHair": ("beard_kind", "hair"), "eyebrows": ("eyebrows", "hair"),
    "eyes": ("eyes", "eyes"), "mouth": ("mouth", "mouth"),
    "expression": ("expression", "eyes"), "glasses": ("glasses_kind", "glasses"),
    "accessories": ("glasses_kind", "glasses"), "clothes": ("clothes", "clothes"),
    "clothesGraphic": ("clothes_graphic", "clothes"), "head": ("head", "skin"),
    "body": ("body", "skin"), "ears": ("ears", "skin"), "nose": ("nose", "skin"),
    "details": ("details", "skin"), "freckles": ("freckles", "skin"),
    "texture": ("texture", "skin"), "earrings": ("earrings_kind", "other"),
    "hairAccessories": ("hair_accessories", "other"), "hat": ("hat_kind", "other"),
    "gesture": ("gesture", "other"), "sides": ("sides", "other"),
    "mask": ("mask_kind", "other"),
}  # fmt: skip
# colour of a definition -> (our factor, kind in the mask or that of its component)
PAINTS = {
    "hair": ("hair_shade", "hair"), "headContrast": ("hair_shade", "hair"),
    "facialHair": ("beard_shade", "hair"), "skin": ("skin_shade", "skin"),
    "base": ("skin_shade", "skin"), "shirt": ("clothes_colour", "clothes"),
    "clothing": ("clothes_colour", "clothes"), "clothes": ("clothes_colour", "clothes"),
    "eyeShadow": ("eye_shadow", "eyes"), "earring": ("earrings_colour", None),
    "background": ("background", None),
}  # fmt: skip


def _numbered(*numbers):
    return tuple(f"variant{number:02d}" for number in numbers)


@dataclass(frozen=True)
class Style:
    """What is known of one style beyond its definition.

    Args:
        held_out: the parts whose combination is in one split only.
        attributes: {attribute: {component: the variants that have it}}.
        lengths: {length of the hair: variants of the hair}; the rest is short.
        parts, paints: what differs from `PARTS` and `PAINTS`.
        omitted: {component: variants that are not drawn}, or `ALL` of them.
        backgrounds: the colours behind the face, where the style has none itself.
        often: chance, in percent, of parts that the style draws rarely.
        noun: what a caption calls the picture.
        kinds: the kinds of a mask.
        shifts: {component: shifts in percent, to the right and down}.
        mouth_from: the row of 64 from which an `expression` is the mouth.
        plain_hair: the colour of hair that is drawn in no colour.
    """

    held_out: tuple[str, ...]
    attributes: dict = field(default_factory=dict)
    lengths: dict = field(default_factory=dict)
    parts: dict = field(default_factory=dict)
    paints: dict = field(default_factory=dict)
    omitted: dict = field(default_factory=dict)
    backgrounds: tuple[str, ...] = PASTELS
    often: dict = field(default_factory=dict)
    noun: str = "face"
    kinds: tuple[str, ...] = KINDS
    shifts: dict = field(default_factory=dict)
    mouth_from: int | None = None
    plain_hair: str = "none"

    def part(self, component) -> tuple[str, str]:
        """Factor and kind of a component; "" is the canvas itself."""
        return {**PARTS, **self.parts}.get(component, (component, "skin"))

    def paint(self, colour) -> tuple[str, str | None]:
        """Factor and kind of a colour; None where the component decides."""
        known = {**PAINTS, **self.paints}
        return known.get(colour, (f"{colour}_colour", None))


_FACE = ("hair", "eyes", "mouth")
_OFTEN = {"glasses": 35, "beard": 30, "earrings": 30}
_HILLS = tuple((x, 0) for x in range(-80, 81, 20))

STYLES = {
    "adventurer": Style(
        held_out=_FACE,
        attributes={
            "smiling": {
                "mouth": _numbered(1, 2, 5, 22, 23, 24, 25, 26, 27, 28, 29, 30)
            },
            "glasses": {"glasses": ALL},
            "moustache": {"details": ("mustache",)},
            "earrings": {"earrings": ALL},
        },
        lengths={"long": tuple(f"long{i:02d}" for i in range(1, 27))},
        often={**_OFTEN, "details": 40},
    ),
    "avataaars": Style(
        held_out=("top", "eyes", "mouth"),
        attributes={
            "smiling": {"mouth": ("default", "smile", "twinkle", "tongue")},
            "glasses": {
                "accessories": (
                    "kurt", "prescription01", "prescription02", "round", "sunglasses",
                    "wayfarers",
                )
            },
            "beard": {"facialHair": ("beardLight", "beardMajestic", "beardMedium")},
            "moustache": {"facialHair": ("moustacheFancy", "moustacheMagnum")},
            "hat": {
                "top": (
                    "hat", "hijab", "turban", "winterHat02", "winterHat03",
                    "winterHat04", "winterHat1",
                )
            },
        },
        lengths={
            "long": (
                "bigHair", "bob", "curly", "curvy", "dreads", "longButNotTooLong",
                "miaWallace", "straight01", "straight02", "straightAndStrand",
            ),
            "covered": (
                "hat", "hijab", "turban", "winterHat02", "winterHat03", "winterHat04",
                "winterHat1",
            ),
        },
        paints={"accessories": ("glasses_colour", "glasses")},
        often={"accessories": 35, "facialHair": 30},
    ),
    "lorelei": Style(
        held_out=_FACE,
        attributes={
            "smiling": {"mouth": tuple(f"happy{i:02d}" for i in range(1, 19))},
            "glasses": {"glasses": ALL},
            "beard": {"beard": ALL},
            "earrings": {"earrings": ALL},
        },
        lengths={
            "none": _numbered(34),
            "long": _numbered(
                13, 15, 16, 18, 19, 21, 23, 24, 31, 33, 35, 40, 41, 42, 45
            ),
        },
        backgrounds=("#ffffff",),
        often={**_OFTEN, "beard": 15},  # it hides the mouth
    ),
    "micah": Style(
        held_out=_FACE,
        attributes={
            "smiling": {"mouth": ("laughing", "smile", "smirk")},
            "glasses": {"glasses": ALL},
            "beard": {"facialHair": ALL},
            "earrings": {"earrings": ALL},
            "hat": {"hair": ("turban",)},
        },
        lengths={
            "none": ("mrClean", "dougFunny"), "long": ("full",), "covered": ("turban",),
        },
        often={**_OFTEN, "facialHair": 30},
    ),
    "notionists": Style(
        held_out=_FACE,
        attributes={
            "smiling": {"mouth": _numbered(3, 5, 6, 8, 14, 17, 22, 23, 25, 30)},
            "glasses": {"glasses": ALL},
            "beard": {"beard": _numbered(1, 2, 8, 11, 12)},
            "moustache": {"beard": _numbered(1, 3, 4, 5, 6, 7, 8, 9, 10, 11)},
            "hat": {"hair": ("hat", *_numbered(14, 61, 62, 63))},
        },
        lengths={
            "long": _numbered(2, 8, 10, 23, 28, 36, 37, 39, 41, 45, 46, 47, 58),
            "covered": ("hat", *_numbered(61, 62, 63)),
        },
        backgrounds=("#ffffff",),
        often=_OFTEN,
    ),
    "open-peeps": Style(
        held_out=("head", "expression"),
        attributes={
            "smiling": {
                "expression": (
                    "awe", "calm", "cheeky", "cute", "driven", "eatingHappy",
                    "lovingGrin1", "lovingGrin2", "smile", "smileBig", "smileLOL",
                    "smileTeethGap",
                )
            },
            "glasses": {
                "accessories": (
                    "glasses", "glasses2", "glasses3", "glasses4", "glasses5",
                    "sunglasses", "sunglasses2",
                )
            },
            "beard": {
                "facialHair": (
                    "chin", "full", "full2", "full3", "full4", "goatee1", "goatee2",
                )
            },
            "moustache": {
                "facialHair": tuple(f"moustache{i}" for i in range(1, 10))
            },
            "hat": {"head": ("bear", "hatBeanie", "hatHip", "hijab", "turban")},
        },
        lengths={
            "none": ("noHair1", "noHair2", "noHair3"),
            "long": (
                "bangs", "bangs2", "flatTopLong", "grayMedium", "long", "longAfro",
                "longBangs", "longCurly", "medium1", "medium2", "medium3",
                "mediumBangs", "mediumBangs2", "mediumBangs3", "mediumStraight",
            ),
            "covered": ("bear", "hatBeanie", "hatHip", "hijab", "turban"),
        },
        parts={"head": ("hair", "hair")},
        omitted={"mask": ALL, "expression": ("cyclops", "monster")},
        often={"accessories": 35, "facialHair": 30},
        mouth_from=35,
        plain_hair="black",
    ),
    "pixel-art": Style(
        held_out=_FACE,
        attributes={
            "smiling": {"mouth": tuple(f"happy{i:02d}" for i in range(1, 14))},
            "glasses": {"glasses": ALL},
            "beard": {"beard": ALL},
            "earrings": {"accessories": ALL},
            "hat": {"hat": ALL},
        },
        lengths={"long": tuple(f"long{i:02d}" for i in range(1, 22))},
        parts={"accessories": ("earrings_kind", "other")},
        paints={"accessories": ("earrings_colour", None)},
        often={**_OFTEN, "accessories": 30, "hat": 15},
    ),
    "toon-head": Style(
        held_out=_FACE,
        attributes={
            "smiling": {"mouth": ("laugh", "smile")},
            "beard": {"beard": ("chin", "chinMoustache", "fullBeard", "longBeard")},
            "moustache": {"beard": ("chinMoustache", "moustacheTwirl")},
        },
        lengths={"long": ("longStraight", "longWavy", "shoulderHigh")},
        often={"beard": 40},
    ),
    "big-ears": Style(
        held_out=_FACE,
        attributes={
            "smiling": {
                "mouth": tuple(
                    f"variant{number:04d}"
                    for number in (
                        *range(201, 206), *range(301, 306), 701, 702, 703, 707, 708,
                    )
                )
            },
        },
        lengths={"long": tuple(f"long{i:02d}" for i in range(1, 21))},
    ),
    "bottts": Style(
        held_out=("top", "eyes", "mouth"),
        attributes={"smiling": {"mouth": ("smile01", "smile02")}},
        parts={"top": ("top", "other")},
        paints={"base": ("face_colour", None)},
        noun="robot",
    ),
    "fun-emoji": Style(
        held_out=("eyes", "mouth"),
        attributes={
            "smiling": {
                "mouth": (
                    "cute", "lilSmile", "smileLol", "smileTeeth", "tongueOut",
                    "wideSmile",
                )
            },
            "glasses": {"eyes": ("glasses", "shades")},
        },
        paints={"background": ("face_colour", "skin")},
        noun="emoji",
    ),
    "landscape": Style(
        held_out=("hill1", "hill2", "hill3"),
        parts={
            "orb": ("sun", "sun"), "hill1": ("far_hills", "far"),
            "hill2": ("middle_hills", "middle"), "hill3": ("near_hills", "near"),
            "hill4": ("front_hills", "front"),
        },
        paints={
            "orb": ("sun_colour", None), "hill1": ("far_colour", None),
            "hill2": ("middle_colour", None), "hill3": ("near_colour", None),
            "hill4": ("front_colour", None), "background": ("sky_colour", None),
        },
        omitted={"animation": ALL},
        noun="landscape",
        kinds=LANDSCAPE_KINDS,
        shifts={
            "orb": tuple((x, y) for x in range(-120, 121, 40) for y in (-10, 10, 30)),
            **dict.fromkeys(("hill1", "hill2", "hill3", "hill4"), _HILLS),
        },
    ),
}  # fmt: skip


def factor_of(style: str, option: str) -> str:
    """The name of the factor that an option of `definitions.options` is."""
    name, _, what = option.partition(" ")
    if what == "colour":
        return STYLES[style].paint(name)[0]
    return STYLES[style].part(name)[0] + ("_shift" if what else "")


def factors(style: str, chosen: dict[str, str]) -> dict[str, str]:
    """All factors of a picture, by the names of their classes: shared ones first."""
    wanted = STYLES[style]
    raw = {factor_of(style, option): value for option, value in chosen.items()}
    shared = {
        name: str(any(_has(chosen.get(c, "none"), v) for c, v in parts.items()))
        for name, parts in wanted.attributes.items()
    }
    if wanted.lengths:
        shared["hair_length"] = length = _length(wanted, chosen)
        colour = word(raw.get("hair_shade", "none"), HAIR)
        if colour == "none" and length in ("short", "long"):
            colour = wanted.plain_hair
        shared["hair_colour"] = colour
    if "skin_shade" in raw:
        shared["skin"] = word(raw["skin_shade"], SKIN)
    return {**shared, **raw}


def _has(variant, variants):
    return variant != "none" and (variants == ALL or variant in variants)


def _length(wanted, chosen):
    heads = [chosen[c] for c in ("hair", "top", "head", "rearHair") if c in chosen]
    for length, variants in wanted.lengths.items():
        if any(variant in variants for variant in heads):
            return length
    return "short"


def style_of(name: str) -> str:
    """The style that is meant by the name of a set."""
    return "landscape" if name == "landscapes" else name.partition("/")[2]


def name_of(style: str) -> str:
    """The name of the set that is drawn in a style."""
    return "landscapes" if style == "landscape" else f"faces/{style}"
