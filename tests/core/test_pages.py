"""What holds for every page: no inline script or style, labels, and words instead of codes."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.staticfiles import finders
from django.shortcuts import render
from django.test import Client, RequestFactory

from apps.accounts.models import Organization, User
from apps.orders.models import Order
from apps.orders.operations import LINES_AT_MOST

# A mail carries its styles: those who read it know neither our files nor our policy.
TEMPLATES = sorted(
    set(Path("apps").glob("*/templates/**/*.html")) - set(Path("apps").glob("*/templates/mail/*"))
)
PAGES = [
    "/acme/orders/",
    "/acme/orders/1/",
    "/acme/orders/new/",
    "/acme/products/",
    "/acme/products/new/",
    "/acme/products/teapot/",
    "/acme/tax-classes/",
    "/acme/stock/",
    "/acme/stock/receipts/",
    "/acme/stock/movements/",
    "/acme/settings/",
    "/acme/settings/keys/",
    "/acme/styleguide/",
]


@pytest.mark.parametrize("template", TEMPLATES, ids=str)
def test_no_template_holds_script_or_style(template: Path) -> None:
    text = template.read_text()

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


@pytest.mark.parametrize("path", PAGES)
def test_every_field_has_a_label_and_every_page_one_heading(
    client: Client, alice: User, order: Order, path: str
) -> None:
    client.force_login(alice)

    page = client.get(path).text

    fields = re.findall(r"<(?:input|select|textarea)\b[^>]*>", page)
    ids = [
        re.search(r'\sid="([^"]+)"', field)
        for field in fields
        if 'type="hidden"' not in field and 'name="do"' not in field
    ]
    labels = set(re.findall(r'<label[^>]*\sfor="([^"]+)"', page))
    assert {found.group(1) for found in ids if found} <= labels
    assert None not in ids
    assert page.count("<h1") == 1
    assert 'href="#main"' in page
    every_id = re.findall(r'\sid="([^"]+)"', page)
    assert len(every_id) == len(set(every_id))


@pytest.mark.parametrize("page", ["400", "403", "403_csrf", "404", "429", "500", "503"])
def test_the_pages_of_last_resort_need_nothing(page: str, settings: Any, tmp_path: Path) -> None:
    # A release whose static files were never built, and no database: this test has none either.
    built = settings.STORAGES["staticfiles"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"staticfiles": built}

    answer = render(None, f"{page}.html").text

    assert answer.count("<h1>") == 1
    assert 'href="/"' in answer
    assert "<script" not in answer
    for file in re.findall(r'(?:href|src)="/static/([^"]+)"', answer):
        assert finders.find(file), file


def test_the_admin_is_a_window(acme: Organization) -> None:
    request = RequestFactory().get("/admin/")
    request.user = User(is_superuser=True, is_active=True)
    ours = [
        window
        for model, window in admin.site._registry.items()
        if model.__module__.startswith("apps.")
    ]

    assert len(ours) > 15
    for window in ours:
        assert not window.has_add_permission(request)
        assert not window.has_change_permission(request)
        assert not window.has_delete_permission(request)


def test_the_admin_shows_every_list(client: Client, order: Order) -> None:
    root = User.objects.create_superuser("root@dozen.example")
    client.force_login(root)

    for model in admin.site._registry:
        meta = model._meta
        page = client.get(f"/admin/{meta.app_label}/{meta.model_name}/")
        assert page.status_code == 200, meta.label


def test_what_cannot_be_read_is_said_to_be(alice: User, order: Order) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    client.get("/acme/orders/1/")

    answer = client.post(
        "/acme/orders/1/notes/",
        b"text=x",
        content_type="application/x-www-form-urlencoded; charset=utf-7",
    )

    assert answer.status_code == 400
    assert "We could not read that request" in answer.text


def test_the_largest_order_fits_into_its_form(client: Client, alice: User, order: Order) -> None:
    client.force_login(alice)
    form = {"do": "update", "lines-TOTAL_FORMS": "500", "lines-INITIAL_FORMS": "0"}
    for row in range(LINES_AT_MOST):
        fields = {"sku": f"SKU-{row}", "quantity": "1", "price": "9.90"}
        form |= {f"lines-{row}-{name}": value for name, value in fields.items()}
    form |= dict.fromkeys(client.get("/acme/orders/new/").context["form"].fields, "")

    assert client.post("/acme/orders/new/", form).status_code in {200, 422}
