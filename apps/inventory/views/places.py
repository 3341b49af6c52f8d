from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.access import MemberRequest, member_required, writer_required
from apps.core.errors import Refusal
from apps.inventory import operations, queries
from apps.inventory.forms import LocationForm, NewLocationForm
from apps.inventory.models import Location


@member_required
@writer_required
def list_locations(request: MemberRequest) -> HttpResponse:
    form = NewLocationForm(request.POST or None)
    if form.is_valid():
        try:
            opened = operations.create_location(
                organization=request.organization, **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("%(location)s is open.") % {"location": opened})
            return redirect("inventory:locations", request.organization.slug)
    page = {"form": form, "places": queries.places(request.organization)}
    return render(request, "inventory/locations.html", page, status=422 if form.errors else 200)


@member_required
@writer_required
def show_location(request: MemberRequest, location: int) -> HttpResponse:
    found = _place(request, location)
    facts = {"name": found.name, "priority": found.priority}
    form = LocationForm(request.POST or None, initial=facts)
    if form.is_valid():
        operations.set_location(location=found, **form.cleaned_data)
        messages.success(request, _("%(location)s is saved.") % {"location": found})
        return redirect("inventory:locations", request.organization.slug)
    return _location_page(request, found, form)


@require_POST
@member_required
@writer_required
def close_location(request: MemberRequest, location: int) -> HttpResponse:
    found = _place(request, location)
    try:
        operations.close_location(location=found)
    except Refusal as refusal:
        facts = {"name": found.name, "priority": found.priority}
        return _location_page(request, found, LocationForm(initial=facts), refusal=refusal)
    messages.success(request, _("%(location)s is closed.") % {"location": found})
    return redirect("inventory:locations", request.organization.slug)


@require_POST
@member_required
@writer_required
def reopen_location(request: MemberRequest, location: int) -> HttpResponse:
    found = operations.reopen_location(location=_place(request, location))
    messages.success(request, _("%(location)s is open again.") % {"location": found})
    return redirect("inventory:locations", request.organization.slug)


def _place(request: MemberRequest, location: int) -> Location:
    return get_object_or_404(queries.places(request.organization), pk=location)


def _location_page(
    request: MemberRequest,
    location: Location,
    form: LocationForm,
    *,
    refusal: Refusal | None = None,
) -> HttpResponse:
    page = {"location": location, "form": form, "refusal": refusal}
    status = 422 if refusal or form.errors else 200
    return render(request, "inventory/location.html", page, status=status)
