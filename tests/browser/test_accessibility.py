"""axe-core on every page there is, in light and in dark, on a desk and on a phone."""

from collections.abc import Callable, Iterator

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


@pytest.fixture(scope="module")
def showroom(desk: Desk) -> Showroom:
    shop = desk.found_shop()
    with desk.books(shop) as organization:
        found = Showroom(organization, User.objects.get(email=shop.owner))
    desk.deploy.wait_until_quiet()
    return found


@pytest.mark.parametrize(
    ("screen", "schemes"),
    [(DESKTOP, ["light", "dark"]), (PHONE, ["light"])],
    ids=["desktop", "phone"],
)
def test_no_page_has_a_barrier(
    screen: Screen, schemes: list[Scheme], person: Callable[..., Person], showroom: Showroom
) -> None:
    visitor = person(screen)
    found = [
        one for path in [*PUBLIC, *showroom.public] for one in _barriers(visitor, path, schemes)
    ]
    visitor.signs_in(showroom.owner.email)
    inside = [path_for(route, showroom.words) for route in ROUTES if route not in NOT_HERE]
    inside += [f"/{showroom.shop.slug}/{state}" for state in STATES]
    for path in [*MINE, *inside]:
        found += _barriers(visitor, path, schemes)
    visitor.is_content()
    assert not found, "\n".join(found)


def _barriers(visitor: Person, path: str, schemes: list[Scheme]) -> Iterator[str]:
    if _is_a_page(visitor.page, path):
        for scheme in schemes:
            yield from visitor.barriers(scheme)


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
