"""What is typed about orders. Shape only: whether there is enough stock is not its business."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.utils import timezone

from apps.accounts.models import Organization
from apps.core.countries import countries
from apps.core.money import minor_digits, to_major, to_minor
from apps.orders.models import Adjustment, Order, OrderHold, OrderLine
from apps.orders.operations import LINES_AT_MOST, QUANTITY_AT_MOST, AdjustmentItem, Buyer

LINES = "lines"
# What the column of a percentage keeps.
PERCENT_PLACES = 4


class FilterForm(forms.Form):
    """Which orders a list shows, beside their status."""

    payment_status = forms.ChoiceField(
        label="Payment",
        required=False,
        choices=[("", "Any payment"), *Order.PaymentStatus.choices],
    )
    fulfillment_status = forms.ChoiceField(
        label="Fulfilment",
        required=False,
        choices=[("", "Any fulfilment"), *Order.FulfillmentStatus.choices],
    )
    return_status = forms.ChoiceField(
        label="Returns",
        required=False,
        choices=[("", "Any returns"), *Order.ReturnStatus.choices],
    )


class BuyerForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label="Email",
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text="Receipt, shipping note and invoice go there.",
    )
    shipping_address = forms.CharField(
        label="Shipping address",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    country = forms.ChoiceField(
        label="Country",
        required=False,
        choices=lambda: [("", "As the shop"), *countries()],
    )
    note = forms.CharField(
        label="Note",
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Only your team reads it.",
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

    discount = forms.DecimalField(
        label="Discount",
        required=False,
        min_value=0,
        max_digits=13,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
    )
    discount_kind = forms.ChoiceField(label="Discount in", required=False)
    shipping = forms.DecimalField(label="Shipping", required=False)
    shipping_tax = forms.ChoiceField(label="Tax on shipping", required=False)

    def __init__(self, organization: Organization, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = organization.currency
        places = minor_digits(self.currency)
        kinds = [(self.PERCENT, "%"), (self.AMOUNT, self.currency)]
        rates = organization.tax_classes.order_by("-rate").values_list("rate", "name")
        taxes = [(f"{rate:f}", f"{name}, {rate.normalize():f} %") for rate, name in rates]
        self.fields["discount_kind"].choices = kinds  # type: ignore[attr-defined]
        self.fields["shipping_tax"].choices = [*taxes, (self.NO_TAX, "No tax")]  # type: ignore[attr-defined]
        self.fields["shipping"] = forms.DecimalField(
            label="Shipping",
            required=False,
            min_value=0,
            max_digits=13,
            decimal_places=places,
            widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
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
            return "" if booked == discount else "It has more decimals than the currency."
        if discount > 100:
            return "A discount is at most 100 %."
        stored = round(discount, PERCENT_PLACES)
        return "" if stored == discount else f"It has more than {PERCENT_PLACES} decimals."

    @property
    def adjustments(self) -> list[AdjustmentItem]:
        """What was typed, as far as it is valid: a quote is wanted while the rest is typed."""
        kinds, typed = Adjustment.Kind, getattr(self, "cleaned_data", {})
        found = []
        if discount := typed.get("discount"):
            if typed.get("discount_kind") == self.AMOUNT:
                amount = to_minor(discount, self.currency)
                found.append(AdjustmentItem(kinds.DISCOUNT, "Discount", amount))
            else:
                found.append(AdjustmentItem(kinds.DISCOUNT, "Discount", percent=discount))
        if shipping := typed.get("shipping"):
            rate = Decimal(typed.get("shipping_tax") or 0)
            amount = to_minor(shipping, self.currency)
            found.append(AdjustmentItem(kinds.SHIPPING, "Shipping", amount, tax_rate=rate))
        return found


class StockKeptForm(forms.Form):
    days = forms.IntegerField(label="Days", min_value=1, max_value=90, initial=7)

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
            "required": "How many?",
            "invalid": "A whole number, please.",
            "min_value": "At least 1.",
        },
    )


LineForms = forms.formset_factory(LineForm, extra=0, max_num=LINES_AT_MOST)


class TypedLine(NamedTuple):
    """A line as it was typed, right or wrong."""

    sku: str
    quantity: str


def typed_lines(data: Mapping[str, Any]) -> list[TypedLine]:
    count = str(data.get(f"{LINES}-TOTAL_FORMS", ""))
    indices = range(min(int(count), LINES_AT_MOST) if count.isdecimal() and len(count) < 6 else 0)
    typed = (
        TypedLine(data.get(f"{LINES}-{i}-sku", ""), data.get(f"{LINES}-{i}-quantity", ""))
        for i in indices
    )
    return [line for line in typed if line.sku]


def one_more(lines: Sequence[TypedLine], sku: str) -> list[TypedLine]:
    """Add one of a SKU: to its line if it has one, or as a line of its own."""
    if sku in {line.sku for line in lines}:
        return [_raised(line) if line.sku == sku else line for line in lines]
    return [*lines, TypedLine(sku, "1")]


def without(lines: Sequence[TypedLine], index: str) -> list[TypedLine]:
    return [line for position, line in enumerate(lines) if str(position) != index]


def line_forms(lines: Sequence[TypedLine]) -> Any:
    """Return the form set of these lines, as if the browser had sent them."""
    count = str(len(lines))
    data = {f"{LINES}-TOTAL_FORMS": count, f"{LINES}-INITIAL_FORMS": count}
    for index, line in enumerate(lines):
        data |= {f"{LINES}-{index}-sku": line.sku, f"{LINES}-{index}-quantity": line.quantity}
    return LineForms(data, prefix=LINES)


def _raised(line: TypedLine) -> TypedLine:
    is_number = line.quantity.isdecimal() and len(line.quantity) < 9
    return line._replace(quantity=str(int(line.quantity) + 1) if is_number else "1")


class CancellationForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The customer reads it in the mail about the cancellation.",
    )


class EditForm(forms.Form):
    """How many of each line are wanted, and what else: the lines of one order, by position."""

    ADDED = range(3)

    reason = forms.CharField(
        label="Reason",
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, order: Order, lines: Sequence[OrderLine], *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.lines = list(lines)
        self.fields["version"].initial = order.version
        for line in self.lines:
            self.fields[f"quantity-{line.position}"] = forms.IntegerField(
                label=f"Quantity of {line.name}",
                initial=line.wanted,
                min_value=line.shipped + line.picking,
                max_value=QUANTITY_AT_MOST,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
        for index in self.ADDED:
            self.fields[f"sku-{index}"] = forms.CharField(
                label="SKU",
                max_length=64,
                required=False,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )
            self.fields[f"units-{index}"] = forms.IntegerField(
                label="Quantity", required=False, min_value=1, max_value=QUANTITY_AT_MOST
            )

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        for index in self.ADDED:
            if typed.get(f"units-{index}") and not self.data.get(f"sku-{index}", "").strip():
                self.add_error(f"sku-{index}", "Of which product?")
        return typed

    @property
    def quantities(self) -> dict[int, int]:
        typed = self.cleaned_data
        return {line.pk: typed[f"quantity-{line.position}"] for line in self.lines}

    @property
    def added(self) -> dict[str, tuple[str, int]]:
        """The SKUs to add and how many of each, by the name of the field they were typed in."""
        typed = self.cleaned_data
        rows = {f"sku-{i}": (typed[f"sku-{i}"], typed[f"units-{i}"] or 1) for i in self.ADDED}
        return {field: row for field, row in rows.items() if row[0]}

    def rows(self) -> list[tuple[OrderLine, Any]]:
        return [(line, self[f"quantity-{line.position}"]) for line in self.lines]

    def empty_rows(self) -> list[tuple[Any, Any]]:
        return [(self[f"sku-{index}"], self[f"units-{index}"]) for index in self.ADDED]


class HoldForm(forms.Form):
    kind = forms.ChoiceField(label="Because of", choices=OrderHold.Kind.choices, initial="manual")
    reason = forms.CharField(label="Why", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # It shares the page with other forms that ask for a reason.
        super().__init__(*args, **kwargs)
        self.auto_id = "hold_%s"


class NoteForm(forms.Form):
    text = forms.CharField(
        label="Note for the team", max_length=5000, widget=forms.Textarea(attrs={"rows": 2})
    )


class AnnotationForm(forms.Form):
    tags = forms.CharField(
        label="Tags",
        max_length=800,
        required=False,
        help_text="Separated by commas.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    assignee: Any = forms.ModelChoiceField(
        label="Looked after by", queryset=None, required=False, empty_label="Nobody"
    )

    def __init__(self, order: Order, data: Any = None) -> None:
        initial = {"tags": ", ".join(order.tags), "assignee": order.assignee_id}
        super().__init__(data, initial=initial)
        members = order.organization.members.order_by("email")
        self.fields["assignee"].queryset = members  # type: ignore[attr-defined]

    def clean_tags(self) -> list[str]:
        tags = [tag.strip() for tag in self.cleaned_data["tags"].split(",")]
        if any(len(tag) > 40 for tag in tags):
            raise forms.ValidationError("A tag has at most 40 characters.")
        return tags
