"""The page of a model on a hub, generated from its card."""

PIPELINES = {
    "generate": "unconditional-image-generation",
    "density": "unconditional-image-generation",
    "classify": "image-classification",
    "segment": "image-segmentation",
    "encode": "image-feature-extraction",
}


def page(model, card: dict | None, url: str, exported=()) -> str:
    """README.md: what the hub reads above, and what people read below it.

    Args:
        model: a `GenerativeModel`.
        card: what is known of it.
        url: what `zoo.load` takes.
        exported: what `zoo.shipped` tells of the files beside it.
    """
    tasks = card["tasks"] if card else ["generate"] if model.sampler else []
    images = len(model.data_shape) == 3
    pipeline = next((PIPELINES[t] for t in tasks if t in PIPELINES), "image-to-image")
    licence = card["licence"] if card else "unknown"
    plain = licence == "Apache-2.0"
    kinds = {file["path"].rpartition(".")[2] for file in exported}
    tags = ["keras", "keras-gen", type(model).__name__, *sorted(kinds)]
    head = {
        "library_name": "keras-gen",
        "license": "apache-2.0" if plain else "other",
        "license_name": None if plain else f'"{licence}"',
        "pipeline_tag": pipeline if images else None,
        "tags": f"[{', '.join(tags)}]",
    }
    lines = ["---", *(f"{k}: {v}" for k, v in head.items() if v), "---", ""]
    lines += [f"# {card['title'] if card else type(model).__name__}", ""]
    lines += ["```python", "import zoo", f'model = zoo.load("{url}")']
    lines += ["model.sample(16, seed=1)"] * (model.sampler is not None) + ["```", ""]
    lines += _known(card) if card else ["It has no card."]
    return "\n".join([*lines, *_parity(model, exported)]) + "\n"


def _known(card):
    data, recipe, training = card["data"], card["recipe"], card["training"]
    versions = ", ".join(f"{k} {v}" for k, v in training["versions"].items())
    yield f"- System: {card['system']}, {card['paper']}"
    yield (
        f"- Data: {data['name']} ({data['licence']}), {data['train']:,} to train on, "
        f"{data['test']:,} to test"
    )
    if data.get("form", {}).get("classes"):
        yield f"- Classes: {', '.join(data['form']['classes'])}"
    yield (
        f"- Recipe: `python -m zoo train {card['name']}`, {recipe['epochs']} epochs of "
        f"batches of {recipe['batch']}, seed {recipe['seed']}"
    )
    yield f"- Trained with {versions}"
    yield f"- Licence: {card['licence']}"
    yield ""
    yield "| measure | value | ± s.e. | n | how |"
    yield "|---|---|---|---|---|"
    for name, m in card["metrics"].items():
        error = "" if m["stderr"] is None else f"{m['stderr']:.3g}"
        yield f"| {name} | {m['value']:.5g} | {error} | {m['n']:,} | {m['estimator']} |"


def _parity(model, exported):
    """The files for other runtimes, and how far they are from the model."""
    if not exported:
        return
    yield ""
    yield "For other runtimes, each run and compared with the Keras model:"
    yield ""
    yield "| file | bytes | weights | does | takes | off the model by at most |"
    yield "|---|---|---|---|---|---|"
    for file in exported:
        for name, outputs in file["errors"].items():
            inputs = model.signatures()[name].inputs.items()
            takes = ", ".join(f"{key} {_tensor(spec)}" for key, spec in inputs)
            off = "; ".join(f"{key} {_off(m)}" for key, m in outputs.items())
            about = f"{file['bytes']:,} | {file['mode']} | {name} | {takes} | {off}"
            yield f"| `{file['path']}` | {about} |"


def _tensor(spec):
    """Of an input: its type and shape, and how it is drawn."""
    shape = ", ".join(("n", *map(str, spec.shape)))
    return f"{spec.dtype} ({shape})" + f", {spec.law} noise" * bool(spec.law)


def _off(measured):
    """What `export` measured, in the words of its measure."""
    if measured["measure"] == "mismatches":
        return f"{measured['error']:.2%} of its values"
    if measured["measure"] == "psnr":
        return f"{measured['error']:.1e} ({measured['psnr']:.0f} dB)"
    return f"{measured['error']:.1e}"
