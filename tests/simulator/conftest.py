"""A simulator for each test, and pages of it in Chromium."""

import asyncio
import contextlib
import shutil
import threading
from concurrent.futures import Future

import pytest
from playwright.sync_api import expect, sync_playwright

from bornetools import times
from bornetools.simulator.command import simulator
from bornetools.verify import library_p256
from bornetools.world.people import World

PATIENCE = 120_000  # milliseconds for what takes a fraction of a second
FAST = {"pace": None, "rate": 1e9}  # nothing takes time but the work itself


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """For tests that leave it as it is."""
    return new_world(tmp_path_factory.mktemp("world"))


@pytest.fixture
def own_world(tmp_path):
    """For a test that changes it."""
    return new_world(tmp_path)


def new_world(folder):
    with library_p256.in_use():
        return World.create(folder / "world", times.now())


@contextlib.contextmanager
def _serving(language="fr", **more):
    """A simulator in a thread of its own: its URL and Session."""
    ready: Future = Future()
    ended = threading.Event()

    async def run():
        try:
            async with simulator(0, language, **{**FAST, **more}) as running:
                ready.set_result(running)
                await asyncio.to_thread(ended.wait)
        except BaseException as error:
            if not ready.done():
                ready.set_exception(error)
            raise

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    try:
        yield ready.result()
    finally:
        ended.set()
        thread.join()


@pytest.fixture
def serving():
    """Starts a simulator: `serving(language, **more)` is a context manager of its URL and Session."""
    return _serving


@pytest.fixture
def serve():
    """Starts a simulator until the test's end: `serve(language, **more)` gives its URL and Session."""
    with contextlib.ExitStack() as stack:
        yield lambda *args, **more: stack.enter_context(_serving(*args, **more))


@pytest.fixture(scope="module")
def standing():
    """URL and Session of a simulator that loses no time, for tests that leave it as it is."""
    with _serving() as running:
        yield running


@pytest.fixture
def running(serve):
    """URL and Session of a simulator that loses no time."""
    return serve()


@pytest.fixture(scope="module")
def chromium():
    """The browser: Debian's, since nothing is downloaded for it.

    Not for the whole session: Playwright keeps an event loop running, and so nothing else can have one.
    """
    found = shutil.which("chromium")
    if not found:
        pytest.skip("no browser: apt install chromium")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found,
            args=["--no-sandbox"],  # else it does not run as root
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """Opens pages: `visit(url)`. In the end none may have asked for anything but its own server, nor had an
    error. Ask for it after what starts the simulator, so that the pages close first."""
    wrong: list[str] = []
    contexts = []

    def open_page(url, **options):
        def guard(route):
            if route.request.url.startswith(url):
                route.continue_()
            else:
                wrong.append(f"asked for {route.request.url}")
                route.abort()

        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.route("**/*", guard)
        page = context.new_page()
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        own = url.replace("http:", "ws:") + "live"
        page.on("websocket", lambda opened: opened.url == own or wrong.append(opened.url))
        page.goto(url)
        expect(page.locator("#phones li")).to_have_count(35)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []
