"""docs/deploy.md: its code runs, and its table is what was measured."""

import json
import pathlib
import re
import runpy

import zoo

DOCS = pathlib.Path(__file__).parents[2] / "docs"
PAGE = DOCS / "deploy.md"


def test_code_runs_as_printed(tmp_path, monkeypatch):
    """All blocks in order, in one name space, as a reader would paste them."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names = {}
    for block in blocks:
        exec(compile(block, "deploy.md", "exec"), names)
    assert {finding.verdict for finding in names["findings"]} == {"yes"}
    assert len(names["manifest"].files) == 5
    assert names["points"].shape == (16, 2)


def test_table_of_quantised_models_is_what_was_measured():
    """It may lack new models (`python docs/quantise.py` adds them), not alter old."""
    run = runpy.run_path(str(DOCS / "quantise.py"))
    store = json.loads(run["STORE"].read_text())
    assert run["filled"](PAGE.read_text(), store) == PAGE.read_text()
    assert set(store) <= set(zoo.names())
