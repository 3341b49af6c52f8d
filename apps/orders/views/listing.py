"""The list of orders: which of them, in which order, and what waits. The address says it all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet, TextChoices
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.accounts.access import MemberRequest, member_required
from apps.accounts.models import User
from apps.core.plans import planned_for_its_values
from apps.core.views import typed
from apps.orders import queries
from apps.orders.forms import FilterForm, SavedViewForm
from apps.orders.forms.finding import QUEUE_NAMES
from apps.orders.models import Order, SavedView

# Of a part of a name that thousands have, to count as many takes as long as to find a page.
COUNTED_AT_MOST = 500
# What everybody has: a name, and what its address asks. As FilterForm writes it.
PRESETS = {
    "": _("All"),
    "status=pending&status=confirmed&status=completed"
    "&payment_status=unpaid&payment_status=partially_paid": _("Unpaid"),
    "queue=pick": _("To pick"),
    "queue=overdue": _("Overdue"),
    "return_status=requested&return_status=in_progress": _("Returns"),
}
# The queues that are work; "overdue" is a view of all of them.
WORK = [name for name in QUEUE_NAMES if name != "overdue"]

TAGS_AT_MOST = 3


class Row(NamedTuple):
    """One order of the list, in words."""

    order: Order
    # Digits alone, which stand in a row six times; Django looks up how to write an integer.
    number: str
    content: str
    status: str
    payment: str
    fulfillment: str
    returns: str
    tags: Sequence[str]
    more_tags: int


@require_safe
@member_required
def list_orders(request: MemberRequest) -> HttpResponse:
    if request.GET.getlist("status") == [Order.Status.DRAFT]:
        return _list_drafts(request)
    people = members(request)
    form = filter_form(request, people)
    filters, sort = form.filters, form.chosen_sort
    page = queries.page_of_orders(
        request.organization,
        filters,
        sort=sort,
        after=typed(request, "after"),
        before=typed(request, "before"),
        size=queries.PAGE,
    )
    # What stands on the first page is counted already: who comes after it need not be looked for
    # from the beginning.
    known = 0 if page.previous else len(page.orders)
    behind = queries.beyond(sort, page.next) if known else None
    at_most = max(COUNTED_AT_MOST + 1 - known, 1)
    others = queries.matching_ids(
        request.organization, filters, behind or Q(), sort=sort, at_most=at_most
    )
    with planned_for_its_values():
        counts = queries.count_work(
            request.organization, shown=others if page.next or page.previous else None
        )
    return render(
        request,
        "orders/list.html",
        tabs(request, form)
        | {
            "form": form,
            "page": page,
            "rows": rows(request, page.orders),
            "count": known + counts.get("shown", 0),
            "counted_at_most": COUNTED_AT_MOST,
            "work": work(form, counts),
            "failed": counts["failed"],
            "queue_at_most": queries.COUNTED_AT_MOST,
            "sorts": sorts(form),
            "view_form": SavedViewForm(),
            "tags": queries.tags_in_use(request.organization),
            "is_first": not (typed(request, "after") or typed(request, "before")),
        },
    )


def _list_drafts(request: MemberRequest) -> HttpResponse:
    found, before = queries.drafts(request.organization), typed(request, "before")
    if before.isdecimal():
        found = found.filter(pk__lt=before)
    drafts = list(found[: queries.PAGE + 1])
    shown = drafts[: queries.PAGE]
    older_than = shown[-1].pk if len(drafts) > len(shown) else None
    page = tabs(request, None) | {"drafts": shown, "older_than": older_than}
    return render(request, "orders/drafts.html", page)


def members(request: MemberRequest) -> list[User]:
    everybody: QuerySet[User] = request.organization.members.order_by("name", "email")
    return list(everybody)


def filter_form(request: MemberRequest, people: list[User], asked: Any = None) -> FilterForm:
    """Read what an address asks; `asked` instead, if it was sent another way."""
    return FilterForm(
        request.GET if asked is None else asked,
        organization=request.organization,
        user=request.user,
        members=people,
        now=timezone.now(),
    )


def tabs(request: MemberRequest, form: FilterForm | None) -> dict[str, Any]:
    """Return the views that everybody has, and this person's, and at which of them the list is."""
    views: list[SavedView] = list(queries.saved_views(request.organization, request.user))
    query = form.query if form else None
    return {
        "presets": PRESETS,
        "views": views,
        "query": query,
        "view": next((view for view in views if view.query == query), None),
        "is_preset": query in PRESETS,
    }


def rows(request: MemberRequest, orders: Sequence[Order]) -> list[Row]:
    """Return what the list says of each order; the words of a state are looked up once."""
    found = queries.contents(request.organization, orders)
    status, payment = _words(Order.Status), _words(Order.PaymentStatus)
    fulfillment, returns = _words(Order.FulfillmentStatus), _words(Order.ReturnStatus)
    return [
        Row(
            order,
            number=str(order.number),
            content=_told(found.get(order.pk, queries.NOTHING)),
            status=status[order.status],
            payment=payment[order.payment_status],
            fulfillment=fulfillment[order.fulfillment_status],
            returns=returns[order.return_status],
            tags=order.tags[:TAGS_AT_MOST],
            more_tags=max(len(order.tags) - TAGS_AT_MOST, 0),
        )
        for order in orders
    ]


def _words(states: type[TextChoices]) -> dict[str, str]:
    return {value: str(label) for value, label in states.choices}


def _told(content: queries.Content) -> str:
    """Say in a line what is in an order."""
    if not content.lines:
        return ""
    units = ngettext("%(count)s unit", "%(count)s units", content.units) % {"count": content.units}
    if not content.more:
        return f"{units} · {content.first}"
    more = gettext("%(first)s and %(count)s more") % {"first": content.first, "count": content.more}
    return f"{units} · {more}"


def work(form: FilterForm, counts: dict[str, int]) -> list[dict[str, Any]]:
    """Return the queues, with how much waits in each."""
    chosen = form.cleaned_data.get("queue")
    return [
        {
            "query": f"queue={name}",
            "label": QUEUE_NAMES[name],
            "count": counts[name],
            "is_chosen": name == chosen,
        }
        for name in WORK
    ]


def sorts(form: FilterForm) -> dict[str, dict[str, str]]:
    """Return for each column that sorts what its heading leads to, and how it sorts now."""
    now = form.chosen_sort
    found = {}
    for name in queries.SORTS:
        is_down = now == f"-{name}"
        # The other way round; the first press shows the newest, the largest, the last.
        found[name] = {
            "query": f"{form.unsorted_query}&sort={name if is_down else f'-{name}'}".lstrip("&"),
            "aria": "descending" if is_down else "ascending" if now == name else "",
        }
    return found
