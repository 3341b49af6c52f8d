"""Pick list and packing slip as PDF, set by Typst: one page in a moment, drawn when asked for."""

import json
from pathlib import Path
from typing import Any

import typst
from babel.dates import format_date

from apps.core.countries import abroad
from apps.fulfillment.models import Fulfillment, FulfillmentLine

TEMPLATE = Path(__file__).parent / "typst" / "parcel.typ"


def draw_pick_list(parcel: Fulfillment) -> bytes:
    """Return what to fetch from the shelves of the parcel's location, by SKU."""
    return _draw(parcel, "Pick list", order_by="sku")


def draw_packing_slip(parcel: Fulfillment) -> bytes:
    """Return what lies in the parcel, as the customer ordered it. It names no prices."""
    return _draw(parcel, "Packing slip", order_by="position")


def _draw(parcel: Fulfillment, title: str, *, order_by: str) -> bytes:
    rows = parcel.lines.select_related("order_line").order_by(f"order_line__{order_by}", "pk")
    data = json.dumps(_as_shown(parcel, title, list(rows)))
    return typst.compile(
        TEMPLATE, format="pdf", sys_inputs={"parcel": data}, ignore_system_fonts=True
    )


def _as_shown(parcel: Fulfillment, title: str, rows: list[FulfillmentLine]) -> dict[str, Any]:
    order = parcel.order
    organization = order.organization
    made = parcel.shipped_at or parcel.created_at
    return {
        "title": title,
        "is_pick_list": title == "Pick list",
        "shop": organization.name,
        "order": str(order.number),
        "parcel": str(parcel.number),
        "date": format_date(made, "long", locale=organization.locale),
        "location": parcel.location.name if parcel.location else "",
        "to": order.customer_name,
        "address": "\n".join(
            [
                *filter(None, [order.shipping_address]),
                *abroad(order.country, organization.country, organization.locale),
            ]
        ),
        "carrier": f"{parcel.carrier} {parcel.tracking_number}".strip(),
        "note": order.note,
        "lines": [
            {"sku": row.order_line.sku, "name": row.order_line.name, "quantity": str(row.quantity)}
            for row in rows
        ],
        "units": str(sum(row.quantity for row in rows)),
    }
