"""One deploy with everything a person can reach, and people in front of real browsers."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from pytest_django import DjangoDbBlocker

from tests.browser.chromium import find_chromium
from tests.browser.desk import Desk, Shop
from tests.browser.people import DESKTOP, PHONE, Person, Screen
from tests.processes.deploys import Deploy


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = find_chromium()
    # Playwright leaves a loop running in this thread, which Django takes for an asynchronous view.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        # Without a sandbox of its own: in a container there is none to be had.
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def desk(chromium: Browser, django_db_blocker: DjangoDbBlocker) -> Iterator[Desk]:
    deploy = Deploy("browser", django_db_blocker)
    deploy.attach()
    desk = Desk(deploy)
    desk.open()
    yield desk
    desk.close()
    deploy.stop()


@pytest.fixture
def shop(desk: Desk) -> Shop:
    """A shop of the test's own, with tea on its shelves."""
    return desk.found_shop()


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def screen(request: pytest.FixtureRequest) -> Screen:
    chosen: Screen = request.param
    return chosen


@pytest.fixture
def person(chromium: Browser, desk: Desk) -> Iterator[Callable[..., Person]]:
    """Sit somebody down at a screen, in a browser that knows nobody."""
    contexts: list[BrowserContext] = []

    def sit_down(screen: Screen = DESKTOP, **options: Any) -> Person:
        # Whoever wants less movement gets none, and nobody has to wait for it.
        context = chromium.new_context(
            base_url=desk.url, reduced_motion="reduce", **screen.options, **options
        )
        contexts.append(context)
        return Person(context.new_page(), desk)

    yield sit_down
    for context in contexts:
        context.close()
