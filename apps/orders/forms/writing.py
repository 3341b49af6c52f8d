"""What is typed about an order before it is placed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.core.countries import countries
from apps.core.forms import AmountField
from apps.core.languages import speaking
from apps.core.money import minor_digits, to_major, to_minor
from apps.orders.models import Adjustment, Order
from apps.orders.operations import LINES_AT_MOST, QUANTITY_AT_MOST, AdjustmentItem, Buyer

LINES = "lines"
# What the column of a percentage keeps.
PERCENT_PLACES = 4


class BuyerForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=_("Email"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("Receipt, shipping note and invoice go there."),
    )
    shipping_address = forms.CharField(
        label=_("Shipping address"),
        max_length=2000,
        required=False,
        # Without a word of its own: by its placeholder the page sees that it is empty.
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": " "}),
    )
    country = forms.ChoiceField(
        label=_("Country"),
        required=False,
        choices=lambda: [("", gettext("As the shop")), *countries()],
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Only your team reads it."),
    )
    # Made with the empty form: the same form sent twice is one order.
    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    @classmethod
    def of_draft(cls, draft: Order) -> "BuyerForm":
        typed = {
            "name": draft.customer_name,
            "email": draft.email,
            "shipping_address": draft.shipping_address,
            "country": draft.country,
            "note": draft.note,
        }
        return cls(initial=typed)

    @property
    def buyer(self) -> Buyer:
        typed = self.cleaned_data
        return Buyer(
            email=typed["email"],
            name=typed["name"],
            shipping_address=typed["shipping_address"],
            country=typed["country"],
        )


class TermsForm(forms.Form):
    """A discount on the whole order, and what sending it costs. Both may stay empty."""

    PERCENT, AMOUNT, NO_TAX = "percent", "amount", "0"

    discount = AmountField(label=_("Discount"), required=False, min_value=0, max_digits=13)
    discount_kind = forms.ChoiceField(label=_("Discount in"), required=False)
    shipping = AmountField(label=_("Shipping"), required=False)
    shipping_tax = forms.ChoiceField(label=_("Tax on shipping"), required=False)

    def __init__(self, organization: Organization, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency, self.locale = organization.currency, organization.locale
        places = minor_digits(self.currency)
        kinds = [(self.PERCENT, "%"), (self.AMOUNT, self.currency)]
        rates = organization.tax_classes.order_by("-rate").values_list("rate", "name")
        taxes = [(f"{rate:f}", f"{name}, {rate.normalize():f} %") for rate, name in rates]
        self.fields["discount_kind"].choices = kinds  # type: ignore[attr-defined]
        self.fields["shipping_tax"].choices = [*taxes, (self.NO_TAX, gettext("No tax"))]  # type: ignore[attr-defined]
        self.fields["shipping"] = AmountField(
            label=_("Shipping"), required=False, min_value=0, max_digits=13, decimal_places=places
        )

    @classmethod
    def of_draft(cls, draft: Order) -> "TermsForm":
        typed: dict[str, Any] = {}
        for one in reversed(draft.adjustments.order_by("position")):
            if one.kind == Adjustment.Kind.SHIPPING:
                typed |= {
                    "shipping": to_major(one.amount, draft.currency),
                    "shipping_tax": f"{one.tax_rate:f}" if one.tax_rate else cls.NO_TAX,
                }
            elif one.percent is not None:
                typed |= {"discount": f"{one.percent.normalize():f}", "discount_kind": cls.PERCENT}
            elif one.kind == Adjustment.Kind.DISCOUNT:
                amount = to_major(one.amount, draft.currency)
                typed |= {"discount": amount, "discount_kind": cls.AMOUNT}
        # As if it were typed anew, so that the draft is quoted with it.
        terms = cls(draft.organization, typed)
        terms.is_valid()
        return terms

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        discount = typed.get("discount") or Decimal(0)
        if wrong := self._wrong_with(discount, typed.get("discount_kind")):
            self.add_error("discount", wrong)
        return typed

    def _wrong_with(self, discount: Decimal, kind: str | None) -> str:
        if kind == self.AMOUNT:
            booked = to_major(to_minor(discount, self.currency), self.currency)
            return "" if booked == discount else gettext("It has more decimals than the currency.")
        if discount > 100:
            return gettext("A discount is at most 100 %.")
        stored = round(discount, PERCENT_PLACES)
        return (
            ""
            if stored == discount
            else gettext("It has more than %(places)s decimals.") % {"places": PERCENT_PLACES}
        )

    @property
    def is_wanted(self) -> bool:
        """Whether there is something to see: both are folded away until then."""
        typed = self.data.get("discount") or self.data.get("shipping")
        return bool(self.is_bound and (typed or self.errors))

    @property
    def adjustments(self) -> list[AdjustmentItem]:
        """What was typed, as far as it is valid: a quote is wanted while the rest is typed."""
        kinds, typed = Adjustment.Kind, getattr(self, "cleaned_data", {})
        found = []
        # The customer reads these words, on the invoice.
        with speaking(self.locale):
            for_discount, for_shipping = gettext("Discount"), gettext("Shipping")
        if discount := typed.get("discount"):
            if typed.get("discount_kind") == self.AMOUNT:
                amount = to_minor(discount, self.currency)
                found.append(AdjustmentItem(kinds.DISCOUNT, for_discount, amount))
            else:
                found.append(AdjustmentItem(kinds.DISCOUNT, for_discount, percent=discount))
        if shipping := typed.get("shipping"):
            rate = Decimal(typed.get("shipping_tax") or 0)
            amount = to_minor(shipping, self.currency)
            found.append(AdjustmentItem(kinds.SHIPPING, for_shipping, amount, tax_rate=rate))
        return found


class StockKeptForm(forms.Form):
    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=90, initial=7)

    @property
    def until(self) -> datetime:
        return timezone.now() + timedelta(days=self.cleaned_data["days"])


class LineForm(forms.Form):
    sku = forms.CharField(max_length=64, widget=forms.HiddenInput)
    quantity = forms.IntegerField(
        min_value=1,
        max_value=QUANTITY_AT_MOST,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": _("How many?"),
            "invalid": _("A whole number, please."),
            "min_value": _("At least 1."),
        },
    )

    # Of one, in the major unit; empty: what the catalogue says.
    price = AmountField(
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=6,
        error_messages={"invalid": _("A price, please."), "min_value": _("At least 0.")},
    )


LineForms = forms.formset_factory(LineForm, extra=0, max_num=LINES_AT_MOST)


class TypedLine(NamedTuple):
    """A line as it was typed, right or wrong."""

    sku: str
    quantity: str
    # Nothing where the form had no field for it.
    price: str | None = None


def typed_lines(data: Mapping[str, Any]) -> list[TypedLine]:
    count = str(data.get(f"{LINES}-TOTAL_FORMS", ""))
    indices = range(min(int(count), LINES_AT_MOST) if count.isdecimal() and len(count) < 6 else 0)
    typed = (
        TypedLine(
            data.get(f"{LINES}-{i}-sku", ""),
            data.get(f"{LINES}-{i}-quantity", ""),
            data.get(f"{LINES}-{i}-price"),
        )
        for i in indices
    )
    return [line for line in typed if line.sku]


def one_more(lines: Sequence[TypedLine], sku: str) -> list[TypedLine]:
    """Add one of a SKU: to its line if it has one, or as a line of its own."""
    if sku in {line.sku for line in lines}:
        return [_raised(line) if line.sku == sku else line for line in lines]
    return [*lines, TypedLine(sku, "1", "")]


def without(lines: Sequence[TypedLine], index: str) -> list[TypedLine]:
    return [line for position, line in enumerate(lines) if str(position) != index]


def line_forms(lines: Sequence[TypedLine]) -> Any:
    """Return the form set of these lines, as if the browser had sent them."""
    count = str(len(lines))
    data = {f"{LINES}-TOTAL_FORMS": count, f"{LINES}-INITIAL_FORMS": count}
    for index, line in enumerate(lines):
        data |= {f"{LINES}-{index}-sku": line.sku, f"{LINES}-{index}-quantity": line.quantity}
        data[f"{LINES}-{index}-price"] = line.price or ""
    return LineForms(data, prefix=LINES)


def _raised(line: TypedLine) -> TypedLine:
    is_number = line.quantity.isdecimal() and len(line.quantity) < 9
    return line._replace(quantity=str(int(line.quantity) + 1) if is_number else "1")
