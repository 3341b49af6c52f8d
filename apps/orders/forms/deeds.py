"""What is typed about a placed order."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.orders.models import Order, OrderHold, OrderLine
from apps.orders.operations import QUANTITY_AT_MOST

TAG_AT_MOST = 40


class CancellationForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "cancel_%s"

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "The customer reads it in the mail about the cancellation. This cannot be undone."
        ),
    )


class EditForm(forms.Form):
    """How many of each line are wanted, and what else: the lines of one order, by position."""

    # Without a script a few are seen; with one, each that is needed.
    ADDED = range(10)

    reason = forms.CharField(
        label=_("Reason"),
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
                label=_("Quantity of %(name)s") % {"name": line.name},
                initial=line.wanted,
                min_value=line.shipped + line.picking,
                max_value=QUANTITY_AT_MOST,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
        for index in self.ADDED:
            self.fields[f"sku-{index}"] = forms.CharField(
                label=gettext("SKU"),
                max_length=64,
                required=False,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )
            self.fields[f"units-{index}"] = forms.IntegerField(
                label=_("Quantity"), required=False, min_value=1, max_value=QUANTITY_AT_MOST
            )

    def now_sees(self, version: int) -> None:
        """Take what is typed as typed about this version: whoever sends it again was told."""
        self.data = {**self.data.dict(), "version": version}  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        for index in self.ADDED:
            if typed.get(f"units-{index}") and not self.data.get(f"sku-{index}", "").strip():
                self.add_error(f"sku-{index}", _("Of which product?"))
        return typed

    @property
    def quantities(self) -> dict[int, int]:
        typed = self.cleaned_data
        wanted = {line.pk: typed[f"quantity-{line.position}"] for line in self.lines}
        for sku, units in self._typed_rows.values():
            if line := self._line_of(sku):
                wanted[line.pk] += units
        return wanted

    @property
    def added(self) -> dict[str, tuple[str, int]]:
        """The SKUs to add and how many of each, by the name of the field they were typed in."""
        return {
            field: (sku, units)
            for field, (sku, units) in self._typed_rows.items()
            if not self._line_of(sku)
        }

    @property
    def _typed_rows(self) -> dict[str, tuple[str, int]]:
        typed = self.cleaned_data
        rows = {f"sku-{i}": (typed[f"sku-{i}"], typed[f"units-{i}"] or 1) for i in self.ADDED}
        return {field: row for field, row in rows.items() if row[0]}

    def _line_of(self, sku: str) -> OrderLine | None:
        """The line that more of a SKU goes to: one that is still wanted."""
        return next((line for line in self.lines if line.sku == sku and line.wanted), None)

    def rows(self) -> list[tuple[OrderLine, Any]]:
        return [(line, self[f"quantity-{line.position}"]) for line in self.lines]

    def empty_rows(self) -> list[tuple[Any, Any]]:
        return [(self[f"sku-{index}"], self[f"units-{index}"]) for index in self.ADDED]


class HoldForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Because of"), choices=OrderHold.Kind.choices, initial="manual"
    )
    reason = forms.CharField(
        label=_("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # It shares the page with other forms that ask for a reason.
        super().__init__(*args, **kwargs)
        self.auto_id = "hold_%s"


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note for the team"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "note_%s"


class TagsField(forms.CharField):
    """Several tags, separated by commas."""

    def clean(self, value: Any) -> Any:
        tags = [tag.strip() for tag in super().clean(value).split(",")]
        if any(len(tag) > TAG_AT_MOST for tag in tags):
            said = _("A tag has at most %(most)s characters.")
            raise forms.ValidationError(said % {"most": TAG_AT_MOST})
        return [tag for tag in tags if tag]


class ExactTags(forms.Field):
    """Tags as they are, one a value."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[str]:
        return [str(tag) for tag in value or []]


class TagForm(forms.Form):
    """Tags to put on an order, and tags to take off it."""

    add = TagsField(
        label=_("Add a tag"),
        max_length=800,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "size": 12}),
    )
    remove = ExactTags(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "tag_%s"

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if not self.errors and not typed["add"] and not typed["remove"]:
            self.add_error("add", _("Which tag?"))
        return typed


class AssigneeForm(forms.Form):
    assignee: Any = forms.ModelChoiceField(
        label=_("Looked after by"), queryset=None, required=False, empty_label=_("Nobody")
    )

    def __init__(self, order: Order, data: Any = None) -> None:
        super().__init__(data, initial={"assignee": order.assignee_id}, auto_id="team_%s")
        members = order.organization.members.order_by("email")
        self.fields["assignee"].queryset = members  # type: ignore[attr-defined]

    def clean_assignee(self) -> Any:
        # Sent before there was anything to choose from, it takes the order from nobody.
        if "assignee" not in self.data:
            raise forms.ValidationError(_("Choose who"))
        return self.cleaned_data["assignee"]
