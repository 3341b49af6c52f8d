from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.catalog.models import Product, Variant
from apps.catalog.operations import ProductFacts, VariantFacts
from apps.core.money import minor_digits
from apps.files.operations import IMAGE_BYTES, IMAGE_TYPES

VARIANTS = "variants"


class ProductForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    description = forms.CharField(
        label=_("Description"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    status = forms.ChoiceField(
        label=_("Status"),
        choices=Product.Status,
        initial=Product.Status.ACTIVE,
        help_text=_("Only active products are sold."),
    )
    tax_class: Any = forms.ModelChoiceField(
        label=_("Tax class"), queryset=None, required=False, empty_label=_("No tax")
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tax_class"].queryset = organization.tax_classes.order_by("name")  # type: ignore[attr-defined]

    @property
    def facts(self) -> ProductFacts:
        return ProductFacts(**self.cleaned_data)


class VariantForm(forms.Form):
    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    sku = forms.CharField(label=_("SKU"), max_length=64)
    name = forms.CharField(label=_("Variant"), max_length=120, required=False)
    price = forms.DecimalField(label=_("Price"), min_value=0, max_digits=14, decimal_places=6)
    barcode = forms.CharField(label=_("Barcode"), max_length=64, required=False)
    track_stock = forms.BooleanField(label=_("Count its stock"), required=False, initial=True)
    allow_backorder = forms.BooleanField(label=_("Sell when out of stock"), required=False)

    @property
    def facts(self) -> VariantFacts:
        return VariantFacts(**self.cleaned_data)


VariantForms = forms.formset_factory(VariantForm, extra=0, max_num=100)


def variant_forms(variants: Sequence[Variant], *, currency: str) -> Any:
    """Return the forms of what there is; a product without variants gets an empty one."""
    fields = VariantForm.base_fields
    initial = [{name: getattr(variant, name) for name in fields} for variant in variants]
    for one in initial:
        one["price"] = _plain(one["price"], minor_digits(currency))
    forms_of_new = forms.formset_factory(VariantForm, extra=0 if initial else 1, max_num=100)
    return forms_of_new(initial=initial, prefix=VARIANTS)


def _plain(price: Decimal, places: int) -> str:
    """Return a price as one types it: 7.50, and 0.003333 with all its places."""
    exponent = price.normalize().as_tuple().exponent
    return f"{price:.{max(places, -int(exponent))}f}"


def one_more_variant(data: QueryDict) -> Any:
    """Return the forms as they were sent, and an empty one after them."""
    sent = data.copy()
    count = VariantForms(data, prefix=VARIANTS).total_form_count()
    sent[f"{VARIANTS}-TOTAL_FORMS"] = str(count + 1)
    sent[f"{VARIANTS}-{count}-track_stock"] = "on"
    return VariantForms(sent, prefix=VARIANTS)


class TaxClassForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("Standard, Reduced, Books …")
    )
    rate = forms.DecimalField(
        label=_("Rate in percent"), min_value=0, max_value=100, max_digits=7, decimal_places=4
    )


class ImageForm(forms.Form):
    """What the browser says about an image before it sends it."""

    name = forms.CharField(max_length=1000)
    content_type = forms.ChoiceField(
        choices=[(one, one) for one in IMAGE_TYPES],
        error_messages={
            "required": _("Choose a JPEG, PNG or WebP image."),
            "invalid_choice": _("Choose a JPEG, PNG or WebP image."),
        },
    )
    size = forms.IntegerField(
        min_value=1,
        max_value=IMAGE_BYTES,
        error_messages={"max_value": _("Choose an image of at most 5 MB.")},
    )
