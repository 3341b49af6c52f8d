"""What people see of long work."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Membership, Organization, User
from apps.batches import operations
from apps.batches.models import Batch, BatchSkip
from tests.batches.conftest import Count

Settle = Callable[[], int]

STATEMENTS = 15


@pytest.fixture
def desk(client: Client, acme: Organization, alice: User) -> Client:
    client.force_login(alice)
    return client


def is_marked(page: Any) -> bool:
    """Return whether the navigation says that there is something new."""
    return b"count-hot" in page.content.partition(b"</nav>")[0]


def test_progress_is_shown_and_asked_for_until_it_ends(
    desk: Client, count: Count, settle_all: Settle
) -> None:
    batch = count(25)
    address = f"/acme/batches/{batch.pk}/"

    waiting = desk.get(address).content.decode()
    settle_all()
    ended = desk.get(address).content.decode()

    assert 'hx-trigger="every 2s"' in waiting
    assert "<progress" in waiting
    assert "hx-trigger" not in ended
    assert "25 rows" in ended
    assert "3 left out" in ended
    assert "is a seventh" in ended
    assert "Made" in ended


def test_the_mark_in_the_navigation_goes_when_the_end_was_seen(
    desk: Client, count: Count, settle_all: Settle
) -> None:
    batch = count(5)
    assert not is_marked(desk.get("/acme/batches/"))
    settle_all()
    assert is_marked(desk.get("/acme/orders/"))

    assert not is_marked(desk.get(f"/acme/batches/{batch.pk}/"))
    assert not is_marked(desk.get("/acme/orders/"))


def test_what_somebody_else_started_leaves_no_mark(
    client: Client, count: Count, victor: User, settle_all: Settle
) -> None:
    count(5)
    settle_all()
    client.force_login(victor)

    assert not is_marked(client.get("/acme/orders/"))


def test_what_was_left_out_is_paged_and_complete_as_a_file(
    desk: Client, count: Count, acme: Organization, settle_all: Settle
) -> None:
    batch = count(5)
    settle_all()
    BatchSkip.objects.bulk_create(
        BatchSkip(organization=acme, batch=batch, position=1 + row // 2, reason=f"reason {row}")
        for row in range(120)
    )
    seen: list[str] = []
    after = ""
    for _ in range(3):
        page = desk.get(f"/acme/batches/{batch.pk}/", {"after": after}).context["skips"]
        seen += [skip.reason for skip in page.skips]
        after = page.next

    assert seen == [f"reason {row}" for row in range(120)]
    assert after == ""
    body = desk.get(f"/acme/batches/{batch.pk}/skipped.csv").getvalue().decode()
    assert body.splitlines()[0] == "line,field,reason"
    assert len(body.splitlines()) == 121


@pytest.mark.parametrize("after", ["x", "1.", "1.x", ".1", "99999999999.1", "1.2.3", "-1.1"])
def test_a_made_up_page_is_the_first(desk: Client, count: Count, after: str) -> None:
    batch = count(5)

    assert desk.get(f"/acme/batches/{batch.pk}/", {"after": after}).status_code == 200
    assert desk.get("/acme/batches/", {"after": after}).status_code == 200


def test_it_is_cancelled_by_a_button_but_not_twice(desk: Client, count: Count) -> None:
    batch = count(5)

    first = desk.post(f"/acme/batches/{batch.pk}/cancellation/")
    second = desk.post(f"/acme/batches/{batch.pk}/cancellation/")

    assert first.status_code == 302
    assert second.status_code == 409
    assert "It has ended already" in second.content.decode()


def test_only_keepers_go_on_with_what_has_stopped(
    client: Client, count: Count, acme: Organization, victor: User, settle_all: Settle
) -> None:
    batch = count(5, refuses_at=3)
    settle_all()
    Membership.objects.filter(user=victor).update(role=Membership.Role.MANAGER)
    client.force_login(victor)
    page = client.get(f"/acme/batches/{batch.pk}/").content.decode()

    assert "There is no 3." in page
    assert "resumption" not in page
    assert client.post(f"/acme/batches/{batch.pk}/resumption/").status_code == 403

    Membership.objects.filter(user=victor).update(role=Membership.Role.ADMIN)
    assert client.post(f"/acme/batches/{batch.pk}/resumption/").status_code == 302
    assert Batch.objects.get().status == "queued"


def test_an_export_is_started_by_a_button_and_downloaded_from_the_store(
    desk: Client, settle_all: Settle
) -> None:
    started = desk.post("/acme/exports/", {"what": "customer-export"})
    settle_all()

    batch = Batch.objects.get()
    assert started.headers["Location"] == f"/acme/batches/{batch.pk}/"
    link = desk.get(f"/acme/batches/{batch.pk}/result/")
    assert link.status_code == 302
    assert "X-Amz-Signature" in link.headers["Location"]
    assert desk.post("/acme/exports/", {"what": "product-import"}).status_code == 404
    assert desk.get("/acme/imports/new/?what=nonsense").status_code == 404


def test_a_file_goes_the_whole_way_without_javascript(
    desk: Client, acme: Organization, settle_all: Settle
) -> None:
    file = SimpleUploadedFile("mugs.csv", b"Handle,Title,Price\nmug,Mug,4\nbad handle,Bad,1\n")
    sent = desk.post("/acme/imports/new/", {"what": "products", "file": file})
    address = sent.headers["Location"]
    assert "We look at the file" in desk.get(address).content.decode()

    settle_all()
    columns = desk.get(address).content.decode()
    assert "Which column is which?" in columns
    assert "Mug" in columns

    wrong = desk.post(address, {"handle": "0", "title": "", "price": "2"})
    assert wrong.status_code == 422
    assert desk.post(address, {"handle": "0", "title": "1", "price": "2"}).status_code == 302
    assert "Trying the file" in desk.get(address).content.decode()

    settle_all()
    preview = desk.get(address).content.decode()
    assert "What the import would do" in preview
    assert "1 row will be left out" in preview
    assert ("Checked" in preview, "Products to create" in preview) == (True, True)
    assert (">Done<" in preview, "Products created" in preview) == (False, False)
    assert not acme.products.exists()

    batch = desk.post(f"{address}run/").headers["Location"]
    settle_all()
    ended = desk.get(batch).content.decode()
    assert ("What came of it" in ended, ">Done<" in ended) == (True, True)
    assert "Products created" in ended
    assert ">Checked<" in desk.get("/acme/batches/").content.decode()
    assert acme.products.get().name == "Mug"
    changes = desk.get(f"{batch}changes.csv").getvalue().decode().splitlines()
    assert changes[1:] == ["product,mug,created,,,", "variant,mug,created,,,"]


def test_a_file_that_is_too_large_without_javascript_is_refused_in_words(desk: Client) -> None:
    large = SimpleUploadedFile("big.csv", b"x" * (operations.SENT_BYTES + 1))
    empty = SimpleUploadedFile("none.csv", b"")

    answer = desk.post("/acme/imports/new/", {"what": "products", "file": large})
    assert answer.status_code == 422
    assert "2 MB at most" in answer.content.decode()
    nothing = desk.post("/acme/imports/new/", {"what": "products", "file": empty})
    assert nothing.status_code == 422
    assert "is empty" in nothing.content.decode()
    assert desk.post("/acme/imports/new/", {"what": "products"}).status_code == 422


@pytest.mark.parametrize(
    ("size", "words"), [(0, "is empty"), (10**9, "more than 100 MB"), (10**30, "more than 100 MB")]
)
def test_a_file_of_no_usable_size_gets_no_link(desk: Client, size: int, words: str) -> None:
    answer = desk.post("/acme/imports/start/", {"what": "products", "name": "x.csv", "size": size})

    assert answer.status_code == 422
    assert words in answer.json()["problem"]


def test_an_upload_that_never_arrived_is_said_so(desk: Client, settle_all: Settle) -> None:
    started = desk.post(
        "/acme/imports/start/", {"what": "products", "name": "x.csv", "size": 100}
    ).json()
    assert "not finished" in desk.get(f"/acme/imports/{started['import']}/").content.decode()

    desk.post(f"/acme/imports/{started['import']}/upload/")
    settle_all()

    assert "has not arrived" in desk.get(f"/acme/imports/{started['import']}/").content.decode()


def test_pages_ask_few_questions(
    desk: Client,
    count: Count,
    settle_all: Settle,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(5):
        count(25)
    settle_all()
    batch = Batch.objects.latest("pk")

    with django_assert_max_num_queries(STATEMENTS):
        desk.get(f"/acme/batches/{batch.pk}/")
    with django_assert_max_num_queries(STATEMENTS):
        answer = desk.get("/acme/batches/")
    assert len(answer.content) < 100_000
