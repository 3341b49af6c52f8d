"""What a page costs the one who waits for it: HTML, and the styles and scripts it links."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.orders import operations
from apps.orders.models import Order

KB = 1000
STYLES_AND_SCRIPTS = 80 * KB
HTML = 100 * KB
PAGES = [
    "/acme/",
    "/acme/orders/",
    "/acme/orders/1/",
    "/acme/orders/new/",
    "/acme/products/",
    "/acme/stock/",
    "/acme/reports/",
    "/acme/styleguide/",
]


@pytest.mark.parametrize("path", PAGES)
def test_styles_and_scripts_are_small(client: Client, alice: User, order: Order, path: str) -> None:
    client.force_login(alice)

    page = client.get(path).text

    linked = re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js))"', page)
    sizes = {name: _compressed(name) for name in linked}
    assert len(linked) > 5
    assert sum(sizes.values()) < STYLES_AND_SCRIPTS, sizes


def test_full_lists_are_small(
    client: Client, acme: Organization, teapot: Variant, jo: operations.Buyer, alice: User
) -> None:
    Variant.objects.update(track_stock=False)
    teapot.refresh_from_db()
    jo = operations.Buyer(email=jo.email, name="Wilhelmina Featherstonehaugh-Cholmondeley" * 2)
    for _ in range(51):
        operations.place_order(
            organization=acme, buyer=jo, items=[operations.Item(teapot, 1)], placed_by=alice
        )
    client.force_login(alice)

    page = client.get("/acme/orders/")

    assert page.text.count("row-link") == 50
    assert len(page.content) < HTML


def _compressed(name: str) -> int:
    """Weigh a file as it is sent. Its name in the page ends with what it holds: page.1a2b3c.js."""
    found = finders.find(name) or finders.find(re.sub(r"\.[0-9a-f]{12}(?=\.\w+$)", "", name))
    assert found, name
    return len(gzip.compress(Path(found).read_bytes()))
