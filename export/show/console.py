"""What the commands print: tables, and what is being done.

Names, cards and metadata may be a stranger's. Whatever they hold is shown as text: no
markup of the table's, no escape sequence of the terminal's, no letters that run from
right to left and hide what stands before them.
"""

import contextlib
import logging
import sys
import time

from keras_gen.plain import plain


class Table:
    """Rows of text under headings.

    Args:
        headings: of the columns; those in `right` stand on the right.
        header: whether they are shown.
        title, caption: above and below.
    """

    def __init__(self, *headings, header=True, title="", caption="", right=()):
        from rich.table import Table
        from rich.text import Text

        self._text = Text
        self.table = Table(
            title=Text(plain(title)) if title else None,
            caption=Text(plain(caption)) if caption else None,
            box=None,
            pad_edge=False,
            show_header=header,
        )
        for heading in headings:
            justify = "right" if heading in right else "left"
            self.table.add_column(heading, justify=justify, no_wrap=True)
        self.table.columns[-1].no_wrap = False

    def add_row(self, *cells):
        self.table.add_row(*(self._text(plain(cell)) for cell in cells))

    def print(self):
        """As wide as the terminal, or wide enough where there is none."""
        from rich.console import Console

        width = None if sys.stdout.isatty() else 160
        Console(width=width).print(self.table)


@contextlib.contextmanager
def progress():
    """Show what `export` logs, with the time it began, on standard error."""
    start = time.monotonic()

    class Line(logging.Handler):
        def emit(self, record):
            elapsed = time.monotonic() - start
            print(f"{elapsed:5.1f} s  {plain(record.getMessage())}", file=sys.stderr)

    logger, handler = logging.getLogger("export"), Line()
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield logger
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)  # which also forgets what it has let through
        logger.propagate = propagate
