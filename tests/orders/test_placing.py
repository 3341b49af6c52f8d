from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Counter, Organization, User
from apps.catalog.models import Variant
from apps.events.models import Event
from apps.inventory.models import Reservation, StockLevel
from apps.inventory.operations import OutOfStock
from apps.orders import operations
from apps.orders.models import Order


@pytest.fixture
def place(acme: Organization, jo: operations.Buyer, alice: User) -> Callable[..., Order]:
    def place(*items: operations.Item, **more: object) -> Order:
        return operations.place_order(
            organization=acme,
            buyer=jo,
            items=items,
            placed_by=alice,
            **more,  # type: ignore[arg-type]
        )

    return place


def test_placing_reserves_stock_and_gives_a_number(order: Order, teapot: Variant) -> None:
    level = StockLevel.objects.get(variant=teapot)

    assert (order.number, order.status) == (1, Order.Status.PENDING)
    assert (level.on_hand, level.reserved) == (10, 2)
    assert Reservation.objects.get(stock_level=level).quantity == 2


def test_placing_records_one_event_with_its_sequence(order: Order, alice: User) -> None:
    event = Event.objects.get(aggregate_type="order", aggregate_id=order.pk)

    assert (event.type, event.sequence, event.actor) == ("order.placed", order.version, alice)


def test_a_placed_order_waits_for_its_money_as_long_as_the_organization_says(
    order: Order, acme: Organization
) -> None:
    assert order.placed_at is not None
    assert order.expires_at == order.placed_at + acme.payment_window


def test_prices_with_tax_included_are_split_and_add_up(order: Order) -> None:
    assert (order.net, order.tax, order.total) == (4200, 798, 4998)


def test_prices_without_tax_get_it_added(
    acme: Organization, teapot: Variant, place: Callable[..., Order]
) -> None:
    acme.prices_include_tax = False
    acme.save()

    order = place(operations.Item(teapot, 1))

    assert (order.net, order.tax, order.total) == (2499, 475, 2974)


def test_an_order_without_lines_is_refused_and_draws_no_number(
    acme: Organization, place: Callable[..., Order]
) -> None:
    with pytest.raises(operations.EmptyOrder):
        place()

    assert not Counter.objects.filter(organization=acme).exists()


def test_too_little_stock_is_refused_by_name_and_leaves_nothing_behind(
    teapot: Variant, kettle: Variant, place: Callable[..., Order]
) -> None:
    with pytest.raises(OutOfStock, match="KETTLE: 6 wanted, 5 available"):
        place(operations.Item(teapot, 1), operations.Item(kettle, 6))

    assert not Order.objects.exists()
    assert not StockLevel.objects.filter(reserved__gt=0).exists()
    assert not Counter.objects.exists()


def test_two_lines_of_one_product_share_its_stock(
    kettle: Variant, place: Callable[..., Order]
) -> None:
    """A2: each line alone would pass."""
    with pytest.raises(OutOfStock, match="6 wanted"):
        place(operations.Item(kettle, 3), operations.Item(kettle, 3))


def test_two_lines_of_one_product_are_both_reserved(
    kettle: Variant, place: Callable[..., Order]
) -> None:
    order = place(operations.Item(kettle, 3), operations.Item(kettle, 2))

    reserved = Reservation.objects.order_by("order_line_id").values_list(
        "order_line_id", "quantity"
    )
    first, second = order.lines.order_by("position")
    assert list(reserved) == [(first.pk, 3), (second.pk, 2)]


def test_a_backorder_may_promise_what_is_not_there(
    kettle: Variant, place: Callable[..., Order]
) -> None:
    kettle.allow_backorder = True
    kettle.save()

    place(operations.Item(kettle, 8))

    assert StockLevel.objects.get(variant=kettle).reserved == 8


def test_what_no_stock_is_kept_of_is_never_short(
    kettle: Variant, place: Callable[..., Order]
) -> None:
    kettle.track_stock = False
    kettle.save()

    place(operations.Item(kettle, 500))

    assert not Reservation.objects.exists()


def test_a_line_keeps_the_name_and_price_it_was_sold_at(teapot: Variant, order: Order) -> None:
    teapot.price = Decimal(99)
    teapot.save()
    teapot.product.name = "Renamed"
    teapot.product.save()

    line = order.lines.get()
    assert (line.name, line.unit_price, line.gross) == ("Teapot", Decimal("24.99"), 4998)


def test_the_same_origin_is_placed_once(teapot: Variant, place: Callable[..., Order]) -> None:
    origin = operations.Origin(Order.Channel.IMPORT, external_ref="536365")
    order = place(operations.Item(teapot, 1), origin=origin)

    with pytest.raises(operations.AlreadyPlaced) as refusal:
        place(operations.Item(teapot, 1), origin=origin)

    assert refusal.value.order == order
    assert StockLevel.objects.get(variant=teapot).reserved == 1


def test_an_idempotency_key_does_not_stand_for_another_request(
    teapot: Variant, place: Callable[..., Order]
) -> None:
    def origin(fingerprint: str) -> operations.Origin:
        return operations.Origin(
            Order.Channel.API, idempotency_key="key-1", request_fingerprint=fingerprint
        )

    place(operations.Item(teapot, 1), origin=origin("a"))

    with pytest.raises(operations.KeyReused):
        place(operations.Item(teapot, 2), origin=origin("b"))


def test_orders_of_one_customer_find_the_customer_in_any_case(
    acme: Organization, teapot: Variant, order: Order
) -> None:
    again = operations.place_order(
        organization=acme,
        buyer=operations.Buyer(email="JO@customer.example"),
        items=[operations.Item(teapot, 1)],
        placed_by=None,
    )

    assert again.customer == order.customer


def test_a_draft_promises_nothing_until_it_is_placed(
    acme: Organization, teapot: Variant, jo: operations.Buyer, alice: User
) -> None:
    draft = operations.save_draft(
        organization=acme, buyer=jo, items=[operations.Item(teapot, 3)], saved_by=alice
    )
    assert (draft.number, StockLevel.objects.get(variant=teapot).reserved) == (None, 0)

    placed = operations.place_draft(draft=draft, placed_by=alice)

    assert (placed.number, StockLevel.objects.get(variant=teapot).reserved) == (1, 3)


def test_a_draft_is_saved_again_with_other_lines(
    acme: Organization, teapot: Variant, kettle: Variant, jo: operations.Buyer, alice: User
) -> None:
    draft = operations.save_draft(
        organization=acme, buyer=jo, items=[operations.Item(teapot, 3)], saved_by=alice
    )

    operations.save_draft(
        organization=acme,
        buyer=jo,
        items=[operations.Item(kettle, 1)],
        draft=draft,
        saved_by=alice,
    )

    draft.refresh_from_db()
    assert [line.sku for line in draft.lines.all()] == ["KETTLE"]
    assert (draft.total, draft.version) == (3900, 2)


def test_a_placed_order_is_no_longer_a_draft(order: Order, alice: User) -> None:
    with pytest.raises(operations.MoveNotAllowed):
        operations.place_draft(draft=order, placed_by=alice)
    with pytest.raises(operations.MoveNotAllowed):
        operations.discard_draft(draft=order)


@pytest.mark.parametrize("lines", [1, 3, 30])
def test_the_number_of_statements_does_not_grow_with_the_lines(
    acme: Organization,
    stock_product: Callable[..., Variant],
    place: Callable[..., Order],
    lines: int,
) -> None:
    variants = [stock_product(f"SKU-{n}", f"Thing {n}", "1.00", 5) for n in range(lines)]

    with CaptureQueriesContext(
        connection,
    ) as statements:
        place(*(operations.Item(variant, 1) for variant in variants))

    # customer, levels, reserve, number, order, lines, reservations, event; two savepoint lines
    # stand for BEGIN and COMMIT.
    assert len([one for one in statements if "SAVEPOINT" not in one["sql"]]) == 8


def test_an_imported_order_keeps_its_date_and_does_not_expire(
    teapot: Variant, place: Callable[..., Order]
) -> None:
    then = timezone.now().replace(year=2010)

    order = place(
        operations.Item(teapot, 1),
        origin=operations.Origin(Order.Channel.IMPORT, external_ref="1"),
        placed_at=then,
    )

    assert (order.placed_at, order.expires_at) == (then, None)
