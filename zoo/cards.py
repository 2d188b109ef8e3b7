"""Cards: what is known of trained weights, in a closed schema.

A card is JSON, written by `zoo.train` and `zoo.evaluate` and by nothing else. Reading
one checks it against the schema, so a field that is missing, misspelt or of another
type is an error and not a surprise. Every measure has one line, and no more digits
than its error allows.
"""

import json
import math
import pathlib

from keras_gen.errors import BadFile
from keras_gen.files import atomic
from zoo.registry import find

HERE = pathlib.Path(__file__).parent
CARDS, WEIGHTS = HERE / "cards", HERE / "weights"

# Field -> type, or the fields of a part, or [type] for a mapping from free names.
# A field with a question mark may be missing.
SCHEMA = {
    "name": str,
    "system": str,
    "title": str,
    "family": str,
    "tasks": list,
    "paper": str,
    "licence": str,
    "data": {
        "name": str,
        "binarise": (str, type(None)),
        "licence": str,
        "train": int,
        "test": int,
        # Of data that are not the entry's own.
        "form?": {
            "labels": (str, list, type(None)),
            "size": (list, type(None)),
            "channels": (int, type(None)),
            "levels": (int, type(None)),
            "classes": list,
            "skip_bad": bool,
            "pairs?": (str, type(None)),
            "other?": {"name": str, "size": list, "channels": int},
        },
    },
    "parameters": [int],
    "weights": {"file": str, "bytes": int, "sha256": str},
    "recipe": {
        "seed": int,
        "batch": int,
        "epochs": int,
        "steps": int,
        "optimizer": dict,
        "from?": str,
        "frozen?": list,
        "augment?": list,
    },
    "training": {
        "seconds": float,
        "cores": int,
        "strategy": str,
        "precision": str,
        "versions": dict,
    },
    "metrics": [
        {"value": float, "stderr": (float, type(None)), "estimator": str, "n": int}
    ],
}


def card(name: str) -> dict:
    """The card of a zoo entry.

    Example:
        >>> card("vae-digits")["licence"]
        'Apache-2.0'
    """
    find(name)
    path = CARDS / f"{name}.json"
    if not path.exists():
        raise BadFile(
            f'"{name}" has no card and no weights: they were not published here. '
            f"`python -m zoo train {name}` makes them."
        )
    return read(path)


def read(path) -> dict:
    """A card from a file, checked."""
    try:
        content = json.loads(pathlib.Path(path).read_text())
    except (OSError, ValueError) as error:
        raise BadFile(f"{path} cannot be read as a card: {error}.") from None
    check(content, SCHEMA, pathlib.Path(path).name)
    return content


def write(path, content: dict):
    """A card to a file, checked; whole or not at all."""
    check(content, SCHEMA, pathlib.Path(path).name)
    metrics = {name: rounded(metric) for name, metric in content["metrics"].items()}
    with atomic(path) as temporary:
        temporary.write_text(_lines(content | {"metrics": metrics}) + "\n")


def rounded(metric: dict) -> dict:
    """A measure with the digits that its standard error allows, or with five.

    Example:
        >>> rounded({"value": 0.98765, "stderr": 0.00512})
        {'value': 0.9877, 'stderr': 0.0051}
    """
    value, stderr = metric["value"], metric["stderr"]
    if not stderr or not math.isfinite(stderr):
        return metric | {"value": float(f"{value:.5g}")}
    digits, exponent = f"{stderr:.1e}".split("e")
    value = round(value, 1 - int(exponent))
    return metric | {"value": value, "stderr": float(f"{digits}e{exponent}")}


def _lines(value, indent: str = "") -> str:
    """JSON that is read by lines: a list, or a part of a part, has one of its own."""
    deep = isinstance(value, dict) and any(isinstance(v, dict) for v in value.values())
    if not isinstance(value, dict) or (len(indent) > 1 and not deep):
        return json.dumps(value)
    inner = indent + " "
    items = (f"{inner}{json.dumps(k)}: {_lines(v, inner)}" for k, v in value.items())
    return "{\n" + ",\n".join(items) + f"\n{indent}}}"


def check(value, schema, where: str):
    """Raise `BadFile` where `value` departs from `schema`."""
    if isinstance(schema, dict):
        given = value if isinstance(value, dict) else ()
        schema = {
            key.removesuffix("?"): part
            for key, part in schema.items()
            if not key.endswith("?") or key[:-1] in given
        }
        if not isinstance(value, dict) or set(value) != set(schema):
            got = sorted(value) if isinstance(value, dict) else type(value).__name__
            raise BadFile(f"{where}: expected the fields {sorted(schema)}, got {got}.")
        for key, part in schema.items():
            check(value[key], part, f"{where}: {key}")
    elif isinstance(schema, list):
        check(value, dict, where)
        for key, part in value.items():
            check(part, schema[0], f"{where}: {key}")
    elif not isinstance(value, schema):
        raise BadFile(f"{where}: expected {schema}, got {value!r}.")
