"""A report on the files of an export: for readers as Markdown, for programs as JSON."""

import json
import pathlib

from export import formats, manifest
from export.show.console import plain
from keras_gen.files import atomic


def write(folder) -> dict:
    """Write `report.md` and `report.json` into the folder of an export."""
    found = describe(folder)
    for name, text in (
        ("report.json", json.dumps(found, indent=1)),
        ("report.md", markdown(found)),
    ):
        with atomic(pathlib.Path(folder) / name) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")
    return found


def describe(folder) -> dict:
    """What the manifest says, and what is found inside the files."""
    folder = pathlib.Path(folder)
    found = manifest.load(folder)
    for file in found["files"]:
        names = file["operators"]
        file["operators"] = {name: {} for name in names}
        file["warnings"], file["delegated"] = [], {}
        path = folder / file["path"]
        file.update(formats.get(file["format"]).inspect(path, file["mode"]))
    return found


def markdown(found: dict) -> str:
    """The report as a page."""
    found = _legible(found)
    lines = [f"# {found['name']}", ""]
    facts = {**found["metadata"], "versions": found["versions"]}
    lines += [f"- {key}: {_words(value)}" for key, value in facts.items()]
    lines += [
        "",
        "| file | mode | bytes | of float | fast kernels | output | error | bound |",
        "|---|---|---:|---:|---|---|---:|---|",
    ]
    for file in found["files"]:
        ratio = f"{file['ratio']:.3f}" if file["ratio"] else ""
        shares = file["delegated"].items()
        share = ", ".join(f"{name} {value:.0%}" for name, value in shares)
        start = (
            f"{file['path']} | {file['mode']} | {file['bytes']:,} | {ratio} | {share}"
        )
        for name, outputs in file["errors"].items():
            for key, measured in outputs.items():
                end = f"{name} {key} | {measured['error']:.1e} | {judged(measured)}"
                lines.append(f"| {start} | {end} |")
                start = " | | | | "
    lines += ["", "## Operators, with their versions", ""]
    for file in found["files"]:
        shown = ", ".join(_operator(*item) for item in file["operators"].items())
        lines.append(f"- `{file['path']}`: {shown}")
    lines += ["", "## Warnings", ""]
    warned = {}
    for file in found["files"]:
        for warning in file["warnings"]:
            warned.setdefault(warning, []).append(f"`{file['path']}`")
    warnings = [f"- {', '.join(files)}: {text}" for text, files in warned.items()]
    lines += warnings or ["None."]
    lines += ["", "## SHA-256", ""]
    for file in found["files"]:
        lines += [f"- `{path}`: `{digest}`" for path, digest in file["sha256"].items()]
    return "\n".join(lines)


def _legible(value):
    """The same facts, all strings among them as a page may hold them."""
    if isinstance(value, dict):
        return {plain(key): _legible(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_legible(entry) for entry in value]
    return plain(value) if isinstance(value, str) else value


def _words(value):
    if isinstance(value, dict):
        return ", ".join(f"{key} {_words(entry)}" for key, entry in value.items())
    return str(value)


def _operator(name, facts):
    return f"{name} v{facts['version']} ×{facts['count']}" if facts else name


def judged(measured) -> str:
    """What was held against a bound, in words."""
    if measured["measure"] == "psnr":
        return f"{measured['psnr']:.1f} dB, at least {measured['bound']:g}"
    what = "share that differs" if measured["measure"] == "mismatches" else "at most"
    relative = f" + {measured['relative']:g} of it" if measured["relative"] else ""
    return f"{what} {measured['bound']:g}{relative}"
