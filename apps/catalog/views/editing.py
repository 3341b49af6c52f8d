from collections.abc import Iterable
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.catalog import operations, queries
from apps.catalog.forms import (
    VARIANTS,
    ProductForm,
    VariantForms,
    one_more_variant,
    variant_forms,
)
from apps.catalog.models import Product
from apps.core.errors import Refusal


class Sheet(NamedTuple):
    """A product and what was typed about it; None: a new one."""

    product: Product | None
    form: ProductForm
    variants: Any


@member_required
@writer_required
def new_product(request: MemberRequest) -> HttpResponse:
    if request.method == "POST":
        return _save(request, None)
    form = ProductForm(organization=request.organization)
    rows = variant_forms([], currency=request.organization.currency)
    return _page(request, Sheet(None, form, rows))


@member_required
@writer_required
def show_product(request: MemberRequest, handle: str) -> HttpResponse:
    found = request.organization.products.select_related("image", "tax_class", "organization")
    product = get_object_or_404(found, handle=handle)
    if request.method == "POST":
        return _save(request, product)
    facts = {field: getattr(product, field) for field in ProductForm.base_fields}
    form = ProductForm(initial=facts, organization=request.organization)
    variants = list(product.variants.order_by("archived", "pk"))
    rows = variant_forms(variants, currency=request.organization.currency)
    return _page(request, Sheet(product, form, rows))


def _save(request: MemberRequest, product: Product | None) -> HttpResponse:
    form = ProductForm(request.POST, organization=request.organization)
    if request.POST.get("do") == "add-variant":
        return _page(request, Sheet(product, form, one_more_variant(request.POST)))
    sheet = Sheet(product, form, VariantForms(request.POST, prefix=VARIANTS))
    if _is_right(request, sheet):
        try:
            saved = _write(request, sheet)
        except operations.StaleProduct as refusal:
            return _stale(request, sheet, refusal)
        except Refusal as refusal:
            _blame(sheet, refusal)
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": saved})
            return redirect(saved)
    return _page(request, sheet, status=422)


def _is_right(request: MemberRequest, sheet: Sheet) -> bool:
    """Whether it can be saved, as far as is known before. All that is wrong is said at once."""
    checked = [sheet.form.is_valid(), sheet.variants.is_valid()]
    refused = operations.skus_refused(
        organization=request.organization,
        product=sheet.product,
        skus=[one.cleaned_data.get("sku", "") for one in _kept(sheet)],
    )
    for refusal in refused:
        _blame(sheet, refusal)
    return all(checked) and not refused


def _kept(sheet: Sheet) -> list[Any]:
    """Return the rows that something was written in, but for those to be removed."""
    rows = [one for one in sheet.variants if not one.cleaned_data.get("DELETE")]
    return [one for one in rows if one.has_changed() or one.cleaned_data.get("id")]


def _write(request: MemberRequest, sheet: Sheet) -> Product:
    gone = sheet.variants.deleted_forms
    facts = [one.facts for one in _kept(sheet)]
    if sheet.product is None:
        return operations.create_product(
            organization=request.organization,
            facts=sheet.form.facts,
            variants=facts,
            saved_by=request.user,
        )
    return operations.update_product(
        product=sheet.product,
        facts=sheet.form.facts,
        variants=facts,
        removed=[one.cleaned_data["id"] for one in gone if one.cleaned_data.get("id")],
        seen_version=sheet.form.cleaned_data["version"],
        saved_by=request.user,
    )


def _blame(sheet: Sheet, refusal: Refusal) -> None:
    """Say it at the row it is about, where it is about one."""
    guilty: Iterable[Any] = [
        one
        for one in sheet.variants
        if one.cleaned_data.get("sku") == getattr(refusal, "sku", None)
    ]
    for one in [*guilty][-1:]:
        # The last of its kind: where two rows have one SKU, the second is the new one.
        one.add_error("sku", str(refusal))
        return
    sheet.form.add_error(None, str(refusal))


def _stale(request: MemberRequest, sheet: Sheet, refusal: Refusal) -> HttpResponse:
    assert sheet.product is not None  # noqa: S101 - a new product cannot be stale
    sheet.product.refresh_from_db(fields=["version"])
    sheet.form.seeing(sheet.product)
    change = queries.last_change(sheet.product)
    return _page(request, sheet, status=409, refusal=refusal, change=change)


def _page(request: MemberRequest, sheet: Sheet, *, status: int = 200, **said: Any) -> HttpResponse:
    product, form, variants = sheet
    stock = queries.stock_by_variant(product) if product else {}
    available = {str(pk): units for pk, units in stock.items()}
    page = {
        "product": product,
        "form": form,
        "variants": variants,
        "rows": [(one, available.get(str(one["id"].value()))) for one in variants],
        **said,
    }
    return render(request, "catalog/product.html", page, status=status)
