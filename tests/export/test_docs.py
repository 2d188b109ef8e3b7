"""docs/deploy.md: its code runs. (Its table is checked with the other pages.)"""

import pathlib
import re

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "deploy.md"


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
