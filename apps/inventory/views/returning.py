from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.accounts.access import MemberRequest
from apps.core.views import typed


def return_to(request: MemberRequest, level: int) -> HttpResponse:
    """Go back to the list from which a sheet was opened, else to the page of the level."""
    stock = reverse("inventory:list", args=[request.organization.slug])
    back = typed(request, "back")
    # No other place: a link from elsewhere must not lead elsewhere.
    if back == stock or back.startswith((f"{stock}?", f"{stock}#")):
        return redirect(back)
    return redirect("inventory:level", request.organization.slug, level)
