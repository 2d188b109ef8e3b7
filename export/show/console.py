"""What the commands print: tables, and what is being done."""

import contextlib
import logging
import sys
import time


def table(*headings, header=True):
    from rich.table import Table

    table = Table(*headings, box=None, pad_edge=False, show_header=header)
    for column in table.columns[:-1]:
        column.no_wrap = True
    return table


def print_table(table):
    """As wide as the terminal, or wide enough where there is none."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else 160
    Console(width=width).print(table)


@contextlib.contextmanager
def progress():
    """Show what `export` logs, with the time it began, on standard error."""
    start = time.monotonic()

    class Line(logging.Handler):
        def emit(self, record):
            elapsed = time.monotonic() - start
            print(f"{elapsed:5.1f} s  {record.getMessage()}", file=sys.stderr)

    logger, handler = logging.getLogger("export"), Line()
    state = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield logger
    finally:
        logger.removeHandler(handler)
        logger.level, logger.propagate = state
