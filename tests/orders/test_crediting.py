"""Credits: parts sum to the whole, and nothing is credited twice."""

from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Organization
from apps.catalog.models import Variant
from apps.core.money import distribute, half_up_share
from apps.orders import operations
from apps.orders.models import Adjustment, Credit, Order
from tests.together import at_once


@pytest.fixture
def hundred(acme: Organization, teapot: Variant, jo: operations.Buyer) -> Order:
    """Three for 100.00 with tax, and 6.44 of untaxed shipping."""
    teapot.price = Decimal("33.333333")
    teapot.save()
    shipping = operations.AdjustmentItem(Adjustment.Kind.SHIPPING, "Shipping", 644)
    order = operations.place_order(
        organization=acme,
        buyer=jo,
        items=[operations.Item(teapot, 3)],
        adjustments=[shipping],
        placed_by=None,
    )
    assert order.total == 10_000 + 644
    return operations.confirm_order(order=order, confirmed_by=None)


def test_units_credited_one_by_one_sum_to_the_line(hundred: Order) -> None:
    line = hundred.lines.get()

    parts = [
        operations.credit_units(order=hundred, units={line.pk: 1}, actor=None) for _ in range(3)
    ]

    assert [credit.gross for credit in parts if credit] == [3333, 3334, 3333]
    assert sum(credit.tax for credit in parts if credit) == line.tax
    with pytest.raises(operations.CreditTooLarge):
        operations.credit_units(order=hundred, units={line.pk: 1}, actor=None)


def test_goodwill_is_spread_over_lines_and_charges(hundred: Order) -> None:
    credit = operations.credit_amount(order=hundred, amount=5000, reason="Late", actor=None)

    assert [entry["gross"] for entry in credit.lines] == distribute(5000, [10_000, 644])
    assert credit.net + credit.tax == 5000
    hundred.refresh_from_db()
    assert (hundred.credited, hundred.due) == (5000, 5644)


def test_more_than_is_left_is_not_credited(hundred: Order) -> None:
    operations.credit_amount(order=hundred, amount=10_000, reason="Late", actor=None)

    with pytest.raises(operations.CreditTooLarge):
        operations.credit_amount(order=hundred, amount=645, reason="Late", actor=None)


@pytest.mark.django_db(transaction=True)
def test_two_credits_at_once_cannot_both_take_the_rest(hundred: Order) -> None:
    def credit() -> object:
        return operations.credit_amount(order=hundred, amount=6000, reason="Late", actor=None)

    ended = at_once([credit, credit])

    assert sorted(type(one).__name__ for one in ended) == ["Credit", "CreditTooLarge"]
    assert Credit.objects.get().gross == 6000


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None
)
@given(parts=st.lists(st.integers(1, 4000), min_size=1, max_size=8))
def test_random_credits_sum_exactly(hundred: Order, parts: list[int]) -> None:
    """Refunds of parts sum to the whole, tax and all, and then nothing is left."""
    with transaction.atomic():
        left = hundred.total
        for part in parts:
            if part <= left:
                operations.credit_amount(order=hundred, amount=part, reason="", actor=None)
                left -= part
        if left:
            operations.credit_amount(order=hundred, amount=left, reason="", actor=None)
        booked = Credit.objects.filter(order=hundred)
        assert sum(credit.gross for credit in booked) == hundred.total
        assert sum(credit.tax for credit in booked) == hundred.tax
        line, charge = hundred.lines.get(), hundred.adjustments.get()
        assert (line.credited, line.credited_tax) == (line.gross, line.tax)
        assert (charge.credited, charge.credited_tax) == (charge.gross, charge.tax)
        transaction.set_rollback(True)


@given(st.integers(0, 10**12), st.integers(1, 1000), st.data())
def test_the_last_part_takes_the_rest(amount: int, whole: int, data: st.DataObject) -> None:
    left, units = amount, whole
    while units:
        part = data.draw(st.integers(1, units))
        left -= half_up_share(left, part, units)
        units -= part

    assert left == 0
