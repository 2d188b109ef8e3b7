"""The server of a page: the files of one folder, to this machine only.

What a browser asks for is answered if it asked for this machine by name (a foreign
`Host` is a page of somebody else's that has pointed its own name here) and if the file
lies in the folder, links followed. Folders are not listed, and types are not guessed.
"""

import functools
import http.server
import pathlib
import sys

from keras_gen.errors import BadFile, OutputRefused

LOCAL = {"127.0.0.1", "localhost"}
# That of the page, which servers of other people's see only there, and no frames.
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; style-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Static files, by the types that browsers insist on, and no log."""

    extensions_map = {  # noqa: RUF012 (as in the base class)
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def send_head(self):
        host = self.headers.get("Host", "")
        name, _, port = host.partition(":")
        if name not in LOCAL or port not in ("", str(self.server.server_port)):
            return self.send_error(421, "This server answers on this machine only")
        try:
            path = pathlib.Path(self.translate_path(self.path)).resolve()
            inside = path.is_relative_to(pathlib.Path(self.directory).resolve())
        except (OSError, ValueError, RuntimeError):  # no name of a file, circular links
            inside = False
        if not inside:
            return self.send_error(404)
        return super().send_head()

    def list_directory(self, path):
        return self.send_error(404)

    def end_headers(self):
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    """One that does not mind a browser that goes away."""

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def server(site, port: int = 8000) -> Server:
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
        return Server(("127.0.0.1", port), handler)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise OutputRefused(
            f"cannot listen on port {port}: {why}. Give another --port, or 0."
        ) from None
