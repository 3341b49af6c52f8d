"""What pages of the apps below show of invoices."""

from typing import NamedTuple

from django import template
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from apps.accounts.models import Organization
from apps.invoicing import rules
from apps.invoicing.models import Invoice
from apps.orders.models import Order

register = template.Library()

# How the state of an invoice looks: the class of a badge.
STATES = {
    "paid": gettext_lazy("Paid"),
    "overdue": gettext_lazy("Overdue"),
    "open": pgettext_lazy("invoice", "Open"),
    "credited": gettext_lazy("Credited"),
}
TONES = {"paid": "good", "overdue": "bad", "open": "wait", "credited": "still"}


class Shown(NamedTuple):
    """A document as the page of its order shows it."""

    invoice: Invoice
    state: str
    # Empty while it is being drawn.
    is_ready: bool
    # Why it carries no EN 16931 data, in sentences.
    obstacles: list[str]

    @property
    def state_name(self) -> str:
        return str(STATES[self.state])

    @property
    def tone(self) -> str:
        return f"badge badge-{TONES.get(self.state, 'still')}"


class Documents(NamedTuple):
    """All documents of an order, and whether a further one or a PDF is about to come."""

    shown: list[Shown]
    is_waiting: bool
    may_be_issued: bool


@register.simple_tag
def documents_of(order: Order) -> Documents:
    """Return the documents of an order, oldest first, in one statement."""
    invoices = list(order.invoices.select_related("document").order_by("pk"))
    standing, today = rules.standing(invoices), timezone.localdate()
    shown = [
        Shown(
            one,
            rules.state(one, order, stands=one == standing, today=today),
            hasattr(one, "document"),
            rules.obstacles(one),
        )
        for one in invoices
    ]
    # What was shipped is invoiced by itself, in a moment.
    expected = not shown and order.fulfillment_status != Order.FulfillmentStatus.UNFULFILLED
    may_be_issued = standing is None and not rules.may_invoice(order)
    waiting = expected or not all(one.is_ready for one in shown)
    return Documents(shown, waiting, may_be_issued and not expected)


@register.filter
def missing_facts(organization: Organization) -> list[str]:
    """Return what keeps every document of an organization from being an e-invoice."""
    return rules.missing_facts(organization)
