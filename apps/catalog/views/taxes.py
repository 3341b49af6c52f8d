from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.catalog import operations, queries
from apps.catalog.forms import TaxClassForm
from apps.catalog.models import TaxClass
from apps.core.errors import Refusal


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
            messages.success(request, _("%(name)s is added.") % {"name": added})
            return redirect("catalog:tax-classes", request.organization.slug)
    return _page(request, form)


@member_required
@writer_required
def edit_tax_class(request: MemberRequest, tax_class: int) -> HttpResponse:
    found = get_object_or_404(request.organization.tax_classes, pk=tax_class)
    form = TaxClassForm(
        request.POST or None, initial={"name": found.name, "rate": found.plain_rate}
    )
    if form.is_valid():
        try:
            saved = operations.set_tax_class(tax_class=found, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": saved})
            return redirect("catalog:tax-classes", request.organization.slug)
    return _page(request, form, found)


def _page(
    request: MemberRequest, form: TaxClassForm, edited: TaxClass | None = None
) -> HttpResponse:
    page = {
        "form": form,
        "edited": edited,
        "tax_classes": queries.tax_classes(request.organization),
    }
    return render(request, "catalog/tax_classes.html", page, status=422 if form.errors else 200)
