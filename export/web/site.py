"""A page that runs: a static folder in which models draw in the visitor's browser.

    site/index.html, *.css, *.js      the page, as it lies in export/web/page
    site/models.json                  what it shows
    site/models/NAME/                 the export of a model, verified, and its preview
    site/runtime/                     ONNX Runtime for the web, with its licence

The folder needs nothing but a server of static files (`python -m export serve site`),
no network and no headers. The page shows what the signature of a model declares:
sliders for its noise where that is a vector, classes where it takes a label, switches
where that is several answers, a text where it takes a caption, completion by painting
where there is a single step. A model of diffusion redraws what was painted; a chain
walks on, and what is painted is held; of a translator one draws the input, and of one
that is driven one chooses by whom. Its random numbers are those of noise.js.
"""

import dataclasses
import json
import pathlib
import re
import shutil

import numpy as np

import export
from export import runtimes
from keras_gen.errors import BadInput
from keras_gen.files import atomic_folder, check_output

PAGE = pathlib.Path(__file__).with_name("page")
FORMAT = "onnx"  # what the runtime of the page reads
STEP = "sample_step"
MAPS = "translate", "reconstruct"  # signatures that may make images of images
SHOWN = ("x", "image"), ("known", "mask"), ("driver", "image")
PLAIN = re.compile(r"\w[\w.-]*")
PREVIEW = 8  # pictures, in two rows
PIXELS = 64  # of the side of a preview of points


@dataclasses.dataclass(frozen=True)
class Exhibit:
    """A model as the page shows it.

    Args:
        name: of the model, and of its folder.
        model: a `GenerativeModel`.
        card: what is known of it, in the closed schema of the zoo, or nothing.
        classes: the names of its labels, where it takes one; of the answers in a label,
            where that is several.
        examples: images to begin with, of a model that makes images of images.
    """

    name: str
    model: object
    card: dict = dataclasses.field(default_factory=dict)
    classes: tuple[str, ...] = ()
    examples: np.ndarray | None = None

    @classmethod
    def of(cls, model) -> "Exhibit":
        """Of a model alone, and what it knows of itself."""
        about = getattr(model, "about", {})
        classes = about.get("data", {}).get("form", {}).get("classes", ())
        return cls(about.get("name", model.name), model, classes=tuple(classes))


def write(exhibits, out, runtime=None, force: bool = False) -> None:
    """Write the page with these models into the folder `out`.

    Args:
        exhibits: `Exhibit`s, or models, that draw pictures, or points of the plane, or
            make pictures of pictures.
        out: the folder to create.
        runtime: a folder with the files of ONNX Runtime for the web; by default they
            are fetched by npm, once.
        force: replace `out` if it holds something.
    """
    check_output(out, force)
    exhibits = [e if isinstance(e, Exhibit) else Exhibit.of(e) for e in exhibits]
    for exhibit in exhibits:
        check_exhibit(exhibit)
    names = [exhibit.name for exhibit in exhibits]
    for name in names:
        if not PLAIN.fullmatch(name) or names.count(name) > 1:
            raise BadInput(
                f"an exhibit is called {name!r}, which becomes a folder: give each a "
                "name of its own, of letters, digits, dots, dashes and underscores."
            )
    runtime = runtimes.folder(runtime)
    with atomic_folder(out, force) as site:
        shutil.copytree(PAGE, site, dirs_exist_ok=True)
        (site / "runtime").mkdir()
        (site / "LICENSE-runtime.txt").rename(site / "runtime" / "LICENSE.txt")
        for name in runtimes.FILES:
            shutil.copyfile(runtime / name, site / "runtime" / name)
        models = [_model(exhibit, site) for exhibit in exhibits]
        about = {"runtime": f"{runtimes.VERSION} (MIT licence)", "models": models}
        (site / "models.json").write_text(json.dumps(about, indent=1), encoding="utf-8")


def check_exhibit(exhibit) -> None:
    """Raise `BadInput` if the page has nothing to show of a model."""
    model, kind = exhibit.model, type(exhibit.model).__name__
    main = _main(model)
    if main is None:
        raise BadInput(
            f'"{exhibit.name}" cannot be shown: {kind} draws nothing by itself, and '
            f"makes no images of images ({', '.join(model.signatures())})."
        )
    sampler = model.signatures()[main]
    shown = {} if model.sampler else _source(sampler)
    for key, spec in sampler.inputs.items():
        told = spec.law or spec.kind == "label" or spec.nothing is not None
        if not told and key not in shown:
            raise BadInput(
                f'"{exhibit.name}" cannot be shown: it is told "{key}" '
                f"({spec.meaning}), and the page has only noise, labels and captions "
                "to give."
            )
    shape = next(iter(sampler.outputs.values())).shape
    if shape != (2,) and not (len(shape) == 3 and shape[-1] in (1, 3)):
        raise BadInput(
            f'"{exhibit.name}" cannot be shown: it draws examples of shape {shape}; '
            "the page shows grey or colour images, and points of the plane."
        )


def _main(model) -> str | None:
    """The signature that draws, or else one that makes an image of an image."""
    if model.sampler:
        return model.sampler
    for name in MAPS:
        found = model.signatures().get(name)
        if found and "x" in _source(found):
            return name
    return None


def _source(signature) -> dict:
    """Of what is taken, what is shown: an image, of which another one is made."""
    (made, *_), taken = signature.outputs.values(), signature.inputs
    if made.kind != "image":
        return {}
    return {k: v for k, v in taken.items() if (k, v.kind) in SHOWN}


def _model(exhibit, site):
    """Export one model into the site; what models.json says of it."""
    model, folder = exhibit.model, f"models/{exhibit.name}"
    main, denoising = _main(model), _denoising(model)
    step = STEP if _completes(model) else "denoise" if denoising else None
    names = [main, *([step] if step else [])]
    manifest = export.export(model, site / folder, FORMAT, names, name=exhibit.name)
    examples = None if model.sampler else _examples(exhibit, site / folder)
    _preview(model, examples, site / folder / "preview.png")
    return {
        "name": exhibit.name,
        "title": exhibit.card.get("title", type(model).__name__),
        "main": main,
        "chain": step == STEP and callable(getattr(model, "walk", None)),
        "examples": examples is not None
        and {"path": f"{folder}/examples.png", "count": len(examples)},
        "signatures": manifest.signatures,
        "classes": _classes(exhibit),
        "denoising": denoising,
        "files": {
            signature: {
                "path": f"{folder}/{file.path}",
                "bytes": file.bytes,
                "error": _agreement(outputs),
            }
            for file in manifest.files
            for signature, outputs in file.errors.items()
        },
        "preview": f"{folder}/preview.png",
        "card": _card(exhibit.card, model),
    }


def _completes(model):
    """Whether there is a single step, from image to image, that the page can feed."""
    signatures = model.signatures()
    if STEP not in signatures or len(model.data_shape) != 3:
        return False
    step, sampler = signatures[STEP], signatures[_main(model)]
    own, fed = {"x", "step"}, set(step.inputs)
    told = own <= fed <= own | set(sampler.inputs)
    return told and step.inputs["x"].shape == model.data_shape


def _denoising(model):
    """What the page needs to make the steps of a model of diffusion, if it is one."""
    if not callable(getattr(model, "stages", None)) or len(model.data_shape) != 3:
        return None
    return {
        "stages": model.stages(),
        "spread": model.spread,
        "renoised": model.renoised,
        "guidance": model.guidance,
    }


def _agreement(outputs):
    """What was measured on a file, in words."""
    measured = next(iter(outputs.values()))
    error = measured["error"]
    if not error:
        return "the same as the Keras model"
    if measured["measure"] == "mismatches":
        return f"{error:.2%} of the values differ from the Keras model"
    return f"off the Keras model by at most {error:.0e}"


def _classes(exhibit):
    """The choices for each label that the model takes: names, or else numbers."""
    model = exhibit.model
    inputs = model.signatures()[_main(model)].inputs
    found = {}
    for key, spec in inputs.items():
        if spec.kind == "label":
            count = spec.shape[0] if spec.shape else int(spec.range[1]) + 1
            names = exhibit.classes if model.condition == "label" else ()
            found[key] = list(names) or [str(i) for i in range(count)]
    return found


def _examples(exhibit, folder):
    """Write the images that one begins with, an empty one if there are none."""
    from keras_gen import plots

    shape = exhibit.model.signatures()[_main(exhibit.model)].inputs["x"].shape
    examples = np.zeros((1, *shape)) if exhibit.examples is None else exhibit.examples
    if examples.shape[1:] != shape:
        raise BadInput(
            f'the examples of "{exhibit.name}" have the shape {examples.shape[1:]}; it '
            f"takes images of shape {shape}."
        )
    levels = np.round(255 * np.asarray(examples)).astype("uint8")
    row = np.concatenate(list(levels), 1)
    plots.save_image(folder / "examples.png", row[..., 0] if shape[-1] == 1 else row)
    return levels / np.float32(255)


def _preview(model, examples, path):
    from keras_gen import plots

    if examples is not None:
        plots.save_image(path, _made(model, examples))
        return
    if len(model.data_shape) == 3:
        plots.save_image(path, plots.grid(model.sample(PREVIEW, seed=1), PREVIEW // 2))
        return
    x, y = model.sample(2000, seed=1).T
    side = 1.2 * np.quantile(np.abs([x, y]), 0.99)
    bins = PIXELS // 2, PIXELS
    spread = [[-side, side], [-2 * side, 2 * side]]  # the gallery's frames are wide
    count = np.histogram2d(-y, x, bins, spread)[0]
    grey = 255 * (1 - np.minimum(1, count / np.quantile(count[count > 0], 0.9)))
    plots.save_image(path, grey.astype("uint8"))


def _made(model, examples):
    """Examples, and below what is made of them; or of what is left around a hole.

    Where examples drive, they drive the first one.
    """
    from keras_gen import plots
    from keras_gen.signatures import draw_inputs

    x = np.resize(examples, (PREVIEW // 2, *examples.shape[1:]))
    signature, given = model.signatures()[_main(model)], {"x": x}
    if "known" in signature.inputs:
        _, height, width, _ = x.shape
        known = np.ones((len(x), height, width, 1), "float32")
        known[:, height // 4 : -height // 4, width // 4 : -width // 4] = 0
        given, x = {"x": x, "known": known}, np.where(known, x, 0.5)
    if "driver" in signature.inputs:
        given = {"x": np.repeat(x[:1], len(x), 0), "driver": x}
    inputs = draw_inputs(signature, len(x), 1, **given)
    (made,) = signature.function(**inputs).values()
    if made.shape[-1] != x.shape[-1]:
        x, made = (np.broadcast_to(t, (*t.shape[:-1], 3)) for t in (x, made))
    return plots.grid(np.concatenate([x, made]), PREVIEW // 2)


def _card(card, model):
    """The card as the page shows it: words and numbers, rounded to what is known."""
    if not card:
        return {"system": type(model).__name__, "paper": "not from the zoo"}
    return {
        "system": card["system"],
        "paper": card["paper"],
        "licence": card["licence"],
        "data": card["data"]["name"],
        "data licence": card["data"]["licence"],
        "parameters": ", ".join(
            f"{n:,} in the {k}" for k, n in card["parameters"].items()
        ),
        "weights": card["weights"]["sha256"],
        "metrics": {
            name.replace("_", " "): {
                "value": _value(metric),
                "how": f"{metric['estimator']} (n = {metric['n']:,})",
            }
            for name, metric in card["metrics"].items()
        },
    }


def _value(metric):
    error = f" ± {metric['stderr']:.2g}" if metric["stderr"] else ""
    return f"{metric['value']:.4g}{error}"
