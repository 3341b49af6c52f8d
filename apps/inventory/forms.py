from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization

UNITS_AT_MOST = 1_000_000


class AdjustmentForm(forms.Form):
    delta = forms.IntegerField(
        label=_("Change"),
        min_value=-UNITS_AT_MOST,
        max_value=UNITS_AT_MOST,
        help_text=_("12 came in: 12. Three are broken: -3."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def clean_delta(self) -> int:
        delta: int = self.cleaned_data["delta"]
        if not delta:
            raise forms.ValidationError(gettext("A change of nothing is no change."))
        return delta


class ReceiptForm(forms.Form):
    sku = forms.CharField(
        label=_("SKU"), max_length=64, widget=forms.TextInput(attrs={"list": "skus"})
    )
    location: Any = forms.ModelChoiceField(label=_("Location"), queryset=None, empty_label=None)
    quantity = forms.IntegerField(label=_("Units"), min_value=1, max_value=UNITS_AT_MOST)
    reason = forms.CharField(label=_("Reason"), max_length=200, initial="First delivery")

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


class TransferForm(forms.Form):
    sku = forms.CharField(label=_("SKU"), max_length=64)
    source: Any = forms.ModelChoiceField(label=_("From"), queryset=None, empty_label=None)
    target: Any = forms.ModelChoiceField(label=_("To"), queryset=None, empty_label=None)
    quantity = forms.IntegerField(label=_("Units"), min_value=1, max_value=UNITS_AT_MOST)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = organization.locations.filter(active=True).order_by("priority", "pk")
        self.fields["source"].queryset = places  # type: ignore[attr-defined]
        self.fields["target"].queryset = places  # type: ignore[attr-defined]
        # Two different ones, so that what is left to choose is the rarer case.
        self.fields["target"].initial = places[1:2].first()
