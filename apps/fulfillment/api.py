from datetime import datetime
from typing import Annotated

from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from pydantic import Field, StringConstraints

from apps.accounts.access import ApiRequest
from apps.core.errors import InvalidInput
from apps.fulfillment import operations, queries, rules
from apps.fulfillment.models import Fulfillment, Return, ReturnLine
from apps.inventory.operations import location_of
from apps.orders.api.versions import expected_version, order_of
from apps.orders.models import Order

router = Router()

LINES_AT_MOST = 500
UNITS_AT_MOST = 1_000_000


class UnknownLine(InvalidInput):
    pass


# PostgreSQL stores no NUL; everything else a client may send is text.
NO_NUL = r"^[^\x00]*$"
Text = Annotated[str, StringConstraints(strip_whitespace=True, pattern=NO_NUL)]


class UnitsIn(Schema):
    position: int = Field(description="Of the order's line")
    quantity: int = Field(ge=1, le=UNITS_AT_MOST)


class PickIn(Schema):
    lines: list[UnitsIn] | None = Field(
        None, min_length=1, max_length=LINES_AT_MOST, description="Empty: all that is left"
    )


class TrackingIn(Schema):
    carrier: Annotated[Text, Field(max_length=60)] = ""
    tracking_number: Annotated[Text, Field(max_length=100)] = ""
    tracking_url: Annotated[
        str, StringConstraints(max_length=500, pattern=r"^(https?://[^\s\x00]+)?$")
    ] = ""


class ParcelLineOut(Schema):
    position: int = Field(alias="order_line.position")
    sku: str = Field(alias="order_line.sku")
    quantity: int


class ParcelOut(Schema):
    number: int
    status: str
    location: str | None = Field(None, alias="location.code")
    carrier: str
    tracking_number: str
    tracking_url: str
    created_at: datetime
    shipped_at: datetime | None
    delivered_at: datetime | None
    lines: list[ParcelLineOut]
    allowed_actions: list[str]

    @staticmethod
    def resolve_allowed_actions(parcel: Fulfillment) -> list[str]:
        return rules.commands(parcel)


class ReturnIn(Schema):
    lines: list[UnitsIn] = Field(min_length=1, max_length=LINES_AT_MOST)
    reason: Annotated[Text, Field(min_length=1, max_length=500)]


class DeclineIn(Schema):
    reason: Annotated[Text, Field(min_length=1, max_length=500)]


class ArrivalIn(Schema):
    position: int = Field(description="Of the order's line")
    received: int = Field(ge=0, le=UNITS_AT_MOST)
    disposition: ReturnLine.Disposition


class ReceiptIn(Schema):
    """Lines that are not named did not come."""

    lines: list[ArrivalIn] = Field([], max_length=LINES_AT_MOST)
    location: Annotated[Text, Field(max_length=20)] = Field(
        "", description="Code of the location that takes it back; empty: the one served first"
    )


class ClosureIn(Schema):
    resolution: Return.Resolution


class ReturnLineOut(Schema):
    position: int = Field(alias="order_line.position")
    sku: str = Field(alias="order_line.sku")
    requested: int
    received: int
    disposition: str


class ReturnOut(Schema):
    number: int
    status: str
    reason: str
    answer: str
    resolution: str
    exchange_order: int | None = Field(None, alias="exchange_order.number")
    created_at: datetime
    received_at: datetime | None
    closed_at: datetime | None
    lines: list[ReturnLineOut]
    allowed_actions: list[str]

    @staticmethod
    def resolve_allowed_actions(rma: Return) -> list[str]:
        return rules.commands(rma)


PARCELS = "/{int:number}/fulfillments"
PARCEL = f"{PARCELS}/{{int:parcel}}"
RETURNS = "/{int:number}/returns"
RETURN = f"{RETURNS}/{{int:rma}}"


@router.get(PARCELS, response=list[ParcelOut], summary="Pick lists and parcels")
def list_fulfillments(request: ApiRequest, number: int) -> list[Fulfillment]:
    return list(queries.parcels(order_of(request, number)))


@router.post(PARCELS, response={201: list[ParcelOut]}, summary="Open pick lists")
def open_fulfillment(
    request: ApiRequest, number: int, payload: PickIn
) -> Status[list[Fulfillment]]:
    """One for each location that holds some of it."""
    order = order_of(request, number)
    quantities = None if payload.lines is None else _units(order, payload.lines)
    opened = operations.open_fulfillment(order=order, quantities=quantities, opened_by=None)
    return Status(201, list(queries.parcels(order).filter(pk__in=[one.pk for one in opened])))


@router.post(f"{PARCEL}/shipment", response=ParcelOut, summary="Send a parcel")
def ship_fulfillment(
    request: ApiRequest, number: int, parcel: int, payload: TrackingIn
) -> Fulfillment:
    found = _parcel(request, number, parcel)
    operations.ship_fulfillment(fulfillment=found, **payload.dict(), shipped_by=None)
    return queries.parcels(found.order).get(pk=found.pk)


@router.post(f"{PARCEL}/delivery", response=ParcelOut, summary="Mark a parcel as delivered")
def deliver_fulfillment(request: ApiRequest, number: int, parcel: int) -> Fulfillment:
    found = _parcel(request, number, parcel)
    operations.mark_delivered(fulfillment=found, marked_by=None)
    return queries.parcels(found.order).get(pk=found.pk)


@router.post(f"{PARCEL}/cancellation", response=ParcelOut, summary="Give up a pick list")
def cancel_fulfillment(request: ApiRequest, number: int, parcel: int) -> Fulfillment:
    found = _parcel(request, number, parcel)
    operations.cancel_fulfillment(fulfillment=found, cancelled_by=None)
    return queries.parcels(found.order).get(pk=found.pk)


@router.get(RETURNS, response=list[ReturnOut], summary="Returns")
def list_returns(request: ApiRequest, number: int) -> list[Return]:
    return list(queries.returns(order_of(request, number)))


@router.post(RETURNS, response={201: ReturnOut}, summary="Request a return")
def request_return(request: ApiRequest, number: int, payload: ReturnIn) -> Status[Return]:
    order = order_of(request, number)
    rma = operations.request_return(
        order=order,
        quantities=_units(order, payload.lines),
        reason=payload.reason,
        requested_by=None,
    )
    return Status(201, _now(rma))


@router.post(f"{RETURN}/approval", response=ReturnOut, summary="Let a return come")
def approve_return(request: ApiRequest, number: int, rma: int) -> Return:
    found = _return(request, number, rma)
    return _now(operations.approve_return(rma=found, approved_by=None))


@router.post(f"{RETURN}/refusal", response=ReturnOut, summary="Decline a return")
def decline_return(request: ApiRequest, number: int, rma: int, payload: DeclineIn) -> Return:
    found = _return(request, number, rma)
    return _now(operations.decline_return(rma=found, reason=payload.reason, declined_by=None))


@router.post(f"{RETURN}/cancellation", response=ReturnOut, summary="Forget a return")
def cancel_return(request: ApiRequest, number: int, rma: int) -> Return:
    found = _return(request, number, rma)
    return _now(operations.cancel_return(rma=found, cancelled_by=None))


@router.post(f"{RETURN}/receipt", response=ReturnOut, summary="Take in what came back")
def receive_return(request: ApiRequest, number: int, rma: int, payload: ReceiptIn) -> Return:
    found = _return(request, number, rma)
    ids = _ids(found.order, [line.position for line in payload.lines])
    received = operations.receive_return(
        rma=found,
        arrivals=[
            operations.Arrival(ids[line.position], line.received, line.disposition)
            for line in payload.lines
        ],
        location=location_of(request.organization, payload.location),
        received_by=None,
    )
    return _now(received)


@router.post(f"{RETURN}/closure", response=ReturnOut, summary="Settle a return")
def close_return(request: ApiRequest, number: int, rma: int, payload: ClosureIn) -> Return:
    """An exchange places a new order for the same goods; a refund is requested."""
    found = _return(request, number, rma)
    return _now(operations.close_return(rma=found, resolution=payload.resolution, closed_by=None))


def _parcel(request: ApiRequest, number: int, parcel: int) -> Fulfillment:
    found = get_object_or_404(queries.parcel(request.organization, number), number=parcel)
    found.order.expected_version = expected_version(request)
    return found


def _return(request: ApiRequest, number: int, rma: int) -> Return:
    found = get_object_or_404(queries.return_of(request.organization, number), number=rma)
    found.order.expected_version = expected_version(request)
    return found


def _now(rma: Return) -> Return:
    return queries.returns(rma.order).get(pk=rma.pk)


def _units(order: Order, lines: list[UnitsIn]) -> dict[int, int]:
    ids = _ids(order, [line.position for line in lines])
    return {ids[line.position]: line.quantity for line in lines}


def _ids(order: Order, positions: list[int]) -> dict[int, int]:
    ids = dict(order.lines.values_list("position", "pk"))
    for index, position in enumerate(positions):
        where = f"lines[{index}].position"
        if position not in ids:
            raise UnknownLine("The order has no such line.", field=where)
        if position in positions[:index]:
            raise UnknownLine("This line was named before.", field=where)
    return ids
