from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Go where a signed-in person works."""
    organization = request.user.organizations.order_by("name").first()  # type: ignore[union-attr]
    if organization is None:
        return render(request, "accounts/no_organization.html")
    return redirect("orders:list", organization=organization.slug)
