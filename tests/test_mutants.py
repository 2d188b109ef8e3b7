"""The mutants of `make mutants` are lines of the tree as it is, and have tests."""

import collections
import pathlib
import re

from tests.mutants.table import MUTANTS

ROOT = pathlib.Path(__file__).parents[1]


def test_every_mutant_changes_one_line_and_is_to_be_seen_by_tests_that_are_there():
    wrong = []
    for mutant in MUTANTS:
        try:
            mutant.applied((ROOT / mutant.file).read_text())
        except (OSError, ValueError) as error:
            wrong.append(str(error))
        if mutant.old == mutant.new or not mutant.tests:
            wrong.append(f'"{mutant.name}" changes nothing, or nobody is to see it')
        for test in mutant.tests:
            file, _, name = re.sub(r"\[.*", "", test).partition("::")
            path = ROOT / file
            if not path.exists() or f"def {name}(" not in path.read_text():
                wrong.append(f'"{mutant.name}" asks for a test that is not: {test}')
    names = collections.Counter(mutant.name for mutant in MUTANTS)
    wrong += [
        f'two mutants are called "{n}"' for n, count in names.items() if count > 1
    ]
    assert not wrong, "\n".join(wrong)
    assert len(MUTANTS) >= 60
