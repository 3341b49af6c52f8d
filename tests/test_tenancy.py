"""
The walls between organizations, each tested alone. New views and tables are found, not listed.

The walk needs something to leak: without Acme's rows every page would be a 404 and prove nothing,
so Alice walks the same paths and must get in.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import ForeignKey, Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from pytest_django import Settings

from apps.accounts import operations as accounts
from apps.accounts.models import ApiKey, Membership, Organization, User
from apps.batches import operations as batches
from apps.catalog.models import Product, Variant
from apps.fulfillment import operations as fulfillment
from apps.fulfillment.models import Fulfillment
from apps.inventory.models import Reservation, StockLevel
from apps.orders import operations as orders
from apps.orders.models import Order, OrderLine
from apps.payments import operations as payments
from apps.payments.models import Payment
from apps.team import operations as team

Settle = Callable[[], int]


def tenant_routes(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from tenant_routes(entry, route)
        elif isinstance(entry, URLPattern) and "<slug:organization>" in route:
            yield route


ROUTES = sorted(set(tenant_routes(get_resolver())))


@pytest.fixture
def world(
    acme: Organization,
    teapot: Variant,
    order: Order,
    alice: User,
    api_key: str,
    settle_all: Settle,
    settings: Settings,
) -> dict[str, str]:
    """One row of everything at Acme, and the words that stand for them in a path."""
    # Pages for development are walked too.
    settings.DEBUG = True
    draft = orders.save_draft(
        organization=acme,
        buyer=orders.Buyer(name="CANARY"),
        items=[orders.Item(teapot, 1)],
        saved_by=alice,
    )
    orders.confirm_order(order=order, confirmed_by=alice)
    payment = payments.record_payment(
        order=order, amount=1, method=Payment.Method.CASH, recorded_by=alice
    )
    (refund,) = payments.request_refund(order=order, amount=1, requested_by=alice)
    fulfillment.ship_order(order=order, shipped_by=alice)
    Fulfillment.objects.update(wave=1)
    fulfillment.request_return(
        order=order,
        quantities={order.lines.get().pk: 1},
        reason="CANARY",
        requested_by=alice,
    )
    invitation = team.invite(
        organization=acme,
        email="canary@acme.example",
        role=Membership.Role.VIEWER,
        invited_by=alice,
        now=timezone.now(),
    )
    batch = batches.start_batch(
        organization=acme, kind="product-export", params={}, started_by=alice
    )
    imported = batches.import_sent_file(
        organization=acme,
        what="products",
        name="CANARY.csv",
        body=b"Handle,Title,Variant Price\nmug,Mug,4\n",
        started_by=alice,
    )
    settle_all()
    Product.objects.update(name="CANARY teapot", description="CANARY")
    Order.objects.update(customer_name="CANARY", note="CANARY")
    OrderLine.objects.update(name="CANARY")
    return {
        "slug:organization": "acme",
        "int:number": "1",
        "slug:handle": "teapot",
        "slug:label": "INV-00001",
        "int:draft": str(draft.pk),
        "slug:kind": "manual",
        "int:key": str(ApiKey.objects.get().pk),
        "int:level": str(StockLevel.objects.get().pk),
        "int:parcel": "1",
        "int:wave": "1",
        "int:rma": "1",
        "int:batch": str(batch.pk),
        "int:imported": str(imported.pk),
        "int:payment": str(payment.pk),
        "int:refund": str(refund.pk),
        "int:customer": str(acme.customers.get().pk),
        "int:tax_class": str(acme.tax_classes.get().pk),
        "int:location": str(acme.locations.get().pk),
        "int:view": str(
            orders.save_view(
                organization=acme, owner=alice, name="CANARY", query="", shared=True
            ).pk
        ),
        "int:member": str(acme.memberships.get(user=alice).pk),
        "int:invitation": str(invitation.pk),
        "int:file": str(acme.files.order_by("pk").values_list("pk", flat=True)[0]),
    }


def path_for(route: str, words: dict[str, str]) -> str:
    for placeholder, word in words.items():
        route = route.replace(f"<{placeholder}>", word)
    assert "<" not in route, f"Give {route} a word in `world`, so that it is walked."
    return route


def fingerprint(organization: Organization) -> list[Any]:
    """Everything Acme has, as the database holds it."""
    found: list[Any] = []
    for model in owned_models():
        rows = model._default_manager.filter(organization=organization).order_by("pk").values()
        found.append([model.__name__, list(rows)])
    return found


def owned_models() -> list[type[Model]]:
    return [
        model
        for model in apps.get_models()
        if any(field.name == "organization" for field in model._meta.get_fields())
    ]


def test_there_are_tenant_views_to_walk() -> None:
    assert any("orders/<int:number>/" in route for route in ROUTES)
    assert len(ROUTES) > 15


def test_alice_reaches_her_own_pages(client: Client, alice: User, world: dict[str, str]) -> None:
    """The positive control: the walk below must be able to find the canary."""
    client.force_login(alice)

    answers = {route: client.get(path_for(route, world)) for route in ROUTES}

    assert not [route for route, answer in answers.items() if answer.status_code in {404, 500}]
    assert sum(b"CANARY" in answer.getvalue() for answer in answers.values()) >= 4


METHODS = ("get", "post", "put", "patch", "delete")
# What everybody may do, because it is about themselves alone.
OWN_AFFAIRS = {"/<slug:organization>/team/departure/"}
# What a form of ours may be called with, so that a door without a gate would do something.
MISCHIEF = {"reason": "mischief", "delta": "1", "name": "mischief"}


def test_a_stranger_does_not_get_in(
    client: Client, mallory: User, globex: Organization, acme: Organization, world: dict[str, str]
) -> None:
    """A19"""
    client.force_login(mallory)
    before = fingerprint(acme)

    answers = {
        (method, route): getattr(client, method)(path_for(route, world), MISCHIEF)
        for route in ROUTES
        for method in METHODS
    }

    assert {door: one.status_code for door, one in answers.items() if not is_closed(one)} == {}
    assert [door for door, one in answers.items() if b"CANARY" in one.getvalue()] == []
    assert fingerprint(acme) == before


def test_a_neighbour_cannot_reach_our_rows_through_their_own_door(
    client: Client, mallory: User, globex: Organization, acme: Organization, world: dict[str, str]
) -> None:
    """A19"""
    client.force_login(mallory)
    before = fingerprint(acme)
    theirs = {**world, "slug:organization": "globex"}

    answers = {
        (method, route): getattr(client, method)(path_for(route, theirs), MISCHIEF)
        for route in ROUTES
        if route.count("<") > 1
        for method in METHODS
    }

    assert {door: one.status_code for door, one in answers.items() if not is_closed(one)} == {}
    assert fingerprint(acme) == before


def is_closed(answer: Any) -> bool:
    return answer.status_code in {404, 405}


def api_doors(client: Client) -> dict[tuple[str, str], Any]:
    """Every way into the API that names something, with the smallest body that it would take."""
    described = client.get("/api/v1/openapi.json").json()
    schemas = described["components"]["schemas"]
    return {
        (method, path): body_of(door, schemas)
        for path, doors in described["paths"].items()
        if "{" in path
        for method, door in doors.items()
    }


def body_of(door: dict[str, Any], schemas: dict[str, Any]) -> Any:
    if "requestBody" not in door:
        return None
    return smallest(door["requestBody"]["content"]["application/json"]["schema"], schemas)


def smallest(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """Return what a schema takes with as little in it as there may be, but lists of one."""
    if "$ref" in schema:
        return smallest(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return smallest(schema["anyOf"][0], schemas)
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        parts = schema.get("properties", {})
        return {name: smallest(parts[name], schemas) for name in schema.get("required", [])}
    if schema["type"] == "array":
        return [smallest(schema["items"], schemas)]
    return "2030-01-01T00:00:00Z" if schema["type"] == "string" else 1


def ask(
    client: Client, door: tuple[str, str], body: object, words: dict[str, str], key: str
) -> int:
    method, path = door
    for placeholder, word in words.items():
        path = path.replace(f"{{{placeholder.partition(':')[2]}}}", word)
    assert "{" not in path, f"Give {path} a word in `world`, so that it is walked."
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"{method} {path}"}
    answer = client.generic(
        method.upper(), path, json.dumps(body or {}), "application/json", headers=headers
    )
    return answer.status_code


def test_the_key_of_a_shop_opens_its_own_doors(
    client: Client, api_key: str, world: dict[str, str]
) -> None:
    """The positive control: what the walk below is refused is there, and would be done."""
    codes = {}
    for door, body in api_doors(client).items():
        with transaction.atomic():
            codes[door] = ask(client, door, body, world, api_key)
            transaction.set_rollback(True)

    assert {door: code for door, code in codes.items() if code in {401, 404, 405, 500}} == {}
    assert len(codes) > 30
    assert sum(200 <= code < 300 for code in codes.values()) > 15


def test_the_key_of_another_shop_opens_none_of_them(
    client: Client, acme: Organization, globex: Organization, world: dict[str, str]
) -> None:
    """A19: over the API."""
    key = accounts.create_api_key(organization=globex, name="Mallory")[1]
    before = fingerprint(acme)

    codes = {door: ask(client, door, body, world, key) for door, body in api_doors(client).items()}

    assert {door: code for door, code in codes.items() if code != 404} == {}
    assert fingerprint(acme) == before


def test_whoever_is_not_logged_in_is_sent_to_log_in(client: Client, world: dict[str, str]) -> None:
    answers = {route: client.get(path_for(route, world)) for route in ROUTES}

    assert {
        route: answer.status_code
        for route, answer in answers.items()
        if answer.status_code != 405
        and not answer.headers.get("Location", "").startswith("/accounts/login/")
    } == {}


def test_a_viewer_changes_nothing(
    client: Client, victor: User, acme: Organization, world: dict[str, str]
) -> None:
    """A18"""
    client.force_login(victor)
    before = fingerprint(acme)

    answers = {
        (method, route): getattr(client, method)(path_for(route, world), MISCHIEF).status_code
        for route in ROUTES
        for method in METHODS
        if method != "get" and route not in OWN_AFFAIRS
    }

    assert {door: code for door, code in answers.items() if code not in {403, 405}} == {}
    assert fingerprint(acme) == before


def organization_keys() -> list[tuple[str, str]]:
    """Every foreign key from one row of an organization to another such row."""
    owned = set(owned_models())
    return [
        (model._meta.db_table, str(field.column))
        for model in owned
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey)
        and field.related_model in owned
        and field.name != "event"  # An event may have no organization.
    ]


def test_every_key_between_rows_of_an_organization_contains_the_organization() -> None:
    """I13: by the database, whatever the code above it does."""
    assert len(organization_keys()) > 15


@pytest.mark.django_db
@pytest.mark.parametrize(("table", "column"), sorted(organization_keys()))
def test_the_database_ties_it_to_the_same_organization(table: str, column: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid = %s::regclass",
            [table],
        )
        keys = [row[0] for row in cursor.fetchall()]

    assert any(key.startswith(f"FOREIGN KEY (organization_id, {column})") for key in keys)


def check_now() -> None:
    """Ask the database for what it would otherwise say at the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_row_that_points_next_door_is_refused(
    order: Order, globex: Organization, mallory: User
) -> None:
    with transaction.atomic():
        OrderLine.objects.update(organization=globex)
        with pytest.raises(IntegrityError, match="same_org"):
            check_now()
        transaction.set_rollback(True)


def test_a_reservation_belongs_to_the_organization_of_its_line(
    order: Order, globex: Organization
) -> None:
    with transaction.atomic():
        Reservation.objects.update(organization=globex)
        with pytest.raises(IntegrityError, match="same_org"):
            check_now()
        transaction.set_rollback(True)
