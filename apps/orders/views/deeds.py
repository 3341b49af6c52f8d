"""What people do to a placed order. Each door answers with the order's page, or says why not."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.catalog.queries import variants_by_sku
from apps.core.errors import Refusal
from apps.core.views import typed
from apps.orders import operations, rules
from apps.orders.forms import AnnotationForm, CancellationForm, EditForm, HoldForm, NoteForm
from apps.orders.models import Order, OrderHold
from apps.orders.views.answering import answer
from apps.orders.views.reading import order_page


@require_POST
@member_required
@writer_required
def confirm_order(request: MemberRequest, number: int) -> HttpResponse:
    order = _seen(request, number)

    def confirm() -> str:
        operations.confirm_order(order=order, confirmed_by=request.user)
        return _("%(order)s is confirmed.") % {"order": order}

    return answer(request, number, confirm)


@require_POST
@member_required
@writer_required
def revive_order(request: MemberRequest, number: int) -> HttpResponse:
    order = _seen(request, number)

    def revive() -> str:
        operations.revive_order(order=order, revived_by=request.user)
        return _("%(order)s waits for its payment again, and its stock is kept.") % {"order": order}

    return answer(request, number, revive)


@require_POST
@member_required
@writer_required
def cancel_order(request: MemberRequest, number: int) -> HttpResponse:
    order = _seen(request, number)
    form = CancellationForm(request.POST)

    def cancel() -> str:
        operations.cancel_order(
            order=order, reason=form.cleaned_data["reason"], cancelled_by=request.user
        )
        return _("%(order)s is cancelled, and its stock is free again.") % {"order": order}

    return answer(request, number, cancel, form, cancellation_form=form)


@require_POST
@member_required
@writer_required
def place_hold(request: MemberRequest, number: int) -> HttpResponse:
    order = _seen(request, number)
    form = HoldForm(request.POST)

    def hold() -> str:
        kind = OrderHold.Kind(form.cleaned_data["kind"])
        reason = form.cleaned_data["reason"]
        operations.place_hold(order=order, kind=kind, reason=reason, placed_by=request.user)
        return _("%(order)s is on hold: nothing of it ships.") % {"order": order}

    return answer(request, number, hold, form, hold_form=form)


@require_POST
@member_required
@writer_required
def release_hold(request: MemberRequest, number: int, kind: str) -> HttpResponse:
    order = _seen(request, number)

    def release() -> str:
        operations.release_hold(order=order, kind=OrderHold.Kind(kind), released_by=request.user)
        return _("The hold is released.")

    if kind not in OrderHold.Kind:
        return order_page(request, number, refusal=Refusal(_("There is no such hold.")))
    return answer(request, number, release)


@require_POST
@member_required
@writer_required
def add_note(request: MemberRequest, number: int) -> HttpResponse:
    order = _seen(request, number)
    form = NoteForm(request.POST)

    def note() -> str:
        text = form.cleaned_data["text"]
        operations.add_note(order=order, text=text, written_by=request.user)
        return _("The note is in the history.")

    return answer(request, number, note, form, note_form=form)


@member_required
@writer_required
def annotate_order(request: MemberRequest, number: int) -> HttpResponse:
    order = get_object_or_404(
        request.organization.orders.select_related("organization"), number=number
    )
    form = AnnotationForm(order, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            operations.annotate_order(
                order=order,
                tags=form.cleaned_data["tags"],
                assignee=form.cleaned_data["assignee"],
                unassign=True,
                annotated_by=request.user,
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(order)
    page = {"order": order, "form": form}
    return render(request, "orders/annotate.html", page, status=422 if form.errors else 200)


@member_required
@writer_required
def edit_order(request: MemberRequest, number: int) -> HttpResponse:
    order = get_object_or_404(request.organization.orders, number=number)
    lines = list(order.lines.order_by("position"))
    form = EditForm(order, lines, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        order.expected_version = form.cleaned_data["version"]
        try:
            _edit(request, order, form)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("%(order)s is changed.") % {"order": order})
            return redirect(order)
    page = {"order": order, "form": form, "obstacle": rules.may_edit(order)}
    return render(request, "orders/change.html", page, status=422 if form.errors else 200)


def _edit(request: MemberRequest, order: Order, form: EditForm) -> None:
    added = form.added
    variants = variants_by_sku(request.organization, (sku for sku, _units in added.values()))
    for field, (sku, _units) in added.items():
        if sku not in variants:
            raise operations.QuantityNotPossible(
                _("There is no product %(sku)s.") % {"sku": sku}, field=field
            )
    operations.edit_order(
        order=order,
        quantities=form.quantities,
        added=[operations.Item(variants[sku], units) for sku, units in added.values()],
        reason=form.cleaned_data["reason"],
        edited_by=request.user,
    )


def _seen(request: MemberRequest, number: int) -> Order:
    """Return the order, expected at the version that its page showed, if the form says so."""
    order = get_object_or_404(request.organization.orders, number=number)
    version = typed(request, "version")
    order.expected_version = int(version) if version.isdecimal() and len(version) < 10 else None
    return order
