"""Pick lists and packing slips as PDF, set by Typst in a moment: drawn when asked for."""

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typst
from babel.dates import format_date
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from apps.core.countries import abroad
from apps.core.languages import figures, speaking
from apps.fulfillment.models import Fulfillment, FulfillmentLine

# What the page calls its parts.
WORDS = {
    "page": gettext_lazy("Page"),
    "of": pgettext_lazy("page 1 of 2", "of"),
    "order": gettext_lazy("Order"),
    "shipment": gettext_lazy("Shipment"),
    "ship_to": gettext_lazy("Ship to"),
    "no_address": gettext_lazy("No address was given."),
    "fetch_from": gettext_lazy("Fetch from"),
    "sent_with": gettext_lazy("Sent with"),
    "quantity": gettext_lazy("Qty"),
    "sku": gettext_lazy("SKU"),
    "item": gettext_lazy("Item"),
    "done": gettext_lazy("Done"),
    "note": gettext_lazy("Note for the team"),
}
TEMPLATE = Path(__file__).parent / "typst" / "parcel.typ"


def draw_pick_lists(parcels: Sequence[Fulfillment]) -> bytes:
    """Return what to fetch from the shelves of each parcel's location, by SKU."""
    return _draw(parcels, _("Pick list"), order_by="sku", is_pick_list=True)


def draw_packing_slips(parcels: Sequence[Fulfillment]) -> bytes:
    """Return what lies in each parcel, as the shop writes to its customers, and no prices."""
    with speaking(parcels[0].order.organization.locale):
        return _draw(parcels, _("Packing slip"), order_by="position")


def _draw(
    parcels: Sequence[Fulfillment], title: str, *, order_by: str, is_pick_list: bool = False
) -> bytes:
    found = FulfillmentLine.objects.filter(fulfillment__in=parcels).select_related("order_line")
    rows = defaultdict(list)
    for row in found.order_by(f"order_line__{order_by}", "pk"):
        rows[row.fulfillment_id].append(row)
    papers = [
        _as_shown(parcel, rows[parcel.pk]) | {"title": title, "is_pick_list": is_pick_list}
        for parcel in parcels
    ]
    data = json.dumps(papers)
    return typst.compile(
        TEMPLATE, format="pdf", sys_inputs={"papers": data}, ignore_system_fonts=True
    )


def _as_shown(parcel: Fulfillment, rows: list[FulfillmentLine]) -> dict[str, Any]:
    order = parcel.order
    organization = order.organization
    locale = figures(organization.locale)
    units = sum(row.quantity for row in rows)
    made, zone = parcel.shipped_at or parcel.created_at, ZoneInfo(organization.timezone)
    return {
        "language": get_language(),
        "words": {name: str(word) for name, word in WORDS.items()},
        "shop": organization.name,
        "order": str(order.number),
        "parcel": str(parcel.number),
        "date": format_date(made.astimezone(zone), "long", locale=locale),
        "location": parcel.location.name if parcel.location else "",
        "to": order.customer_name,
        "address": "\n".join(
            [
                *filter(None, [order.shipping_address]),
                *abroad(order.country, organization.country, locale),
            ]
        ),
        "carrier": f"{parcel.carrier} {parcel.tracking_number}".strip(),
        "note": order.note,
        "lines": [
            {"sku": row.order_line.sku, "name": row.order_line.name, "quantity": str(row.quantity)}
            for row in rows
        ],
        "units": ngettext("%(count)s unit", "%(count)s units", units) % {"count": units},
    }
