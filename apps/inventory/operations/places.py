"""Where stock may lie."""

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.accounts.models import Organization
from apps.core.errors import InvalidInput, Refusal
from apps.inventory.models import Location, StockLevel

DEFAULT_LOCATION = "MAIN"


class CodeTaken(InvalidInput):
    pass


class UnknownLocation(InvalidInput):
    pass


class StillInUse(Refusal):
    pass


def default_location(organization: Organization) -> Location:
    """Return the location served first, made if the organization has none."""
    location = organization.locations.filter(active=True).order_by("priority", "pk").first()
    if location is None:
        location, _created = Location.objects.get_or_create(
            organization=organization,
            code=DEFAULT_LOCATION,
            defaults={"name": gettext_noop("Main warehouse")},
        )
    return location


def location_of(
    organization: Organization, code: str, *, field: str = "location"
) -> Location | None:
    """Return the open location of a code, or None where none is named. Raises UnknownLocation."""
    if not code:
        return None
    location = organization.locations.filter(code=code, active=True).first()
    if location is None:
        raise UnknownLocation(
            _("There is no open location %(code)s.") % {"code": code}, field=field
        )
    return location


def create_location(*, organization: Organization, code: str, name: str, priority: int) -> Location:
    """Open a place for stock. Raises CodeTaken."""
    try:
        with transaction.atomic():
            return Location.objects.create(
                organization=organization, code=code, name=name, priority=priority
            )
    except IntegrityError as error:
        raise CodeTaken(
            _("There is a location with the code %(code)s already.") % {"code": code}, field="code"
        ) from error


def set_location(*, location: Location, name: str, priority: int) -> Location:
    """Call a location something else, or serve orders from it earlier or later."""
    location.name, location.priority = name, priority
    location.save(update_fields=["name", "priority"])
    return location


@transaction.atomic
def close_location(*, location: Location) -> Location:
    """
    Serve nobody from a location any more.

    Raises StillInUse while something lies there or is promised from there, or it is the only one.
    """
    # All of them, in one order: of the last two, closed at once, one stays.
    places = Location.objects.filter(organization_id=location.organization_id, active=True)
    open_ids = list(
        places.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True)
    )
    if open_ids == [location.pk]:
        raise StillInUse(
            _("%(location)s is the only location; open another one first.") % {"location": location}
        )
    in_use = ~Q(on_hand=0) | ~Q(reserved=0)
    if StockLevel.objects.filter(in_use, location=location).exists():
        raise StillInUse(
            _("There is still stock at %(location)s. Move it to another location first.")
            % {"location": location}
        )
    location.active = False
    location.save(update_fields=["active"])
    return location


def reopen_location(*, location: Location) -> Location:
    """Serve orders from a location again."""
    location.active = True
    location.save(update_fields=["active"])
    return location
