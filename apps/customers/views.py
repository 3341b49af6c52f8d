from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import (
    MemberRequest,
    keeper_required,
    member_required,
    writer_required,
)
from apps.core.errors import Refusal
from apps.core.views import typed
from apps.customers import operations, queries
from apps.customers.forms import CustomerForm, NewCustomerForm
from apps.customers.models import Customer


@require_safe
@member_required
def list_customers(request: MemberRequest) -> HttpResponse:
    search, sort = typed(request, "q"), typed(request, "sort")
    found = queries.customer_page(
        request.organization, search=search, by_name=sort == "name", after=typed(request, "after")
    )
    page = {"page": found, "search": search, "sort": sort}
    return render(request, "customers/list.html", page)


@require_safe
@member_required
def show_customer(request: MemberRequest, customer: int) -> HttpResponse:
    return _page(request, _customer(request, customer))


@member_required
@writer_required
def new_customer(request: MemberRequest) -> HttpResponse:
    form = NewCustomerForm(request.POST or None)
    if form.is_valid():
        try:
            added = operations.add_customer(
                organization=request.organization,
                facts=form.facts,
                added_by=request.user,
                idempotency_key=form.cleaned_data["key"],
            )
        except Refusal as refusal:
            form.blame(refusal)
        else:
            messages.success(request, _("%(name)s is added.") % {"name": added})
            return redirect(added)
    return _form(request, None, form, status=422 if form.errors else 200)


@member_required
@writer_required
def edit_customer(request: MemberRequest, customer: int) -> HttpResponse:
    found = _customer(request, customer)
    if request.method != "POST":
        return _form(request, found, CustomerForm.of(found))
    form = CustomerForm(request.POST)
    if form.is_valid():
        try:
            saved = operations.set_customer(
                customer=found,
                facts=form.facts,
                seen_version=form.cleaned_data["version"],
                set_by=request.user,
            )
        except operations.StaleCustomer as refusal:
            return _stale(request, found, form, refusal)
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": saved})
            return redirect(found)
    return _form(request, found, form, status=422)


@require_POST
@member_required
@keeper_required
def forget_customer(request: MemberRequest, customer: int) -> HttpResponse:
    found = _customer(request, customer)
    try:
        operations.forget_customer(customer=found, now=timezone.now(), forgotten_by=request.user)
    except Refusal as refusal:
        return _page(request, found, status=409, refusal=refusal)
    messages.success(request, _("The customer is forgotten."))
    return redirect(found)


def _customer(request: MemberRequest, customer: int) -> Customer:
    return get_object_or_404(
        request.organization.customers.select_related("organization"), pk=customer
    )


def _page(
    request: MemberRequest, customer: Customer, *, status: int = 200, **said: Any
) -> HttpResponse:
    page = {
        "customer": customer,
        "accounts": queries.accounts([customer.pk]).get(customer.pk, []),
        "page": queries.order_page(customer, after=typed(request, "after")),
        "invoices": queries.open_invoices(customer),
        "returns": queries.returns(customer),
        "addresses": queries.addresses(customer),
        "today": request.organization.today(),
        **said,
    }
    return render(request, "customers/customer.html", page, status=status)


def _stale(
    request: MemberRequest, customer: Customer, form: CustomerForm, refusal: Refusal
) -> HttpResponse:
    customer.refresh_from_db(fields=["version"])
    form.seeing(customer)
    change = queries.last_change(customer)
    return _form(request, customer, form, status=409, refusal=refusal, change=change)


def _form(
    request: MemberRequest,
    customer: Customer | None,
    form: CustomerForm,
    *,
    status: int = 200,
    **said: Any,
) -> HttpResponse:
    page = {"customer": customer, "form": form, **said}
    return render(request, "customers/form.html", page, status=status)
