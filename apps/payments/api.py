import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Header, Router, Schema, Status
from pydantic import Field

from apps.accounts.access import ApiRequest
from apps.orders.api import Text, answer, order_of
from apps.orders.models import Order
from apps.payments import operations, queries
from apps.payments.models import Payment, PaymentAttempt, PaymentEntry

router = Router()

Amount = Annotated[int, Field(ge=1, le=10**15, strict=True, description="Minor units")]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
# What moves money must be repeatable, so its name is not optional.
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=255)]


class PaymentIn(Schema):
    amount: Amount
    method: Literal["bank_transfer", "cash", "other"] = "bank_transfer"
    reference: Annotated[Text, Field(max_length=100)] = ""


class CaptureIn(Schema):
    amount: Amount | None = Field(None, description="Minor units; empty: all that is held")


class WithdrawalIn(Schema):
    reason: Annotated[Text, Field(max_length=500)] = ""


class RefundIn(Schema):
    amount: Amount
    reason: Annotated[Text, Field(max_length=500)] = ""
    payment: Id | None = Field(None, description="Return it from this one alone")
    handed_over: bool = Field(
        default=False,
        description="Money by hand was returned already; else it waits until that is said",
    )


class LinkIn(Schema):
    capture: Literal["automatic", "manual"] = Field(
        "automatic", description="manual: the money is held until you capture it"
    )


class LinkOut(Schema):
    url: str


class EntryOut(Schema):
    kind: str
    amount: int
    created_at: datetime


class AttemptOut(Schema):
    id: int
    kind: str
    amount: int
    status: str
    error: str
    reason: str


class PaymentOut(Schema):
    id: int
    provider: str
    method: str
    status: str
    capture: str = Field(alias="capture_method")
    amount: int
    authorized: int
    captured: int
    refund_claimed: int
    refunded: int
    reference: str
    error: str
    created_at: datetime
    entries: list[EntryOut]
    attempts: list[AttemptOut]

    @staticmethod
    def resolve_entries(payment: Payment) -> list[PaymentEntry]:
        return list(payment.entries.all())

    @staticmethod
    def resolve_attempts(payment: Payment) -> list[PaymentAttempt]:
        return list(payment.attempts.all())


class MoneyOut(Schema):
    """How an order stands with its money, and each payment of it."""

    number: int
    currency: str
    payment_status: str
    due: int
    authorized: int
    captured: int
    refunded: int
    balance: int = Field(description="Still to pay; negative: owed to the customer")
    payments: list[PaymentOut]

    @staticmethod
    def resolve_payments(order: Order) -> list[Payment]:
        return list(queries.payments_of(order))


Money = {200: MoneyOut, 201: MoneyOut}


@router.get("/{int:number}/payments", response=MoneyOut, summary="The money of an order")
def list_payments(request: ApiRequest, number: int) -> Order:
    return order_of(request, number)


@router.post("/{int:number}/payments", response=Money, summary="Record money that arrived")
def record_payment(
    request: ApiRequest, number: int, payload: PaymentIn, response: HttpResponse, key: Key
) -> Status[Order]:
    """By bank transfer, cash, or another way that we do not see ourselves. Any amount."""
    order = order_of(request, number)
    return _answer(
        response,
        order,
        lambda: operations.record_payment(
            order=order,
            amount=payload.amount,
            method=Payment.Method(payload.method),
            reference=payload.reference,
            recorded_by=None,
            request=_named(request, key),
        ),
    )


@router.post("/{int:number}/checkout-link", response=LinkOut, summary="Where the customer pays")
def checkout_link(request: ApiRequest, number: int, payload: LinkIn) -> dict[str, str]:
    """The same order always gets the same link. Whoever has it may pay the order."""
    capture_method = Payment.CaptureMethod(payload.capture)
    return {"url": queries.checkout_link(order_of(request, number), capture_method)}


@router.post(
    "/{int:number}/payments/{int:payment}/capture", response=Money, summary="Take held money"
)
def capture_payment(
    request: ApiRequest,
    number: int,
    payment: int,
    payload: CaptureIn,
    response: HttpResponse,
    key: Key,
) -> Status[Order]:
    """All of it or a part, once: what is left of it is let go."""
    order = order_of(request, number)
    held = get_object_or_404(order.payments, pk=payment)
    return _answer(
        response,
        order,
        lambda: operations.capture_payment(
            payment=held, amount=payload.amount, requested_by=None, request=_named(request, key)
        ),
    )


@router.post("/{int:number}/payments/{int:payment}/void", response=Money, summary="Let go of it")
def void_payment(
    request: ApiRequest,
    number: int,
    payment: int,
    payload: WithdrawalIn,
    response: HttpResponse,
    key: Key,
) -> Status[Order]:
    """Money that is held is let go; a payment that nobody made yet is withdrawn."""
    order = order_of(request, number)
    held = get_object_or_404(order.payments, pk=payment)
    return _answer(
        response,
        order,
        lambda: operations.void_payment(
            payment=held, requested_by=None, reason=payload.reason, request=_named(request, key)
        ),
    )


@router.post("/{int:number}/refunds", response=Money, summary="Return money")
def request_refund(
    request: ApiRequest, number: int, payload: RefundIn, response: HttpResponse, key: Key
) -> Status[Order]:
    """
    What the customer is owed goes first; what goes beyond it is credited to them.

    Cards are refunded soon after the answer: see the attempts of each payment. Cash and transfers
    stay pending until you say that they were handed over.
    """
    order = order_of(request, number)
    source = get_object_or_404(order.payments, pk=payload.payment) if payload.payment else None
    return _answer(
        response,
        order,
        lambda: operations.request_refund(
            order=order,
            amount=payload.amount,
            reason=payload.reason,
            payment=source,
            requested_by=None,
            handed_over=payload.handed_over,
            request=_named(request, key),
        ),
    )


@router.post(
    "/{int:number}/refunds/{int:refund}/handed-over",
    response=MoneyOut,
    summary="Say that cash or a transfer was handed over",
)
def mark_as_refunded(
    request: ApiRequest, number: int, refund: int, response: HttpResponse
) -> Order:
    """The refund is the attempt of that id. Said again, it changes nothing."""
    order = order_of(request, number)
    attempt = get_object_or_404(queries.refunds_of(order), pk=refund)
    operations.mark_as_refunded(attempt=attempt, marked_by=None)
    return answer(response, Order.objects.get(pk=order.pk))


def _named(request: HttpRequest, key: str) -> operations.Request:
    sent = request.path.encode() + b"\n" + request.body
    return operations.Request(key, hashlib.sha256(sent).hexdigest())


def _answer(response: HttpResponse, order: Order, act: Callable[[], object]) -> Status[Order]:
    """Act, and show how the order stands. Asked for twice, it shows how it stands by now."""
    status = 201
    try:
        act()
    except operations.AlreadyAsked:
        response["Idempotent-Replayed"] = "true"
        status = 200
    return Status(status, answer(response, Order.objects.get(pk=order.pk)))
