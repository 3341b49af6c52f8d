from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.catalog import operations, queries
from apps.catalog.forms import (
    VARIANTS,
    ImageForm,
    ProductForm,
    TaxClassForm,
    VariantForms,
    one_more_variant,
    variant_forms,
)
from apps.catalog.models import Product
from apps.core.errors import Refusal
from apps.core.views import typed
from apps.files import operations as files
from apps.files import s3


@require_safe
@member_required
def list_products(request: MemberRequest) -> HttpResponse:
    search = typed(request, "q")
    found = queries.product_page(request.organization, search=search, after=typed(request, "after"))
    return render(request, "catalog/list.html", {"page": found, "search": search})


@member_required
@writer_required
def new_product(request: MemberRequest) -> HttpResponse:
    if request.method == "POST":
        return _save(request, None)
    form = ProductForm(organization=request.organization)
    return _product_page(
        request, None, form, variant_forms([], currency=request.organization.currency)
    )


@member_required
@writer_required
def show_product(request: MemberRequest, handle: str) -> HttpResponse:
    product = _product(request, handle)
    if request.method == "POST":
        return _save(request, product)
    facts = {field: getattr(product, field) for field in ProductForm.base_fields}
    form = ProductForm(initial=facts, organization=request.organization)
    variants = list(product.variants.order_by("pk"))
    return _product_page(
        request, product, form, variant_forms(variants, currency=request.organization.currency)
    )


@require_POST
@member_required
@writer_required
def start_image(request: MemberRequest, handle: str) -> HttpResponse:
    """Answer the browser's script with the link to PUT an image at."""
    _product(request, handle)
    form = ImageForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"problem": _first_error(form)}, status=422)
    try:
        upload = files.start_image_upload(
            organization=request.organization, **form.cleaned_data, uploaded_by=request.user
        )
    except Refusal as refusal:
        return JsonResponse({"problem": str(refusal)}, status=422)
    except s3.StoreAway:
        return JsonResponse({"problem": "The file service is not available."}, status=503)
    return JsonResponse({"file": upload.file.pk, "link": upload.link}, status=201)


@require_POST
@member_required
@writer_required
def finish_image(request: MemberRequest, handle: str, file: int) -> HttpResponse:
    product = _product(request, handle)
    stored = get_object_or_404(
        request.organization.files, pk=file, content_type__in=files.IMAGE_TYPES
    )
    operations.set_image(product=product, file=stored, set_by=request.user)
    return JsonResponse({"status": stored.status})


@require_POST
@member_required
@writer_required
def remove_image(request: MemberRequest, handle: str) -> HttpResponse:
    product = operations.remove_image(product=_product(request, handle))
    messages.success(request, _("The image is removed."))
    return redirect(product)


@member_required
@writer_required
def list_tax_classes(request: MemberRequest) -> HttpResponse:
    form = TaxClassForm(request.POST or None)
    if form.is_valid():
        try:
            added = operations.add_tax_class(organization=request.organization, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("%(product)s is added.") % {"product": added})
            return redirect("catalog:tax-classes", request.organization.slug)
    page = {"form": form, "tax_classes": request.organization.tax_classes.order_by("name")}
    return render(request, "catalog/tax_classes.html", page, status=422 if form.errors else 200)


def _product(request: MemberRequest, handle: str) -> Product:
    return get_object_or_404(
        request.organization.products.select_related("image", "tax_class"), handle=handle
    )


def _save(request: MemberRequest, product: Product | None) -> HttpResponse:
    form = ProductForm(request.POST, organization=request.organization)
    if request.POST.get("do") == "add-variant":
        return _product_page(request, product, form, one_more_variant(request.POST))
    variants = VariantForms(request.POST, prefix=VARIANTS)
    if form.is_valid() and variants.is_valid():
        try:
            saved = _write(request, product, form, variants)
        except operations.SkuTaken as refusal:
            _blame(variants, refusal)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(product)s is saved.") % {"product": saved})
            return redirect(saved)
    return _product_page(request, product, form, variants, status=422)


def _write(
    request: MemberRequest, product: Product | None, form: ProductForm, variants: Iterable[Any]
) -> Product:
    facts = [one.facts for one in variants if one.has_changed() or one.cleaned_data.get("id")]
    if product is None:
        return operations.create_product(
            organization=request.organization, facts=form.facts, variants=facts
        )
    return operations.update_product(product=product, facts=form.facts, variants=facts)


def _blame(variants: Iterable[Any], refusal: operations.SkuTaken) -> None:
    # The last of its kind: where two rows of the form have one SKU, the second is the new one.
    guilty = [one for one in variants if one.cleaned_data.get("sku") == refusal.sku]
    guilty[-1].add_error("sku", str(refusal))


def _product_page(
    request: MemberRequest, product: Product | None, form: Any, variants: Any, *, status: int = 200
) -> HttpResponse:
    stock = queries.stock_by_variant(product) if product else {}
    available = {str(pk): units for pk, units in stock.items()}
    page = {
        "product": product,
        "form": form,
        "variants": variants,
        "rows": [(one, available.get(str(one["id"].value()))) for one in variants],
    }
    return render(request, "catalog/product.html", page, status=status)


def _first_error(form: ImageForm) -> str:
    return next(str(error) for errors in form.errors.values() for error in errors)
