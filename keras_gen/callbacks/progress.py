"""Where a training stands: epoch, step, metrics, time left."""

import io
import time

import keras
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from keras_gen.training.strategies import is_chief


class Progress(keras.callbacks.Callback):
    """Where the whole training stands: epoch, step, metrics, time left.

    On a terminal and in a notebook it redraws a few lines in place; elsewhere (a file,
    a pipe) it prints one plain line for each epoch. It replaces Keras's own display:
    use it with `fit(..., verbose=0)`.

    Args:
        title: what is being trained, printed once, above the rest.
        console: a `rich.console.Console`, by default standard output.

    Example:
        >>> model.fit(data, epochs=20, verbose=0, callbacks=[Progress("vae-digits")])
    """

    refresh = 0.2  # seconds between two redraws

    def __init__(self, title: str = "", console: Console | None = None):
        super().__init__()
        self.title = title
        self.console = console or Console()
        self._live = None

    # Keras's hooks.

    def on_train_begin(self, logs=None):
        self.stop()
        self._steps = self.params.get("steps")  # per epoch; None until it is known
        self._first = None  # the epoch that this call of fit began with
        self._now, self._last = {}, {}
        self._clock = None  # when the first batch was done: tracing is not progress
        self._drawn = 0.0
        self._begun = time.monotonic()
        self._shown = is_chief(self.model.distribute_strategy)
        if self._shown and self.title:
            self.console.out(self.title, highlight=False)
        live = self.console.is_terminal and not self.console.is_dumb_terminal
        if self._shown and self.console.is_jupyter:
            self._live = Cell()
        elif self._shown and live:
            self._live = Live(console=self.console, auto_refresh=False)
            self._live.start()
            # An interrupted fit calls no hook: the cursor must not stay hidden.
            self.console.show_cursor(True)

    def on_epoch_begin(self, epoch, logs=None):
        self._first = epoch if self._first is None else self._first
        self._epoch, self._step = epoch, 0
        self._epoch_begun = time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        now = time.monotonic()
        self._step = batch + 1
        if self._clock is None:
            self._clock = (now, self._done())
        if self._live and now - self._drawn > self.refresh:
            self._drawn, self._now = now, dict(logs or {})
            self._live.update(self._display(), refresh=True)

    def on_epoch_end(self, epoch, logs=None):
        self._steps = self._steps or self._step
        self._now = self._last = dict(logs or {})
        if self._live:
            self._live.update(self._display(), refresh=True)
        elif self._shown:
            self.console.out(self._line(), highlight=False)

    def on_train_end(self, logs=None):
        self.stop()

    def stop(self):
        """Leave the display as it stands; for a `finally` around `fit`."""
        if self._live:
            self._live.stop()
            self._live = None

    # Time.

    def _done(self):
        """Steps since this fit began."""
        return (self._epoch - self._first) * (self._steps or 0) + self._step

    def seconds_left(self) -> float | None:
        """Of the whole training, validation and pictures included; None if unknown."""
        if self._steps is None or self._clock is None:
            return None
        since, before = self._clock
        done = self._done()
        total = (self.params["epochs"] - self._first) * self._steps
        if done >= total:
            return 0.0
        if done <= before:
            return None
        return (time.monotonic() - since) / (done - before) * (total - done)

    # Text.

    def _head(self):
        epochs = self.params["epochs"]
        return f"epoch {self._epoch + 1:>{len(str(epochs))}}/{epochs}"

    def _line(self):
        values = (f"{name} {number(value)}" for name, value in self._last.items())
        seconds = duration(time.monotonic() - self._epoch_begun)
        return "  ".join(filter(None, (self._head(), seconds, *values, self._left())))

    def _left(self):
        seconds = self.seconds_left()
        return f"{duration(seconds)} left" if seconds else ""

    def _display(self):
        steps = f"step {self._step}" + (f"/{self._steps}" if self._steps else "")
        total = (self.params["epochs"] - self._first) * (self._steps or 0)
        row = Table.grid(padding=(0, 2))
        row.add_row(
            self._head(),
            ProgressBar(total or None, self._done(), width=24),
            steps,
            f"{duration(time.monotonic() - self._begun)} elapsed",
            self._left(),
        )
        return Group(row, self._table())

    def _table(self):
        """One row for each metric: its running value, and the last epoch's."""
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        table.add_column("")
        for head in ("now", "last epoch", "validation"):
            table.add_column(head, justify="right", min_width=10)
        names = [k for k in {**self._now, **self._last} if not k.startswith("val_")]
        for name in names:
            now, last = self._now.get(name), self._last.get(name)
            values = (now, last, self._last.get(f"val_{name}"))
            table.add_row(name, *("" if v is None else number(v) for v in values))
        return table


class Cell:
    """What a notebook shows below a cell, redrawn in place, as `Live` does elsewhere.

    Rich's own needs ipywidgets, which a notebook may lack; this one is plain HTML.
    """

    def __init__(self):
        from IPython.display import HTML, display  # there is a notebook

        self._html = HTML
        self._handle = display(HTML(""), display_id=True)

    def update(self, shown, refresh=True):
        page = Console(file=io.StringIO(), record=True, width=100, force_jupyter=False)
        page.print(shown)
        frame = '<pre style="line-height: normal">{code}</pre>'
        text = page.export_html(inline_styles=True, code_format=frame)
        self._handle.update(self._html(text))

    def stop(self):
        """It stays as it is."""


def number(value) -> str:
    """Four significant digits, as one reads them.

    Example:
        >>> number(-103.24), number(0.00012345)
        ('-103.2', '0.0001234')
    """
    return f"{float(value):.4g}"


def duration(seconds: float) -> str:
    """Seconds as a person would say them.

    Example:
        >>> duration(4.2), duration(75), duration(7500)
        ('4.2 s', '1 min 15 s', '2 h 05 min')
    """
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60:02d} s"
    minutes = seconds // 60
    return f"{minutes // 60} h {minutes % 60:02d} min"
