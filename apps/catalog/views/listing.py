from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.catalog import operations, queries
from apps.catalog.forms import FilterForm, StatusForm
from apps.catalog.models import Product
from apps.core.views import typed


@require_safe
@member_required
def list_products(request: MemberRequest) -> HttpResponse:
    search, status = typed(request, "q"), typed(request, "status")
    form = FilterForm(request.GET, organization=request.organization)
    filters = form.filters(search=search, status=status)
    found = queries.product_page(
        request.organization, filters, newest=form.newest, after=typed(request, "after")
    )
    scanned = queries.product_named_by(found, search)
    if scanned:
        return redirect(scanned)
    page = {
        "page": found,
        "search": search,
        "status": filters.status,
        "tabs": [("", _("All")), *Product.Status.choices],
        "filters": form,
        "is_filtered": any(filters._replace(status="")),
        "narrowed": sum(map(bool, filters._replace(search="", status=""))),
    }
    return render(request, "catalog/list.html", page)


@require_POST
@member_required
@writer_required
def set_statuses(request: MemberRequest) -> HttpResponse:
    """Make of the ticked products what the button that was pressed says."""
    form = StatusForm(request.POST)
    ticked = request.POST.getlist("handle")[: queries.PAGE]
    handles = [one for one in ticked if "\x00" not in one]  # PostgreSQL stores none.
    if form.is_valid() and handles:
        changed = operations.set_status(
            organization=request.organization,
            handles=handles,
            status=form.cleaned_data["status"],
            set_by=request.user,
        )
        messages.success(request, _said(form.cleaned_data["status"], len(changed)))
    else:
        messages.error(request, _("Tick the products first."))
    return redirect(_back(request))


def _said(status: Product.Status, count: int) -> str:
    said = {
        Product.Status.ACTIVE: ngettext(
            "%(count)s product is active.", "%(count)s products are active.", count
        ),
        Product.Status.DRAFT: ngettext(
            "%(count)s product is a draft.", "%(count)s products are drafts.", count
        ),
        Product.Status.ARCHIVED: ngettext(
            "%(count)s product is archived.", "%(count)s products are archived.", count
        ),
    }
    return said[status] % {"count": count}


def _back(request: MemberRequest) -> str:
    """Return to the list as it was filtered, or to the product whose page asked."""
    product = typed(request, "product")
    if product and request.organization.products.filter(handle=product).exists():
        return reverse("catalog:product", args=[request.organization.slug, product])
    path = reverse("catalog:list", args=[request.organization.slug])
    return f"{path}?{typed(request, 'list')}" if typed(request, "list") else path
