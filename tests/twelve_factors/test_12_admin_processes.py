"""Factor XII: a one-off command is the same code in the same deploy, through another door."""

import ast
import json
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.processes.deploys import COMMIT, Deploy
from tests.processes.shops import Shop
from tests.twelve_factors.browsers import Browser
from tests.twelve_factors.sources import ROOT

WRITES = {
    *("save", "create", "delete", "update", "bulk_create", "bulk_update", "get_or_create"),
    *("update_or_create", "execute", "raw"),
}
HISTORY = (
    "SELECT sequence, type, data, actor_id IS NULL FROM events_event"
    " WHERE aggregate_type = 'order' AND aggregate_id ="
    " (SELECT id FROM orders_order WHERE number = %s) ORDER BY sequence"
)


def commands() -> list[Path]:
    return sorted(ROOT.glob("apps/*/management/commands/[a-z]*.py"))


def test_a_command_and_a_page_leave_the_same_event(deploy: Deploy, shop: Shop) -> None:
    web = deploy.web()
    numbers = [shop.order(web.port).json()["number"] for _ in range(2)]
    browser = Browser()
    browser.sign_in(web, shop.owner)

    page = browser.post(
        web, f"/acme/orders/{numbers[0]}/cancellation/", reason="Ordered twice", version="1"
    )
    done = deploy.manage("cancel_order", "acme", str(numbers[1]), "--reason", "Ordered twice")

    assert page.status in {200, 204, 302}, page.body
    assert done.returncode == 0, done.stderr
    by_page, by_command = (deploy.database.ask(HISTORY, number) for number in numbers)
    assert [row[:2] for row in by_page] == [(1, "order.placed"), (2, "order.cancelled")]
    assert (
        by_page[1][:3] == by_command[1][:3] == (2, "order.cancelled", {"reason": "Ordered twice"})
    )
    # Who did it is the one thing the doors know differently.
    assert (by_page[1][3], by_command[1][3]) == (False, True)


def test_a_command_is_refused_what_a_page_is_refused(deploy: Deploy, shop: Shop) -> None:
    web = deploy.web()
    number = shop.order(web.port).json()["number"]
    deploy.manage("cancel_order", "acme", str(number), "--reason", "Ordered twice")

    again = deploy.manage("cancel_order", "acme", str(number), "--reason", "Ordered twice")

    assert again.returncode == 1
    assert "Traceback" not in again.stderr
    assert len(deploy.database.ask(HISTORY, number)) == 2


def test_an_order_from_a_command_is_served_like_any_other(deploy: Deploy, shop: Shop) -> None:
    """Recorded by an admin process, delivered by the deploy's own scheduler and worker."""
    script = (
        "from apps.orders import operations as o; from apps.accounts.models import Organization;"
        " o.place_order(organization=Organization.objects.get(), placed_by=None,"
        " buyer=o.Buyer(email='cleo@customer.example'), items=[o.Item(None, 1, sku='X', name='X')])"
    )
    deploy.worker()
    deploy.scheduler()

    done = deploy.manage("shell", "--no-imports", "-c", script)
    deploy.wait_until_quiet()

    assert done.returncode == 0, done.stderr
    assert len(deploy.mail.to("cleo@customer.example")) == 1


def test_there_is_a_console_in_the_deploy(deploy: Deploy, shop: Shop) -> None:
    """`manage.py shell` knows the models, the settings and the database of the deploy."""
    script = (
        "import json; from django.conf import settings; from django.db import connection;"
        " print(json.dumps([settings.BUILD_COMMIT, Organization.objects.get().slug,"
        " connection.settings_dict['NAME'], __import__('apps').__file__]))"
    )

    done = deploy.manage("shell", "--verbosity", "0", "-c", script)

    assert done.returncode == 0, done.stderr
    code = str(deploy.folder / "apps" / "__init__.py")
    assert json.loads(done.stdout) == [COMMIT, shop.slug, deploy.database.name, code]


def test_there_are_commands() -> None:
    assert {"cancel_order", "replay_deliveries", "run_scheduler", "migrate"} <= set(get_commands())
    assert "cancel_order.py" in {path.name for path in commands()}


@pytest.mark.parametrize("path", commands(), ids=lambda path: path.stem)
def test_a_command_changes_nothing_but_by_operations(path: Path) -> None:
    assert written_by_hand(path.read_text(encoding="utf-8")) == _EXCEPTIONS.get(path.stem, set())


def test_a_command_that_writes_by_hand_is_found() -> None:
    assert written_by_hand("Order.objects.filter(pk=1).update(status='paid')") == {"update"}


def written_by_hand(source: str) -> set[str]:
    return {
        node.func.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in WRITES
    }


_EXCEPTIONS = {
    # The lock of migrations, and LISTEN: of the connection, not of the business.
    "migrate": {"execute"},
    "run_scheduler": {"execute"},
    # Members and locations have no operation yet; all the rest of the demo is made by operations.
    "seed_demo": {"create", "save"},
}
