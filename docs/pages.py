"""What pages of measurements share: each number is measured once, and kept.

A page is written from NAME.json, which holds what was found under each title beside its
key: all that the result depends on, such as the hash of the weights. What has another
key is measured anew, so the command can be stopped and given again. A picture is drawn
by the measurement that it shows.
"""

import json
import pathlib
from collections.abc import Callable
from dataclasses import dataclass

import zoo
from keras_gen.files import atomic

ROOT = pathlib.Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
DIGITS = 7  # of the numbers that are kept


@dataclass
class Page:
    """A page, and where its numbers come from.

    Args:
        name: of the module that declares it, and of what it keeps.
        text: from all that is known, by title, to the page.
        keys: title of each measurement -> its key, of those that are to be.
        measure: from a title to what is found, as JSON has it.
        file: the page, if it is not docs/NAME.md.
    """

    name: str
    text: Callable[[dict], str]
    keys: Callable[[], dict[str, str]] = dict
    measure: Callable[[str], dict] | None = None
    file: str | None = None

    @property
    def page(self) -> pathlib.Path:
        return ROOT / (self.file or f"docs/{self.name}.md")

    @property
    def kept(self) -> pathlib.Path:
        return ROOT / "docs" / f"{self.name}.json"

    def known(self) -> dict:
        """What was found, by title, where it is not out of date."""
        kept = json.loads(self.kept.read_text()) if self.kept.exists() else {}
        found = {}
        for title, key in self.keys().items():  # which reads many cards: once
            record = dict(kept.get(title, {}))
            if record.pop("key", None) == key:
                found[title] = record
        return found

    def missing(self) -> list[str]:
        known = self.known()
        return [title for title in self.keys() if title not in known]

    def write(self):
        """Measure what is missing, and write the page.

        A measurement is kept with the key that it had when all began: what has changed
        meanwhile is measured the next time.
        """
        keys, found = dict(self.keys()), self.known()
        for title in [title for title in keys if title not in found]:
            print(f"{self.name}: measuring {title}", flush=True)
            found[title] = rounded(self.measure(title))
            self.keep(found, keys)
        if self.kept.exists():
            self.keep(found, keys)  # without what is measured no more
        text = self.text(self.known())
        with atomic(self.page) as temporary:
            temporary.write_text(text)

    def keep(self, found, keys):
        """Write what is known, one line for each measurement, in the order of keys."""
        records = {t: {"key": k, **found[t]} for t, k in keys.items() if t in found}
        lines = (f"{json.dumps(t)}: {json.dumps(r)}" for t, r in records.items())
        with atomic(self.kept) as temporary:
            temporary.write_text("{\n" + ",\n".join(lines) + "\n}\n")

    def behind(self) -> str:
        """What is wrong with the page, in words; nothing if it is as it would be."""
        if missing := self.missing():
            return f"{self.page.name} lacks {', '.join(missing)}"
        if self.page.read_text() != self.text(self.known()):
            return f"{self.page.name} is not what its measurements say"
        return ""


def filled(file: str, **blocks: str) -> str:
    """A page that is written by hand, but for its blocks between a pair of marks.

    Args:
        file: the page, as it is.
        blocks: what is to be between `<!-- NAME: made by python -m docs -->` and
            `<!-- end -->`.
    """
    text = (ROOT / file).read_text()
    for name, block in blocks.items():
        mark = f"<!-- {name}: made by python -m docs -->\n"
        head, found, rest = text.partition(mark)
        _, end, tail = rest.partition("<!-- end -->")
        if not (found and end):
            raise ValueError(f"{file} has no block between {mark!r} and <!-- end -->.")
        text = f"{head}{mark}{block.rstrip()}\n{end}{tail}"
    return text


def rounded(found):
    """What was found, with no more digits than anyone reads."""
    if isinstance(found, dict):
        return {name: rounded(value) for name, value in found.items()}
    if isinstance(found, (list, tuple)):
        return [rounded(value) for value in found]
    return float(f"{found:.{DIGITS}g}") if isinstance(found, float) else found


def weights(name: str) -> str:
    """The key of what depends on an entry's weights alone."""
    return zoo.card(name)["weights"]["sha256"]
