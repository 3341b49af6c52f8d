"""Every page there is: axe-core finds nothing, and nothing is wider than its place."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from apps.accounts.models import User
from tests.browser.desk import Desk
from tests.browser.people import DESKTOP, PHONE, Person, Scheme, Screen
from tests.browser.showroom import Showroom
from tests.test_tenancy import ROUTES, path_for

PUBLIC = ["/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/nowhere/"]
MINE = ["/accounts/person/", "/accounts/email/", "/accounts/password/change/", "/accounts/logout/"]
# The same pages in other states than the words lead to.
STATES = [
    *(f"orders/{number}/" for number in range(2, 8)),
    "orders/6/parcels/1/picking/",
    "orders/?status=draft",
    "orders/?q=nothing-like-it",
    "orders/?total_from=much",
    "orders/selection/?deed=confirm&order=3&order=5",
    "orders/selection/?deed=assign&order=3",
    "picking/?show=open",
    "stock/?q=nothing-like-it",
    "products/?q=nothing-like-it",
    "imports/new/?what=orders",
]
# Pages for development, which a deploy does not have.
NOT_HERE = {"/<slug:organization>/mails/", "/<slug:organization>/mails/letter/"}
# Of a phone, of a tablet either way up, of the smallest desk.
WIDTHS = [390, 820, 1040, 1280]


@pytest.fixture(scope="module")
def showroom(desk: Desk) -> Showroom:
    shop = desk.found_shop()
    with desk.books(shop) as organization:
        found = Showroom(organization, User.objects.get(email=shop.owner))
    desk.deploy.wait_until_quiet()
    return found


@pytest.mark.parametrize(
    ("screen", "language", "schemes", "widths"),
    [(DESKTOP, "en", ["light", "dark"], []), (PHONE, "de", ["light"], WIDTHS)],
    ids=["desktop", "phone"],
)
def test_no_page_has_a_barrier(
    screen: Screen,
    language: str,
    schemes: list[Scheme],
    widths: list[int],
    person: Callable[..., Person],
    showroom: Showroom,
) -> None:
    visitor = person(screen, locale=language)
    found: list[str] = []

    def walk(paths: list[str]) -> None:
        for path in paths:
            if _is_a_page(visitor.page, path):
                found.extend(one for scheme in schemes for one in visitor.barriers(scheme))
                found.extend(one for width in widths for one in visitor.misfits(width))
                visitor.page.set_viewport_size(screen.options["viewport"])

    walk([*PUBLIC, *showroom.public])
    visitor.signs_in(showroom.owner.email).reads(language)
    inside = [path_for(route, showroom.words) for route in ROUTES if route not in NOT_HERE]
    inside += [f"/{showroom.shop.slug}/{state}" for state in STATES]
    walk([*MINE, *inside])
    visitor.is_content()
    assert not found, "\n".join(found)


def _is_a_page(page: Page, path: str) -> bool:
    """Whether a GET of the path answers with a page, and not with a file, a part or a refusal."""
    answer = page.request.get(path, max_redirects=0)
    assert answer.status != 404 or path in PUBLIC, f"{path} is not there."
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return False
    if b"<!doctype html" not in answer.body()[:100].lower():
        return False
    page.goto(path)
    return True
