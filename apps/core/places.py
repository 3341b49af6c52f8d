"""Where one works at the desk: the one table of its navigation."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Place:
    view: str
    name: str | Promise
    icon: str

    # Pressed after `g`, it leads here.
    key: str

    # Beginnings of the names of views that belong here; the longest that fits decides.
    covers: tuple[str, ...]

    def path(self, slug: str) -> str:
        return reverse(self.view, args=[slug])

    def fit(self, view: str) -> int:
        return max((len(start) for start in self.covers if view.startswith(start)), default=0)


# So many stay under the thumb of a phone; the rest is behind "More".
UNDER_THE_THUMB = 4

PLACES = [
    Place("reports:dashboard", _("Dashboard"), "dashboard", "d", ("reports:",)),
    Place("orders:list", _("Orders"), "orders", "o", ("orders:", "payments:", "fulfillment:")),
    Place(
        "fulfillment:picking",
        _("Picking"),
        "picking",
        "k",
        ("fulfillment:pick", "fulfillment:wave"),
    ),
    Place("catalog:list", _("Products"), "products", "p", ("catalog:",)),
    Place("inventory:list", _("Stock"), "stock", "s", ("inventory:",)),
    Place("batches:list", _("Imports and exports"), "transfers", "i", ("batches:",)),
    Place(
        "accounts:settings", _("Settings"), "settings", "e", ("accounts:", "team:", "catalog:tax-")
    ),
]


def place_of(view: str) -> Place | None:
    """Find the place that a view belongs to, by its full name (`orders:detail`)."""
    best = max(PLACES, key=lambda place: place.fit(view))
    return best if best.fit(view) else None
