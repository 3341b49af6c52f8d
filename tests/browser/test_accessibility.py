"""axe-core on every page there is, in light and in dark, on a desk and on a phone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.models import Model
from playwright.sync_api import Page

from apps.accounts.models import ApiKey, Organization
from apps.catalog.models import Product
from apps.fulfillment.models import Fulfillment
from apps.inventory.models import Location, StockLevel
from apps.invoicing.models import Invoice
from apps.payments.models import Payment
from tests.browser.desk import Desk
from tests.browser.people import DESKTOP, PHONE, Person, Screen
from tests.test_tenancy import ROUTES, path_for

PUBLIC = ["/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/nowhere/"]
DEMO = "demo@dozen.example"
DEMO_PASSWORD = "demo-dozen-2026"


@pytest.fixture(scope="module")
def words(desk: Desk) -> dict[str, str]:
    """The demo shop, and what stands for each placeholder of a path in it."""
    done = desk.deploy.manage("seed_demo")
    assert done.returncode == 0, done.stderr
    desk.deploy.wait_until_quiet()
    with desk.deploy.orm():
        return _words(Organization.objects.get(members__email=DEMO))


def _words(shop: Organization) -> dict[str, str]:
    def some(model: type[Model], **like: str) -> Any:
        found = model._default_manager.filter(organization=shop, **like).order_by("pk").first()
        assert found, f"The demo shop has no {model.__name__} {like} to show."
        return found

    parcel = some(Fulfillment, status="shipped")
    return {
        "slug:organization": shop.slug,
        "int:number": str(parcel.order.number),
        "slug:handle": some(Product).handle,
        "slug:label": some(Invoice).label,
        "int:draft": "0",
        "slug:kind": "manual",
        "int:key": str(some(ApiKey).pk),
        "int:level": str(some(StockLevel).pk),
        "int:parcel": str(parcel.number),
        "int:rma": "1",
        "int:payment": str(some(Payment).pk),
        "int:location": str(some(Location).pk),
        "int:file": "0",
    }


@pytest.mark.parametrize(
    ("screen", "scheme"),
    [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light")],
    ids=["desktop-light", "desktop-dark", "phone-light"],
)
def test_no_page_has_a_barrier(
    screen: Screen, scheme: str, person: Callable[..., Person], words: dict[str, str]
) -> None:
    visitor = person(screen)
    found = [barrier for path in PUBLIC for barrier in _barriers(visitor, path, scheme)]
    visitor.opens("/accounts/login/")
    visitor.page.fill("[name=login]", DEMO)
    visitor.page.fill("[name=password]", DEMO_PASSWORD)
    visitor.page.press("[name=password]", "Enter")
    visitor.page.wait_for_url(lambda url: "/accounts/login/" not in url)
    for route in ROUTES:
        found += _barriers(visitor, path_for(route, words), scheme)
    visitor.is_content()
    assert found == []


def _barriers(visitor: Person, path: str, scheme: str) -> Iterator[str]:
    if _is_a_page(visitor.page, path):
        yield from visitor.barriers(scheme)


def _is_a_page(page: Page, path: str) -> bool:
    """Whether a GET of the path answers with a page, and not with a file, a part or a refusal."""
    answer = page.request.get(path, max_redirects=0)
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return False
    if b"<!doctype html" not in answer.body()[:100].lower():
        return False
    page.goto(path)
    return True
