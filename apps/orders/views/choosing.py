"""Which orders somebody chose from a list: those they ticked, or all that match."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest
from apps.core.plans import planned_for_its_values
from apps.orders import queries
from apps.orders.forms import FilterForm, asked_by
from apps.orders.models import Order
from apps.orders.views.listing import filter_form, members


class Choice(NamedTuple):
    """
    What was chosen: the `numbers` that were ticked, or with `is_all` all that matches `form`.

    `versions` are those that were shown, by number, where somebody has looked at them.
    """

    form: FilterForm
    numbers: list[int]
    versions: dict[int, int]
    is_all: bool

    @property
    def problem(self) -> str:
        """
        What is wrong with what is to match, if something is.

        A list shows more than was asked for then, and says so; a deed would be done to more.
        """
        wrong = self.form.errors.values() if self.is_all else []
        return next((str(error) for errors in wrong for error in errors), "")

    def rows(self, request: MemberRequest, *, at_most: int | None = None) -> QuerySet[Order]:
        """Return them in the order of the list."""
        organization, sort = request.organization, self.form.chosen_sort
        if self.is_all:
            return queries.matching(organization, self.form.filters, sort=sort, at_most=at_most)
        ticked = Q(number__in=self.numbers)
        return queries.matching(
            organization, queries.EVERYTHING, ticked, sort=sort, at_most=at_most
        )

    def orders(self, request: MemberRequest, *, at_most: int) -> list[Order]:
        """Return them expected at the versions that were shown, if they were."""
        with planned_for_its_values():
            orders = list(self.rows(request, at_most=at_most))
        for order in orders:
            order.organization = request.organization
            order.expected_version = self.versions.get(order.number or 0)
        return orders

    def is_longer_than(self, request: MemberRequest, count: int) -> bool:
        with planned_for_its_values():
            return len(self.rows(request, at_most=count + 1).values_list("pk")) > count


def chosen(request: MemberRequest) -> Choice:
    """Read what the form around a list sent: `order` (7, or 7-2 at its version 2), or `all`."""
    sent: QueryDict = request.POST if request.method == "POST" else request.GET
    form = filter_form(request, members(request), asked_by(sent.get("query", "")))
    pairs = [text.partition("-")[::2] for text in sent.getlist("order")]
    known = {int(number): version for number, version in pairs if _is_number(number)}
    versions = {number: int(one) for number, one in known.items() if _is_number(one)}
    return Choice(form, list(known), versions, bool(sent.get("all")))


def look_again(request: MemberRequest, choice: Choice) -> HttpResponse:
    """Lead back to the list, where the field says what is wrong with it."""
    messages.error(
        request, _("The list is not what it was. %(problem)s") % {"problem": choice.problem}
    )
    sent: QueryDict = request.POST if request.method == "POST" else request.GET
    address = reverse("orders:list", args=[request.organization.slug])
    return redirect(f"{address}?{urlencode(asked_by(sent.get('query', '')), doseq=True)}")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10
