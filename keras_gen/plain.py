"""What others wrote, shown as the text that it is.

Names, cards and metadata may be a stranger's. Whatever they hold: no markup of a
table's, no escape sequence of the terminal's, no letters that run from right to left
and hide what stands before them.
"""

import unicodedata

from rich.table import Table
from rich.text import Text

HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # categories of Unicode


def plain(text) -> str:
    """`text`, with everything that is not to be seen spelled out.

    Example:
        >>> print(plain("red: \\x1b[31m"))
        red: \\x1b[31m
    """
    return "".join(
        repr(c)[1:-1] if unicodedata.category(c) in HIDDEN else c for c in str(text)
    )


class PlainTable(Table):
    """rich's, whose cells are text and nothing else."""

    def add_row(self, *cells, **style):
        super().add_row(*(Text(plain(cell)) for cell in cells), **style)
