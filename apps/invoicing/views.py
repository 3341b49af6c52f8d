from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.core.errors import Refusal
from apps.files import s3
from apps.invoicing import operations, queries
from apps.orders.views import order_page


@require_POST
@member_required
@writer_required
def issue_invoice(request: MemberRequest, number: int) -> HttpResponse:
    """Issue the invoice of an order now, before anything of it is shipped."""
    order = get_object_or_404(request.organization.orders, number=number)
    try:
        invoice = operations.issue_invoice(order=order, issued_by=request.user)
    except Refusal as refusal:
        return order_page(request, number, refusal=refusal)
    messages.success(request, _("%(invoice)s is issued.") % {"invoice": invoice})
    return redirect(order)


@require_safe
@member_required
def show_document(request: MemberRequest, label: str) -> HttpResponse:
    """Send the browser to the PDF at the store, or back to the order while there is none."""
    invoice = get_object_or_404(
        queries.labelled(request.organization, label).select_related(
            "order__organization", "document__file"
        )
    )
    if not hasattr(invoice, "document"):
        messages.info(
            request,
            _("%(invoice)s is being prepared. Try again in a moment.") % {"invoice": invoice},
        )
        return redirect(invoice.order)
    file = invoice.document.file
    try:
        link = s3.download_link(file.key, name=file.name, content_type=file.content_type)
    except s3.StoreAway:
        messages.error(request, _("The file service is not available. Try again in a moment."))
        return redirect(invoice.order)
    response = redirect(link)
    # The link ends after minutes; a remembered redirect would lead nowhere.
    response["Cache-Control"] = "no-store"
    return response
