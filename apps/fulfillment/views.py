from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.core.errors import Refusal
from apps.fulfillment import operations
from apps.fulfillment.forms import ShipmentForm
from apps.orders.views import order_page


@require_POST
@member_required
@writer_required
def ship_order(request: MemberRequest, number: int) -> HttpResponse:
    order = get_object_or_404(request.organization.orders, number=number)
    form = ShipmentForm(request.POST)
    if form.is_valid():
        try:
            operations.ship_order(order=order, **form.cleaned_data, shipped_by=request.user)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{order} is on its way.")
            return redirect(order)
    return order_page(request, number, shipment_form=form)
