"""Lists show a small image that the worker drew, at a link that a browser can keep for a day."""

import io
import struct
import urllib.request
from datetime import date

import pytest
from django.template import Context, Template
from django.utils import timezone
from PIL import Image

from apps.accounts.models import Organization, User
from apps.files import operations, s3
from apps.files.models import StoredFile
from tests.files.test_uploads import Settle, finish, picture, put


def an_old_image(organization: Organization, body: bytes) -> StoredFile:
    """A checked image from before there were small ones."""
    return operations.store(
        organization=organization,
        key=operations.new_key(organization, "png"),
        name="teapot.png",
        content_type="image/png",
        body=body,
    )


def small_one(file: StoredFile) -> Image.Image:
    return Image.open(io.BytesIO(s3.get(file.thumbnail_key, at_most=10**6)))


def drawn(template: str, file: StoredFile) -> str:
    return Template(f"{{% load files %}}{{% {template} file %}}").render(Context({"file": file}))


def test_a_checked_image_has_a_small_one(
    acme: Organization, alice: User, settle_all: Settle
) -> None:
    body = picture(size=(1600, 800))
    upload = operations.start_image_upload(
        organization=acme,
        name="teapot.png",
        content_type="image/png",
        size=len(body),
        uploaded_by=alice,
    )
    put(upload.link, body)

    file = finish(upload, alice, settle_all)

    assert file.thumbnail is True
    assert small_one(file).size == (160, 80)
    assert file.thumbnail_key.split(".webp")[0] in drawn("image_link", file)


def test_what_is_refused_has_none(acme: Organization, alice: User, settle_all: Settle) -> None:
    body = b"<script>alert(1)</script>".ljust(100)
    upload = operations.start_image_upload(
        organization=acme,
        name="teapot.png",
        content_type="image/png",
        size=len(body),
        uploaded_by=alice,
    )
    put(upload.link, body)

    file = finish(upload, alice, settle_all)

    assert file.thumbnail is None
    assert drawn("image_link", file) == drawn("picture_link", file) == ""


def test_a_photo_stands_the_way_the_camera_noted(acme: Organization) -> None:
    turned, body = Image.Exif(), io.BytesIO()
    turned[0x0112] = 6
    Image.new("RGB", (400, 200), "teal").save(body, "JPEG", exif=turned)
    file = an_old_image(acme, body.getvalue())

    operations.draw_missing_thumbnails(timezone.now())

    assert small_one(file).size == (80, 160)


def test_older_images_get_theirs_from_the_clock(acme: Organization) -> None:
    file = an_old_image(acme, picture())
    assert drawn("image_link", file) == ""

    assert operations.draw_missing_thumbnails(timezone.now()) == 1
    assert operations.draw_missing_thumbnails(timezone.now()) == 0

    file.refresh_from_db()
    assert file.thumbnail is True
    assert small_one(file).size == (40, 30)


@pytest.mark.parametrize("body", [b"no image at all", b""])
def test_what_cannot_be_drawn_is_tried_once_and_keeps_nobody_waiting(
    acme: Organization, body: bytes
) -> None:
    broken = an_old_image(acme, body or b"gone")
    if not body:
        s3.delete(broken.key)
    sound = an_old_image(acme, picture())

    operations.draw_missing_thumbnails(timezone.now())

    broken.refresh_from_db()
    sound.refresh_from_db()
    assert (broken.thumbnail, sound.thumbnail) == (False, True)


@pytest.mark.parametrize(
    "note",
    [
        pytest.param(struct.pack("<HHI4s", 0x011A, 2, 2, b"x"), id="a word for a fraction"),
        pytest.param(struct.pack("<HHI4s", 0x0128, 2, 2, b"x"), id="a word for a number"),
        pytest.param(struct.pack("<HHI4s", 0x8298, 5, 1, b""), id="a fraction for a word"),
    ],
)
def test_an_odd_note_of_a_camera_keeps_nobody_waiting(acme: Organization, note: bytes) -> None:
    turned = struct.pack("<HHI4s", 0x0112, 3, 1, b"\x06")
    exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0" + turned + note + bytes(4)
    body = io.BytesIO()
    Image.new("RGB", (4, 2)).save(body, "JPEG", exif=exif)
    file = an_old_image(acme, body.getvalue())

    assert operations.draw_missing_thumbnails(timezone.now()) == 1

    file.refresh_from_db()
    assert file.thumbnail is False


def test_a_document_is_no_image(acme: Organization) -> None:
    operations.store(
        organization=acme,
        key=operations.new_key(acme, "pdf"),
        name="invoice.pdf",
        content_type="application/pdf",
        body=b"%PDF",
    )

    assert operations.draw_missing_thumbnails(timezone.now()) == 0


def test_the_link_of_an_image_is_the_same_all_day_and_is_answered(acme: Organization) -> None:
    file = an_old_image(acme, picture())
    today = timezone.now().date()

    def link(day: date) -> str:
        s3._signed_as_of.cache_clear()  # Another process would sign it anew.
        return s3.picture_link(file.key, content_type="image/png", day=day)

    assert link(today) == link(today)
    assert link(today) != link(date(2020, 1, 1))
    with urllib.request.urlopen(link(today), timeout=10) as answer:  # noqa: S310
        assert answer.read() == picture()
        assert answer.headers["Content-Type"] == "image/png"
        assert "max-age=86400" in answer.headers["Cache-Control"]
