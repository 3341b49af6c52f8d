"""What can be done to organizations and the ways into them."""

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.accounts.models import ApiKey, Membership, Organization, User
from apps.core.errors import Refusal

API_KEY_START = "dz_"
# Words that stand where an organization's slug does in our paths.
TAKEN_SLUGS = frozenset(
    {
        "accounts",
        "admin",
        "api",
        "health",
        "join",
        "new",
        "pay",
        "static",
        "track",
        "webhooks",
        "www",
    }
)


class StaleSettings(Refusal):
    """The settings are not those that were seen any more."""


@transaction.atomic
def create_organization(
    *, name: str, owner: User, currency: str = "EUR", locale: str = "en"
) -> Organization:
    """Open an organization that belongs to `owner`, under a slug nobody else has."""
    for slug in _slugs(name):
        organization, created = Organization.objects.get_or_create(
            slug=slug,
            defaults={"name": name, "currency": currency, "legal_name": name, "locale": locale},
        )
        if created:
            break
    Membership.objects.create(organization=organization, user=owner, role=Membership.Role.OWNER)
    return organization


class OrganizationFacts(NamedTuple):
    """What keepers may change of their organization. The rest is decided when it is opened."""

    name: str
    legal_name: str
    address: str
    country: str
    tax_id: str
    bank_details: str
    payment_terms_days: int
    locale: str
    timezone: str
    prices_include_tax: bool
    tax_rounding: str
    low_stock_at: int
    payment_window: timedelta


@transaction.atomic
def update_organization(
    *,
    organization: Organization,
    facts: OrganizationFacts,
    seen_version: int | None = None,
    changed_by: User | None = None,
) -> Organization:
    """
    Change an organization. Orders and invoices keep what they copied of it before.

    Raises StaleSettings when it is not at the version that was seen any more.
    """
    organization = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    if seen_version not in {None, organization.version}:
        raise StaleSettings(_("Changed since you opened it."))
    for field, value in facts._asdict().items():
        setattr(organization, field, value)
    organization.version += 1
    organization.changed_by = changed_by
    organization.save(update_fields=[*facts._fields, "version", "changed_by"])
    return organization


def update_person(*, user: User, name: str, language: str) -> User:
    """Change what a person is called and which language they read; empty is their shop's."""
    user.name, user.language = name, language
    user.save(update_fields=["name", "language"])
    return user


@transaction.atomic
def create_api_key(*, organization: Organization, name: str) -> tuple[ApiKey, str]:
    """Return a new key and its secret, which cannot be read again."""
    secret = API_KEY_START + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        organization=organization, name=name, prefix=secret[:10], secret_hash=hash_secret(secret)
    )
    return key, secret


@transaction.atomic
def revoke_api_key(*, key: ApiKey, now: datetime) -> ApiKey:
    """Let nobody in with this key any more. A key that was revoked before keeps its moment."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)
    key.refresh_from_db()
    return key


def hash_secret(secret: str) -> str:
    """Return what is stored of a key. 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def next_number(organization: Organization, series: str) -> int:
    """
    Draw the next number of a series, without gaps and without twins.

    The row stays locked until the transaction ends, so draw late and do nothing slow after it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_counter AS c (organization_id, key, value)"
            " VALUES (%s, %s, 1)"
            " ON CONFLICT (organization_id, key) DO UPDATE SET value = c.value + 1"
            " RETURNING value",
            [organization.pk, series],
        )
        return int(cursor.fetchone()[0])


def forget_old_sessions(now: datetime) -> int:
    """Delete the durable copies of sessions that have ended. Returns how many."""
    return Session.objects.filter(expire_date__lt=now).delete()[0]


def _slugs(name: str) -> Iterator[str]:
    """Yield slugs to try: the name's own, then the name with something random behind it."""
    stem = slugify(name)[:50] or "shop"
    if stem not in TAKEN_SLUGS:
        yield stem
    while True:
        yield f"{stem}-{secrets.token_hex(2)}"
