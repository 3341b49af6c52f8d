from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.catalog.models import Product, Variant
from apps.catalog.operations import ProductFacts, VariantFacts
from apps.catalog.queries import Filters
from apps.core.forms import AmountField
from apps.core.money import minor_digits
from apps.files.operations import IMAGE_BYTES, IMAGE_TYPES

VARIANTS = "variants"


class ProductForm(forms.Form):
    # As in the rows of its variants: no browser asks for one field before the others are looked at.
    use_required_attribute = False

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
    image_alt = forms.CharField(
        label=_("What the image shows"),
        max_length=200,
        required=False,
        help_text=_("Read aloud to whoever cannot see it."),
        widget=forms.TextInput(attrs={"form": "product"}),
    )
    # The version that the page shows: who sends an older one is told who was faster.
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tax_class"].queryset = organization.tax_classes.order_by("name")  # type: ignore[attr-defined]

    @property
    def facts(self) -> ProductFacts:
        return ProductFacts(**{name: self.cleaned_data[name] for name in ProductFacts._fields})

    def seeing(self, product: Product) -> None:
        """Keep what was typed, and count it as typed over what is there now."""
        self.data = {**self.data.dict(), "version": str(product.version)}  # type: ignore[attr-defined]


class VariantForm(forms.Form):
    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Variant"), max_length=120, required=False)
    sku = forms.CharField(label=_("SKU"), max_length=64)
    price = AmountField(label=_("Price"), min_value=0, max_digits=14, decimal_places=6)
    barcode = forms.CharField(label=_("Barcode"), max_length=64, required=False)
    weight_g = forms.IntegerField(
        label=_("Grams"), min_value=0, max_value=10_000_000, required=False
    )
    track_stock = forms.BooleanField(label=_("Counted"), required=False, initial=True)
    allow_backorder = forms.BooleanField(label=_("Backorder"), required=False)
    archived = forms.BooleanField(label=_("Off sale"), required=False)

    @property
    def facts(self) -> VariantFacts:
        return VariantFacts(**{name: self.cleaned_data[name] for name in VariantFacts._fields})


def _formset(extra: int) -> Any:
    return forms.formset_factory(VariantForm, extra=extra, max_num=100, can_delete=True)


VariantForms = _formset(0)


def variant_forms(variants: Sequence[Variant], *, currency: str) -> Any:
    """Return the forms of what there is; a product without variants gets an empty one."""
    fields = VariantForm.base_fields
    initial = [{name: getattr(variant, name) for name in fields} for variant in variants]
    for one in initial:
        one["price"] = _plain(one["price"], minor_digits(currency))
    return _formset(0 if initial else 1)(initial=initial, prefix=VARIANTS)


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


class FilterForm(forms.Form):
    """What the list is narrowed to. Whatever is no choice narrows nothing."""

    tax_class: Any = forms.ModelChoiceField(
        label=_("Tax class"), queryset=None, required=False, empty_label=_("Any tax class")
    )
    stock = forms.ChoiceField(
        label=_("Stock"),
        required=False,
        choices=[("", _("Any stock")), ("low", _("Low stock")), ("out", _("Out of stock"))],
    )
    image = forms.ChoiceField(
        label=_("Image"),
        required=False,
        choices=[("", _("Any image")), ("without", _("Without image"))],
    )
    sort = forms.ChoiceField(
        label=_("Order"), required=False, choices=[("", _("By name")), ("newest", _("Newest"))]
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tax_class"].queryset = organization.tax_classes.order_by("name")  # type: ignore[attr-defined]

    def filters(self, *, search: str, status: str) -> Filters:
        self.is_valid()
        chosen = {name: value for name, value in self.cleaned_data.items() if name != "sort"}
        known = status if status in Product.Status.values else ""
        return Filters(search=search, status=known, **chosen)

    @property
    def newest(self) -> bool:
        return self.cleaned_data.get("sort") == "newest"


class StatusForm(forms.Form):
    """What is to become of the products that were ticked."""

    status = forms.TypedChoiceField(choices=Product.Status, coerce=Product.Status)


class TaxClassForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("Standard, Reduced, Books …")
    )
    rate = AmountField(
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
