import re
from datetime import date

from django.db.models import Exists, F, OuterRef, QuerySet

from apps.accounts.models import Organization
from apps.invoicing import rules
from apps.invoicing.models import PREFIXES, Invoice
from apps.orders.models import Order

SERIES = {prefix: series for series, prefix in PREFIXES.items()}


def labelled(organization: Organization, label: str) -> QuerySet[Invoice]:
    """Return the document of that label (INV-00001, CN-00001), if there is one."""
    found = re.fullmatch(r"([A-Z]+)-([0-9]{1,9})", label)
    if found is None or found[1] not in SERIES:
        return Invoice.objects.none()
    return organization.invoices.filter(series=SERIES[found[1]], number=int(found[2]))


def documents_of(order: Order) -> QuerySet[Invoice]:
    """All invoices and credit notes of an order as they were issued, with their PDFs."""
    return (
        Invoice.objects.filter(order=order)
        .select_related("document__file", "corrects", "replaces")
        .order_by("pk")
    )


def standing_invoice(order: Order) -> Invoice | None:
    """Return the one invoice of an order that no credit note has taken back."""
    # The order is a row others may have locked and changed: it comes from the caller, not the join.
    standing = rules.standing(Invoice.objects.filter(order=order).order_by("pk"))
    if standing is not None:
        standing.order = order
    return standing


def last_invoice(order: Order) -> Invoice | None:
    """Return the latest invoice of an order, whether it stands or not."""
    return Invoice.objects.filter(order=order, kind=Invoice.Kind.INVOICE).order_by("pk").last()


def credit_notes(order: Order) -> QuerySet[Invoice]:
    """The notes that document credits of an order: not those that take back a whole invoice."""
    return Invoice.objects.filter(order=order, credit__isnull=False)


def last_day_of_issue(organization: Organization, series: str) -> date | None:
    """Return the latest date in a series, which the next number must not be before."""
    days = organization.invoices.filter(series=series).order_by("-number")
    return days.values_list("issued_on", flat=True).first()


def unpaid_invoices(*, due_by: date) -> QuerySet[Invoice]:
    """Standing invoices that were due by that day, of orders somebody still owes money for."""
    return (
        Invoice.objects.filter(kind=Invoice.Kind.INVOICE, due_on__lte=due_by)
        .filter(order__status__in=[Order.Status.CONFIRMED, Order.Status.COMPLETED])
        .filter(order__total__gt=F("order__credited") + F("order__captured") - F("order__refunded"))
        .exclude(Exists(Invoice.objects.filter(corrects=OuterRef("pk"), credit=None)))
        .order_by("pk")
    )
