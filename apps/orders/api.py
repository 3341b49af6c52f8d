import hashlib
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Header, Query, Router, Schema, Status
from pydantic import EmailStr, Field, StringConstraints

from apps.accounts.access import ApiRequest
from apps.catalog.queries import variants_by_sku
from apps.core.errors import InvalidInput
from apps.orders import operations, queries, rules
from apps.orders.models import Order, OrderLine

router = Router()


class UnknownSku(InvalidInput):
    pass


# PostgreSQL stores no NUL; everything else a client may send is text.
Text = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00]*$")]


class LineIn(Schema):
    sku: Annotated[Text, Field(min_length=1, max_length=64)]
    quantity: int = Field(ge=1, le=1_000_000)
    unit_price: Decimal | None = Field(
        None, ge=0, max_digits=14, decimal_places=6, description="Major unit; empty: the list price"
    )


class OrderIn(Schema):
    email: EmailStr | None = None
    customer_name: Annotated[Text, Field(max_length=200)] = ""
    shipping_address: Annotated[Text, Field(max_length=2000)] = ""
    note: Annotated[Text, Field(max_length=5000)] = ""
    reference: Annotated[Text, Field(max_length=64)] = Field(
        "", description="Your own number; an order with the same one is not placed twice"
    )
    lines: list[LineIn] = Field(min_length=1, max_length=500)


class LineOut(Schema):
    position: int
    sku: str
    name: str
    quantity: int
    shipped: int
    unit_price: Decimal
    tax_rate: Decimal
    net: int
    tax: int
    gross: int


class OrderSummary(Schema):
    number: int
    status: str
    payment_status: str
    fulfillment_status: str
    email: str
    customer_name: str
    currency: str
    net: int
    tax: int
    total: int
    captured: int
    reference: str = Field(alias="external_ref")
    placed_at: datetime
    expires_at: datetime | None


class OrderOut(OrderSummary):
    lines: list[LineOut]
    allowed_actions: list[str]

    @staticmethod
    def resolve_lines(order: Order) -> list[OrderLine]:
        return order.written_lines or list(order.lines.order_by("position"))

    @staticmethod
    def resolve_allowed_actions(order: Order) -> list[str]:
        return rules.allowed_actions(order)


class OrderPage(Schema):
    orders: list[OrderSummary]
    # Pass it as `after` to get the next page; empty on the last.
    next: str


@router.get("", response=OrderPage, summary="Placed orders, newest first")
def list_orders(
    request: ApiRequest, status: Order.Status | None = None, after: str = Query("", max_length=64)
) -> dict[str, object]:
    page = queries.order_page(request.organization, status=status or "", after=after)
    return page._asdict()


@router.post("", response={201: OrderOut, 200: OrderOut}, summary="Place an order")
def place_order(
    request: ApiRequest,
    payload: OrderIn,
    response: HttpResponse,
    idempotency_key: str = Header("", alias="Idempotency-Key", max_length=255),
) -> Status[Order]:
    """
    Send an `Idempotency-Key` to be able to repeat a request whose answer was lost: the same key
    and body return the order that was placed, with `Idempotent-Replayed: true`.
    """
    try:
        order = operations.place_order(
            organization=request.organization,
            buyer=operations.Buyer(
                email=payload.email or "",
                name=payload.customer_name,
                shipping_address=payload.shipping_address,
            ),
            items=_items(request, payload),
            note=payload.note,
            origin=operations.Origin(
                channel=Order.Channel.API,
                external_ref=payload.reference,
                idempotency_key=idempotency_key,
                request_fingerprint=hashlib.sha256(request.body).hexdigest(),
            ),
            placed_by=None,
        )
    except operations.AlreadyPlaced as former:
        response["Idempotent-Replayed"] = "true"
        return Status(200, former.order)
    return Status(201, order)


@router.get("/{int:number}", response=OrderOut, summary="One order")
def show_order(request: ApiRequest, number: int) -> Order:
    return get_object_or_404(
        request.organization.orders.exclude(status=Order.Status.DRAFT), number=number
    )


def _items(request: ApiRequest, payload: OrderIn) -> list[operations.Item]:
    variants = variants_by_sku(request.organization, (line.sku for line in payload.lines))
    items = []
    for index, line in enumerate(payload.lines):
        if line.sku not in variants:
            raise UnknownSku(f"There is no product {line.sku}.", field=f"lines[{index}].sku")
        items.append(operations.Item(variants[line.sku], line.quantity, line.unit_price))
    return items
