from datetime import datetime
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Header, Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from apps.accounts.access import ApiRequest
from apps.catalog.models import Variant
from apps.core.errors import InvalidInput
from apps.inventory import operations, queries
from apps.inventory.models import Location, StockLevel, StockMovement

router = Router()

PAGE = 100
UNITS_AT_MOST = 1_000_000


class UnknownSku(InvalidInput):
    pass


# PostgreSQL stores no NUL; everything else a client may send is text.
NO_NUL = r"^[^\x00]*$"
Text = Annotated[str, StringConstraints(strip_whitespace=True, pattern=NO_NUL)]
Sku = Annotated[Text, Field(min_length=1, max_length=64)]
Code = Annotated[Text, Field(min_length=1, max_length=20, description="Code of a location")]
Reason = Annotated[Text, Field(min_length=1, max_length=200)]
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=255)]


class LevelOut(Schema):
    sku: str = Field(alias="variant.sku")
    location: str = Field(alias="location.code")
    on_hand: int
    reserved: int
    available: int


class StockPage(Schema):
    stock: list[LevelOut]
    # Pass it as `after` to get the next page; empty on the last.
    next: int | None


class StockAdjustmentIn(Schema):
    sku: Sku
    location: Code
    change: int = Field(ge=-UNITS_AT_MOST, le=UNITS_AT_MOST, description="Units; negative: less")
    reason: Reason


class TransferIn(Schema):
    sku: Sku
    source: Code
    target: Code
    quantity: int = Field(ge=1, le=UNITS_AT_MOST)
    reason: Reason


class MovementOut(Schema):
    id: int
    sku: str = Field(alias="stock_level.variant.sku")
    location: str = Field(alias="stock_level.location.code")
    kind: str
    change: int = Field(alias="delta")
    reason: str
    made_at: datetime = Field(alias="created_at")


class TransferOut(Schema):
    left: MovementOut
    arrived: MovementOut


@router.get("", response=StockPage, summary="What lies where, and how much of it is promised")
def list_stock(
    request: ApiRequest, after: int = Query(0, ge=0), sku: str = Query("", pattern=NO_NUL)
) -> dict[str, object]:
    found = queries.stock_levels(request.organization).filter(pk__gt=after).order_by("pk")
    if sku:
        found = found.filter(variant__sku=sku)
    levels: list[StockLevel] = list(found[: PAGE + 1])
    return {"stock": levels[:PAGE], "next": levels[PAGE - 1].pk if len(levels) > PAGE else None}


@router.post(
    "/adjustments", response={201: MovementOut, 200: MovementOut}, summary="Change what is on hand"
)
def adjust_stock(
    request: ApiRequest, payload: StockAdjustmentIn, response: HttpResponse, idempotency_key: Key
) -> Status[StockMovement]:
    """The same `Idempotency-Key` and body again return what was done, and do nothing."""
    if not payload.change:
        raise InvalidInput("A change of nothing is no change.", field="change")
    try:
        operations.adjust_stock(
            variant=_variant(request, payload.sku),
            location=_location(request, payload.location, "location"),
            delta=payload.change,
            reason=payload.reason,
            actor=None,
            idempotency_key=idempotency_key,
        )
    except operations.AlreadyMoved as former:
        return _replayed(response, former.movement)
    return Status(201, queries.movement_of(request.organization, idempotency_key))


@router.post(
    "/transfers",
    response={201: TransferOut, 200: TransferOut},
    summary="Carry stock from one location to another",
)
def transfer_stock(
    request: ApiRequest, payload: TransferIn, response: HttpResponse, idempotency_key: Key
) -> Status[Any]:
    """The same `Idempotency-Key` and body again return what was done, and do nothing."""
    try:
        out = operations.transfer_stock(
            variant=_variant(request, payload.sku),
            source=_location(request, payload.source, "source"),
            target=_location(request, payload.target, "target"),
            quantity=payload.quantity,
            reason=payload.reason,
            actor=None,
            idempotency_key=idempotency_key,
        )
    except operations.AlreadyMoved as former:
        return _replayed(response, _pair(former.movement))
    return Status(201, _pair(out))


def _replayed(response: HttpResponse, body: Any) -> Status[Any]:
    response["Idempotent-Replayed"] = "true"
    return Status(200, body)


def _pair(out: StockMovement) -> dict[str, StockMovement]:
    return {"left": out, "arrived": queries.arrival_of(out)}


def _variant(request: ApiRequest, sku: str) -> Variant:
    variant = request.organization.variants.filter(sku=sku).first()
    if variant is None:
        raise UnknownSku(f"There is no product {sku}.", field="sku")
    return variant


def _location(request: ApiRequest, code: str, field: str) -> Location:
    location = operations.location_of(request.organization, code, field=field)
    assert location is not None  # noqa: S101 - the schema refuses an empty code
    return location
