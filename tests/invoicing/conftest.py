from collections.abc import Callable, Iterator

import pytest

from apps.accounts.models import Organization, User
from apps.invoicing.documents import write_cii
from apps.invoicing.models import Invoice
from apps.invoicing.queries import documents_of
from apps.orders import operations as orders
from apps.orders.models import Order
from tests.invoicing.official import failed_rules


@pytest.fixture
def acme(acme: Organization) -> Organization:
    """Acme has told us what an e-invoice has to say of its seller."""
    acme.address = "Teeweg 1\n20095 Hamburg"
    acme.tax_id = "DE 123 456 788"
    acme.save()
    return acme


@pytest.fixture(autouse=True)
def _the_official_rules_hold(db: None) -> Iterator[None]:
    """Whatever a test has issued: its data keeps every rule, or it says why it carries none."""
    yield
    for invoice in Invoice.objects.select_related("order", "corrects", "replaces").order_by("pk"):
        xml = write_cii(invoice)
        assert xml is None or failed_rules(xml) == [], invoice


@pytest.fixture
def confirmed(order: Order, alice: User) -> Order:
    return orders.confirm_order(order=order, confirmed_by=alice)


@pytest.fixture
def documented() -> Callable[[Order], int]:
    """Return what the documents of an order come to: invoices less credit notes."""

    def sum_up(order: Order) -> int:
        found = documents_of(order)
        return sum(-one.gross if one.is_credit_note else one.gross for one in found)

    return sum_up
