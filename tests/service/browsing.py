"""A real browser for the tests of the page: Chromium without a screen, driven by Playwright. Skipped where either is missing."""

import shutil
import threading

import pytest
from werkzeug.serving import make_server

from symbolicator.service import create_app
from symbolicator.settings import Settings
from tests.service.conftest import CASE

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install -e '.[browser]'")
expect = playwright.expect
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
if CHROMIUM is None:
    pytest.skip("no Chromium is installed", allow_module_level=True)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
FIXTURES = CASE.parent.parent
BUILD = sorted(path for path in (CASE / "files").rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@pytest.fixture(scope="module")
def serve():
    """Starts a service without files of its own; gives its address."""
    servers = []

    def serve(repos=(), grouping=False, **options):
        server = make_server("127.0.0.1", 0, create_app(Settings(files=(), cache_dir=False, repos=repos, grouping=grouping), **options), threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def address(serve):
    return serve()


class Visit:
    """One page, what it complained of and whom it talked to."""

    def __init__(self, page, address):
        self.page, self.complaints, self.asked = page, [], []
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(address)

    def answered(self):
        """Wait for the answer; the rows of it."""
        expect(self.page.locator("#answer")).to_be_visible()
        expect(self.page.locator("#go")).to_have_text("Make readable")
        return self.page.locator(".row")


@pytest.fixture
def visit(browser, address):
    """Opens the page, wide and light unless told."""
    contexts = []

    def visit(to=address, **options):
        contexts.append(browser.new_context(permissions=["clipboard-read", "clipboard-write"], **options))
        return Visit(contexts[-1].new_page(), to)

    yield visit
    for context in contexts:
        context.close()


def drop(page, *paths):
    """Drop files on the page, as a hand would."""
    held = page.evaluate_handle(
        "files => { const held = new DataTransfer(); for (const [name, text] of files) held.items.add(new File([text], name)); return held; }",
        [[path.name, path.read_text()] for path in paths],
    )
    page.dispatch_event("body", "drop", {"dataTransfer": held})
