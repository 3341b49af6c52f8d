"""Orders before they are placed: no number, no promise, unless stock is kept for a while."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Status

from apps.accounts.access import ApiRequest
from apps.core.errors import InvalidInput
from apps.orders import operations, queries
from apps.orders.api.orders import adjustments_of, buyer_of, items_of
from apps.orders.api.routes import router
from apps.orders.api.schemas import DraftIn, DraftOut, OrderOut, StockKeptIn
from apps.orders.api.versions import answer, expected_version
from apps.orders.models import Order

DRAFTS_AT_MOST = 200
# What is later in its time zone may be in a year of UTC that cannot be read back.
LATEST_YEAR = 9999


class InThePast(InvalidInput):
    pass


class TooFar(InvalidInput):
    pass


@router.get("/drafts", response=list[DraftOut], summary="The newest drafts")
def list_drafts(request: ApiRequest) -> list[Order]:
    return list(queries.drafts(request.organization)[:DRAFTS_AT_MOST])


@router.post("/drafts", response={201: DraftOut}, summary="Write a draft")
def write_draft(request: ApiRequest, payload: DraftIn, response: HttpResponse) -> Status[Order]:
    return Status(201, answer(response, _save(request, payload, None)))


@router.get("/drafts/{int:draft}", response=DraftOut, summary="One draft")
def show_draft(request: ApiRequest, draft: int, response: HttpResponse) -> Order:
    return answer(response, _draft(request, draft))


@router.put("/drafts/{int:draft}", response=DraftOut, summary="Write it anew")
def rewrite_draft(
    request: ApiRequest, draft: int, payload: DraftIn, response: HttpResponse
) -> Order:
    return answer(response, _save(request, payload, _draft(request, draft)))


@router.delete("/drafts/{int:draft}", response={204: None}, summary="Discard it")
def discard_draft(request: ApiRequest, draft: int) -> Status[None]:
    operations.discard_draft(draft=_draft(request, draft))
    return Status(204, None)


@router.put("/drafts/{int:draft}/stock", response=DraftOut, summary="Keep its stock until then")
def keep_stock(
    request: ApiRequest, draft: int, payload: StockKeptIn, response: HttpResponse
) -> Order:
    if payload.until.tzinfo is None or payload.until <= timezone.now():
        raise InThePast("Send a moment to come, with its time zone.", field="until")
    if payload.until.year >= LATEST_YEAR:
        raise TooFar(f"Send a moment before the year {LATEST_YEAR}.", field="until")
    kept = operations.keep_stock_for_draft(
        draft=_draft(request, draft), until=payload.until, kept_by=None
    )
    return answer(response, kept)


@router.post("/drafts/{int:draft}/placement", response={201: OrderOut}, summary="Place it")
def place_draft(request: ApiRequest, draft: int, response: HttpResponse) -> Status[Order]:
    order = operations.place_draft(draft=_draft(request, draft), placed_by=None)
    return Status(201, answer(response, order))


def _draft(request: ApiRequest, draft: int) -> Order:
    order = get_object_or_404(request.organization.orders, pk=draft, number=None)
    order.expected_version = expected_version(request)
    return order


def _save(request: ApiRequest, payload: DraftIn, draft: Order | None) -> Order:
    return operations.save_draft(
        organization=request.organization,
        buyer=buyer_of(payload),
        items=items_of(request, payload.lines),
        adjustments=adjustments_of(payload),
        note=payload.note,
        origin=operations.Origin(Order.Channel.API),
        draft=draft,
        saved_by=None,
    )
