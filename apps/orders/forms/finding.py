"""What is typed to find orders. An address says it all: it can be sent, saved and exported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.core.forms import AmountField
from apps.core.money import to_minor
from apps.orders.models import Order
from apps.orders.queries import NEWEST, SORTS, Filters

PERIODS = {
    "today": _("Today"),
    "week": _("Last 7 days"),
    "month": _("This month"),
    "30days": _("Last 30 days"),
}
QUEUE_NAMES = {
    "confirm": _("To confirm"),
    "pick": _("To pick"),
    "ship": _("To ship"),
    "invoice": _("To invoice"),
    "answer": _("To answer"),
    "refund": _("To refund"),
    "overdue": _("Overdue"),
}
ME, NOBODY = "me", "nobody"
SORT_CHOICES = [(sign + name, name) for name in SORTS for sign in ("", "-")]
MANY = ("status", "payment_status", "fulfillment_status", "return_status", "channel")


class Chip(NamedTuple):
    """One filter that is on, in words, and what the address asks without it."""

    name: str
    value: str
    without: str


class FilterForm(forms.Form):
    """
    Which orders a list shows. Whatever is wrong is said, and filters nothing; the rest does.

    Periods begin in the organization's time zone, and "me" is whoever looks, so that a saved view
    stays true tomorrow and for a colleague.
    """

    q = forms.CharField(label=_("Search"), max_length=200, required=False)
    queue = forms.ChoiceField(
        label=_("Work"),
        required=False,
        choices=[("", _("Everything")), *QUEUE_NAMES.items()],
    )
    status = forms.MultipleChoiceField(
        label=_("Status"),
        required=False,
        choices=[one for one in Order.Status.choices if one[0] != Order.Status.DRAFT],
        widget=forms.CheckboxSelectMultiple,
    )
    payment_status = forms.MultipleChoiceField(
        label=_("Payment"),
        required=False,
        choices=Order.PaymentStatus.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    fulfillment_status = forms.MultipleChoiceField(
        label=_("Fulfilment"),
        required=False,
        choices=Order.FulfillmentStatus.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    return_status = forms.MultipleChoiceField(
        label=_("Returns"),
        required=False,
        choices=Order.ReturnStatus.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    channel = forms.MultipleChoiceField(
        label=_("Came through"),
        required=False,
        choices=Order.Channel.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    placed = forms.ChoiceField(
        label=_("Placed"), required=False, choices=[("", _("At any time")), *PERIODS.items()]
    )
    placed_from = forms.DateField(
        label=_("Placed from"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    placed_to = forms.DateField(
        label=_("Placed to"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    total_from = AmountField(
        label=_("Total from"),
        required=False,
        min_value=0,
        max_value=10**12,
        decimal_places=3,
    )
    total_to = AmountField(
        label=_("Total to"),
        required=False,
        min_value=0,
        max_value=10**12,
        decimal_places=3,
    )
    customer = forms.CharField(
        label=_("Customer"),
        max_length=254,
        required=False,
        help_text=_("Their email address."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )
    assignee = forms.ChoiceField(label=_("Looked after by"), required=False)
    tag = forms.CharField(
        label=_("Tag"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "tags"}),
    )
    sort = forms.ChoiceField(required=False, choices=SORT_CHOICES)

    def __init__(
        self,
        asked: Mapping[str, Any],
        *,
        organization: Organization,
        user: User,
        members: Sequence[User],
        now: datetime,
    ) -> None:
        self.asked: MultiValueDict[str, str] = MultiValueDict(
            {name: _texts(asked, name) for name in asked}
        )
        super().__init__(self.asked)
        self.organization, self.user, self.now = organization, user, now
        self.fields["assignee"].choices = [  # type: ignore[attr-defined]
            ("", _("Anybody")),
            (ME, _("Me")),
            (NOBODY, _("Nobody")),
            *((str(one.pk), str(one)) for one in members),
        ]
        self.is_valid()

    def clean_customer(self) -> Any:
        said = self.cleaned_data["customer"]
        if not said:
            return None
        customers = self.organization.customers
        if said.isascii() and said.isdecimal() and len(said) < 18:
            found = customers.filter(pk=int(said)).first()
        else:
            found = customers.filter(email__iexact=said).first()
        if found is None:
            raise forms.ValidationError(_("No customer of yours has this email address."))
        # From here on the address names the row, and the field says who that is.
        self.asked["customer"] = found.email or str(found.pk)
        return found

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        self._in_order(typed, "placed_from", "placed_to", _("The first day is after the last."))
        self._in_order(typed, "total_from", "total_to", _("This is more than the amount to."))
        return typed

    @property
    def chosen_sort(self) -> str:
        return self.cleaned_data.get("sort") or NEWEST

    @property
    def filters(self) -> Filters:
        """What is asked for and makes sense."""
        typed = self.cleaned_data
        customer = typed.get("customer")
        return Filters(
            search=typed.get("q", ""),
            queue=typed.get("queue", ""),
            tag=typed.get("tag", ""),
            customer=customer.pk if customer else None,
            assignee=self._assignee(),
            total_from=self._minor("total_from"),
            total_to=self._minor("total_to"),
            placed_since=self._since(),
            placed_before=self._midnight(typed.get("placed_to"), days=1),
            **{name: typed.get(name, []) for name in MANY},
        )

    @property
    def query(self) -> str:
        """What is asked for, as the one way to write it in an address."""
        return urlencode(list(self._pairs()))

    @property
    def unsorted_query(self) -> str:
        return self._without("sort")

    @property
    def panel(self) -> list[forms.BoundField]:
        """The fields beside the search; what is chosen by ticking comes first."""
        return [self[name] for name in self.fields if name not in {"q", "sort", "queue"}]

    @property
    def chips(self) -> list[Chip]:
        """Each filter that is on. The search is in its field already."""
        return [
            Chip(str(self.fields[name].label), self._word(name, value), self._without(name, value))
            for name, value in self._pairs()
            if name not in {"q", "sort"}
        ]

    def _pairs(self) -> Iterator[tuple[str, str]]:
        for name in self.fields:
            if not self.cleaned_data.get(name) and self.cleaned_data.get(name) != 0:
                continue
            values = self.asked.getlist(name)
            for value in values if name in MANY else values[-1:]:
                yield name, value

    def _without(self, name: str, value: str = "") -> str:
        kept = [pair for pair in self._pairs() if pair[0] != name or (value and pair[1] != value)]
        return urlencode(kept)

    def _word(self, name: str, value: str) -> str:
        if name == "customer":
            return str(self.cleaned_data["customer"])
        choices = dict(getattr(self.fields[name], "choices", ()))
        return str(choices.get(value, value))

    def _in_order(self, typed: Mapping[str, Any], first: str, last: str, problem: Any) -> None:
        low, high = typed.get(first), typed.get(last)
        if low is not None and high is not None and low > high:
            self.add_error(first, problem)

    def _assignee(self) -> int | None:
        chosen = self.cleaned_data.get("assignee")
        if not chosen:
            return None
        return {ME: self.user.pk, NOBODY: 0}.get(chosen) if chosen in {ME, NOBODY} else int(chosen)

    def _minor(self, name: str) -> int | None:
        amount = self.cleaned_data.get(name)
        return None if amount is None else to_minor(amount, self.organization.currency)

    def _since(self) -> datetime | None:
        today = self.now.astimezone(ZoneInfo(self.organization.timezone)).date()
        begun = {
            "today": today,
            "week": today - timedelta(days=6),
            "month": today.replace(day=1),
            "30days": today - timedelta(days=29),
        }.get(self.cleaned_data.get("placed", ""))
        days = [one for one in (begun, self.cleaned_data.get("placed_from")) if one]
        return self._midnight(max(days)) if days else None

    def _midnight(self, day: date | None, *, days: int = 0) -> datetime | None:
        if day is None or date.max - day < timedelta(days=days):
            # No day, or none after it that could be too late.
            return None
        zone = ZoneInfo(self.organization.timezone)
        return datetime.combine(day + timedelta(days=days), time.min, tzinfo=zone)


def asked_by(query: str) -> dict[str, list[str]]:
    """Return what a saved query asks, as FilterForm takes it."""
    return parse_qs(query)


def _texts(asked: Mapping[str, Any], name: str) -> list[str]:
    """Return what was sent under a name, without what PostgreSQL cannot store."""
    sent = asked.getlist(name) if hasattr(asked, "getlist") else asked[name]
    return [text.replace("\x00", "").strip()[:254] for text in sent]
