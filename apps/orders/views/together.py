"""The same deed for many orders: first what it would do and to which, then what it did."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy, ngettext

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.core.views import typed
from apps.orders import operations, queries
from apps.orders.forms import DeedForm
from apps.orders.operations import Outcome
from apps.orders.views.choosing import Choice, chosen, look_again

AT_ONCE = 50
# So many are asked what stands in the way before it is done; it is asked of all of them then.
FORESEEN = 1000
NAMES = {
    "confirm": gettext_lazy("Confirm orders"),
    "cancel": gettext_lazy("Cancel orders"),
    "tag": gettext_lazy("Add a tag"),
    "untag": gettext_lazy("Remove a tag"),
    "assign": gettext_lazy("Assign orders"),
}


@member_required
@writer_required
def act_together(request: MemberRequest) -> HttpResponse:
    name = typed(request, "deed")
    if name not in operations.DEEDS:
        return render(request, "orders/together.html", {"is_unknown": True}, status=422)
    choice = chosen(request)
    if choice.problem:
        return look_again(request, choice)
    people = request.organization.members.order_by("name", "email")
    form = DeedForm(name, people, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        return _do(request, choice, form)
    return _ask(request, choice, form, name)


def _ask(request: MemberRequest, choice: Choice, form: DeedForm, name: str) -> HttpResponse:
    orders = choice.orders(request, at_most=FORESEEN + 1)
    is_long = choice.is_all and len(orders) > AT_ONCE
    outcome = operations.foresee(orders=orders[:FORESEEN], deed=operations.Deed(name))
    page = {
        "name": name,
        "title": NAMES[name],
        "form": form,
        "choice": choice,
        "chosen": [] if is_long else orders,
        "outcome": outcome,
        "foreseen": FORESEEN,
        "has_more": len(orders) > FORESEEN,
        "is_long": is_long,
        "tags": queries.tags_in_use(request.organization) if "tag" in form.fields else [],
    }
    return render(request, "orders/together.html", page, status=422 if form.errors else 200)


def _do(request: MemberRequest, choice: Choice, form: DeedForm) -> HttpResponse:
    orders = choice.orders(request, at_most=AT_ONCE + 1 if choice.is_all else FORESEEN)
    # A batch takes what the filters match: those that were ticked are done here, and no others.
    if choice.is_all and len(orders) > AT_ONCE:
        return redirect(
            operations.start_together(
                organization=request.organization,
                filters=choice.form.filters,
                deed=form.wish,
                actor=request.user,
            )
        )
    outcome = operations.do_to_all(orders=orders, deed=form.wish, actor=request.user)
    messages.success(request, _told(form.wish.name, outcome))
    page = {
        "title": NAMES[form.wish.name],
        "said": _told(form.wish.name, outcome),
        "outcome": outcome,
        "choice": choice,
    }
    return render(request, "orders/together_done.html", page)


def _told(name: str, outcome: Outcome) -> str:
    done, left_out = len(outcome.done), len(outcome.left_out)
    said = ngettext("%(count)s order is done.", "%(count)s orders are done.", done)
    if name == "confirm":
        said = ngettext("%(count)s order is confirmed.", "%(count)s orders are confirmed.", done)
    elif name == "cancel":
        said = ngettext("%(count)s order is cancelled.", "%(count)s orders are cancelled.", done)
    parts = [said % {"count": done}]
    if left_out:
        skipped = ngettext("%(count)s was skipped.", "%(count)s were skipped.", left_out)
        parts.append(skipped % {"count": left_out})
    return " ".join(parts)
