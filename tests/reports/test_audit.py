"""The audit as people meet it: by night, by command, on a page. It alarms, and repairs nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from apps.accounts.models import Organization, User
from apps.catalog.models import Variant
from apps.inventory.models import StockLevel
from apps.orders.models import Order
from apps.reports import operations
from apps.reports.invariants import invariants
from apps.reports.models import Finding

NIGHT = datetime(2026, 11, 23, tzinfo=UTC)
NEXT_NIGHT = NIGHT + timedelta(days=1)

pytestmark = pytest.mark.breaks_books("stock-on-hand-is-explained", why="to see it found")


@pytest.fixture
def fault(order: Order, teapot: Variant) -> StockLevel:
    """One teapot that nobody received."""
    StockLevel.objects.update(on_hand=11)
    return StockLevel.objects.get()


def test_a_night_without_a_fault_leaves_nothing(order: Order) -> None:
    assert operations.audit_invariants(NIGHT) == 0
    assert not Finding.objects.exists()


def test_a_fault_is_an_error_in_the_log_and_a_finding(
    fault: StockLevel, acme: Organization, caplog: pytest.LogCaptureFixture
) -> None:
    assert operations.audit_invariants(NIGHT) == 1

    finding = Finding.objects.get()
    assert (finding.organization, finding.invariant) == (acme, "stock-on-hand-is-explained")
    assert finding.examples == [f"Stock level {fault.pk}: 11 on hand, 10 by movements"]
    [logged] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert isinstance(logged.msg, dict)
    assert logged.msg["invariant"] == "stock-on-hand-is-explained"
    assert logged.msg["organization_id"] == acme.pk


def test_the_audit_repairs_nothing(fault: StockLevel) -> None:
    operations.audit_invariants(NIGHT)

    fault.refresh_from_db()
    assert fault.on_hand == 11


def test_a_fault_that_stays_is_one_finding_and_one_that_comes_back_another(
    fault: StockLevel,
) -> None:
    operations.audit_invariants(NIGHT)
    operations.audit_invariants(NEXT_NIGHT)
    finding = Finding.objects.get()
    assert (finding.found_at, finding.last_seen_at) == (NIGHT, NEXT_NIGHT)

    StockLevel.objects.update(on_hand=10)
    operations.audit_invariants(NEXT_NIGHT + timedelta(days=1))
    finding.refresh_from_db()
    assert finding.gone_at == NEXT_NIGHT + timedelta(days=1)

    StockLevel.objects.update(on_hand=11)
    operations.audit_invariants(NEXT_NIGHT + timedelta(days=2))
    assert Finding.objects.count() == 2


def test_a_finding_about_the_database_itself_belongs_to_nobody(order: Order) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE invoicing_invoice DISABLE TRIGGER invoice_never_changes")
    operations.audit_invariants(NIGHT)
    operations.audit_invariants(NEXT_NIGHT)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE invoicing_invoice ENABLE TRIGGER invoice_never_changes")

    finding = Finding.objects.get()
    assert (finding.organization, finding.last_seen_at) == (None, NEXT_NIGHT)
    assert finding.examples == ["invoice_never_changes on invoicing_invoice"]


def test_members_see_what_was_found_in_their_books_and_nobody_elses(
    client: Client, fault: StockLevel, alice: User, mallory: User, globex: Organization
) -> None:
    operations.audit_invariants(NIGHT)

    client.force_login(alice)
    assert "11 on hand, 10 by movements" in client.get("/acme/reports/").text
    client.force_login(mallory)
    assert "by movements" not in client.get("/globex/reports/").text


def test_an_operator_sees_each_invariant_with_its_count(
    order: Order, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("audit_invariants")

    lines = capsys.readouterr().out.splitlines()
    told = [line.split() for line in lines if line.startswith("      0")]
    assert told == [["0", one.name] for one in invariants()]
    assert lines[-1] == "Everything holds."


def test_the_command_fails_on_a_fault_and_shows_it(
    fault: StockLevel, globex: Organization, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("audit_invariants")

    assert ended.value.code == 1
    said = capsys.readouterr()
    assert "      1  stock-on-hand-is-explained\n" in said.out
    assert "11 on hand, 10 by movements" in said.out
    assert said.err.endswith("1 violations.\n")

    with pytest.raises(SystemExit):
        call_command("audit_invariants", organization="acme")
    call_command("audit_invariants", organization="globex")
    with pytest.raises(CommandError, match="no organization nowhere"):
        call_command("audit_invariants", organization="nowhere")
