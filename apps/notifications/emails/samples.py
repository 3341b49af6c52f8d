"""Every letter with something in it, to be looked at. Nothing here is in the database."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone

from apps.accounts.models import Membership, Organization, User
from apps.batches.models import Batch
from apps.fulfillment.models import Return
from apps.notifications.emails import accounts, colleagues, customers
from apps.notifications.emails.letters import Letter, Written, written
from apps.orders.models import Adjustment, Order, OrderLine
from apps.team.models import Invitation

GOODS = [
    (2, "Teapot of cast iron, with a sieve of stainless steel and a stand · 1.2 l", 9990),
    (1, "Assam, loose leaves · 100 g", 890),
]


class Sample(NamedTuple):
    name: str
    message: Written


def samples(organization: Organization) -> list[Sample]:
    """Return each letter as this organization would send it, in the language that is spoken."""
    ours = [
        Sample(name, written(letter, None))
        for name, letter in [
            ("email_confirmation", accounts.confirm_address({"activate_url": _link()})),
            ("password_reset_key", accounts.reset_password({"password_reset_url": _link()})),
            ("unknown_account", accounts.no_such_account({"signup_url": _link()})),
            ("account_already_exists", accounts.account_exists({"password_reset_url": _link()})),
        ]
    ]
    theirs = [*_to_customers(organization), *_to_colleagues(organization)]
    return [Sample(name, written(letter, organization)) for name, letter in theirs] + ours


def _to_customers(organization: Organization) -> Iterator[tuple[str, Letter]]:
    order = Order(
        organization=organization,
        number=1042,
        customer_name="Jo March",
        currency=organization.currency,
        prices_include_tax=True,
        total=21360,
        captured=10000,
        expires_at=timezone.now() + organization.payment_window,
        closed_reason="The last one broke when we packed it.",
    )
    lines = [
        OrderLine(order=order, quantity=quantity, name=name, gross=quantity * each, discount=0)
        for quantity, name, each in GOODS
    ]
    about = customers.About(order, lines, _link())
    contents = [f"{one.quantity} × {one.name}" for one in lines]
    post = Adjustment(order=order, kind=Adjustment.Kind.SHIPPING, label="DHL", amount=490)
    sent = customers.Sent(contents, "DHL", "00340434161094042557", _link())
    late = customers.Overdue("INV-00042", date(2026, 11, 9), order.balance, is_last=False)
    rma = Return(order=order, number=7, status=Return.Status.APPROVED)
    no = Return(
        order=order, number=7, status=Return.Status.DECLINED, answer="It has been used for a year."
    )
    yield "order_placed", customers.placed(about, [post], _link())
    yield "order_shipped", customers.shipped(about, sent)
    yield "order_invoiced", customers.invoiced(about, "INV-00042")
    yield "order_overdue", customers.overdue(about, late, _link())
    yield "order_overdue_last", customers.overdue(about, late._replace(is_last=True), "")
    yield "order_credit_note", customers.credited(about, "CN-00003", 890)
    yield "return_approved", customers.return_answered(about, rma, contents)
    yield "return_declined", customers.return_answered(about, no, contents)
    yield "return_arrived", customers.return_arrived(about, rma, contents)
    yield "order_cancelled", customers.cancelled(about)
    yield "order_expired", customers.expired(about)


def _to_colleagues(organization: Organization) -> Iterator[tuple[str, Letter]]:
    low = [colleagues.Low("ASSAM-100", "Assam · 100 g", 4), colleagues.Low("POT", "Teapot", 0)]
    invitation = Invitation(
        organization=organization,
        email="kim@example.com",
        role=Membership.Role.WAREHOUSE,
        invited_by=User(email="ana@example.com", name="Ana Marques"),
        expires_at=timezone.now() + timedelta(days=14),
    )
    batch = Batch(pk=1, organization=organization, status=Batch.Status.DONE, done=1248, skipped=3)
    yield "batch_ended", colleagues.batch_ended(batch, "Product import", "Ana Marques")
    yield "low_stock", colleagues.low_stock(organization, low, "Ana Marques")
    yield "invitation", colleagues.invited(invitation, _link())


def _link() -> str:
    return f"{settings.PUBLIC_BASE_URL}/"
