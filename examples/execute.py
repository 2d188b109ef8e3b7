"""Run a notebook from top to bottom, and keep what it showed.

    python examples/execute.py examples/vae_mnist.ipynb

What a cell prints and what its last line is become its outputs, as in Jupyter, which is
not needed here; a value is shown by its `_repr_png_` or else its `repr`. The cell that
is tagged "parameters" has the numbers that a quicker run may replace.

Of Jupyter's own words two are known: a cell that begins with `%%writefile NAME` is that
file, and in one that begins with `!` each line is a command of the shell, with `{NAME}`
for a variable. `python -m zoo` and `python -m export` run in this process, which has
waited for TensorFlow already.
"""

import ast
import base64
import contextlib
import importlib
import io
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

from keras_gen.files import atomic


def run(path, write: bool = True, **parameters) -> dict:
    """Execute the cells in order, in one name space.

    Args:
        path: of the notebook.
        write: whether its outputs are to be those of this run.
        **parameters: what the cell of parameters is to say instead.

    Returns:
        The name space, as the last cell left it.
    """
    path = pathlib.Path(path)
    notebook, names, count = json.loads(path.read_text("utf-8")), {}, 0
    if "" not in sys.path:  # files that are written here can be imported
        sys.path.insert(0, "")
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        count += 1
        source = "".join(cell["source"])
        if source.startswith("!"):
            outputs = _commanded(source, names)
        elif source.startswith("%%writefile "):
            outputs = _written(source)
        else:
            outputs = _executed(source, names, f"{path.name}, cell {count}")
        if "parameters" in cell["metadata"].get("tags", ()):
            strange = set(parameters) - set(names)
            if strange:
                raise KeyError(f"{path.name} has no parameters {sorted(strange)}")
            names.update(parameters)
        cell["execution_count"], cell["outputs"] = count, outputs
        for output in outputs:
            if output["output_type"] == "execute_result":
                output["execution_count"] = count
    if write:
        with atomic(path) as temporary:
            text = json.dumps(notebook, indent=1, ensure_ascii=False)
            temporary.write_text(text + "\n", "utf-8")
    return names


def _executed(source: str, names: dict, where: str) -> list[dict]:
    """Run one cell; its outputs, as notebooks store them."""
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    said, value = io.StringIO(), None
    with contextlib.redirect_stdout(said):
        exec(compile(ast.Module(body, []), where, "exec"), names)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), where, "eval"), names)
    outputs = _printed(said.getvalue())
    if value is not None:
        shown = re.sub(r" at 0x[0-9A-Fa-f]+", "", repr(value))  # another in each run
        data = {"text/plain": shown.splitlines(keepends=True)}
        if hasattr(value, "_repr_png_"):
            data["image/png"] = base64.b64encode(value._repr_png_()).decode()
        outputs.append({"output_type": "execute_result", "data": data, "metadata": {}})
    return outputs


def _commanded(source: str, names: dict) -> list[dict]:
    """Run the lines of a cell as a shell would; what they say, errors among it."""
    said = ""
    for line in source.replace("\\\n", " ").splitlines():
        line = re.sub(r"\{(\w+)\}", lambda m: str(names[m[1]]), line.removeprefix("!"))
        said += _ran(line)
    return _printed(said)


def _ran(line: str) -> str:
    words = shlex.split(line)
    if words[:2] == ["python", "-m"] and words[2] in ("zoo", "export"):
        main = importlib.import_module(f"{words[2]}.__main__").main
        said = io.StringIO()  # never closed: who logs may hold on to it
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            main(words[3:])
        return said.getvalue()
    here = pathlib.Path(sys.executable).parent  # where this python is
    path = os.pathsep.join((str(here), os.environ["PATH"]))
    environment = {**os.environ, "PATH": path}
    ran = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, env=environment
    )
    # TensorFlow talks of drivers on the standard error stream.
    return ran.stdout + (ran.stderr if ran.returncode else "")


def _written(source: str) -> list[dict]:
    """The file that a cell is."""
    first, _, rest = source.partition("\n")
    name = first.split()[1]
    pathlib.Path(name).write_text(rest + "\n", "utf-8")
    return _printed(f"Writing {name}\n")


def _printed(text: str) -> list[dict]:
    if not text:
        return []
    text = text.splitlines(keepends=True)
    return [{"output_type": "stream", "name": "stdout", "text": text}]


if __name__ == "__main__":
    for name in sys.argv[1:]:
        run(name)
