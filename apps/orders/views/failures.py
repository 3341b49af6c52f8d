"""What was given up after its last attempt, and another try."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext

from apps.accounts.access import MemberRequest, keeper_required, member_required
from apps.core.views import typed
from apps.events import operations as events
from apps.orders import queries


@member_required
@keeper_required
def list_failures(request: MemberRequest) -> HttpResponse:
    if request.method == "POST":
        return _try_again(request)
    failures = queries.failures(request.organization)
    page = {"failures": failures[: queries.PAGE], "has_more": len(failures) > queries.PAGE}
    return render(request, "orders/failures.html", page)


def _try_again(request: MemberRequest) -> HttpResponse:
    number = _chosen(request) if "delivery" in request.POST else None
    again = events.replay_deliveries(organization=request.organization, delivery_id=number)
    said = ngettext("%(count)s job is tried again.", "%(count)s jobs are tried again.", again)
    messages.success(request, said % {"count": again})
    return redirect("orders:failures", request.organization.slug)


def _chosen(request: MemberRequest) -> int:
    """Return the number of one delivery. What is none would else mean all of them."""
    number = typed(request, "delivery")
    if not (number.isascii() and number.isdecimal() and len(number) < 18):
        raise Http404
    return int(number)
