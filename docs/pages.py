"""What pages of measurements share: each number is measured once, and kept.

A page NAME.md is written from NAME.json, which holds what was found under each title
beside its key: all that the result depends on, such as the hash of the weights. What
has another key is measured anew, so the command can be stopped and given again.
"""

import argparse
import json
import pathlib
from collections.abc import Callable
from dataclasses import dataclass

import zoo
from keras_gen.files import atomic

HERE = pathlib.Path(__file__).parent


@dataclass
class Page:
    """A page, and where its numbers come from.

    Args:
        name: of its script and files.
        keys: title of each measurement -> its key, of those that are to be.
        measure: from a title to what is found, as JSON has it.
        text: from all that is known, by title, to the page.
    """

    name: str
    keys: Callable[[], dict[str, str]]
    measure: Callable[[str], dict]
    text: Callable[[dict], str]

    def __post_init__(self):
        self.page, self.kept = (HERE / f"{self.name}.{kind}" for kind in ("md", "json"))

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
        """Measure what is missing, and write the page."""
        found = self.known()
        for title in self.missing():
            print(f"measuring {title}", flush=True)
            found[title] = self.measure(title)
            self._keep(found)
        self.page.write_text(self.text(found))

    def _keep(self, found):
        keys = self.keys()
        records = {t: {"key": keys[t], **one} for t, one in found.items()}
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

    def main(self) -> int:
        parser = argparse.ArgumentParser(prog=f"docs/{self.name}.py")
        parser.add_argument(
            "--check", action="store_true", help="measure and write nothing"
        )
        if not parser.parse_args().check:
            self.write()
            return 0
        if behind := self.behind():
            print(f"{behind}; run python docs/{self.name}.py")
        return int(bool(behind))


def weights(name: str) -> str:
    """The key of what depends on an entry's weights alone."""
    return zoo.card(name)["weights"]["sha256"]
