from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.core.errors import Refusal
from apps.orders.views import order_page
from apps.payments import operations
from apps.payments.forms import PaymentForm
from apps.payments.models import Payment


@require_POST
@member_required
@writer_required
def mark_as_paid(request: MemberRequest, number: int) -> HttpResponse:
    order = get_object_or_404(request.organization.orders, number=number)
    form = PaymentForm(request.POST)
    if form.is_valid():
        try:
            operations.mark_as_paid(
                order=order,
                method=Payment.Method(form.cleaned_data["method"]),
                reference=form.cleaned_data["reference"],
                marked_by=request.user,
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{order} is paid.")
            return redirect(order)
    return order_page(request, number, payment_form=form)
