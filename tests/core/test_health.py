from typing import Any

import pytest
from django.db import OperationalError, connections
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from apps.accounts.models import Organization, User
from apps.core import views
from config.urls import urlpatterns as ours

FOREIGN_HOST = {"Host": "10.0.0.1:8000"}


def test_probes_are_answered_whatever_host_they_ask_for(client: Client, db: None) -> None:
    for probe in ("/health/live", "/health/ready"):
        assert client.get(probe, headers=FOREIGN_HOST).status_code == 200
    assert client.get("/accounts/login/", headers=FOREIGN_HOST).status_code == 400


def test_probes_are_not_redirected_to_https(client: Client, db: None, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/health/live").status_code == 200
    assert client.get("/accounts/login/").status_code == 301


def test_liveness_touches_nothing(client: Client) -> None:
    # Without the `db` fixture any query of this test would fail.
    assert client.get("/health/live").json()["status"] == "live"


def test_a_database_that_is_away_makes_it_unready(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connections["default"], "cursor", away)

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json()["database"] == "away"


def breaks(request: HttpRequest) -> HttpResponse:
    raise OperationalError("the database system is shutting down")


def has_a_bug(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret detail")


urlpatterns = [
    path("breaks/", breaks),
    path("api/v1/breaks", breaks),
    path("bug/", has_a_bug),
    *ours,
]
handler500 = views.server_error


@pytest.fixture
def broken(settings: Any, client: Client) -> Client:
    settings.ROOT_URLCONF = "tests.core.test_health"
    client.raise_request_exception = False
    return client


def test_a_database_that_goes_away_is_a_503_that_says_when_to_come_back(broken: Client) -> None:
    page = broken.get("/breaks/")

    assert (page.status_code, page["Retry-After"]) == (503, "5")


def test_the_api_says_so_in_a_problem_document(broken: Client) -> None:
    response = broken.get("/api/v1/breaks")

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response["Content-Type"] == "application/problem+json"


def test_a_bug_shows_no_detail(broken: Client) -> None:
    page = broken.get("/bug/")

    assert page.status_code == 500
    assert b"secret detail" not in page.content


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 200, "with space", "line\nbreak", "ok-12345678"]
)
def test_every_answer_carries_a_request_id(client: Client, given: str) -> None:
    response = client.get("/health/live/none", headers={"X-Request-ID": given})

    expected = given == "ok-12345678"
    assert (response["X-Request-ID"] == given) is expected


def test_pages_carry_the_headers_that_protect_them(
    client: Client, alice: User, acme: Organization
) -> None:
    client.force_login(alice)

    response = client.get("/acme/orders/")

    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
