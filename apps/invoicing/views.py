from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from apps.accounts.access import MemberRequest, member_required
from apps.files import s3
from apps.invoicing import queries


@require_safe
@member_required
def show_document(request: MemberRequest, number: int) -> HttpResponse:
    """Send the browser to the PDF at the store, or back to the order while there is none."""
    invoice = get_object_or_404(
        request.organization.invoices.select_related("order__organization"), number=number
    )
    document = queries.documents(request.organization, number).first()
    if document is None:
        messages.info(request, f"{invoice} is being prepared. Try again in a moment.")
        return redirect(invoice.order)
    file = document.file
    try:
        link = s3.download_link(file.key, name=file.name, content_type=file.content_type)
    except s3.StoreAway:
        messages.error(request, "The file service is not available. Try again in a moment.")
        return redirect(invoice.order)
    response = redirect(link)
    # The link ends after minutes; a remembered redirect would lead nowhere.
    response["Cache-Control"] = "no-store"
    return response
