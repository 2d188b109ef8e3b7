"""Sentences about drawn pictures, made of their factors.

    a face with long red hair, round glasses and a beard, smiling

A caption says nothing that the factors do not say, and leaves most of it out: which
parts it names, and in what words, is drawn.
"""

import json
import pathlib
import re

from keras_gen.data.styles import COLOURS, STYLES, word

NOUNS = {
    "face": ("face", "portrait", "person", "drawing of a face"),
    "robot": ("robot", "head of a robot", "machine with a face"),
    "emoji": ("emoji", "emoticon", "face without a body"),
    "landscape": ("landscape", "view over hills", "picture of hills"),
}
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
            _beard(factors, one), _moustache(factors, one), _earrings(factors, one),
            _hat(factors, one), _clothes(factors, one), _top(factors),
        )
        if part and named()
    ]  # fmt: skip
    if "face_colour" in factors and named():
        colour = word(factors["face_colour"], COLOURS)
        sentence = _with_article(f"{colour} {sentence.split(' ', 1)[1]}")
    if parts:
        sentence += " with " + _listed(parts)
    if "smiling" in factors and named():
        smiles = factors["smiling"] == "True"
        happy = ("smiling", "with a smile", "looking happy")
        sentence += ", " + one(*happy if smiles else ("not smiling", "without a smile"))
    if factors.get("background", "none") != "none" and rng.random() < 0.3:
        colour = word(factors["background"], COLOURS)
        sentence += f", on {_with_article(colour)} {one('background', 'backdrop')}"
    return sentence


def _hair(factors, one):
    length = factors.get("hair_length")
    if length == "none":
        return one("no hair", "a bald head")
    if length in (None, "covered"):
        return None
    colour = factors["hair_colour"]
    words = [length]
    if colour != "none":
        words = one([length, one(*SYNONYMS.get(colour, (colour,)))], [colour], [length])
    return " ".join([*words, "hair"])


def _skin(factors, one):
    return f"{factors['skin']} {one('skin', 'complexion')}" if "skin" in factors else ""


def _glasses(factors, one):
    if factors.get("glasses") != "True":
        return None
    kind = factors.get("glasses_kind", factors.get("eyes"))
    return one(GLASSES.get(kind, "glasses"), one("glasses", "spectacles"))


def _beard(factors, one):
    return one("a beard", "facial hair") if factors.get("beard") == "True" else None


def _moustache(factors, one):
    has = factors.get("moustache") == "True"
    return one("a moustache", "a mustache") if has else None


def _earrings(factors, one):
    has = factors.get("earrings") == "True"
    return one("earrings", "rings in the ears") if has else None


def _hat(factors, one):
    if factors.get("hat") != "True":
        return None
    return HATS.get(factors["hair"], one("a hat", "something on the head"))


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
