"""What pages of the apps below show of invoices."""

from typing import NamedTuple

from django import template
from django.utils.translation import gettext_lazy, pgettext_lazy

from apps.accounts.models import Organization
from apps.events.models import Delivery
from apps.invoicing import rules
from apps.invoicing.models import Invoice
from apps.orders.models import Order

register = template.Library()

# The names of config/reactions.py.
ISSUING, DRAWING = "issue-invoice", "render-invoice"

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
    # Drawing it was given up: it waits for somebody, and no longer for a worker.
    has_failed: bool
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
    # What was shipped should have its invoice by now, and issuing it was given up.
    has_failed: bool


@register.simple_tag
def documents_of(order: Order) -> Documents:
    """Return the documents of an order, oldest first; a second statement looks for what failed."""
    invoices = list(order.invoices.select_related("document").order_by("pk"))
    standing = rules.standing(invoices)
    today = order.organization.today()
    # What was shipped is invoiced by itself, in a moment.
    expected = not invoices and order.fulfillment_status != Order.FulfillmentStatus.UNFULFILLED
    lacking = {one.pk for one in invoices if not hasattr(one, "document")}
    given_up = _given_up(order) if expected or lacking else set()
    shown = [
        Shown(
            one,
            rules.state(one, order, stands=one == standing, today=today),
            one.pk not in lacking,
            one.pk in lacking and (DRAWING, one.pk) in given_up,
            rules.obstacles(one),
        )
        for one in invoices
    ]
    failed = expected and any(reaction == ISSUING for reaction, _ in given_up)
    may_be_issued = standing is None and not rules.may_invoice(order)
    waiting = (expected and not failed) or any(not (s.is_ready or s.has_failed) for s in shown)
    return Documents(shown, waiting, may_be_issued and (failed or not expected), failed)


def _given_up(order: Order) -> set[tuple[str, int | None]]:
    """What nobody tries any more for the documents of an order, and for which one."""
    dead = Delivery.objects.filter(
        event__aggregate_type="order",
        event__aggregate_id=order.pk,
        dead_at__isnull=False,
        reaction__in=(ISSUING, DRAWING),
    )
    return set(dead.values_list("reaction", "event__data__invoice_id"))


@register.filter
def missing_facts(organization: Organization) -> list[str]:
    """Return what keeps every document of an organization from being an e-invoice."""
    return rules.missing_facts(organization)
