"""Sentences about drawn pictures, made of their factors.

    a face with long red hair, round glasses and a beard, smiling

A caption says nothing that the factors do not say, and leaves most of it out: which
parts it names, and in what words, is drawn. `named` is the way back: what of the
attributes that all styles share a caption tells.
"""

import functools
import json
import pathlib
import re

from keras_gen.data.colours import COLOURS, HAIR, SKIN, word
from keras_gen.data.styles import STYLES

NOUNS = {
    "face": ("face", "portrait", "person", "drawing of a face"),
    "robot": ("robot", "head of a robot", "machine with a face"),
    "emoji": ("emoji", "emoticon", "face without a body"),
    "landscape": ("landscape", "view over hills", "picture of hills"),
}
SAID = {  # attribute -> value -> the words for it
    "smiling": {
        "True": ("smiling", "with a smile", "looking happy"),
        "False": ("not smiling", "without a smile"),
    },
    "glasses": {"True": ("glasses", "spectacles")},
    "beard": {"True": ("a beard", "facial hair")},
    "moustache": {"True": ("a moustache", "a mustache")},
    "earrings": {"True": ("earrings", "rings in the ears")},
    "hat": {"True": ("a hat", "something on the head")},
    "hair_length": {"none": ("no hair", "a bald head")},
}
SKINS = ("skin", "complexion")
SYNONYMS = {
    "red": ("red", "ginger"), "blonde": ("blonde", "fair"), "grey": ("grey", "silver"),
    "brown": ("brown", "chestnut"),
}  # fmt: skip
GLASSES = {
    "round": "round glasses", "square": "square glasses", "shades": "sunglasses",
    "sunglasses": "sunglasses", "sunglasses2": "sunglasses", "kurt": "large glasses",
}  # fmt: skip
HATS = {
    "hijab": "a headscarf", "turban": "a turban", "bear": "the hood of a bear",
    "variant61": "a turban", "variant62": "a headscarf", "variant63": "a headscarf",
}  # fmt: skip
_NAMED = 0.7  # the chance of a part to be named


def words() -> tuple[str, ...]:
    """All words that captions are made of.

    Example:
        >>> "glasses" in words()
        True
    """
    path = pathlib.Path(__file__).with_name("words.json")
    return tuple(json.loads(path.read_text("utf-8")))


def caption(style: str, factors: dict[str, str], rng) -> str:
    """One sentence.

    Args:
        style: the name of a style.
        factors: as `styles.factors` gives them.
        rng: a NumPy generator that chooses parts and words.
    """

    def one(*words):
        return words[int(rng.random() * len(words))]

    def named():
        return rng.random() < _NAMED

    noun = STYLES[style].noun
    sentence = _with_article(one(*NOUNS[noun]))
    if noun == "landscape":
        return sentence + _land(factors, one, named)
    parts = [
        part
        for part in (
            _hair(factors, one), _skin(factors, one), _glasses(factors, one),
            _has("beard", factors, one), _has("moustache", factors, one),
            _has("earrings", factors, one), _hat(factors, one),
            _clothes(factors, one), _top(factors),
        )
        if part and named()
    ]  # fmt: skip
    if "face_colour" in factors and named():
        colour = word(factors["face_colour"], COLOURS)
        sentence = _with_article(f"{colour} {sentence.split(' ', 1)[1]}")
    if parts:
        sentence += " with " + _listed(parts)
    if "smiling" in factors and named():
        sentence += ", " + one(*SAID["smiling"][factors["smiling"]])
    if factors.get("background", "none") != "none" and rng.random() < 0.3:
        colour = word(factors["background"], COLOURS)
        sentence += f", on {_with_article(colour)} {one('background', 'backdrop')}"
    return sentence


def named(caption: str) -> dict[str, str]:
    """The attributes that a caption names, with their values.

    Example:
        >>> named("a face with long ginger hair, not smiling")
        {'hair_length': 'long', 'hair_colour': 'red', 'smiling': 'False'}
    """
    meanings, pattern = _meanings()
    plain = " ".join(re.findall(r"\w+", caption.lower()))
    found = [meanings[words] for words in pattern.findall(plain)]
    return {name: value for each in found for name, value in each.items()}


@functools.cache
def _meanings():
    """{words: what they name}, and a pattern of all these words."""
    said = [
        (words, {name: value})
        for name, values in SAID.items()
        for value, all_words in values.items()
        for words in all_words
    ]
    said += [(words, {"glasses": "True"}) for words in GLASSES.values()]
    said += [(words, {"hat": "True"}) for words in HATS.values()]
    said += [(f"{tone} {skin}", {"skin": tone}) for tone in SKIN for skin in SKINS]
    lengths = [(length, {"hair_length": length}) for length in ("short", "long")]
    colours = [
        (words, {"hair_colour": colour})
        for colour in HAIR
        for words in SYNONYMS.get(colour, (colour,))
    ]
    both = [(f"{a} {b}", {**x, **y}) for a, x in lengths for b, y in colours]
    said += [(f"{words} hair", names) for words, names in lengths + colours + both]
    return dict(said), re.compile(rf"\b(?:{'|'.join(dict(said))})\b")


def _hair(factors, one):
    length = factors.get("hair_length")
    if length == "none":
        return one(*SAID["hair_length"]["none"])
    if length in (None, "covered"):
        return None
    colour = factors["hair_colour"]
    words = [length]
    if colour != "none":
        words = one([length, one(*SYNONYMS.get(colour, (colour,)))], [colour], [length])
    return " ".join([*words, "hair"])


def _skin(factors, one):
    return f"{factors['skin']} {one(*SKINS)}" if "skin" in factors else ""


def _glasses(factors, one):
    if factors.get("glasses") != "True":
        return None
    kind = factors.get("glasses_kind", factors.get("eyes"))
    return one(GLASSES.get(kind, "glasses"), one(*SAID["glasses"]["True"]))


def _has(name, factors, one):
    return one(*SAID[name]["True"]) if factors.get(name) == "True" else None


def _hat(factors, one):
    hat = _has("hat", factors, one)
    return hat and HATS.get(factors["hair"], hat)


def _clothes(factors, one):
    shade = factors.get("clothes_colour", "none")
    if shade == "none":
        return None
    return f"{word(shade, COLOURS)} {one('clothes', 'clothing')}"


def _top(factors):
    if "top" not in factors:
        return None
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", factors["top"].rstrip("0123456789"))
    plural = spaced.endswith("s")
    return (spaced if plural else _with_article(spaced)).lower() + " on top"


def _land(factors, one, named):
    sentence = ""
    if named():
        places = ("far", "middle", "near", "front")
        colours = [word(factors[f"{place}_colour"], COLOURS) for place in places]
        hills = " and ".join(dict.fromkeys(one(colours[:2], colours[2:], colours)))
        sentence += f" in {hills}"
    if named():
        sky = word(factors["sky_colour"], COLOURS)
        sentence += f", under {_with_article(sky)} sky"
    if factors["sun"] == "none":
        return sentence + (", without a sun" if named() else "")
    sun = word(factors["sun_colour"], COLOURS)
    return sentence + (f", with {_with_article(sun)} sun" if named() else "")


def _with_article(words):
    return f"{'an' if words[0] in 'aeio' else 'a'} {words}"


def _listed(parts):
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)
