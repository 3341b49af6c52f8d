import hashlib
from collections.abc import Sequence

from django.http import HttpResponse
from ninja import Header, Query, Status

from apps.accounts.access import ApiRequest
from apps.catalog.queries import variants_by_sku
from apps.core.errors import InvalidInput
from apps.orders import operations, queries, rules
from apps.orders.api.routes import router
from apps.orders.api.schemas import (
    NO_NUL,
    ActionOut,
    DraftIn,
    EventOut,
    LineIn,
    OrderIn,
    OrderOut,
    OrderPage,
)
from apps.orders.api.versions import answer, order_of
from apps.orders.models import Order


class UnknownSku(InvalidInput):
    pass


@router.get("", response=OrderPage, summary="Placed orders, newest first")
def list_orders(
    request: ApiRequest,
    status: Order.Status | None = None,
    payment_status: Order.PaymentStatus | None = None,
    fulfillment_status: Order.FulfillmentStatus | None = None,
    return_status: Order.ReturnStatus | None = None,
    tag: str = Query("", max_length=40, pattern=NO_NUL),
    after: str = Query("", max_length=64),
) -> dict[str, object]:
    page = queries.order_page(
        request.organization,
        status=status or "",
        payment_status=payment_status or "",
        fulfillment_status=fulfillment_status or "",
        return_status=return_status or "",
        tag=tag,
        after=after,
    )
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
            buyer=buyer_of(payload),
            items=items_of(request, payload.lines),
            adjustments=adjustments_of(payload),
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
        return Status(200, answer(response, former.order))
    return Status(201, answer(response, order))


@router.get("/{int:number}", response=OrderOut, summary="One order")
def show_order(request: ApiRequest, number: int, response: HttpResponse) -> Order:
    return answer(response, order_of(request, number))


@router.get("/{int:number}/actions", response=list[ActionOut], summary="What may be done, and why")
def list_actions(request: ApiRequest, number: int) -> list[rules.Action]:
    return rules.actions(order_of(request, number))


@router.get("/{int:number}/history", response=list[EventOut], summary="What happened to it")
def list_history(request: ApiRequest, number: int) -> list[object]:
    return list(queries.history(order_of(request, number)))


def buyer_of(payload: DraftIn) -> operations.Buyer:
    return operations.Buyer(
        email=payload.email or "",
        name=payload.customer_name,
        shipping_address=payload.shipping_address,
        country=payload.country,
    )


def adjustments_of(payload: DraftIn) -> list[operations.AdjustmentItem]:
    return [operations.AdjustmentItem(**one.dict()) for one in payload.adjustments]


def items_of(
    request: ApiRequest, lines: Sequence[LineIn], field: str = "lines"
) -> list[operations.Item]:
    """Return what was sent as items. Raises UnknownSku naming the line."""
    variants = variants_by_sku(request.organization, (line.sku for line in lines))
    items = []
    for index, line in enumerate(lines):
        if line.sku not in variants:
            raise UnknownSku(f"There is no product {line.sku}.", field=f"{field}[{index}].sku")
        items.append(operations.Item(variants[line.sku], line.quantity, line.unit_price))
    return items
