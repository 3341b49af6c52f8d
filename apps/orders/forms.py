"""What is typed about orders. Shape only: whether there is enough stock is not its business."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django import forms

from apps.orders.models import Order
from apps.orders.operations import LINES_AT_MOST, QUANTITY_AT_MOST, Buyer

LINES = "lines"


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
            "note": draft.note,
        }
        return cls(initial=typed)

    @property
    def buyer(self) -> Buyer:
        typed = self.cleaned_data
        return Buyer(
            email=typed["email"], name=typed["name"], shipping_address=typed["shipping_address"]
        )


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
