"""Each invariant is seen to fail: faults are planted behind the back of what prevents them."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.events import operations as events
from apps.fulfillment import operations as fulfillment
from apps.fulfillment.models import Return
from apps.invoicing import operations as invoicing
from apps.orders import operations as orders
from apps.orders.models import Adjustment, Credit, Order, OrderHold
from apps.payments import operations as payments
from apps.payments.models import Payment
from apps.reports.invariants import Invariant, invariants
from apps.reports.queries import EXAMPLES, breaches
from tests.invariants import violations


@pytest.fixture
def books(
    acme: Organization, teapot: Variant, kettle: Variant, jo: orders.Buyer, alice: User
) -> Order:
    """Order one is in the middle of everything; order two is completed, order three cancelled."""
    order = orders.place_order(
        organization=acme,
        buyer=jo,
        items=[orders.Item(teapot, 4), orders.Item(kettle, 2)],
        adjustments=[
            orders.AdjustmentItem(Adjustment.Kind.DISCOUNT, "Ten off", amount=1000),
            orders.AdjustmentItem(Adjustment.Kind.SHIPPING, "Shipping", amount=490),
        ],
        placed_by=alice,
    )
    pay(order, alice)
    line, _ = order.lines.order_by("position")
    fulfillment.ship_order(order=order, quantities={line.pk: 2}, shipped_by=alice)
    fulfillment.open_fulfillment(order=order, quantities={line.pk: 1}, opened_by=alice)
    invoicing.issue_invoice(order=order)
    take_back(order, line.pk, alice)
    payments.request_refund(order=order, amount=100, requested_by=alice, handed_over=True)
    fulfillment.request_return(
        order=order, quantities={line.pk: 1}, reason="Chipped", requested_by=alice
    )
    orders.place_hold(order=order, kind=OrderHold.Kind.MANUAL, reason="Ask", placed_by=alice)
    completed = place_one(acme, kettle, jo, alice)
    pay(completed, alice)
    fulfillment.ship_order(order=completed, shipped_by=alice)
    invoicing.issue_invoice(order=completed)
    cancelled = place_one(acme, kettle, jo, alice)
    orders.cancel_order(order=cancelled, reason="Typo", cancelled_by=alice)
    events.dispatch_events()
    order.refresh_from_db()
    return order


def place_one(acme: Organization, variant: Variant, buyer: orders.Buyer, alice: User) -> Order:
    return orders.place_order(
        organization=acme, buyer=buyer, items=[orders.Item(variant, 1)], placed_by=alice
    )


def pay(order: Order, alice: User) -> None:
    payments.record_payment(
        order=order, amount=order.total, method=Payment.Method.CASH, recorded_by=alice
    )


def take_back(order: Order, line_id: int, alice: User) -> None:
    rma = fulfillment.request_return(
        order=order, quantities={line_id: 1}, reason="Too green", requested_by=alice
    )
    fulfillment.approve_return(rma=rma, approved_by=alice)
    arrival = fulfillment.Arrival(line_id, 1, "restock")
    fulfillment.receive_return(rma=rma, arrivals=[arrival], received_by=alice)
    fulfillment.close_return(rma=rma, resolution=Return.Resolution.REFUND, closed_by=alice)
    invoicing.issue_credit_note(credit=Credit.objects.get())


def drop(table: str, *constraints: str) -> str:
    """Take away what the database would refuse the fault with."""
    dropped = ", ".join(f"DROP CONSTRAINT {name}" for name in constraints)
    return f"ALTER TABLE {table} {dropped}"


OVERSOLD = drop("inventory_stocklevel", "stock_not_oversold")
UNFROZEN = "ALTER TABLE invoicing_invoice DISABLE TRIGGER invoice_never_changes"
FAULTS = [
    ("stock-not-oversold", OVERSOLD, "UPDATE inventory_stocklevel SET on_hand = reserved - 1"),
    ("stock-reserved-is-explained", "UPDATE inventory_stocklevel SET reserved = reserved + 1"),
    ("stock-reserved-is-explained", "UPDATE inventory_reservation SET quantity = quantity + 1"),
    ("stock-on-hand-is-explained", "UPDATE inventory_stocklevel SET on_hand = on_hand + 1"),
    ("stock-on-hand-is-explained", "UPDATE inventory_stockmovement SET delta = delta + 100"),
    (
        "reservations-fit-their-lines",
        "UPDATE inventory_reservation SET quantity = quantity + 1 WHERE state = 'active'",
    ),
    (
        "reservations-fit-their-lines",
        "UPDATE inventory_reservation SET state = 'released' WHERE state = 'active'",
    ),
    (
        "ended-orders-hold-no-stock",
        "UPDATE inventory_reservation SET state = 'active' WHERE state <> 'active'",
    ),
    ("orders-add-up", "UPDATE orders_order SET net = net + 1, total = total + 1"),
    ("orders-add-up", "UPDATE orders_order SET net = net + 1, tax = tax - 1"),
    (
        "orders-add-up",
        "UPDATE orders_adjustment SET net = net + 1, gross = gross + 1 WHERE kind = 'shipping'",
    ),
    ("lines-are-priced-as-frozen", "UPDATE orders_orderline SET unit_price = unit_price + 1"),
    ("lines-are-priced-as-frozen", "UPDATE orders_orderline SET tax_rate = 7"),
    ("lines-are-priced-as-frozen", "UPDATE orders_order SET prices_include_tax = false"),
    (
        "lines-are-priced-as-frozen",
        "UPDATE orders_order SET tax_rounding = 'total'",
        "UPDATE orders_orderline SET net = net - 1, tax = tax + 1",
    ),
    ("discounts-are-spread", "UPDATE orders_orderline SET discount = discount + 1"),
    ("discounts-are-spread", "UPDATE orders_adjustment SET amount = 990 WHERE kind = 'discount'"),
    (
        "lines-are-within-their-units",
        drop("orders_orderline", "line_not_shipped_twice"),
        "UPDATE orders_orderline SET shipped = quantity + 1",
    ),
    (
        "lines-are-within-their-units",
        drop("orders_orderline", "line_not_returned_twice"),
        "UPDATE orders_orderline SET returned = shipped + 1",
    ),
    ("credits-add-up", "UPDATE orders_order SET credited = credited + 1"),
    ("credits-add-up", "UPDATE orders_credit SET net = net + 1, gross = gross + 1"),
    (
        "credits-add-up",
        "UPDATE orders_orderline SET credited_tax = credited_tax - 1 WHERE credited_tax > 0",
    ),
    ("credits-name-their-lines", "UPDATE orders_orderline SET credited = credited + 1"),
    ("credits-name-their-lines", "UPDATE orders_credit SET lines = '[]'"),
    ("payment-status-is-derived", "UPDATE orders_order SET payment_status = 'unpaid'"),
    (
        "payment-status-is-derived",
        "UPDATE orders_order SET captured = captured + 1000 WHERE status = 'completed'",
    ),
    ("fulfillment-status-is-derived", "UPDATE orders_order SET fulfillment_status = 'fulfilled'"),
    ("holds-are-listed", "UPDATE orders_order SET hold_kinds = '{}'"),
    ("holds-are-listed", "UPDATE orders_orderhold SET released_at = now()"),
    ("done-orders-are-completed", "UPDATE orders_order SET status = 'confirmed'"),
    ("order-numbers-are-drawn", "UPDATE accounts_counter SET value = 1 WHERE key = 'order'"),
    ("order-numbers-are-drawn", "DELETE FROM accounts_counter WHERE key = 'order'"),
    (
        "payments-stay-within-their-amounts",
        drop("payments_payment", "payment_returns_what_it_has"),
        "UPDATE payments_payment SET refund_claimed = captured + 1",
    ),
    (
        "payments-stay-within-their-amounts",
        drop("payments_payment", "payment_captures_what_it_may"),
        "UPDATE payments_payment SET captured = captured + 1",
    ),
    ("payments-are-explained", "UPDATE payments_payment SET captured = captured - 1"),
    (
        "payments-are-explained",
        "UPDATE payments_payment SET authorized = authorized + 1, amount = amount + 1",
    ),
    (
        "payments-are-explained",
        "ALTER TABLE payments_paymententry DISABLE TRIGGER payment_entry_never_changes",
        "DELETE FROM payments_paymententry WHERE kind = 'refund'",
    ),
    ("refunds-are-claimed", "UPDATE payments_payment SET refund_claimed = refund_claimed + 1"),
    ("order-money-is-explained", "UPDATE orders_order SET captured = captured + 1"),
    ("order-money-is-explained", "UPDATE orders_order SET authorized = authorized + 1"),
    ("order-money-is-explained", "UPDATE payments_payment SET refunded = 0"),
    (
        "shipments-are-counted",
        "UPDATE orders_orderline SET shipped = shipped + 1 WHERE shipped = 2",
    ),
    ("shipments-are-counted", "UPDATE orders_orderline SET picking = 0"),
    ("pick-lists-are-reserved", "UPDATE inventory_reservation SET picked = 0"),
    (
        "pick-lists-are-reserved",
        "UPDATE fulfillment_fulfillmentline SET quantity = quantity + 1",
    ),
    ("parcels-left-the-shelf", "DELETE FROM inventory_stockmovement WHERE kind = 'shipment'"),
    (
        "parcels-left-the-shelf",
        "UPDATE fulfillment_fulfillment SET status = 'cancelled', shipped_at = NULL",
    ),
    ("returns-are-counted", 'UPDATE orders_orderline SET "returning" = 0'),
    ("returns-are-counted", "UPDATE orders_orderline SET returned = 0"),
    (
        "returns-went-to-the-shelf",
        "UPDATE fulfillment_returnline SET disposition = 'damaged' WHERE disposition = 'restock'",
    ),
    ("return-status-is-derived", "UPDATE orders_order SET return_status = 'returned'"),
    (
        "return-status-is-derived",
        "UPDATE fulfillment_return SET status = 'cancelled' WHERE status = 'requested'",
    ),
    (
        "ended-orders-pick-nothing",
        "UPDATE fulfillment_fulfillment SET status = 'open', shipped_at = NULL",
    ),
    (
        "document-numbers-are-dense",
        UNFROZEN,
        "UPDATE invoicing_invoice SET number = 3 WHERE number = 2",
    ),
    ("document-numbers-are-dense", UNFROZEN, "DELETE FROM invoicing_invoice WHERE number = 2"),
    (
        "document-numbers-are-dense",
        UNFROZEN,
        "UPDATE invoicing_invoice SET issued_on = issued_on - 1 WHERE number = 2",
    ),
    ("document-numbers-are-dense", "UPDATE accounts_counter SET value = value + 1"),
    ("documents-add-up", UNFROZEN, "UPDATE invoicing_invoice SET net = net + 1, gross = gross + 1"),
    ("documents-add-up", UNFROZEN, "UPDATE invoicing_invoice SET tax_breakdown = '[]'"),
    ("documents-keep-the-currency", UNFROZEN, "UPDATE invoicing_invoice SET currency = 'CHF'"),
    (
        "documents-say-what-is-due",
        "UPDATE events_delivery SET done_at = now()",
        "UPDATE orders_order SET net = net + 1, total = total + 1",
    ),
    ("history-is-dense", "UPDATE orders_order SET version = version + 1"),
    ("history-is-dense", "DELETE FROM events_event WHERE type = 'order.confirmed'"),
    (
        "history-is-dense",
        "DELETE FROM events_delivery",
        "DELETE FROM events_event WHERE type = 'order.placed'",
    ),
    (
        "nothing-took-effect-twice",
        drop("events_delivery", "reaction_once_per_event"),
        "INSERT INTO events_delivery (event_id, reaction, attempts, last_error)"
        " SELECT event_id, reaction, 0, '' FROM events_delivery",
    ),
    (
        "shipped-when-allowed",
        "UPDATE events_event SET type = 'order.cancelled' WHERE type = 'order.confirmed'",
    ),
    (
        "shipped-when-allowed",
        "UPDATE events_event SET type = 'order.held' WHERE type = 'order.captured'",
    ),
    (
        "rows-stay-in-their-organization",
        drop("orders_adjustment", "orders_adjustment_order_id_same_org"),
        "UPDATE orders_adjustment SET organization_id ="
        " (SELECT id FROM accounts_organization WHERE slug = 'globex')",
    ),
    (
        "rows-stay-in-their-organization",
        drop("inventory_reservation", "inventory_reservation_order_line_id_same_org"),
        "UPDATE inventory_reservation SET order_line_id = 0",
    ),
    ("constraints-are-in-force", OVERSOLD),
    ("constraints-are-in-force", UNFROZEN),
    ("constraints-are-in-force", "DROP INDEX order_external_ref_once"),
    (
        "constraints-are-in-force",
        drop("orders_orderline", "orders_orderline_order_id_same_org"),
    ),
]


def planted(statements: tuple[str, ...]) -> set[str]:
    """Return the invariants that these statements break; they are taken back again."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Tables that wait for their keys to be checked cannot be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in statements:
            cursor.execute(statement)
        broken = {name for name, _ in violations()}
        transaction.set_rollback(True)
    return broken


def test_the_books_of_the_faults_hold(books: Order) -> None:
    assert violations() == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault[0]}: {fault[-1]}"[:90])
def test_a_planted_fault_is_found(
    books: Order, globex: Organization, fault: tuple[str, ...]
) -> None:
    name, *statements = fault

    assert name in planted(tuple(statements))


def test_every_invariant_has_its_fault() -> None:
    assert {one.name for one in invariants()} == {fault[0] for fault in FAULTS}


@pytest.mark.parametrize("invariant", invariants(), ids=lambda one: one.name)
def test_an_invariant_can_be_asked_of_one_organization(
    acme: Organization, invariant: Invariant
) -> None:
    assert breaches(invariant, acme) == []


@pytest.mark.breaks_books("stock-on-hand-is-explained", why="to count them")
def test_a_breach_is_counted_for_its_organization_with_some_of_it_in_words(
    acme: Organization, globex: Organization, stock_product: Callable[..., Variant]
) -> None:
    for number in range(EXAMPLES + 5):
        stock_product(f"CUP-{number}", "Cup", "5.00", 1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_stocklevel SET on_hand = 7")
    [invariant] = [one for one in invariants() if one.name == "stock-on-hand-is-explained"]

    [breach] = breaches(invariant)

    assert (breach.organization_id, breach.violations) == (acme.pk, EXAMPLES + 5)
    assert len(breach.examples) == EXAMPLES
    assert "7 on hand, 1 by movements" in breach.examples[0]
    assert breaches(invariant, acme) == [breach]
    assert breaches(invariant, globex) == []


def test_what_is_reserved_beyond_the_shelf_was_a_backorder(
    acme: Organization, teapot: Variant, jo: orders.Buyer, alice: User
) -> None:
    Variant.objects.update(allow_backorder=True)
    teapot.refresh_from_db()

    orders.place_order(
        organization=acme, buyer=jo, items=[orders.Item(teapot, 50)], placed_by=alice
    )

    assert violations() == []
