"""python -m docs [PAGE ...] [--check]

Measures what is missing or out of date and writes the pages, all or those that are
named. It asks for one core. With --check it measures and writes nothing, and says which
pages are not what their measurements say.
"""

import argparse
import importlib
import os
import pkgutil
import sys

# Times are told of one core, and numbers are to be the same with a GPU and without.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import docs

MACHINERY = ("__main__", "pages")
NAMES = [m.name for m in pkgutil.iter_modules(docs.__path__) if m.name not in MACHINERY]


def page(name: str):
    """The `Page` that this module declares."""
    return importlib.import_module(f"docs.{name}").PAGE


def main(arguments: list[str] | None = None) -> int:
    """Make or check pages; returns the exit code, 1 if one is behind."""
    what, _, how = __doc__.partition("\n\n")
    parser = argparse.ArgumentParser(what.split(" [")[0], description=how)
    parser.add_argument("pages", nargs="*", metavar="PAGE", help=", ".join(NAMES))
    parser.add_argument("--check", action="store_true", help="measure, write nothing")
    options = parser.parse_args(arguments)
    if strange := [name for name in options.pages if name not in NAMES]:
        parser.error(f"no page {', '.join(strange)}; there are {', '.join(NAMES)}")
    chosen = [page(name) for name in options.pages or NAMES]
    if not options.check:
        for one in chosen:
            one.write()
        return 0
    behind = [(one.name, why) for one in chosen if (why := one.behind())]
    for name, why in behind:
        print(f"{why}; run python -m docs {name}")
    return int(bool(behind))


if __name__ == "__main__":
    sys.exit(main())
