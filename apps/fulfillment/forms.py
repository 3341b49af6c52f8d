"""What is typed about parcels and returns. Shape only: not what is left of a line."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.fulfillment import rules
from apps.fulfillment.models import Return, ReturnLine
from apps.fulfillment.operations import Arrival
from apps.orders.models import OrderLine
from apps.orders.operations import QUANTITY_AT_MOST

QUANTITY = "quantity-"


def ids_of(form: str, number: int = 0) -> str:
    """Return the pattern of the ids of a form that may stand on one page several times."""
    return f"{form}-{number}-%s" if number else f"{form}-%s"


class TrackingForm(forms.Form):
    carrier = forms.CharField(
        label=_("Carrier"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "on"}),
    )
    tracking_number = forms.CharField(
        label=_("Tracking number"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    tracking_url = forms.URLField(
        label=_("Tracking link"),
        max_length=500,
        required=False,
        validators=[URLValidator(schemes=["http", "https"])],
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )

    def clean_tracking_url(self) -> str:
        """Write the scheme as the database insists on it: `HTTP://` is a link as well."""
        scheme, colon, rest = self.cleaned_data["tracking_url"].partition(":")
        return f"{scheme.lower()}{colon}{rest}"


class UnitsForm(forms.Form):
    """How many units of which line of one order, by position."""

    # The property of a line that says how many of it there are to choose from.
    CHOSEN_FROM: ClassVar[str]

    def __init__(self, lines: Iterable[OrderLine], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(lines)
        for line in self.lines:
            self.fields[f"{QUANTITY}{line.position}"] = forms.IntegerField(
                label=gettext("Units of %(product)s") % {"product": line.name},
                initial=self.proposed(line),
                required=False,
                min_value=0,
                max_value=QUANTITY_AT_MOST,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )

    def proposed(self, line: OrderLine) -> int:
        return 0

    def left(self, line: OrderLine) -> int:
        return int(getattr(line, self.CHOSEN_FROM))

    @property
    def quantities(self) -> dict[int, int]:
        typed = self.cleaned_data
        return {line.pk: typed[f"{QUANTITY}{line.position}"] or 0 for line in self.lines}

    def rows(self) -> list[tuple[OrderLine, int, Any]]:
        """Lines of which something is left or was typed wrong, how much, and their field."""
        rows = [(line, self.left(line), self[f"{QUANTITY}{line.position}"]) for line in self.lines]
        return [row for row in rows if row[1] or row[2].errors]


class ShipmentForm(UnitsForm, TrackingForm):
    CHOSEN_FROM = "open"

    def proposed(self, line: OrderLine) -> int:
        return line.open

    @property
    def chosen(self) -> dict[int, int] | None:
        """The units typed, or nothing where the door was not asked about units: then all."""
        asked = any(name.startswith(QUANTITY) for name in self.data)
        return self.quantities if asked else None

    @property
    def tracking(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in TrackingForm.base_fields}


class ReturnForm(UnitsForm):
    CHOSEN_FROM = "returnable"

    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("Why not"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class ArrivalForm(forms.Form):
    """What came of the lines of one return, by the position of the order's line."""

    # Typed, not chosen: a list to choose from would be a statement more for each page of an order.
    location = forms.CharField(
        label=_("Location"),
        max_length=20,
        required=False,
        help_text=_("The code of the one that takes it back; empty: the one served first."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, rows: Sequence[ReturnLine], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of = [(row, row.order_line) for row in rows]
        for row, line in self.of:
            self.fields[f"received-{line.position}"] = forms.IntegerField(
                label=_("Received"),
                initial=row.requested,
                min_value=0,
                max_value=QUANTITY_AT_MOST,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
            self.fields[f"disposition-{line.position}"] = forms.ChoiceField(
                label=_("What became of it"),
                choices=ReturnLine.Disposition.choices,
                initial=rules.proposed_disposition(row.rma),
            )

    @property
    def arrivals(self) -> list[Arrival]:
        typed = self.cleaned_data
        return [
            Arrival(
                line.pk, typed[f"received-{line.position}"], typed[f"disposition-{line.position}"]
            )
            for _, line in self.of
        ]

    def rows(self) -> list[tuple[ReturnLine, OrderLine, Any, Any]]:
        return [
            (row, line, self[f"received-{line.position}"], self[f"disposition-{line.position}"])
            for row, line in self.of
        ]


class ResolutionForm(forms.Form):
    resolution = forms.ChoiceField(
        label=_("The customer gets"),
        choices=Return.Resolution.choices,
        help_text=_(
            "A refund goes back to the card by itself. What was paid by transfer or in cash "
            "waits under “To refund” until somebody says that it was handed over."
        ),
    )


class TickForm(forms.Form):
    """One scan, or one press at a row: a few units into the basket or out of it."""

    code = forms.CharField(max_length=64, required=False)
    row = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    units = forms.IntegerField(
        min_value=-QUANTITY_AT_MOST, max_value=QUANTITY_AT_MOST, required=False
    )
    # What whoever sends it calls it, so that it counts once. Without a name it counts each time.
    key = forms.CharField(max_length=36, required=False)

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if not typed.get("code") and not typed.get("row"):
            raise forms.ValidationError(_("Scan an article, or type its SKU."))
        return typed

    @property
    def tick(self) -> dict[str, Any]:
        typed = self.cleaned_data
        units = 1 if typed["units"] is None else typed["units"]
        key = typed["key"] or uuid.uuid4().hex
        return {"code": typed["code"], "row_id": typed["row"], "units": units, "key": key}


class MissingForm(forms.Form):
    """Which row of a pick list could not be found, and why."""

    row = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=_("Why"),
        choices=[
            ("empty", _("The shelf is empty")),
            ("damaged", _("What is there is damaged")),
            ("other", _("Something else lies there")),
        ],
    )

    @property
    def said(self) -> str:
        """The reason, in the words that were chosen."""
        field: Any = self.fields["reason"]
        return str(dict(field.choices)[self.cleaned_data["reason"]])
