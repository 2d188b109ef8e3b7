"""What the server of a page does not do."""

import http.client
import re
import socket
import struct
import threading
import time

import pytest

from export import web


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Of a folder without a page, which looks as if it had one."""
    tmp_path = tmp_path_factory.mktemp("serving")
    site = tmp_path / "site"
    (site / "models").mkdir(parents=True)
    (site / "models.json").write_text("{}")
    (site / "index.html").write_text("<p>here")
    (site / "large").write_bytes(bytes(8 << 20))
    (tmp_path / "secret").write_text("secret")
    (site / "way-out").symlink_to(tmp_path / "secret")
    (site / "up").symlink_to(tmp_path)
    (site / "round").symlink_to(site / "round")
    (site / "alias").symlink_to(site / "index.html")
    with web.server(site, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def ask(server, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    connection.putrequest("GET", path, skip_host="Host" in headers)
    for key, value in headers.items():
        if value is not None:
            connection.putheader(key, value)
    connection.endheaders()
    answer = connection.getresponse()
    return answer.status, answer.read(), answer.headers


def test_files_of_the_folder_are_served_with_a_policy(server):
    for path in ("/", "/index.html", "/alias"):
        status, body, headers = ask(server, path)
        assert (status, body) == (200, b"<p>here")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-cache"


FOREIGN = ["evil.example", "evil.example:80", "127.0.0.1:1", "", None]


def test_the_policy_is_that_of_the_page(server):
    """Whatever the page allows itself elsewhere, it is allowed here."""
    page = (web.PAGE / "index.html").read_text()
    written = re.search(r'Content-Security-Policy" content="(.*?)"', page, re.DOTALL)
    _, _, headers = ask(server, "/")
    given = [rule.strip() for rule in headers["Content-Security-Policy"].split(";")]
    assert {" ".join(rule.split()) for rule in written[1].split(";")} < set(given)


@pytest.mark.parametrize("host", FOREIGN)
def test_a_name_that_is_not_of_this_machine_is_refused(host, server):
    status, body, _ = ask(server, "/index.html", Host=host)
    assert status == 421 and b"here" not in body


def test_this_machine_has_two_names(server):
    for name in ("127.0.0.1", "localhost"):
        for host in (name, f"{name}:{server.server_port}"):
            assert ask(server, "/", Host=host)[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/way-out", "/up/secret", "/../secret", "/%2e%2e/secret", "/round", "/up/"),
        *("/models/", "/models", "/%00", "/a%00b", "/nothing", "/" + "x" * 5000),
    ],
)
def test_nothing_else_is_served_and_nothing_is_printed(path, server, capfd):
    status, body, headers = ask(server, path)
    if status == 301:  # to the folder, which is not listed either
        status, body, _ = ask(server, headers["Location"])
    assert status == 404 and b"secret" not in body
    assert capfd.readouterr().err == ""


def test_an_aborted_download_is_no_traceback(server, capfd):
    for _ in range(3):
        client = socket.create_connection(("127.0.0.1", server.server_port))
        host = f"127.0.0.1:{server.server_port}".encode()
        client.sendall(b"GET /large HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
        client.recv(1000)
        off = struct.pack("ii", 1, 0)  # the connection is reset, not closed
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, off)
        client.close()
    time.sleep(0.3)
    assert ask(server, "/")[0] == 200
    assert capfd.readouterr().err == ""
