"""What the tests of the page share: the runtime, a browser, and the page in it."""

import threading

import pytest

from export import runtimes, web
from keras_gen.errors import ExportError
from tests.browser import chromium
from tests.export.page import Page


@pytest.fixture(scope="module")
def runtime():
    try:
        return runtimes.folder()
    except ExportError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def address(site):
    with web.server(site, port=0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    with chromium() as driver:
        yield driver


@pytest.fixture
def page(browser, address):
    page = Page(browser, address)
    page.resize(1100)
    yield page
    assert browser.get_log("browser") == []
    script = "return performance.getEntriesByType('resource').map((r) => r.name)"
    assert all(url.startswith(address) for url in page.run(script))
