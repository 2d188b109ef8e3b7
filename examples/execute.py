"""Run a notebook from top to bottom, and keep what it showed.

    python examples/execute.py examples/vae_mnist.ipynb

What a cell prints and what its last line is become its outputs, as in Jupyter, which is
not needed here; a value is shown by its `_repr_png_` or else its `repr`. The cell that
is tagged "parameters" has the numbers that a quicker run may replace.
"""

import ast
import base64
import contextlib
import io
import json
import pathlib
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
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        count += 1
        outputs = _executed(
            "".join(cell["source"]), names, f"{path.name}, cell {count}"
        )
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
    outputs = []
    if said.getvalue():
        text = said.getvalue().splitlines(keepends=True)
        outputs.append({"output_type": "stream", "name": "stdout", "text": text})
    if value is not None:
        data = {"text/plain": repr(value).splitlines(keepends=True)}
        if hasattr(value, "_repr_png_"):
            data["image/png"] = base64.b64encode(value._repr_png_()).decode()
        outputs.append({"output_type": "execute_result", "data": data, "metadata": {}})
    return outputs


if __name__ == "__main__":
    for name in sys.argv[1:]:
        run(name)
