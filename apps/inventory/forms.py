import uuid
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.models import Organization
from apps.core.errors import Refusal
from apps.inventory.models import StockMovement
from apps.inventory.operations import KeyReused
from apps.inventory.queries import Filters, MovementFilters

UNITS_AT_MOST = 1_000_000


# What is common comes to hand; anything else can be typed.
REASONS = [
    _("Delivery"),
    _("Inventory count"),
    _("Damaged"),
    _("Lost"),
    _("Found"),
    _("Given away"),
    _("Correction"),
]


def new_key() -> str:
    return f"page-{uuid.uuid4()}"


class OnceForm(forms.Form):
    """A form that does what it says once, however often it is sent."""

    # Made with the empty form.
    key = forms.CharField(max_length=64, required=False, initial=new_key, widget=forms.HiddenInput)

    def blame(self, refusal: Refusal) -> None:
        """Say why, at the field it is about, and keep what was typed."""
        if not isinstance(refusal, KeyReused):
            field = refusal.field if refusal.field in self.fields else None
            return self.add_error(field, str(refusal))
        self.data = {**self.data.dict(), "key": new_key()}  # type: ignore[attr-defined]
        return self.add_error(None, _("This form was sent before. Send it again if you mean it."))


class ReasonField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"list": "reasons", "autocomplete": "off"})
        super().__init__(label=_("Reason"), max_length=200, widget=widget, **kwargs)


class AdjustmentForm(OnceForm):
    """Either how many came or went, or how many there are."""

    delta = forms.IntegerField(
        label=_("Add or take away"),
        min_value=-UNITS_AT_MOST,
        max_value=UNITS_AT_MOST,
        required=False,
        help_text=_("12 came in: 12. Three are broken: -3."),
    )
    counted = forms.IntegerField(
        label=_("Or counted in all"),
        min_value=0,
        max_value=UNITS_AT_MOST,
        required=False,
        help_text=_("What lies there now."),
    )
    reason = ReasonField()
    # The newest movement that the page shows; 0: none.
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if "delta" in typed and "counted" in typed:
            delta, counted = typed["delta"], typed["counted"]
            if delta is not None and counted is not None:
                self.add_error("counted", _("Fill in one of the two."))
            elif delta == 0:
                self.add_error("delta", _("A change of nothing is no change."))
            elif delta is None and counted is None:
                self.add_error("delta", _("Say how many."))
        return typed

    def seeing(self, newest: int) -> None:
        """Keep what was typed, and count it as typed about what is there now."""
        self.data = {**self.data.dict(), "seen": str(newest)}  # type: ignore[attr-defined]


class ReceiptForm(OnceForm):
    sku = forms.CharField(
        label=_("SKU"), max_length=64, widget=forms.TextInput(attrs={"list": "skus"})
    )
    location: Any = forms.ModelChoiceField(label=_("Location"), queryset=None, empty_label=None)
    quantity = forms.IntegerField(label=_("Units"), min_value=1, max_value=UNITS_AT_MOST)
    reason = ReasonField(initial=_("Delivery"))

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = organization.locations.filter(active=True).order_by("priority", "pk")
        self.fields["location"].queryset = places  # type: ignore[attr-defined]
        if not places:
            # The first units open the first location.
            del self.fields["location"]


class LocationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)
    priority = forms.IntegerField(
        label=_("Priority"),
        min_value=1,
        max_value=999,
        initial=1,
        help_text=_("Orders are served from the lowest number first."),
    )


class NewLocationForm(LocationForm):
    code = forms.RegexField(
        r"^[A-Z0-9-]+$",
        label=_("Code"),
        max_length=20,
        help_text=_("Short, for files and programs: ATTIC. It cannot be changed later."),
        error_messages={"invalid": _("Use capital letters, digits and hyphens.")},
    )
    field_order = ["code", "name", "priority"]


class TransferForm(OnceForm):
    sku = forms.CharField(label=_("SKU"), max_length=64)
    source: Any = forms.ModelChoiceField(
        label=pgettext_lazy("location", "From"), queryset=None, empty_label=None
    )
    target: Any = forms.ModelChoiceField(
        label=pgettext_lazy("location", "To"), queryset=None, empty_label=None
    )
    quantity = forms.IntegerField(label=_("Units"), min_value=1, max_value=UNITS_AT_MOST)
    reason = ReasonField()

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = organization.locations.filter(active=True).order_by("priority", "pk")
        self.fields["source"].queryset = places  # type: ignore[attr-defined]
        self.fields["target"].queryset = places  # type: ignore[attr-defined]
        # Two different ones, so that what is left to choose is the rarer case.
        self.fields["target"].initial = places[1:2].first()


class PlaceForm(forms.Form):
    """What a list is narrowed to. Whatever is no choice narrows nothing."""

    location: Any = forms.ModelChoiceField(
        label=_("Location"), queryset=None, required=False, empty_label=_("Every location")
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["location"].queryset = organization.locations.order_by("priority", "pk")  # type: ignore[attr-defined]


class StockFilterForm(PlaceForm):
    state = forms.ChoiceField(
        required=False,
        choices=[
            ("", _("All")),
            ("low", _("Low")),
            ("negative", _("Oversold")),
            ("never", _("Never received")),
        ],
    )

    def filters(self, *, search: str) -> Filters:
        self.is_valid()
        return Filters(search=search, **self.cleaned_data)


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        validators=[MinValueValidator(date(1970, 1, 2)), MaxValueValidator(date(2999, 12, 30))],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


class MovementFilterForm(PlaceForm):
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("Every kind")), *StockMovement.Kind.choices],
    )
    since = _day(_("From"))
    until = _day(_("To"))

    def filters(self, *, search: str) -> MovementFilters:
        self.is_valid()
        return MovementFilters(search=search, **self.cleaned_data)
