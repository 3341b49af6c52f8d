"""What is done to a placed order. Each answers with the order as it is then, and its new ETag."""

from django.http import HttpResponse

from apps.accounts.access import ApiRequest
from apps.accounts.models import User
from apps.core.errors import InvalidInput
from apps.orders import operations
from apps.orders.api.orders import items_of
from apps.orders.api.routes import router
from apps.orders.api.schemas import (
    AnnotationIn,
    CancellationIn,
    EditIn,
    HoldIn,
    NoteIn,
    OrderOut,
)
from apps.orders.api.versions import answer, order_of
from apps.orders.models import Order, OrderHold


class UnknownLine(InvalidInput):
    pass


class UnknownMember(InvalidInput):
    pass


@router.post("/{int:number}/confirmation", response=OrderOut, summary="Confirm without payment")
def confirm_order(request: ApiRequest, number: int, response: HttpResponse) -> Order:
    order = order_of(request, number)
    return answer(response, operations.confirm_order(order=order, confirmed_by=None))


@router.post("/{int:number}/cancellation", response=OrderOut, summary="Cancel")
def cancel_order(
    request: ApiRequest, number: int, payload: CancellationIn, response: HttpResponse
) -> Order:
    order = order_of(request, number)
    cancelled = operations.cancel_order(order=order, reason=payload.reason, cancelled_by=None)
    return answer(response, cancelled)


@router.post("/{int:number}/revival", response=OrderOut, summary="Revive an expired order")
def revive_order(request: ApiRequest, number: int, response: HttpResponse) -> Order:
    order = order_of(request, number)
    return answer(response, operations.revive_order(order=order, revived_by=None))


@router.post("/{int:number}/edits", response=OrderOut, summary="Change what is not shipped yet")
def edit_order(request: ApiRequest, number: int, payload: EditIn, response: HttpResponse) -> Order:
    """
    Lines that are not named stay. A smaller quantity closes the rest of a line short and frees its
    stock; prices and tax rates stay those of the order.
    """
    order = order_of(request, number)
    ids = dict(order.lines.values_list("position", "pk"))
    for index, line in enumerate(payload.lines):
        if line.position not in ids:
            raise UnknownLine("The order has no such line.", field=f"lines[{index}].position")
    edited = operations.edit_order(
        order=order,
        quantities={ids[line.position]: line.quantity for line in payload.lines},
        added=items_of(request, payload.added, "added"),
        reason=payload.reason,
        edited_by=None,
    )
    return answer(response, edited)


@router.post("/{int:number}/holds", response=OrderOut, summary="Put on hold")
def place_hold(request: ApiRequest, number: int, payload: HoldIn, response: HttpResponse) -> Order:
    order = order_of(request, number)
    operations.place_hold(order=order, kind=payload.kind, reason=payload.reason, placed_by=None)
    return answer(response, _now(order))


@router.delete("/{int:number}/holds/{kind}", response=OrderOut, summary="Release a hold")
def release_hold(
    request: ApiRequest, number: int, kind: OrderHold.Kind, response: HttpResponse
) -> Order:
    order = order_of(request, number)
    return answer(response, operations.release_hold(order=order, kind=kind, released_by=None))


@router.post("/{int:number}/notes", response=OrderOut, summary="Note something for the team")
def add_note(request: ApiRequest, number: int, payload: NoteIn, response: HttpResponse) -> Order:
    order = order_of(request, number)
    return answer(response, operations.add_note(order=order, text=payload.text, written_by=None))


@router.patch("/{int:number}", response=OrderOut, summary="Change tags, assignee, metadata")
def annotate_order(
    request: ApiRequest, number: int, payload: AnnotationIn, response: HttpResponse
) -> Order:
    """What is not sent stays; `"assignee": null` assigns it to nobody."""
    order = order_of(request, number)
    annotated = operations.annotate_order(
        order=order,
        tags=payload.tags,
        assignee=_member(request, payload.assignee),
        unassign="assignee" in payload.model_fields_set,
        metadata=payload.metadata,
        annotated_by=None,
    )
    return answer(response, annotated)


def _member(request: ApiRequest, email: str | None) -> User | None:
    if email is None:
        return None
    member = request.organization.members.filter(email__iexact=email).first()
    if member is None:
        raise UnknownMember("No member has this address.", field="assignee")
    return member


def _now(order: Order) -> Order:
    return Order.objects.select_related("organization").get(pk=order.pk)
