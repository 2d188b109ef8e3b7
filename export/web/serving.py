"""The server of a page: this machine's files, to this machine only."""

import functools
import http.server
import pathlib

from keras_gen.errors import BadFile, OutputRefused


class Handler(http.server.SimpleHTTPRequestHandler):
    """Static files, by the types that browsers insist on, and no log."""

    extensions_map = {  # noqa: RUF012 (as in the base class)
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def end_headers(self):
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *_):
        pass


def server(site, port: int = 8000) -> http.server.ThreadingHTTPServer:
    """A server of the folder on loopback; `serve_forever()` starts it.

    Args:
        site: a folder that `write` has made.
        port: 0 for any that is free.
    """
    if not (pathlib.Path(site) / "models.json").is_file():
        raise BadFile(
            f"{site} has no models.json: give a folder that `python -m export web NAME "
            "--out DIR` has written."
        )
    handler = functools.partial(Handler, directory=str(site))
    try:
        return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise OutputRefused(
            f"cannot listen on port {port}: {why}. Give another --port, or 0."
        ) from None
