"""Saved views: kept under a name, shared with colleagues, changed by their owner or a keeper."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Membership, Organization, User
from apps.core.errors import InvalidInput, Refusal
from apps.orders.models import SavedView

VIEWS_AT_MOST = 30
QUERY_AT_MOST = 1000


class TooManyViews(Refusal):
    pass


class NameTaken(InvalidInput):
    pass


class NotYours(Refusal):
    status = 403


@transaction.atomic
def save_view(
    *, organization: Organization, owner: User, name: str, query: str, shared: bool
) -> SavedView:
    """
    Keep what a list asks for under a name. A name its owner has already takes the new query.

    `query` is FilterForm's. Raises TooManyViews, or InvalidInput for a query that is too long.
    """
    if len(query) > QUERY_AT_MOST:
        raise InvalidInput(
            _("These filters are too long for a view. Search for something shorter.")
        )
    # So that two of them do not count the same views.
    list(Membership.objects.select_for_update().filter(organization=organization, user=owner))
    view = organization.saved_views.filter(owner=owner, name=name).first()
    if view is None:
        if organization.saved_views.filter(owner=owner).count() >= VIEWS_AT_MOST:
            said = _("You have %(count)s saved views. Remove one first.")
            raise TooManyViews(said % {"count": VIEWS_AT_MOST})
        view = SavedView(organization=organization, owner=owner, name=name)
    view.query, view.shared = query, shared
    view.save()
    return view


def change_view(
    *, view: SavedView, name: str, shared: bool, changed_by: User, keeps: bool
) -> SavedView:
    """
    Rename a view, share it or keep it to oneself. `keeps`: whoever asks is a keeper.

    Raises NotYours or NameTaken.
    """
    _insist_on_owner(view, changed_by, keeps=keeps)
    view.name, view.shared = name, shared
    try:
        with transaction.atomic():
            view.save(update_fields=["name", "shared"])
    except IntegrityError as error:
        raise NameTaken(_("There is a view of this name already."), field="name") from error
    return view


def remove_view(*, view: SavedView, removed_by: User, keeps: bool) -> None:
    """Forget a view. Raises NotYours."""
    _insist_on_owner(view, removed_by, keeps=keeps)
    view.delete()


def _insist_on_owner(view: SavedView, user: User, *, keeps: bool) -> None:
    if view.owner_id != user.pk and not keeps:
        raise NotYours(_("This view belongs to somebody else."))
