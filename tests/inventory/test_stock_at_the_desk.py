"""Stock as people work with it: found, narrowed, counted, moved once, and read back."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Organization, User
from apps.catalog.models import Product, Variant
from apps.inventory import operations
from apps.inventory.models import Location, StockLevel, StockMovement


@pytest.fixture
def desk(client: Client, alice: User, acme: Organization) -> Client:
    """Alice at her desk."""
    client.force_login(alice)
    return client


@pytest.fixture
def level(teapot: Variant) -> StockLevel:
    return teapot.levels.get()


@pytest.fixture
def attic(acme: Organization) -> Location:
    return operations.create_location(organization=acme, code="ATTIC", name="Attic", priority=9)


def skus(desk: Client, path: str = "/acme/stock/", **asked: Any) -> list[str]:
    return [row.variant.sku for row in desk.get(path, asked).context["page"].rows]


def form_of(desk: Client, level: StockLevel) -> dict[str, str]:
    """What the page of a level sends unseen."""
    form = desk.get(f"/acme/stock/{level.pk}/").context["form"]
    return {name: str(form[name].value()) for name in ("key", "seen")}


def test_stock_is_found_by_name_sku_and_whole_barcode(
    desk: Client, teapot: Variant, kettle: Variant
) -> None:
    Variant.objects.filter(pk=kettle.pk).update(barcode="4012345678901")

    assert skus(desk) == ["KETTLE", "TEAPOT"]
    assert skus(desk, q="eapo") == ["TEAPOT"]
    assert skus(desk, q="KETT") == ["KETTLE"]
    assert skus(desk, q="401234567890") == []


@pytest.mark.parametrize("code", ["4012345678901", "TEAPOT"])
def test_a_scan_leads_to_the_level(
    desk: Client, teapot: Variant, kettle: Variant, code: str
) -> None:
    Variant.objects.filter(pk=teapot.pk).update(barcode="4012345678901")

    answer = desk.get("/acme/stock/", {"q": code})

    assert answer["Location"] == f"/acme/stock/{teapot.levels.get().pk}/"


def test_stock_is_narrowed_to_what_is_low_oversold_or_never_came(
    desk: Client, acme: Organization, teapot: Variant, kettle: Variant
) -> None:
    new = Product.objects.create(organization=acme, handle="cup", name="Cup")
    Variant.objects.create(organization=acme, product=new, sku="CUP", price=1)

    assert skus(desk, state="low") == ["KETTLE"]
    assert skus(desk, state="negative") == []
    assert skus(desk, state="never") == ["CUP"]
    StockLevel.objects.filter(variant=teapot).update(allow_negative=True, reserved=11)
    assert skus(desk, state="negative") == ["TEAPOT"]
    StockLevel.objects.filter(variant=teapot).update(allow_negative=False, reserved=0)


def test_stock_is_narrowed_to_a_place(
    desk: Client, teapot: Variant, kettle: Variant, level: StockLevel, attic: Location
) -> None:
    operations.transfer_stock(
        variant=teapot,
        source=level.location,
        target=attic,
        quantity=4,
        reason="Room",
        actor=None,
    )

    [row] = desk.get("/acme/stock/", {"location": attic.pk}).context["page"].rows
    everywhere = desk.get("/acme/stock/").context["page"].rows[1]

    assert (row.variant, row.on_hand, len(row.levels)) == (teapot, 4, 1)
    assert (everywhere.on_hand, len(everywhere.levels)) == (10, 2)


def test_what_is_archived_is_shown_to_whoever_asks_for_it(desk: Client, teapot: Variant) -> None:
    Product.objects.update(status=Product.Status.ARCHIVED)

    assert skus(desk) == []
    assert skus(desk, q="eap") == ["TEAPOT"]


def test_a_form_that_is_sent_twice_changes_the_stock_once(desk: Client, level: StockLevel) -> None:
    sent = form_of(desk, level) | {"delta": "5", "reason": "Delivery"}

    first = desk.post(f"/acme/stock/{level.pk}/", sent)
    second = desk.post(f"/acme/stock/{level.pk}/", sent)

    assert first.status_code == second.status_code == 302
    level.refresh_from_db()
    assert level.on_hand == 15


def test_a_form_that_is_changed_and_sent_again_asks_first(desk: Client, level: StockLevel) -> None:
    sent = form_of(desk, level) | {"delta": "5", "reason": "Delivery"}
    desk.post(f"/acme/stock/{level.pk}/", sent)

    again = desk.post(f"/acme/stock/{level.pk}/", sent | {"delta": "6"})

    assert again.status_code == 422
    assert "This form was sent before" in again.text
    assert 'value="6"' in again.text
    meant = again.context["form"]
    desk.post(f"/acme/stock/{level.pk}/", {**sent, "delta": "6", "key": meant["key"].value()})
    level.refresh_from_db()
    assert level.on_hand == 21


@pytest.mark.parametrize("door", ["receipts", "transfers"])
def test_what_comes_or_is_carried_is_booked_once(
    desk: Client, level: StockLevel, attic: Location, door: str
) -> None:
    form = desk.get(f"/acme/stock/{door}/").context["form"]
    sent = {
        "key": form["key"].value(),
        "sku": "TEAPOT",
        "location": level.location_id,
        "source": level.location_id,
        "target": attic.pk,
        "quantity": "3",
        "reason": "Once",
    }

    for _ in range(2):
        assert desk.post(f"/acme/stock/{door}/", sent).status_code == 302

    assert StockMovement.objects.filter(reason="Once", delta=3).count() == 1


def test_what_was_counted_becomes_what_is_on_hand(desk: Client, level: StockLevel) -> None:
    sent = form_of(desk, level) | {"counted": "12", "reason": "Inventory count"}

    assert desk.post(f"/acme/stock/{level.pk}/", sent).status_code == 302

    level.refresh_from_db()
    newest = level.movements.latest("pk")
    assert (level.on_hand, newest.delta, newest.kind) == (12, 2, "adjustment")


@pytest.mark.parametrize(("again", "answered"), [("12", 302), ("13", 422), ("10", 422)])
def test_a_count_that_is_sent_again_is_the_same_or_asks_first(
    desk: Client, level: StockLevel, again: str, answered: int
) -> None:
    sent = form_of(desk, level) | {"counted": "12", "reason": "Inventory count"}
    desk.post(f"/acme/stock/{level.pk}/", sent)
    operations.adjust_stock(
        variant=level.variant, location=level.location, delta=-4, reason="Broken", actor=None
    )

    answer = desk.post(f"/acme/stock/{level.pk}/", sent | {"counted": again})

    assert answer.status_code == answered
    assert ("This form was sent before" in answer.text) == (answered == 422)
    level.refresh_from_db()
    assert level.on_hand == 8


def test_a_count_that_finds_what_is_known_writes_nothing(desk: Client, level: StockLevel) -> None:
    sent = form_of(desk, level) | {"counted": "10", "reason": "Inventory count"}

    assert desk.post(f"/acme/stock/{level.pk}/", sent).status_code == 302

    assert level.movements.count() == 1


def test_a_count_of_stock_that_moved_meanwhile_says_who_moved_it(
    desk: Client, level: StockLevel, victor: User
) -> None:
    sent = form_of(desk, level) | {"counted": "9", "reason": "Inventory count"}
    operations.adjust_stock(
        variant=level.variant, location=level.location, delta=-4, reason="Broken", actor=victor
    )

    answer = desk.post(f"/acme/stock/{level.pk}/", sent)

    assert answer.status_code == 409
    assert "Changed by Victor since you opened it." in answer.text
    assert "Now there should be 6." in answer.text
    assert 'value="9"' in answer.text
    level.refresh_from_db()
    assert level.on_hand == 6
    seen = answer.context["form"]["seen"].value()
    desk.post(f"/acme/stock/{level.pk}/", sent | {"seen": seen})
    level.refresh_from_db()
    assert level.on_hand == 9


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"delta": "1", "counted": "1"}, "counted"),
        ({"delta": "", "counted": ""}, "delta"),
        ({"counted": "-1"}, "counted"),
        ({"counted": "9" * 30}, "counted"),
    ],
)
def test_one_says_either_how_many_more_or_how_many_in_all(
    desk: Client, level: StockLevel, typed: dict[str, str], field: str
) -> None:
    answer = desk.post(f"/acme/stock/{level.pk}/", {"reason": "Count", **typed})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]


@pytest.mark.parametrize(
    ("back", "leads"),
    [
        ("/acme/stock/?state=low#v1", "/acme/stock/?state=low#v1"),
        ("https://elsewhere.example/", None),
        ("/acme/stock/../../elsewhere/", None),
        ("//elsewhere.example", None),
    ],
)
def test_a_sheet_leads_back_to_its_list_and_nowhere_else(
    desk: Client, level: StockLevel, back: str, leads: str | None
) -> None:
    sent = {"delta": "1", "reason": "Delivery", "back": back}

    answer = desk.post(f"/acme/stock/{level.pk}/", sent)

    assert answer["Location"] == (leads or f"/acme/stock/{level.pk}/")


def test_a_scanned_barcode_is_received(desk: Client, level: StockLevel) -> None:
    Variant.objects.update(barcode="4012345678901")
    sent = {
        "sku": "4012345678901",
        "location": level.location_id,
        "quantity": "2",
        "reason": "Delivery",
    }

    desk.post("/acme/stock/receipts/", sent)

    level.refresh_from_db()
    assert level.on_hand == 12


def test_the_ledger_says_what_was_on_hand_after_each_movement(
    desk: Client, level: StockLevel
) -> None:
    for _ in range(51):
        operations.adjust_stock(
            variant=level.variant, location=level.location, delta=2, reason="More", actor=None
        )

    first = desk.get(f"/acme/stock/{level.pk}/").context["ledger"]
    second = desk.get(f"/acme/stock/{level.pk}/", {"after": first.next}).context["ledger"]

    assert [row.balance for row in first.rows[:3]] == [112, 110, 108]
    assert [(row.movement.delta, row.balance) for row in second.rows] == [(2, 12), (10, 10)]
    assert second.next == ""


def test_movements_are_narrowed(
    desk: Client, level: StockLevel, kettle: Variant, attic: Location
) -> None:
    operations.transfer_stock(
        variant=level.variant,
        source=level.location,
        target=attic,
        quantity=1,
        reason="Room",
        actor=None,
    )
    StockMovement.objects.filter(stock_level__variant=kettle).update(
        created_at=timezone.now() - timedelta(days=40)
    )
    today = timezone.now().date()

    def found(**asked: Any) -> list[tuple[str, int]]:
        page = desk.get("/acme/stock/movements/", asked).context["page"]
        return [(one.stock_level.variant.sku, one.delta) for one in page.movements]

    assert found() == [("TEAPOT", 1), ("TEAPOT", -1), ("TEAPOT", 10), ("KETTLE", 5)]
    assert found(q="kettle") == [("KETTLE", 5)]
    assert found(location=attic.pk) == [("TEAPOT", 1)]
    assert found(kind="receipt") == [("TEAPOT", 10), ("KETTLE", 5)]
    assert found(until=today - timedelta(days=30)) == [("KETTLE", 5)]
    assert len(found(since=today - timedelta(days=1), until=today)) == 3
    assert len(found(since="nonsense", kind="nonsense", location="9" * 40)) == 4


def test_a_viewer_is_offered_no_change(client: Client, victor: User, level: StockLevel) -> None:
    client.force_login(victor)

    assert "Adjust" not in client.get("/acme/stock/").text
    assert "Adjust" not in client.get(f"/acme/stock/{level.pk}/").text
