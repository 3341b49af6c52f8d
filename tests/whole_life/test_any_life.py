"""
Random commands on random orders: whatever people, cards and clocks do, the books hold.

2,000 steps by default; `bin/test tests/whole_life --steps 100000` takes longer and sees more.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.accounts import operations as accounts
from apps.accounts.models import User
from apps.catalog.models import Product, TaxClass, Variant
from apps.core.errors import Refusal
from apps.events import operations as events
from apps.events.models import Delivery
from apps.fulfillment import operations as fulfillment
from apps.fulfillment.models import Fulfillment, Return, ReturnLine
from apps.inventory import operations as inventory
from apps.orders import operations as orders
from apps.orders import rules
from apps.orders.models import Adjustment, Order, OrderHold
from apps.payments import operations as payments
from apps.payments.models import Payment, PaymentAttempt
from apps.payments.providers import Breaker
from apps.payments.providers import cards as provider
from tests.invariants import violations
from tests.payments.conftest import our_ledger
from tests.payments.provider import CardServer

STEPS_OF_A_LIFE = 50
STEPS_TO_SEE_MOST = 2000
MOST_COMMANDS = 15
# Drawing and mailing take most of the time and change no book.
SLOW = ("render-invoice", "send-email")

picks = st.integers(0, 10**6)
units = st.integers(0, 4)
cents = st.integers(1, 12_000)


class AnyLife(RuleBasedStateMachine):
    cards: CardServer
    # How often each command did something, and how often it was refused in which words.
    done: Counter[str]
    refused: Counter[tuple[str, str]]

    @initialize(
        inclusive=st.booleans(),
        rounding=st.sampled_from(["line", "total"]),
        currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    )
    def open_a_shop(self, inclusive: bool, rounding: str, currency: str) -> None:
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.alice = User.objects.create_user("alice@acme.example")
        self.shop = accounts.create_organization(name="Acme", owner=self.alice, currency=currency)
        self.shop.prices_include_tax = inclusive
        self.shop.tax_rounding = rounding
        self.shop.save()
        attic = inventory.create_location(
            organization=self.shop, code="ATTIC", name="Attic", priority=9
        )
        self.places = [inventory.default_location(self.shop), attic]
        self.variants = [
            self.variant("TEAPOT", "24.99", "19", 20),
            self.variant("KETTLE", "0.333333", "10.75", 4),
            self.variant("LEAVES", "7.00", "7", 2, allow_backorder=True),
            self.variant("ADVICE", "80.00", "19", 0, track_stock=False),
        ]
        self.begin_in_the_middle()

    def begin_in_the_middle(self) -> None:
        """One order that waits, one that is confirmed, one paid, one sent: all may go on."""
        waiting, confirmed, paid, sent = (self.placed() for _ in range(4))
        assert waiting.status == "pending"
        orders.confirm_order(order=confirmed, confirmed_by=None)
        for order in (paid, sent):
            payments.mark_as_paid(order=order, method=Payment.Method.CASH, marked_by=None)
        fulfillment.ship_order(order=sent, shipped_by=None)

    def placed(self) -> Order:
        return orders.place_order(
            organization=self.shop,
            buyer=orders.Buyer(email="jo@customer.example"),
            items=[orders.Item(self.variants[0], 2), orders.Item(self.variants[2], 1)],
            placed_by=None,
        )

    def variant(self, sku: str, price: str, rate: str, on_hand: int, **more: Any) -> Variant:
        tax, _ = TaxClass.objects.get_or_create(
            organization=self.shop, name=rate, defaults={"rate": Decimal(rate)}
        )
        product = Product.objects.create(
            organization=self.shop, handle=sku.lower(), name=sku, tax_class=tax
        )
        variant = Variant.objects.create(
            organization=self.shop, product=product, sku=sku, price=Decimal(price), **more
        )
        for place in self.places if on_hand else []:
            inventory.adjust_stock(
                variant=variant, location=place, delta=on_hand, reason="In", actor=None
            )
        return variant

    def teardown(self) -> None:
        if not hasattr(self, "atomic"):
            return
        try:
            self.cards.faults.clear()
            self.let_everything_settle()
            assert not violations()
            assert our_ledger() == {
                ref: sums for ref, sums in self.cards.ledger().items() if ref in our_ledger()
            }
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def let_everything_settle(self) -> None:
        for minutes in (3, 6, 12):
            reconcile(after=timedelta(minutes=minutes))
            while settle_what_is_quick():
                pass

    def attempt(self, name: str, act: Callable[[], object]) -> None:
        """Do it, or be refused with a sentence. Anything else is a defect."""
        self.ask(name, transaction.atomic(act))

    def ask(self, name: str, act: Callable[[], object]) -> None:
        """The same for what asks the provider, outside any transaction of its own."""
        try:
            act()
        except Refusal as refusal:
            self.refused[name, str(refusal)] += 1
        else:
            self.done[name] += 1

    def one_of(self, rows: Any, pick: int) -> Any:
        found = list(rows.order_by("pk"))
        return found[pick % len(found)] if found else None

    def order(self, pick: int, action: str) -> Order:
        """One that allows it, mostly, so that lives get far; sometimes any."""
        found = list(self.shop.orders.order_by("pk"))
        willing = [order for order in found if not rules.GUARDS[action](order)]
        if pick % 5:
            found = willing or found
        return found[pick // 5 % len(found)]

    def has_orders(self) -> bool:
        return hasattr(self, "variants")

    @rule(
        wanted=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5)), min_size=1, max_size=4),
        discount=st.sampled_from([0, 1, 333, 10**6]),
        percent=st.sampled_from([None, Decimal(10), Decimal("33.3333")]),
        shipping=st.sampled_from([0, 595]),
    )
    def place(
        self,
        wanted: list[tuple[int, int]],
        discount: int,
        percent: Decimal | None,
        shipping: int,
    ) -> None:
        kinds = Adjustment.Kind
        extra = [orders.AdjustmentItem(kinds.DISCOUNT, "Minus", discount)] if discount else []
        if percent:
            extra.append(orders.AdjustmentItem(kinds.DISCOUNT, "Percent", percent=percent))
        if shipping:
            extra.append(
                orders.AdjustmentItem(kinds.SHIPPING, "DHL", shipping, tax_rate=Decimal(19))
            )
        self.attempt(
            "place",
            lambda: orders.place_order(
                organization=self.shop,
                buyer=orders.Buyer(email="jo@customer.example"),
                items=[orders.Item(self.variants[i], count) for i, count in wanted],
                adjustments=extra,
                placed_by=None,
            ),
        )

    @precondition(has_orders)
    @rule(pick=picks)
    def confirm(self, pick: int) -> None:
        order = self.order(pick, "confirm")
        self.attempt("confirm", lambda: orders.confirm_order(order=order, confirmed_by=None))

    @precondition(has_orders)
    @rule(pick=picks, wanted=st.lists(units, max_size=4), added=st.integers(-3, 3))
    def edit(self, pick: int, wanted: list[int], added: int) -> None:
        order = self.order(pick, "edit")
        line_ids = list(order.lines.order_by("position").values_list("pk", flat=True))
        new = [orders.Item(self.variants[added], 1)] if added >= 0 else []
        self.attempt(
            "edit",
            lambda: orders.edit_order(
                order=order,
                quantities=dict(zip(line_ids, wanted, strict=False)),
                added=new,
                edited_by=None,
            ),
        )

    @precondition(has_orders)
    @rule(pick=picks, kind=st.sampled_from(list(OrderHold.Kind)), release=st.booleans())
    def hold(self, pick: int, kind: OrderHold.Kind, release: bool) -> None:
        order = self.order(pick, "hold")
        if release:
            self.attempt(
                "release", lambda: orders.release_hold(order=order, kind=kind, released_by=None)
            )
        else:
            self.attempt(
                "hold",
                lambda: orders.place_hold(order=order, kind=kind, reason="Odd", placed_by=None),
            )

    @precondition(has_orders)
    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        order = self.order(pick, "cancel")
        self.attempt(
            "cancel", lambda: orders.cancel_order(order=order, reason="No", cancelled_by=None)
        )

    @precondition(has_orders)
    @rule(pick=picks)
    def expire(self, pick: int) -> None:
        order, later = self.order(pick, "confirm"), timezone.now() + timedelta(days=2)
        self.attempt("expire", lambda: orders.expire_order(order=order, now=later))

    @precondition(has_orders)
    @rule(pick=picks)
    def revive(self, pick: int) -> None:
        order = self.order(pick, "revive")
        self.attempt("revive", lambda: orders.revive_order(order=order, revived_by=None))

    @precondition(has_orders)
    @rule(pick=picks, amount=cents, in_full=st.booleans())
    def pay(self, pick: int, amount: int, in_full: bool) -> None:
        order = self.order(pick, "pay")
        self.attempt(
            "pay",
            lambda: payments.record_payment(
                order=order,
                amount=max(order.balance, 1) if in_full else amount,
                method=Payment.Method.CASH,
                recorded_by=None,
            ),
        )

    @precondition(has_orders)
    @rule(
        pick=picks,
        later=st.booleans(),
        tells=st.booleans(),
        fault=st.sampled_from(["", "", "", "lost", "500", "dead"]),
    )
    def pay_by_card(self, pick: int, later: bool, tells: bool, fault: str) -> None:
        order, methods = self.order(pick, "pay"), Payment.CaptureMethod
        if fault:
            self.cards.break_next(fault, "payment_intents")

        def pay() -> None:
            opened = payments.start_card_payment(
                order=order, capture_method=methods.MANUAL if later else methods.AUTOMATIC
            )
            self.cards.pay(opened.payment.provider_ref)
            if tells:
                payments.settle_payment(payment=opened.payment)

        self.ask("pay by card", pay)
        self.cards.faults.clear()

    @precondition(has_orders)
    @rule(pick=picks, amount=cents, part=st.booleans(), fault=st.sampled_from(["", "", "lost"]))
    def capture(self, pick: int, amount: int, part: bool, fault: str) -> None:
        payment = self.one_of(Payment.objects.filter(status="authorized"), pick)
        if payment is None:
            return
        if fault:
            self.cards.break_next(fault, "capture")
        wanted = min(amount, payment.capturable) if part else None
        self.ask(
            "capture",
            lambda: payments.capture_payment(payment=payment, amount=wanted, requested_by=None),
        )
        self.cards.faults.clear()

    @precondition(has_orders)
    @rule(pick=picks)
    def void(self, pick: int) -> None:
        payment = self.one_of(Payment.objects.exclude(provider="manual"), pick)
        if payment is not None:
            self.ask("void", lambda: payments.void_payment(payment=payment, requested_by=None))

    @precondition(has_orders)
    @rule(pick=picks, amount=cents, owed=st.booleans(), fault=st.sampled_from(["", "", "lost"]))
    def refund(self, pick: int, amount: int, owed: bool, fault: str) -> None:
        order = self.order(pick, "refund")
        if fault:
            self.cards.break_next(fault, "refunds")
        self.attempt(
            "refund",
            lambda: payments.request_refund(
                order=order, amount=order.owed_back if owed else amount, requested_by=None
            ),
        )

    @precondition(has_orders)
    @rule(pick=picks)
    def hand_over(self, pick: int) -> None:
        refund = self.one_of(PaymentAttempt.objects.filter(kind="refund"), pick)
        if refund is not None:
            self.ask(
                "hand over",
                lambda: payments.mark_as_refunded(attempt=refund, marked_by=None),
            )

    @precondition(has_orders)
    @rule(pick=picks, wanted=st.lists(units, max_size=4), everything=st.booleans())
    def open_pick_list(self, pick: int, wanted: list[int], everything: bool) -> None:
        order = self.order(pick, "pick")
        chosen = None if everything else self.chosen(order, wanted)
        self.attempt(
            "pick",
            lambda: fulfillment.open_fulfillment(order=order, quantities=chosen, opened_by=None),
        )

    @precondition(has_orders)
    @rule(pick=picks, end=st.sampled_from(["ship", "ship", "ship", "cancel", "deliver"]))
    def end_pick_list(self, pick: int, end: str) -> None:
        parcel = self.one_of(Fulfillment.objects.all(), pick)
        acts: dict[str, Callable[[], object]] = {
            "ship": lambda: fulfillment.ship_fulfillment(fulfillment=parcel, shipped_by=None),
            "cancel": lambda: fulfillment.cancel_fulfillment(fulfillment=parcel, cancelled_by=None),
            "deliver": lambda: fulfillment.mark_delivered(fulfillment=parcel, marked_by=None),
        }
        if parcel is not None:
            self.attempt(end, acts[end])

    @precondition(has_orders)
    @rule(pick=picks, wanted=st.lists(units, min_size=1, max_size=4))
    def ask_for_return(self, pick: int, wanted: list[int]) -> None:
        order = self.order(pick, "return")
        self.attempt(
            "ask for return",
            lambda: fulfillment.request_return(
                order=order, quantities=self.chosen(order, wanted), reason="", requested_by=None
            ),
        )

    @precondition(has_orders)
    @rule(
        pick=picks,
        step=st.sampled_from(["approve", "receive", "receive", "close", "decline", "cancel"]),
        came=st.lists(units, min_size=4, max_size=4),
        found=st.sampled_from(list(ReturnLine.Disposition)),
        resolution=st.sampled_from(list(Return.Resolution)),
    )
    def go_on_with_return(
        self,
        pick: int,
        step: str,
        came: list[int],
        found: ReturnLine.Disposition,
        resolution: Return.Resolution,
    ) -> None:
        rma = self.one_of(Return.objects.all(), pick)
        if rma is None:
            return
        rows = zip(rma.lines.order_by("pk"), came, strict=False)
        arrivals = [
            fulfillment.Arrival(row.order_line_id, min(count, row.requested), found)
            for row, count in rows
        ]
        acts: dict[str, Callable[[], object]] = {
            "approve": lambda: fulfillment.approve_return(rma=rma, approved_by=None),
            "decline": lambda: fulfillment.decline_return(rma=rma, reason="No", declined_by=None),
            "cancel": lambda: fulfillment.cancel_return(rma=rma, cancelled_by=None),
            "receive": lambda: fulfillment.receive_return(
                rma=rma, arrivals=arrivals, received_by=None
            ),
            "close": lambda: fulfillment.close_return(
                rma=rma, resolution=resolution, closed_by=None
            ),
        }
        self.attempt(f"{step} return", acts[step])

    @rule(index=st.integers(0, 2), place=st.integers(0, 1), delta=st.integers(-5, 8))
    def count_stock(self, index: int, place: int, delta: int) -> None:
        self.attempt(
            "adjust",
            lambda: inventory.adjust_stock(
                variant=self.variants[index],
                location=self.places[place],
                delta=delta or 1,
                reason="Counted",
                actor=None,
            ),
        )

    @rule(index=st.integers(0, 2), place=st.integers(0, 1), count=st.integers(1, 5))
    def carry_stock(self, index: int, place: int, count: int) -> None:
        self.attempt(
            "transfer",
            lambda: inventory.transfer_stock(
                variant=self.variants[index],
                source=self.places[place],
                target=self.places[1 - place],
                quantity=count,
                reason="Moved",
                actor=None,
            ),
        )

    @rule()
    def let_the_worker_work(self) -> None:
        settle_what_is_quick()

    @rule()
    def let_the_reconciler_work(self) -> None:
        reconcile(after=timedelta(minutes=3))

    @invariant()
    def the_books_hold(self) -> None:
        if hasattr(self, "shop"):
            assert violations() == []

    def chosen(self, order: Order, wanted: list[int]) -> dict[int, int]:
        line_ids = order.lines.order_by("position").values_list("pk", flat=True)
        return {pk: count for pk, count in zip(line_ids, wanted, strict=False) if count}


def reconcile(*, after: timedelta) -> None:
    """Let so much time pass, for the reconciler and for a circuit breaker that is open."""
    provider().breaker = Breaker()
    payments.reconcile_payments(timezone.now() + after)


def settle_what_is_quick() -> int:
    events.dispatch_events()
    Delivery.objects.filter(reaction__in=SLOW).delete()
    due: list[int] = []
    events.hand_over(due.append)
    return sum(events.settle(delivery_id=delivery_id) for delivery_id in due)


@pytest.mark.django_db
def test_whatever_happens_the_books_hold(cards: CardServer, pytestconfig: pytest.Config) -> None:
    steps = pytestconfig.getoption("steps")
    AnyLife.cards, AnyLife.done, AnyLife.refused = cards, Counter(), Counter()

    run_state_machine_as_test(
        AnyLife,
        settings=settings(
            max_examples=max(1, steps // STEPS_OF_A_LIFE),
            stateful_step_count=STEPS_OF_A_LIFE,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )

    # A walk on which hardly anything succeeds proves nothing.
    assert len(AnyLife.done) >= MOST_COMMANDS or steps < STEPS_TO_SEE_MOST, AnyLife.refused
    assert all(words for _, words in AnyLife.refused)
