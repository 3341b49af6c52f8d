"""What orders come to: examples with names, and random orders that must always add up."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Organization
from apps.catalog.models import Variant
from apps.orders import operations
from apps.orders.models import Adjustment, OrderLine
from apps.orders.operations import AdjustmentItem, Item, Quote

DISCOUNT, SHIPPING, FEE = (
    Adjustment.Kind.DISCOUNT,
    Adjustment.Kind.SHIPPING,
    Adjustment.Kind.FEE,
)


def shop(**terms: object) -> Organization:
    return Organization(name="Acme", slug="acme", **terms)


def text(price: str, quantity: int = 1, rate: str = "0") -> Item:
    return Item(None, quantity, Decimal(price), "SKU", "Something", Decimal(rate))


def quote(organization: Organization, items: list[Item], *adjustments: AdjustmentItem) -> Quote:
    return operations.quote_order(organization=organization, items=items, adjustments=adjustments)


def test_tax_on_a_broken_rate_with_untaxed_shipping() -> None:
    """A10: 24.99 + 10.75 % + 6.44 shipping."""
    shipping = AdjustmentItem(SHIPPING, "Shipping", 644)

    order = quote(shop(prices_include_tax=False), [text("24.99", 1, "10.75")], shipping).order

    assert (order.net, order.tax, order.total) == (2499 + 644, 269, 3412)


@pytest.mark.parametrize(
    ("currency", "price", "total"), [("JPY", "1299", 2598), ("KWD", "1.299", 2598)]
)
def test_currencies_without_and_with_three_decimals(currency: str, price: str, total: int) -> None:
    assert quote(shop(currency=currency), [text(price, 2)]).order.total == total


def test_a_discount_is_spread_over_the_lines_by_what_they_cost() -> None:
    lines = [text("30.00"), text("10.00"), text("0.00")]

    order, (dear, cheap, free), _ = quote(shop(), lines, AdjustmentItem(DISCOUNT, "Sorry", 1001))

    assert (dear.discount, cheap.discount, free.discount) == (751, 250, 0)
    assert order.total == 4000 - 1001


def test_a_discount_in_percent_is_taken_of_the_lines_and_not_of_the_shipping() -> None:
    parts = [
        AdjustmentItem(DISCOUNT, "Friends", percent=Decimal(10)),
        AdjustmentItem(SHIPPING, "Shipping", 500),
    ]

    assert quote(shop(), [text("30.00")], *parts).order.total == 2700 + 500


def test_a_discount_takes_no_more_than_there_is() -> None:
    order = quote(shop(), [text("5.00")], AdjustmentItem(DISCOUNT, "All", 900)).order

    assert order.total == 0


def test_settings_changed_later_leave_a_placed_order_alone(
    acme: Organization, stock_product: Callable[..., Variant], jo: operations.Buyer
) -> None:
    """I16"""
    cups = [stock_product(f"CUP-{number}", "Cup", "0.12", 9) for number in range(3)]
    acme.prices_include_tax = False
    acme.save()
    order = operations.place_order(
        organization=acme, buyer=jo, items=[Item(cup, 1) for cup in cups], placed_by=None
    )
    operations.confirm_order(order=order, confirmed_by=None)
    acme.prices_include_tax, acme.tax_rounding = True, "total"
    acme.save()
    cups[0].product.tax_class = None
    cups[0].product.save()

    [first, *_] = order.lines.order_by("position")
    order = operations.edit_order(order=order, quantities={first.pk: 2}, edited_by=None)

    # 0.24 + 0.12 + 0.12 without tax, and 19 % of each line rounded alone.
    assert (order.net, order.tax, order.total) == (48, 5 + 2 + 2, 57)


prices = st.decimals(0, 10_000, places=3)
rates = st.sampled_from([Decimal(rate) for rate in ("0", "7", "19", "10.75", "25.5")])
items = st.builds(
    lambda price, quantity, rate: Item(None, quantity, price, "SKU", "Thing", rate),
    prices,
    st.integers(1, 1000),
    rates,
)
amounts = st.integers(0, 10**6)
adjustments = st.one_of(
    st.builds(lambda amount: AdjustmentItem(DISCOUNT, "Discount", amount), amounts),
    st.builds(
        lambda percent: AdjustmentItem(DISCOUNT, "Discount", percent=percent),
        st.decimals("0.01", 100, places=2),
    ),
    st.builds(lambda amount, rate: AdjustmentItem(FEE, "Fee", amount, None, rate), amounts, rates),
)
shops = st.builds(
    shop,
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    prices_include_tax=st.booleans(),
    tax_rounding=st.sampled_from(["line", "total"]),
)


@given(shops, st.lists(items, min_size=1, max_size=12), st.lists(adjustments, max_size=4))
def test_the_parts_of_a_random_order_sum_to_the_whole(
    organization: Organization, wanted: list[Item], extra: list[AdjustmentItem]
) -> None:
    """I7"""
    order, lines, rows = quote(organization, wanted, *extra)

    parts: list[OrderLine | Adjustment] = [*lines, *(row for row in rows if row.is_charge)]
    assert order.total == sum(part.gross for part in parts)
    assert order.net == sum(part.net for part in parts)
    assert order.total == order.net + order.tax
    for line in lines:
        assert line.net >= 0
        assert line.tax >= 0
        assert line.net + line.tax == line.gross
    asked = sum(row.amount for row in rows if not row.is_charge)
    subtotal = sum(
        line.discount + (line.gross if organization.prices_include_tax else line.net)
        for line in lines
    )
    assert sum(line.discount for line in lines) == min(asked, subtotal)
