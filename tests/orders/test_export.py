"""The file holds exactly what the list shows, in its order, and nothing a spreadsheet would run."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.http import StreamingHttpResponse
from django.test import Client

from apps.accounts.models import Organization, User
from apps.batches.models import Batch
from apps.files import s3
from apps.orders import documents
from apps.orders.models import Order
from tests.orders.conftest import Place

EXPORT = "/acme/orders/export/"


def rows_of(client: Client, **asked: Any) -> list[dict[str, str]]:
    answer = client.get(EXPORT, {"all": "1"} | asked)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    body = b"".join(cast("Any", cast("StreamingHttpResponse", answer).streaming_content))
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


def test_it_has_the_filters_and_the_order_of_the_list(alices_desk: Client, place: Place) -> None:
    place("Jo", tags=["gift"])
    place("Meg")
    place("Jo")

    newest_first = rows_of(alices_desk, query="q=jo")
    oldest_first = rows_of(alices_desk, query="q=jo&sort=placed")

    assert [row["number"] for row in newest_first] == ["3", "1"]
    assert [row["number"] for row in oldest_first] == ["1", "3"]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_it_bears_the_day_that_it_is_in_the_shop(
    alices_desk: Client, acme: Organization, zone: str
) -> None:
    acme.timezone = zone
    acme.save()

    answer = alices_desk.get(EXPORT, {"all": "1"})

    name = f"orders-acme-{datetime.now(ZoneInfo(zone)):%Y-%m-%d}.csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_every_page_of_it_is_there(
    alices_desk: Client, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "CHUNK", 2)
    for _ in range(5):
        place()

    assert [row["number"] for row in rows_of(alices_desk)] == ["5", "4", "3", "2", "1"]


def test_only_what_is_ticked_is_in_it(alices_desk: Client, place: Place) -> None:
    for _ in range(3):
        place()

    rows = rows_of(alices_desk, all="", order=["1", "3"])

    assert [row["number"] for row in rows] == ["3", "1"]


def test_moments_and_money_can_be_read_by_a_program(
    alices_desk: Client, place: Place, alice: User
) -> None:
    Organization.objects.update(timezone="Europe/Berlin")
    place(tags=["gift", "blue"], assignee=alice, placed_at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC))

    [row] = rows_of(alices_desk)

    assert row["placed_at"] == "2026-07-02T00:30:00+02:00"
    assert (row["total"], row["tax"], row["paid"], row["balance"]) == (
        "24.99",
        "3.99",
        "0.00",
        "24.99",
    )
    assert (row["lines"], row["units"], row["tags"]) == ("1", "1", "gift, blue")
    assert row["assignee"] == "alice@acme.example"
    assert row["paid_at"] == ""


@pytest.mark.parametrize("formula", ["=1+1", "+49 30 1", "-2+3", "@SUM(A1)", "\t=1"])
def test_what_a_stranger_typed_is_not_calculated(
    alices_desk: Client, place: Place, formula: str
) -> None:
    place(note=formula)

    assert rows_of(alices_desk)[0]["note"] == f"'{formula}"


def test_its_columns_are_explained() -> None:
    explained = (Path(settings.BASE_DIR) / "docs" / "exports.md").read_text()

    assert [name for name in documents.COLUMNS if f"`{name}`" not in explained] == []


def test_a_long_one_is_written_by_a_worker_and_holds_the_same(
    alices_desk: Client,
    acme: Organization,
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    settle_all: Callable[[], int],
) -> None:
    monkeypatch.setattr("apps.orders.views.exporting.STREAMED_AT_MOST", 2)
    monkeypatch.setattr(documents, "CHUNK", 2)
    for name in ("Jo", "Jo", "Meg", "Jo"):
        place(name)

    asked = alices_desk.get(EXPORT, {"all": "1", "query": "q=jo&sort=number"})
    assert "more than 2 orders" in asked.text
    alices_desk.post(f"{EXPORT}file/", {"query": "q=jo&sort=number"})
    settle_all()

    batch = Batch.objects.get()
    assert (batch.status, batch.done) == ("done", 3)
    assert batch.result is not None
    text = b"".join(s3.get_stream(batch.result.key)).decode("utf-8-sig")
    assert [row["number"] for row in csv.DictReader(io.StringIO(text))] == ["1", "2", "4"]


def test_a_neighbours_orders_are_not_in_it(
    client: Client, mallory: User, globex: Organization, order: Order
) -> None:
    client.force_login(mallory)

    answer = client.get("/globex/orders/export/", {"all": "1"})

    body = b"".join(cast("Any", cast("StreamingHttpResponse", answer).streaming_content))
    assert b"Jo March" not in body
    assert body.count(b"\n") == 1
