"""What people do to a placed order. Each door answers with the order's page, or says why not."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.catalog.queries import variants_by_sku
from apps.core.errors import Refusal
from apps.events.models import Event
from apps.orders import operations, queries, rules
from apps.orders.forms import (
    AssigneeForm,
    CancellationForm,
    EditForm,
    HoldForm,
    NoteForm,
    TagForm,
)
from apps.orders.models import Order, OrderHold
from apps.orders.views.answering import Said, answer, seen, sent
from apps.orders.views.reading import changes_since, order_page


@require_POST
@member_required
@writer_required
def confirm_order(request: MemberRequest, number: int) -> HttpResponse:
    order = seen(request, number)

    def confirm() -> str:
        operations.confirm_order(order=order, confirmed_by=request.user)
        return _("%(order)s is confirmed.") % {"order": order}

    return answer(request, number, confirm)


@require_POST
@member_required
@writer_required
def revive_order(request: MemberRequest, number: int) -> HttpResponse:
    order = seen(request, number)

    def revive() -> str:
        operations.revive_order(order=order, revived_by=request.user)
        return _("%(order)s waits for its payment again, and its stock is kept.") % {"order": order}

    return answer(request, number, revive)


@require_POST
@member_required
@writer_required
def cancel_order(request: MemberRequest, number: int) -> HttpResponse:
    order = seen(request, number)
    form = CancellationForm(request.POST)

    def cancel() -> str:
        operations.cancel_order(
            order=order, reason=form.cleaned_data["reason"], cancelled_by=request.user
        )
        return _("%(order)s is cancelled, and its stock is free again. That cannot be undone.") % {
            "order": order
        }

    return answer(request, number, cancel, form, cancellation_form=form)


@require_POST
@member_required
@writer_required
def place_hold(request: MemberRequest, number: int) -> HttpResponse:
    order = seen(request, number)
    form = HoldForm(sent(request))

    def hold() -> Said:
        kind = OrderHold.Kind(form.cleaned_data["kind"])
        reason = form.cleaned_data["reason"]
        operations.place_hold(order=order, kind=kind, reason=reason, placed_by=request.user)
        said = _("%(order)s is on hold: nothing of it ships.") % {"order": order}
        return Said(said, _door(request, "release", number, kind))

    return answer(request, number, hold, form, hold_form=form)


@require_POST
@member_required
@writer_required
def release_hold(request: MemberRequest, number: int, kind: str) -> HttpResponse:
    order = seen(request, number)

    def release() -> str | Said:
        former = order.holds.filter(kind=kind, released_at=None).first()
        operations.release_hold(order=order, kind=OrderHold.Kind(kind), released_by=request.user)
        said = _("The hold is released.")
        if former is None:
            return said
        again = {"kind": kind, "reason": former.reason}
        return Said(said, _door(request, "hold", number, **again))

    if kind not in OrderHold.Kind:
        return order_page(request, number, refusal=Refusal(_("There is no such hold.")))
    return answer(request, number, release)


@require_POST
@member_required
@writer_required
def add_note(request: MemberRequest, number: int) -> HttpResponse:
    order = seen(request, number)
    form = NoteForm(request.POST)

    def note() -> str:
        text = form.cleaned_data["text"]
        operations.add_note(order=order, text=text, written_by=request.user)
        return _("The note is in the history.")

    return answer(request, number, note, form, note_form=form)


@require_POST
@member_required
@writer_required
def change_tags(request: MemberRequest, number: int) -> HttpResponse:
    order = seen(request, number)
    form = TagForm(sent(request))

    def change() -> Said:
        add, remove = form.cleaned_data["add"], form.cleaned_data["remove"]
        operations.change_tags(order=order, add=add, remove=remove, changed_by=request.user)
        back: dict[str, str | list[str]] = {
            "add": ",".join(tag for tag in remove if tag in order.tags),
            "remove": [tag for tag in add if tag not in order.tags],
        }
        return Said(_("The tags are changed."), _door(request, "tags", number, **back))

    return answer(request, number, change, form, tag_form=form)


@member_required
@writer_required
def assign_order(request: MemberRequest, number: int) -> HttpResponse:
    order = seen(request, number)
    if request.method != "POST":
        return render(request, "orders/assign.html", {"order": order, "form": AssigneeForm(order)})
    form = AssigneeForm(order, sent(request))

    def assign() -> Said:
        chosen = form.cleaned_data["assignee"]
        operations.annotate_order(
            order=order, assignee=chosen, unassign=True, annotated_by=request.user
        )
        said = _("%(user)s looks after it.") % {"user": chosen} if chosen else _("Nobody does now.")
        former = str(order.assignee_id or "")
        return Said(said, _door(request, "assign", number, assignee=former))

    return answer(request, number, assign, form, assignee_form=form)


@require_POST
@member_required
@writer_required
def duplicate_order(request: MemberRequest, number: int) -> HttpResponse:
    order = seen(request, number)
    try:
        draft = operations.duplicate_order(order=order, duplicated_by=request.user)
    except operations.AlreadyPlaced as former:
        messages.success(request, _("That has been done already."))
        return redirect(former.order)
    except Refusal as refusal:
        return order_page(request, number, refusal=refusal)
    said = _("This draft has the products of %(order)s, at the prices of today.")
    messages.success(request, said % {"order": order})
    return redirect(draft)


@member_required
@writer_required
def edit_order(request: MemberRequest, number: int) -> HttpResponse:
    order = get_object_or_404(request.organization.orders, number=number)
    lines = list(order.lines.order_by("position"))
    form = EditForm(order, lines, request.POST if request.method == "POST" else None)
    changes: list[Event] = []
    if form.is_bound and form.is_valid():
        order.expected_version = form.cleaned_data["version"]
        try:
            _edit(request, order, form)
        except operations.StaleOrder as refusal:
            changes = changes_since(request, queries.latest_history(order, at_most=5))
            form.add_error(None, str(refusal))
            form.now_sees(order.version)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("%(order)s is changed.") % {"order": order})
            return redirect(order)
    page = {
        "order": order,
        "discount": sum(line.discount for line in lines),
        "form": form,
        "obstacle": rules.may_edit(order),
        "changes": changes,
    }
    return render(request, "orders/change.html", page, status=422 if form.errors else 200)


def _edit(request: MemberRequest, order: Order, form: EditForm) -> None:
    added = form.added
    variants = variants_by_sku(request.organization, (row[0] for row in added.values()))
    for field, (sku, _units) in added.items():
        if sku not in variants:
            said = _("There is no product %(sku)s.") % {"sku": sku}
            raise operations.QuantityNotPossible(said, field=field)
    operations.edit_order(
        order=order,
        quantities=form.quantities,
        added=[operations.Item(variants[sku], units) for sku, units in added.values()],
        reason=form.cleaned_data["reason"],
        edited_by=request.user,
    )


def _door(request: MemberRequest, name: str, *of: object, **behind: str | list[str]) -> str:
    path = reverse(f"orders:{name}", args=[request.organization.slug, *of])
    return f"{path}?{urlencode(behind, doseq=True)}" if behind else path
