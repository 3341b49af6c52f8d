from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.accounts import operations as accounts
from apps.accounts.models import Organization, User
from apps.invoicing import operations
from apps.invoicing.templatetags.invoicing import documents_of
from apps.orders import operations as orders
from apps.orders.models import Order


class Program:
    """A program that holds a key."""

    def __init__(self, client: Client, key: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {key}"}

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=self.headers)

    def post(self, path: str, **headers: str) -> Any:
        return self.client.post(f"/api/v1{path}", headers=self.headers | headers)


@pytest.fixture
def program(client: Client, api_key: str) -> Program:
    return Program(client, api_key)


@pytest.fixture
def credited(confirmed: Order, alice: User, settle_all: Callable[[], int]) -> Order:
    """Invoiced over 49.98, of which 10.00 was credited."""
    operations.issue_invoice(order=confirmed)
    orders.credit_amount(order=confirmed, amount=1000, reason="Scratched", actor=alice)
    settle_all()
    return confirmed


def test_all_documents_of_an_order_are_listed(program: Program, credited: Order) -> None:
    invoice, note = program.get("/orders/1/invoices").json()

    assert (invoice["number"], invoice["kind"], invoice["state"], invoice["gross"]) == (
        "INV-00001",
        "invoice",
        "open",
        4998,
    )
    assert (note["number"], note["corrects"], note["reason"], note["gross"]) == (
        "CN-00001",
        "INV-00001",
        "Scratched",
        1000,
    )
    assert note["document"] == "/api/v1/invoices/CN-00001/document"


def test_an_invoice_is_overdue_by_the_calendar_of_the_shop(
    program: Program, confirmed: Order
) -> None:
    def state() -> tuple[str, str]:
        [shown] = documents_of(Order.objects.get()).shown
        [listed] = program.get("/orders/1/invoices").json()
        return shown.state, listed["state"]

    # A day or two lie between them, whatever the clock says.
    Organization.objects.update(timezone="Pacific/Pago_Pago", payment_terms_days=0)
    operations.issue_invoice(order=Order.objects.get())
    assert state() == ("open", "open")
    Organization.objects.update(timezone="Pacific/Kiritimati")
    assert state() == ("overdue", "overdue")


def test_a_document_is_shown_in_full(program: Program, credited: Order) -> None:
    shown = program.get("/invoices/INV-00001").json()

    assert shown["seller"]["tax_id"] == "DE 123 456 788"
    assert shown["lines"][0]["gross"] == 4998
    assert shown["tax_breakdown"] == [{"rate": "19.0000", "net": 4200, "tax": 798, "gross": 4998}]
    assert shown["obstacles"] == []


def test_its_pdf_is_behind_a_link(program: Program, credited: Order) -> None:
    answer = program.get("/invoices/CN-00001/document")

    assert answer.status_code == 302
    assert "CN-00001.pdf" in answer["Location"]
    assert answer["Cache-Control"] == "no-store"


def test_a_pdf_that_is_not_drawn_yet_is_promised(program: Program, confirmed: Order) -> None:
    operations.issue_invoice(order=confirmed)

    assert program.get("/orders/1/invoices").json()[0]["document"] is None
    answer = program.get("/invoices/INV-00001/document")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/document-not-ready")


def test_an_invoice_is_issued_once(program: Program, confirmed: Order) -> None:
    first, second = program.post("/orders/1/invoices"), program.post("/orders/1/invoices")

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.json()["number"] == "INV-00001"


def test_an_order_that_changed_meanwhile_is_not_invoiced(
    program: Program, confirmed: Order
) -> None:
    answer = program.post("/orders/1/invoices", **{"If-Match": '"v1"'})

    assert (answer.status_code, answer.json()["type"]) == (412, "/problems/stale-order")
    assert program.get("/orders/1/invoices").json() == []


def test_an_order_that_is_not_confirmed_is_not_invoiced(program: Program, order: Order) -> None:
    answer = program.post("/orders/1/invoices")

    assert (answer.status_code, answer.json()["title"]) == (409, "Order 1 is not confirmed.")


@pytest.mark.parametrize(
    "path",
    [
        "/invoices/INV-00002",
        "/invoices/CN-00001",
        "/invoices/XX-00001",
        "/invoices/1",
        "/invoices/INV-99999999999999999999",
        "/invoices/INV-00002/document",
        "/orders/7/invoices",
        "/invoices/%00",
    ],
)
def test_what_is_not_there_is_not_found(program: Program, confirmed: Order, path: str) -> None:
    operations.issue_invoice(order=confirmed)

    assert program.get(path).status_code == 404


def test_a_neighbour_finds_nothing(client: Client, globex: Organization, credited: Order) -> None:
    neighbour = Program(client, accounts.create_api_key(organization=globex, name="Spy")[1])

    for path in ("/invoices/INV-00001", "/invoices/INV-00001/document", "/orders/1/invoices"):
        assert neighbour.get(path).status_code == 404
    assert neighbour.post("/orders/1/invoices").status_code == 404
