"""Customers in the browser: the list, what one has with us, changing and forgetting one."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Membership, Organization, User
from apps.catalog.models import Variant
from apps.customers import operations, queries
from apps.customers.models import Customer
from apps.events.models import Event
from apps.fulfillment import operations as fulfillment
from apps.invoicing.operations import issue_invoice
from apps.orders import operations as orders
from apps.orders.models import Order
from apps.payments import operations as payments
from apps.payments.models import Payment
from tests.together import at_once, overtaking

JO = {"name": "Jo March", "email": "jo@customer.example", "tags": "", "note": ""}


@pytest.fixture
def desk(client: Client, alice: User, acme: Organization) -> Client:
    """Alice at her desk."""
    client.force_login(alice)
    return client


@pytest.fixture
def customer(order: Order) -> Customer:
    """Jo, who ordered two teapots."""
    assert order.customer is not None
    return order.customer


def names(desk: Client, **asked: Any) -> list[str]:
    return [str(row.customer) for row in desk.get("/acme/customers/", asked).context["page"].rows]


def pay(order: Order, amount: int, by: User) -> None:
    payments.record_payment(order=order, amount=amount, method=Payment.Method.CASH, recorded_by=by)


def test_an_empty_list_says_what_to_do(desk: Client) -> None:
    assert "Nobody has ordered yet" in desk.get("/acme/customers/").text


def test_whoever_ordered_is_listed_with_what_they_owe(desk: Client, order: Order) -> None:
    page = desk.get("/acme/customers/")

    [row] = page.context["page"].rows
    assert (str(row.customer), row.orders, row.last_at) == ("Jo March", 1, order.placed_at)
    assert "€49.98" in page.text


def test_customers_are_found_by_name_company_and_email(
    desk: Client, acme: Organization, alice: User
) -> None:
    for facts in (
        operations.CustomerFacts("Amy March", "amy@paint.example"),
        operations.CustomerFacts("Beth March", company="Piano & Sons"),
    ):
        operations.add_customer(organization=acme, facts=facts, added_by=alice)

    assert names(desk) == ["Beth March", "Amy March"]
    assert names(desk, sort="name") == ["Amy March", "Beth March"]
    assert names(desk, q="march bet") == ["Beth March"]
    assert names(desk, q="PAINT") == ["Amy March"]
    assert names(desk, q="piano") == ["Beth March"]
    assert names(desk, q="meg\0") == []


def key_of(page: Any) -> str:
    key = page.context["form"]["key"].value()
    assert f'name="key" value="{key}"' in page.text
    return str(key)


@pytest.mark.parametrize("email", ["", "amy@paint.example"])
@pytest.mark.django_db(transaction=True)
def test_a_form_that_is_sent_four_times_at_once_adds_one_customer(desk: Client, email: str) -> None:
    key = key_of(desk.get("/acme/customers/new/"))
    amy = {"name": "Amy March", "email": email, "tags": "press", "key": key}

    answers: list[Any] = at_once([lambda: desk.post("/acme/customers/new/", amy)] * 4)

    added = Customer.objects.get()
    assert {answer["Location"] for answer in answers} == {f"/acme/customers/{added.pk}/"}
    assert Event.objects.filter(type="customer.added").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_form_that_is_sent_while_it_is_being_saved_waits_and_shows_who_was_added(
    desk: Client, acme: Organization, alice: User
) -> None:
    amy = operations.CustomerFacts("Amy March")

    second: Any = overtaking(
        lambda: operations.add_customer(
            organization=acme, facts=amy, added_by=alice, idempotency_key="page-1"
        ),
        lambda: desk.post("/acme/customers/new/", {"name": "Amy March", "key": "page-1"}),
    )

    assert second["Location"] == f"/acme/customers/{Customer.objects.get().pk}/"


def test_somebody_else_in_a_form_that_was_sent_is_asked_about(desk: Client) -> None:
    key = key_of(desk.get("/acme/customers/new/"))
    desk.post("/acme/customers/new/", {"name": "Amy March", "key": key})

    asked = desk.post("/acme/customers/new/", {"name": "Beth March", "key": key})
    new = key_of(asked)
    added = desk.post("/acme/customers/new/", {"name": "Beth March", "key": new})

    assert (asked.status_code, added.status_code) == (422, 302)
    assert "This form was sent before." in asked.text
    assert 'value="Beth March"' in asked.text
    assert new != key
    assert names(desk) == ["Beth March", "Amy March"]


def test_a_form_without_a_key_adds_a_customer_each_time(desk: Client) -> None:
    for _ in range(2):
        desk.post("/acme/customers/new/", {"name": "Amy March"})

    assert names(desk) == ["Amy March", "Amy March"]


@pytest.mark.parametrize("sort", ["", "name"])
def test_a_long_list_has_more_pages(desk: Client, acme: Organization, sort: str) -> None:
    Customer.objects.bulk_create(
        Customer(organization=acme, name="The same name") for _ in range(queries.PAGE + 2)
    )

    first = desk.get("/acme/customers/", {"sort": sort}).context["page"]
    second = desk.get("/acme/customers/", {"sort": sort, "after": first.next}).context["page"]

    shown = {row.customer.pk for page in (first, second) for row in page.rows}
    assert (len(first.rows), len(second.rows), len(shown)) == (50, 2, 52)
    assert second.next == ""


def test_the_page_of_a_customer_says_what_they_ordered_paid_and_owe(
    desk: Client, customer: Customer, order: Order, kettle: Variant, alice: User
) -> None:
    buyer = orders.Buyer(email="JO@customer.example", shipping_address="Plumfield 1")
    other = orders.place_order(
        organization=order.organization,
        buyer=buyer,
        items=[orders.Item(kettle, 1)],
        placed_by=alice,
    )
    pay(order, 1000, alice)

    page = desk.get(f"/acme/customers/{customer.pk}/")

    [account] = page.context["accounts"]
    assert (account.ordered, account.paid, account.owed) == (8898, 1000, 7898)
    assert "€78.98" in page.text
    assert "Plumfield 1" in page.text
    assert [one.pk for one in page.context["page"].orders] == [other.pk, order.pk]
    assert f"/acme/orders/new/?customer={customer.pk}" in page.text


def test_what_a_customer_owes_is_the_sum_of_what_their_orders_say(
    customer: Customer, order: Order, kettle: Variant, alice: User
) -> None:
    """Unpaid, overpaid, cancelled with money here: as `Order.balance` counts each."""
    buyer = orders.Buyer(email=customer.email)
    for paid, is_cancelled in ((9999, False), (500, True), (0, True)):
        one = orders.place_order(
            organization=order.organization,
            buyer=buyer,
            items=[orders.Item(kettle, 1)],
            placed_by=alice,
        )
        if paid:
            pay(one, paid, alice)
        one.refresh_from_db()
        if is_cancelled:
            orders.cancel_order(order=one, reason="Changed their mind", cancelled_by=alice)

    [account] = queries.accounts([customer.pk])[customer.pk]

    balances = [one.balance for one in customer.orders.all()]
    assert account.owed == sum(one for one in balances if one > 0) > 0
    assert account.owed_back == -sum(one for one in balances if one < 0) > 0
    assert account.paid == sum(one.kept for one in customer.orders.all())


def test_open_invoices_and_returns_are_shown_until_they_are_settled(
    desk: Client, customer: Customer, order: Order, alice: User, settle_all: Any
) -> None:
    orders.confirm_order(order=order, confirmed_by=alice)
    fulfillment.ship_order(order=order, shipped_by=alice)
    fulfillment.request_return(
        order=order,
        quantities={order.lines.get().pk: 1},
        reason="Too round",
        requested_by=alice,
    )
    settle_all()

    owing = desk.get(f"/acme/customers/{customer.pk}/")
    order.refresh_from_db()
    pay(order, order.balance, alice)
    paid = desk.get(f"/acme/customers/{customer.pk}/")

    assert "INV-00001" in owing.text
    assert "Too round" in owing.text
    assert "INV-00001" not in paid.text


def test_an_invoice_is_overdue_by_the_calendar_of_the_shop(
    desk: Client, acme: Organization, customer: Customer, order: Order, alice: User
) -> None:
    # A day or two lie between them, whatever the clock says.
    acme.timezone, acme.payment_terms_days = "Pacific/Pago_Pago", 0
    acme.save()
    orders.confirm_order(order=order, confirmed_by=alice)
    issue_invoice(order=Order.objects.get())

    due = desk.get(f"/acme/customers/{customer.pk}/").text
    Organization.objects.update(timezone="Pacific/Kiritimati")
    overdue = desk.get(f"/acme/customers/{customer.pk}/").text

    assert ("Overdue" in due, "Overdue" in overdue) == (False, True)


def test_a_customer_of_nothing_is_offered_a_first_order(
    desk: Client, acme: Organization, alice: User
) -> None:
    answer = desk.post("/acme/customers/new/", {"name": "Amy", "tags": "art, art ,paris"})

    amy = Customer.objects.get()
    assert amy.tags == ["art", "paris"]
    assert answer["Location"] == f"/acme/customers/{amy.pk}/"
    assert "No order yet" in desk.get(answer["Location"]).text


def test_a_change_is_saved_with_who_made_it(desk: Client, customer: Customer) -> None:
    desk.post(f"/acme/customers/{customer.pk}/change/", JO | {"phone": "030 1", "version": "1"})

    customer.refresh_from_db()
    change = queries.last_change(customer)
    assert (customer.phone, customer.version) == ("030 1", 2)
    assert change is not None
    assert (change.type, str(change.actor)) == ("customer.changed", "Alice")


def test_whoever_is_slower_is_told_who_was_faster_and_loses_nothing(
    desk: Client, customer: Customer, victor: User
) -> None:
    operations.set_customer(
        customer=customer,
        facts=operations.CustomerFacts("Josephine"),
        seen_version=1,
        set_by=victor,
    )
    typed = JO | {"phone": "030 1", "version": "1"}

    answer = desk.post(f"/acme/customers/{customer.pk}/change/", typed)

    assert answer.status_code == 409
    assert "Changed by Victor since you opened it." in answer.text
    assert 'value="030 1"' in answer.text
    customer.refresh_from_db()
    assert (customer.name, customer.phone) == ("Josephine", "")
    version = answer.context["form"]["version"].value()
    desk.post(f"/acme/customers/{customer.pk}/change/", typed | {"version": version})
    customer.refresh_from_db()
    assert (customer.name, customer.phone) == ("Jo March", "030 1")


def test_an_email_address_of_somebody_else_is_refused_at_its_field(
    desk: Client, customer: Customer, acme: Organization, alice: User
) -> None:
    facts = operations.CustomerFacts("Amy", "amy@customer.example")
    operations.add_customer(organization=acme, facts=facts, added_by=alice)

    answer = desk.post(
        f"/acme/customers/{customer.pk}/change/", JO | {"email": "AMY@customer.example"}
    )

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["email"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "", "email": ""}, "name"),
        ({"email": "nobody"}, "email"),
        ({"email": "x" * 250 + "@a.example"}, "email"),
        ({"tags": "x" * 41}, "tags"),
        ({"tags": ",".join(map(str, range(21)))}, "tags"),
    ],
)
def test_what_is_no_customer_is_said_at_its_field(
    desk: Client, customer: Customer, change: dict[str, str], field: str
) -> None:
    answer = desk.post(f"/acme/customers/{customer.pk}/change/", JO | change)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]


def test_a_customer_with_open_orders_is_not_forgotten(desk: Client, customer: Customer) -> None:
    answer = desk.post(f"/acme/customers/{customer.pk}/oblivion/")

    assert answer.status_code == 409
    assert "There are open orders." in answer.text
    customer.refresh_from_db()
    assert customer.email


def test_a_customer_is_forgotten_and_their_orders_stay(
    desk: Client, customer: Customer, order: Order, alice: User
) -> None:
    orders.cancel_order(order=order, reason="Moved away", cancelled_by=alice)

    desk.post(f"/acme/customers/{customer.pk}/oblivion/")

    customer.refresh_from_db()
    assert (customer.email, customer.name) == ("", operations.FORGOTTEN)
    page = desk.get(f"/acme/customers/{customer.pk}/")
    assert "Forgotten customer" in page.text
    assert "jo@customer.example" not in page.text
    assert customer.orders.get().customer_name == "Jo March"

    again = desk.post(f"/acme/customers/{customer.pk}/change/", JO)

    assert again.status_code == 422
    assert "The customer is forgotten." in again.text
    customer.refresh_from_db()
    assert (customer.email, customer.name) == ("", operations.FORGOTTEN)


def test_only_keepers_forget(
    client: Client, acme: Organization, customer: Customer, victor: User
) -> None:
    Membership.objects.filter(user=victor).update(role=Membership.Role.WAREHOUSE)
    client.force_login(victor)

    assert client.post(f"/acme/customers/{customer.pk}/oblivion/").status_code == 403


def test_the_list_is_small_and_takes_few_statements(
    desk: Client,
    acme: Organization,
    order: Order,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    Customer.objects.bulk_create(
        Customer(
            organization=acme,
            name=f"Customer with a rather long name {number}",
            company="Their company with a name of its own",
            email=f"somebody-with-a-long-address-{number}@customer.example",
            tags=["wholesale", "press"],
        )
        for number in range(queries.PAGE)
    )
    Order.objects.update(customer=Customer.objects.latest("pk"))

    with django_assert_max_num_queries(15):
        page = desk.get("/acme/customers/")

    assert len(page.context["page"].rows) == queries.PAGE
    assert len(page.content) < 100_000


def test_the_page_of_a_customer_takes_few_statements(
    desk: Client,
    customer: Customer,
    order: Order,
    kettle: Variant,
    alice: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(3):
        orders.place_order(
            organization=order.organization,
            buyer=orders.Buyer(email=customer.email),
            items=[orders.Item(kettle, 1)],
            placed_by=alice,
        )

    with django_assert_max_num_queries(15):
        page = desk.get(f"/acme/customers/{customer.pk}/")

    assert len(page.context["page"].orders) == 4
