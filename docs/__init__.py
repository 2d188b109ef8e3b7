"""The pages of measurements, and the commands that make them: `python -m docs`.

Beside the pages that are written by hand, each page NAME.md has its NAME.py, which
measures, and NAME.json, which keeps what was found. `design.md` says where things lie.
"""
