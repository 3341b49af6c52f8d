"""What the audit says a second time, in SQL, is what the rules of the apps say in Python."""

from decimal import Decimal
from itertools import combinations_with_replacement, product
from random import Random

import pytest
from django.db import connection

from apps.accounts.models import Organization, TaxRounding, User
from apps.fulfillment import rules as parcels
from apps.orders import operations as orders
from apps.orders import rules
from apps.orders.models import Adjustment, Order, OrderLine
from apps.reports.invariants.orders import FULFILLMENT_STATUS, PAYMENT_STATUS
from tests.invariants import violations


def ask(query: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db
def test_how_far_a_payment_is() -> None:
    amounts = [
        (total, credited, authorized, captured, refunded)
        for total, credited, authorized, captured, refunded in product(
            [0, 5], [0, 2, 5], [0, 3], [0, 3, 5, 7], [0, 2, 3, 5, 7]
        )
        if credited <= total and refunded <= captured
    ]
    statuses = [status for status in Order.Status.values if status != "draft"]
    cases = [(status, *parts) for status in statuses for parts in amounts]
    names = ["status", "total", "credited", "authorized", "captured", "refunded"]
    rows = ", ".join(
        f"({n}, '{case[0]}', {', '.join(map(str, case[1:]))})" for n, case in enumerate(cases)
    )

    said = ask(
        f"SELECT {PAYMENT_STATUS} FROM (VALUES {rows}) AS parent (n, {', '.join(names)}) ORDER BY n"  # noqa: S608
    )

    derived = [rules.payment_status(Order(**dict(zip(names, case, strict=True)))) for case in cases]
    assert said == derived
    assert set(said) == set(Order.PaymentStatus.values)


LINES = [
    (quantity, cancelled, shipped)
    for quantity in (1, 2)
    for cancelled in range(quantity + 1)
    for shipped in range(quantity - cancelled + 1)
]


@pytest.mark.django_db
def test_how_far_a_fulfilment_is() -> None:
    cases = list(combinations_with_replacement(LINES, 3))
    rows = ", ".join(
        f"({n}, {quantity}, {cancelled}, {shipped})"
        for n, lines in enumerate(cases)
        for quantity, cancelled, shipped in lines
    )

    said = ask(
        f"SELECT {FULFILLMENT_STATUS} FROM (VALUES {rows})"  # noqa: S608
        " AS line (n, quantity, cancelled, shipped) GROUP BY n ORDER BY n"
    )

    derived = [
        rules.fulfillment_status(
            OrderLine(quantity=quantity, cancelled=cancelled, shipped=shipped)
            for quantity, cancelled, shipped in lines
        )
        for lines in cases
    ]
    assert said == derived
    assert set(said) == set(Order.FulfillmentStatus.values)


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
@pytest.mark.parametrize("includes_tax", [True, False])
@pytest.mark.parametrize("rounding", TaxRounding)
def test_what_a_line_comes_to(
    acme: Organization, alice: User, currency: str, includes_tax: bool, rounding: TaxRounding
) -> None:
    """Orders at random, with discounts above their worth: what was priced passes the audit."""
    acme.currency, acme.prices_include_tax, acme.tax_rounding = currency, includes_tax, rounding
    acme.save()
    chance = Random(f"{currency} {includes_tax} {rounding}")  # noqa: S311
    for _ in range(25):
        items = [
            orders.Item(
                None,
                chance.randint(1, 9),
                Decimal(chance.randint(0, 10**8)).scaleb(-chance.randint(0, 6)),
                sku="X",
                name="X",
                tax_rate=chance.choice([Decimal(0), Decimal(7), Decimal(19), Decimal("10.7500")]),
            )
            for _ in range(chance.randint(1, 5))
        ]
        adjustments = [
            orders.AdjustmentItem(
                Adjustment.Kind.DISCOUNT, "Percent", percent=Decimal(chance.choice(["3.3", "100"]))
            ),
            orders.AdjustmentItem(
                Adjustment.Kind.DISCOUNT, "Amount", amount=chance.choice([1, 999, 10**12])
            ),
            orders.AdjustmentItem(
                Adjustment.Kind.SHIPPING, "Shipping", amount=490, tax_rate=Decimal(19)
            ),
        ]
        orders.place_order(
            organization=acme,
            buyer=orders.Buyer(),
            items=items,
            adjustments=chance.sample(adjustments, chance.randint(0, 3)),
            placed_by=alice,
        )

    assert violations() == []


def test_the_audit_knows_every_status_a_return_can_lead_to() -> None:
    """`return-status-is-derived` names them all; a new one has to be thought of there."""
    statuses = {
        parcels.return_status([], [status]) for status in ["requested", "approved", "received"]
    }
    came = OrderLine(quantity=2, cancelled=1, shipped=1, returned=1)
    statuses |= {parcels.return_status([came], []), parcels.return_status([], [])}

    assert statuses == set(Order.ReturnStatus)
