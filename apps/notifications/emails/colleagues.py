"""What the people of an organization hear of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from babel.dates import format_date
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.access import KEEPERS
from apps.accounts.models import Organization
from apps.batches.models import Batch
from apps.batches.tables import batch_kinds
from apps.core.languages import figures, number, speaking
from apps.events.models import Event
from apps.notifications.emails.letters import Letter, Link, Row, written
from apps.notifications.operations import queue_email
from apps.reports import operations as reports
from apps.team.models import Invitation
from apps.team.queries import invitation_link

# So many products stand in one mail, the scarcest first. The page has them all.
LISTED_AT_MOST = 50


def announce_low_stock(now: datetime) -> int:
    """Tell keepers what is running out, when something new is. Returns how many mails that were."""
    return sum(_announce_low_stock(one) for one in Organization.objects.order_by("pk"))


class Low(NamedTuple):
    sku: str
    label: str
    available: int


@transaction.atomic
def _announce_low_stock(organization: Organization) -> int:
    noted: Any = reports.note_low_stock(organization)  # With what can be promised of each.
    low = [Low(one.sku, one.label, one.available) for one in noted]
    if not low:
        return 0
    keepers = organization.memberships.filter(role__in=KEEPERS, user__is_active=True)
    found = list(keepers.select_related("user").order_by("pk"))
    for keeper in found:
        with speaking(organization.language_for(keeper.user)):
            message = written(low_stock(organization, low, keeper.user.name), organization)
        queue_email(
            organization=organization,
            event=None,
            template="low_stock",
            recipient=keeper.user.email,
            **message._asdict(),
        )
    return len(found)


def low_stock(organization: Organization, low: Sequence[Low], name: str) -> Letter:
    told = {"count": len(low), "shop": organization.name, "at": organization.low_stock_at}
    subject = ngettext(
        "%(count)s product of %(shop)s is running out",
        "%(count)s products of %(shop)s are running out",
        len(low),
    )
    first = ngettext(
        "of this product no more than %(at)s can still be promised:",
        "of these products no more than %(at)s can still be promised:",
        len(low),
    )
    stock = settings.PUBLIC_BASE_URL + reverse("inventory:list", args=[organization.slug])
    rows = [Row(f"{one.sku}  {one.label}", str(one.available)) for one in low[:LISTED_AT_MOST]]
    if left_out := low[LISTED_AT_MOST:]:
        rows.append(Row(_("and %(count)s more") % {"count": number(len(left_out))}))
    return Letter(
        subject=subject % told,
        preheader=", ".join(one.label for one in low[:5]),
        name=name,
        paragraphs=[first % told],
        rows=rows,
        action=Link(_("See the stock"), stock),
        postscript=[_("You hear of this again when another one runs out.")],
    )


def announce_batch(event: Event) -> None:
    """Tell whoever started long work that it has ended, unless they sit and wait for it."""
    batch = Batch.objects.select_related("organization", "started_by", "source").get(
        pk=event.aggregate_id
    )
    kind, person = batch_kinds()[batch.kind], batch.started_by
    if person is None or not person.is_active or not kind.mail:
        return
    with speaking(batch.organization.language_for(person)):
        message = written(batch_ended(batch, str(kind.title), person.name), batch.organization)
    queue_email(
        organization=batch.organization,
        event=event,
        template="batch_ended",
        recipient=person.email,
        **message._asdict(),
    )


def batch_ended(batch: Batch, title: str, name: str) -> Letter:
    told = {"title": title, "shop": batch.organization.name, "count": batch.done}
    if batch.status == Batch.Status.DONE:
        subject = _("%(title)s: it is ready") % told
        first = ngettext(
            "%(title)s of %(shop)s is ready: %(count)s row.",
            "%(title)s of %(shop)s is ready: %(count)s rows.",
            batch.done,
        )
    else:
        subject = _("%(title)s: it has stopped") % told
        first = _("%(title)s of %(shop)s has stopped.")
    left_out = ngettext(
        "%(count)s row was left out; the page says why.",
        "%(count)s rows were left out; the page says why.",
        batch.skipped,
    ) % {"count": batch.skipped}
    paragraphs = [first % told, batch.problem, left_out if batch.skipped else ""]
    return Letter(
        subject=subject,
        preheader=first % told,
        name=name,
        paragraphs=[one for one in paragraphs if one],
        action=Link(_("Look at it"), settings.PUBLIC_BASE_URL + batch.get_absolute_url()),
    )


def invite(event: Event) -> None:
    """Mail the link of an invitation, unless it has ended or a newer one was sent meanwhile."""
    invitation = Invitation.objects.select_related("organization", "invited_by").get(
        pk=event.aggregate_id
    )
    if invitation.version != event.sequence:
        return
    organization = invitation.organization
    with speaking(organization.locale):
        letter = invited(invitation, invitation_link(invitation))
        message = written(letter, organization)
    queue_email(
        organization=organization,
        event=event,
        template="invitation",
        recipient=invitation.email,
        **message._asdict(),
    )


def invited(invitation: Invitation, link: str) -> Letter:
    organization = invitation.organization
    told = {
        "shop": organization.name,
        "who": invitation.invited_by or organization.name,
        "role": invitation.get_role_display(),
        "day": format_date(invitation.expires_at, "long", locale=figures(organization.locale)),
    }
    return Letter(
        subject=_("%(who)s invites you to %(shop)s") % told,
        preheader=_("Join the team, as: %(role)s.") % told,
        paragraphs=[
            _("%(who)s invites you to work on the orders of %(shop)s, as: %(role)s.") % told
        ],
        action=Link(_("Join %(shop)s") % told, link),
        postscript=[
            _("The link works until %(day)s, for this address only.") % told,
            _("If you do not know what this is about, forget this message."),
        ],
    )
