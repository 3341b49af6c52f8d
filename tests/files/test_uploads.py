"""On the S3 server that the variables name: what is signed is what is accepted."""

import io
import urllib.request
from collections.abc import Callable
from urllib.error import HTTPError

import pytest
from PIL import Image

from apps.accounts.models import Organization, User
from apps.events.models import Delivery
from apps.files import operations, s3
from apps.files.models import StoredFile

Settle = Callable[[], int]


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30)) -> bytes:
    body = io.BytesIO()
    Image.new("RGB", size, "teal").save(body, kind)
    return body.getvalue()


def put(link: str, body: bytes, content_type: str = "image/png") -> int:
    request = urllib.request.Request(  # noqa: S310
        link, data=body, method="PUT", headers={"Content-Type": content_type}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return int(answer.status)
    except HTTPError as refused:
        refused.close()
        return refused.code


@pytest.fixture
def start(acme: Organization, alice: User) -> Callable[..., operations.Upload]:
    def start(body: bytes, content_type: str = "image/png") -> operations.Upload:
        return operations.start_image_upload(
            organization=acme,
            name="teapot.png",
            content_type=content_type,
            size=len(body),
            uploaded_by=alice,
        )

    return start


def finish(upload: operations.Upload, alice: User, settle_all: Settle) -> StoredFile:
    operations.finish_upload(file=upload.file, uploaded_by=alice)
    settle_all()
    upload.file.refresh_from_db()
    return upload.file


def test_a_picture_is_shown_after_the_worker_saw_it(
    start: Callable[..., operations.Upload], alice: User, settle_all: Settle
) -> None:
    upload = start(picture())
    assert put(upload.link, picture()) == 200
    assert upload.file.status == "pending"

    file = finish(upload, alice, settle_all)

    assert (file.status, file.problem) == ("ready", "")
    assert len(file.sha256) == 64
    assert s3.get(file.key, at_most=10**6) == picture()


def test_another_size_than_signed_is_refused_by_the_store(
    start: Callable[..., operations.Upload],
) -> None:
    upload = start(picture())

    assert put(upload.link, picture() + b"more") == 403


def test_another_type_than_signed_is_refused_by_the_store(
    start: Callable[..., operations.Upload],
) -> None:
    upload = start(picture())

    assert put(upload.link, picture(), "text/html") == 403


def test_what_only_claims_to_be_a_picture_is_refused_and_deleted(
    start: Callable[..., operations.Upload], alice: User, settle_all: Settle
) -> None:
    page = b"<script>alert(1)</script>".ljust(100)
    upload = start(page)
    put(upload.link, page)

    file = finish(upload, alice, settle_all)

    assert file.status == "refused"
    assert "not a readable image" in file.problem
    with pytest.raises(s3.StoreAway):
        s3.get(file.key, at_most=1)


def test_a_picture_of_another_type_than_announced_is_refused(
    start: Callable[..., operations.Upload], alice: User, settle_all: Settle
) -> None:
    body = picture("JPEG")
    upload = start(body)
    put(upload.link, body)

    assert finish(upload, alice, settle_all).status == "refused"


def test_bytes_of_another_length_than_announced_are_refused(
    start: Callable[..., operations.Upload], alice: User, settle_all: Settle
) -> None:
    """A store that ignores the signed length does not matter: the worker counts too."""
    upload = start(picture())
    s3.put(upload.file.key, picture() + b"more", "image/png")

    assert "not as large as announced" in finish(upload, alice, settle_all).problem


def test_a_picture_that_unpacks_to_a_monster_is_refused(
    start: Callable[..., operations.Upload],
    alice: User,
    settle_all: Settle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(operations, "IMAGE_PIXELS", 100)
    upload = start(picture())
    put(upload.link, picture())

    assert "pixels" in finish(upload, alice, settle_all).problem


def test_an_upload_that_never_arrived_is_tried_again(
    start: Callable[..., operations.Upload], alice: User, settle_all: Settle
) -> None:
    upload = start(picture())

    assert finish(upload, alice, settle_all).status == "pending"

    assert Delivery.objects.get().attempts == 1


@pytest.mark.parametrize(
    ("content_type", "size", "field"),
    [
        ("image/svg+xml", 100, "content_type"),
        ("text/html", 100, "content_type"),
        ("", 100, "content_type"),
        ("image/png", 0, "size"),
        ("image/png", -5, "size"),
        ("image/png", operations.IMAGE_BYTES + 1, "size"),
    ],
)
def test_what_cannot_be_a_picture_gets_no_link(
    acme: Organization, alice: User, content_type: str, size: int, field: str
) -> None:
    with pytest.raises(operations.ImageNotAccepted) as refusal:
        operations.start_image_upload(
            organization=acme,
            name="x",
            content_type=content_type,
            size=size,
            uploaded_by=alice,
        )

    assert refusal.value.field == field
    assert not StoredFile.objects.exists()


def test_a_download_link_names_the_file_and_serves_it(acme: Organization) -> None:
    file = operations.store(
        organization=acme,
        key=operations.new_key(acme, "txt"),
        name="résumé.txt",
        content_type="text/plain",
        body=b"hello",
    )
    link = s3.download_link(file.key, name=file.name, content_type=file.content_type)

    with urllib.request.urlopen(link, timeout=10) as answer:  # noqa: S310
        assert answer.read() == b"hello"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="r?sum?.txt"'
