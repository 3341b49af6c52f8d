"""An order that others work on too: news, what was sent twice, taken back, or sent too late."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.events.models import Delivery, Event
from apps.fulfillment import operations as fulfillment
from apps.fulfillment.models import Fulfillment, Return
from apps.notifications.models import OutgoingEmail
from apps.orders import operations
from apps.orders.models import Adjustment, Order, OrderHold
from apps.orders.queries.whole import beside
from apps.payments import operations as payments
from apps.payments.models import Payment
from tests.paying import pay

HERE = "/acme/orders/1/"
NO_LINES = {"lines-TOTAL_FORMS": "0", "lines-INITIAL_FORMS": "0"}
Settle = Callable[[], int]


@pytest.fixture
def desk(client: Client, alice: User, acme: Organization) -> Client:
    """Alice at her desk."""
    client.force_login(alice)
    return client


@pytest.fixture
def shipped(order: Order, alice: User) -> Order:
    """Order number one: paid, one of its two teapots is on its way."""
    payments.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=alice)
    line = order.lines.get().pk
    fulfillment.ship_order(order=order, quantities={line: 1}, carrier="DHL", shipped_by=alice)
    return order


def seen(desk: Client) -> str:
    _, _, after = desk.get(HERE).text.partition('data-seen="')
    return after.partition('"')[0]


def test_a_page_that_has_seen_all_is_told_nothing(
    desk: Client, order: Order, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    before = seen(desk)
    desk.get(f"{HERE}changes/", {"seen": before})

    # Two of them are of the gate.
    with django_assert_max_num_queries(4):
        answer = desk.get(f"{HERE}changes/", {"seen": before})

    assert (answer.status_code, answer.content) == (204, b"")


def test_what_a_colleague_did_is_shown(desk: Client, order: Order) -> None:
    before = seen(desk)
    operations.add_note(order=order, text="Ring twice", written_by=None)

    answer = desk.get(f"{HERE}changes/", {"seen": before})

    assert answer.status_code == 200
    assert "Ring twice" in answer.text


def test_a_mail_that_was_sent_is_news(desk: Client, order: Order, settle_all: Settle) -> None:
    settle_all()
    OutgoingEmail.objects.update(sent_at=None)
    before = seen(desk)
    assert "Mail to jo@customer.example is on its way" in desk.get(HERE).text

    OutgoingEmail.objects.update(sent_at=order.placed_at)

    answer = desk.get(f"{HERE}changes/", {"seen": before})
    assert "Mail to jo@customer.example sent" in answer.text


def test_a_mail_that_nobody_sends_any_more_is_said(
    desk: Client, order: Order, settle_all: Settle
) -> None:
    settle_all()
    OutgoingEmail.objects.update(sent_at=None)
    Delivery.objects.filter(reaction="send-email").update(done_at=None, dead_at=order.placed_at)

    assert "Mail to jo@customer.example could not be sent" in desk.get(HERE).text


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("notes", {"text": "Ring twice"}),
        ("shipment", {"quantity-1": "1"}),
        ("pick-lists", {"quantity-1": "1"}),
        ("holds", {"kind": "address", "reason": "No street"}),
    ],
)
def test_a_form_that_is_sent_twice_does_its_deed_once(
    desk: Client, order: Order, path: str, typed: dict[str, str]
) -> None:
    operations.confirm_order(order=order, confirmed_by=None)

    for _ in range(2):
        answer = desk.post(f"{HERE}{path}/", typed | {"key": "one"}, follow=True)

    assert "That has been done already." in answer.text
    once = Event.objects.filter(type__in=["order.noted", "order.picking", "order.held"])
    assert once.count() == 1
    assert Fulfillment.objects.count() == (path in {"shipment", "pick-lists"})


def test_a_return_that_is_asked_for_twice_is_one(desk: Client, shipped: Order) -> None:
    typed = {"quantity-1": "1", "reason": "Too blue", "key": "one"}

    for _ in range(2):
        desk.post(f"{HERE}returns/", typed)

    assert Return.objects.count() == 1


def test_another_form_does_its_own_deed(desk: Client, order: Order) -> None:
    for key in ("one", "two", "", ""):
        desk.post(f"{HERE}notes/", {"text": "Ring twice", "key": key})

    assert Event.objects.filter(type="order.noted").count() == 4


def test_who_was_too_late_reads_what_happened_meanwhile_and_may_send_it_again(
    desk: Client, order: Order, alice: User
) -> None:
    operations.place_hold(
        order=order, kind=OrderHold.Kind.ADDRESS, reason="No street", placed_by=alice
    )

    answer = desk.post(f"{HERE}cancellation/", {"reason": "Kept words", "version": "1"})

    assert answer.status_code == 409
    assert "Changed by Alice since you opened it" in answer.text
    assert [event.type for event in answer.context["changes"]] == ["order.held"]
    assert "Kept words" in answer.text
    assert 'name="version" value="2"' in answer.text


def test_a_change_that_came_too_late_may_be_sent_again(desk: Client, order: Order) -> None:
    operations.confirm_order(order=order, confirmed_by=None)
    typed = {"quantity-1": "1", "reason": "Kept words"}

    answer = desk.post(f"{HERE}change/", typed | {"version": "1"})

    assert "Kept words" in answer.text
    assert 'name="version" value="2"' in answer.text
    assert desk.post(f"{HERE}change/", typed | {"version": "2"}).status_code == 302


def undo(desk: Client, answer: object) -> None:
    [message] = answer.context["messages"]  # type: ignore[attr-defined]
    assert desk.post(message.extra_tags, follow=True).status_code == 200


def test_tags_are_put_on_and_off_and_back_again(desk: Client, order: Order) -> None:
    operations.annotate_order(order=order, tags=["vip"], annotated_by=None)

    added = desk.post(f"{HERE}tags/", {"add": "gift, vip"}, follow=True)
    assert Order.objects.get().tags == ["gift", "vip"]
    undo(desk, added)
    assert Order.objects.get().tags == ["vip"]

    removed = desk.post(f"{HERE}tags/", {"remove": "vip"}, follow=True)
    assert Order.objects.get().tags == []
    undo(desk, removed)
    assert Order.objects.get().tags == ["vip"]


@pytest.mark.parametrize("typed", [{"add": ""}, {}, {"add": "x" * 41}, {"add": "a\x00"}])
def test_a_tag_that_is_none_is_refused(desk: Client, order: Order, typed: dict[str, str]) -> None:
    answer = desk.post(f"{HERE}tags/", typed)

    assert answer.status_code == 422
    assert 'class="errors"' in answer.text
    assert Order.objects.get().version == 1


def test_who_looks_after_it_is_chosen_and_chosen_back(
    desk: Client, order: Order, alice: User
) -> None:
    taken = desk.post(f"{HERE}assignee/", {"assignee": alice.pk}, follow=True)
    assert Order.objects.get().assignee == alice

    undo(desk, taken)

    assert Order.objects.get().assignee is None
    assert desk.post(f"{HERE}assignee/", {"assignee": "999"}).status_code == 422


def test_a_hold_is_taken_back_and_put_back(desk: Client, order: Order) -> None:
    typed = {"kind": "address", "reason": "No street"}
    undo(desk, desk.post(f"{HERE}holds/", typed, follow=True))
    assert Order.objects.get().hold_kinds == []

    desk.post(f"{HERE}holds/", typed, follow=True)
    undo(desk, desk.post(f"{HERE}holds/address/release/", follow=True))

    assert Order.objects.get().hold_kinds == ["address"]
    assert "No street" in desk.get(HERE).text


def test_an_order_is_duplicated_as_a_draft(
    desk: Client, acme: Organization, teapot: Variant, jo: operations.Buyer
) -> None:
    former = operations.place_order(
        organization=acme,
        buyer=jo,
        items=[operations.Item(teapot, 3), operations.Item(None, 1, sku="GIFT", name="Wrapping")],
        adjustments=[operations.AdjustmentItem(Adjustment.Kind.SHIPPING, "DHL", 595)],
        placed_by=None,
    )
    type(teapot).objects.update(price="30.00")

    answer = desk.post(f"/acme/orders/{former.number}/duplicate/", follow=True)

    draft = Order.objects.get(number=None)
    assert answer.redirect_chain[-1][0] == f"/acme/orders/drafts/{draft.pk}/"
    assert (draft.total, draft.email) == (9000 + 595, "jo@customer.example")
    assert [(line.sku, line.quantity) for line in draft.lines.all()] == [("TEAPOT", 3)]


def test_the_same_form_sent_twice_makes_one_duplicate(desk: Client, order: Order) -> None:
    form = re.search(r"/duplicate/.*?</form>", desk.get(HERE).text)
    assert form
    [key] = re.findall(r'name="key" value="(\w+)"', form[0])

    first = desk.post(f"{HERE}duplicate/", {"key": key})
    desk.post(first["Location"], {"do": "draft", "name": "Joe", **NO_LINES})
    again = desk.post(f"{HERE}duplicate/", {"key": key}, follow=True)

    assert again.redirect_chain[-1][0] == first["Location"]
    assert "That has been done already." in again.text
    assert Order.objects.get(number=None).customer_name == "Joe"


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda order: None, "Wait for €49.98, then mark it as paid"),
        (lambda order: pay(order, 4998), "Pack it and ship it"),
        (lambda order: pay(order, 6000), "Return €10.02 to the customer"),
        (
            lambda order: operations.place_hold(
                order=order, kind=OrderHold.Kind.RISK, reason="?", placed_by=None
            ),
            "Decide about the hold",
        ),
    ],
)
def test_one_thing_is_next(
    desk: Client, order: Order, prepare: Callable[[Order], object], said: str
) -> None:
    prepare(order)

    page = desk.get(HERE).text

    assert page.count('class="eyebrow"') == 1
    assert said in page
    assert page.count("button-main") == 1


def test_a_return_waits_for_its_answer_first(desk: Client, shipped: Order, alice: User) -> None:
    line = shipped.lines.get().pk
    rma = fulfillment.request_return(
        order=shipped, quantities={line: 1}, reason="Blue", requested_by=None
    )
    assert "Answer the customer's return request" in desk.get(HERE).text

    fulfillment.approve_return(rma=rma, approved_by=None)

    assert "Pack it and ship it" in desk.get(HERE).text


def test_the_orders_beside_it_are_one_press_away(
    desk: Client, acme: Organization, order: Order, kettle: Variant, jo: operations.Buyer
) -> None:
    for _ in range(2):
        operations.place_order(
            organization=acme, buyer=jo, items=[operations.Item(kettle, 1)], placed_by=None
        )
    operations.save_draft(organization=acme, buyer=jo, items=[], saved_by=None)

    middle = desk.get("/acme/orders/2/")
    last = desk.get("/acme/orders/3/")

    assert middle.context["beside"] == (3, 1, 2)
    assert last.context["beside"] == (None, 2, 2)
    assert "2 other orders" in middle.text


def test_nobody_looks_for_the_other_orders_of_no_customer(
    acme: Organization, kettle: Variant, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """To find that there are none, PostgreSQL would read every order of everybody."""
    for _ in range(2):
        order = operations.place_order(
            organization=acme,
            buyer=operations.Buyer(name="Over the counter"),
            items=[operations.Item(kettle, 1)],
            placed_by=None,
        )

    with django_assert_num_queries(1) as asked:
        assert beside(order) == (None, 1, 0)
    assert "customer_id" not in asked[0]["sql"]


def test_a_line_that_waits_for_goods_says_so(
    desk: Client, acme: Organization, teapot: Variant, jo: operations.Buyer
) -> None:
    Variant.objects.update(allow_backorder=True)
    teapot.refresh_from_db()
    operations.place_order(
        organization=acme, buyer=jo, items=[operations.Item(teapot, 11)], placed_by=None
    )

    assert "Waits for goods" in desk.get(HERE).text


def test_a_long_history_is_folded(
    desk: Client,
    order: Order,
    alice: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(300):
        operations.add_note(order=order, text=f"Note {number}. " + "x" * 200, written_by=alice)
    desk.get(HERE)

    with django_assert_max_num_queries(15):
        page = desk.get(HERE)
    assert len(page.content) < 100_000
    assert "Note 299." in page.text
    assert "Note 1." not in page.text

    with django_assert_max_num_queries(15):
        first = desk.get(f"{HERE}history/")
    last = desk.get(f"{HERE}history/", {"before": "101"})
    assert len(first.content) < 100_000
    assert "?before=202" in first.text
    assert "Order placed" in last.text
    assert "Older" not in last.text


@pytest.mark.parametrize("before", ["", "x", "0", "-1", "9" * 30, "\x00"])
def test_a_mangled_link_to_the_history_shows_a_page(
    desk: Client, order: Order, before: str
) -> None:
    assert desk.get(f"{HERE}history/", {"before": before}).status_code == 200


def test_an_order_with_everything_stays_small(
    desk: Client,
    acme: Organization,
    stock_product: Callable[..., Variant],
    jo: operations.Buyer,
    alice: User,
    settle_all: Settle,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    items = [
        operations.Item(stock_product(f"P-{n}", "A long name " * 8, "9.99", 9), 4)
        for n in range(12)
    ]
    percent = operations.AdjustmentItem(Adjustment.Kind.DISCOUNT, "Friends", percent=Decimal(10))
    order = operations.place_order(
        organization=acme, buyer=jo, items=items, adjustments=[percent], placed_by=alice
    )
    payments.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=alice)
    lines = list(order.lines.order_by("position"))
    for some in (lines[:6], lines[6:9]):
        units = {line.pk: 2 for line in some}
        fulfillment.ship_order(order=order, quantities=units, carrier="DHL", shipped_by=alice)
    fulfillment.open_fulfillment(order=order, quantities={lines[9].pk: 1}, opened_by=alice)
    fulfillment.request_return(
        order=order, quantities={lines[0].pk: 1}, reason="Blue", requested_by=alice
    )
    payments.request_refund(order=order, amount=500, reason="Scratched", requested_by=alice)
    for kind in OrderHold.Kind:
        operations.place_hold(order=order, kind=kind, reason="?" * 500, placed_by=alice)
    operations.annotate_order(
        order=order, tags=[f"tag {n}" for n in range(20)], assignee=alice, annotated_by=alice
    )
    settle_all()
    for number in range(40):
        operations.add_note(order=order, text=f"Note {number}", written_by=alice)
    desk.get(HERE)

    with django_assert_max_num_queries(15):
        page = desk.get(HERE)

    assert len(page.content) < 100_000


def test_a_very_long_order_is_folded(
    desk: Client, acme: Organization, teapot: Variant, jo: operations.Buyer
) -> None:
    Variant.objects.update(track_stock=False)
    teapot.refresh_from_db()
    items = [operations.Item(teapot, 1) for _ in range(120)]
    operations.place_order(organization=acme, buyer=jo, items=items, placed_by=None)

    page = desk.get(HERE)

    assert len(page.content) < 100_000
    assert "Show 70 more lines" in page.text
    assert desk.get(HERE, {"lines": "all"}).text.count(">TEAPOT<") >= 120


@pytest.mark.parametrize(
    ("method", "path", "headers", "leads_to"),
    [
        ("get", HERE, {}, HERE),
        ("get", f"{HERE}changes/", {"HX-Current-URL": f"http://testserver{HERE}"}, HERE),
        ("post", f"{HERE}notes/", {"Referer": f"http://testserver{HERE}?a=b"}, f"{HERE}%3Fa%3Db"),
        ("post", f"{HERE}notes/", {"Referer": "https://elsewhere.example/x/"}, "/"),
        ("post", f"{HERE}notes/", {}, "/"),
    ],
)
def test_whoever_signs_in_again_is_back_on_the_page(
    client: Client, order: Order, method: str, path: str, headers: dict[str, str], leads_to: str
) -> None:
    answer = getattr(client, method)(path, headers=headers)

    assert answer["Location"] == f"/accounts/login/?next={leads_to}"


@pytest.mark.parametrize(
    ("typed", "minor"),
    [("12,50", 1250), ("1.234,50", 123450), ("1,234.50", 123450), ("1 234,5", 123450)],
)
def test_amounts_are_typed_as_people_type_them(
    desk: Client, order: Order, typed: str, minor: int
) -> None:
    desk.post(f"{HERE}payments/", {"amount": typed, "method": "cash"})

    assert Payment.objects.get().captured == minor


def test_an_amount_that_may_be_two_things_is_refused(desk: Client, order: Order) -> None:
    answer = desk.post(f"{HERE}payments/", {"amount": "1,234", "method": "cash"})

    assert "Write it without a sign for thousands" in answer.text
    assert not Payment.objects.exists()
