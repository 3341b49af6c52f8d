"""What is typed about a placed order."""

from collections.abc import Sequence
from typing import Any

from django import forms

from apps.orders.models import Order, OrderHold, OrderLine
from apps.orders.operations import QUANTITY_AT_MOST


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
