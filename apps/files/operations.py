"""Uploads: a link to put bytes at, and a look at those bytes before anybody is shown them."""

import hashlib
import io
import struct
import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, ManyToOneRel, Model, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from PIL import Image, ImageOps, UnidentifiedImageError

from apps.accounts.models import Organization, User
from apps.core.errors import InvalidInput, Refusal
from apps.events import operations as events
from apps.events.models import Event
from apps.files import s3
from apps.files.models import StoredFile

IMAGE_TYPES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
IMAGE_BYTES = 5 * 1024 * 1024
CSV_TYPE = "text/csv"
CSV_BYTES = 100 * 1024 * 1024
IMAGE_PIXELS = 40_000_000
# What Pillow raises when it is given something else.
UNREADABLE = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    AttributeError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)
# An upload that was not finished by then never will be: its link has long ended, and so have the
# attempts to look at its bytes.
ABANDONED_AFTER = timedelta(days=7)
# Each is a call to S3, and a job has less than a minute.
ABANDONED_AT_ONCE = 500
# Each is read, drawn and put.
THUMBNAILS_AT_ONCE = 50
# The largest square that a list shows, on a screen of three pixels a point.
THUMBNAIL_SIDE = 160


class ImageNotAccepted(InvalidInput):
    pass


class CsvNotAccepted(InvalidInput):
    pass


class StoreUnavailable(Refusal):
    pass


class Upload(NamedTuple):
    file: StoredFile
    link: str


@transaction.atomic
def start_image_upload(
    *, organization: Organization, name: str, content_type: str, size: int, uploaded_by: User
) -> Upload:
    """
    Return a pending file and the link to PUT it at, with exactly this type and size (bytes).

    Raises ImageNotAccepted when type or size cannot be an image we show.
    """
    if content_type not in IMAGE_TYPES:
        raise ImageNotAccepted(_("Choose a JPEG, PNG or WebP image."), field="content_type")
    if not 0 < size <= IMAGE_BYTES:
        raise ImageNotAccepted(_("Choose an image of at most 5 MB."), field="size")
    file = StoredFile.objects.create(
        organization=organization,
        key=new_key(organization, IMAGE_TYPES[content_type].lower()),
        name=name[-200:],
        content_type=content_type,
        size=size,
        uploaded_by=uploaded_by,
    )
    return Upload(file, s3.upload_link(file.key, content_type=content_type, size=size))


@transaction.atomic
def start_csv_upload(
    *, organization: Organization, name: str, size: int, uploaded_by: User
) -> Upload:
    """
    Return a pending file and the link to PUT it at, as CSV_TYPE and of exactly this size (bytes).

    Whoever reads it says whether it is ready. Raises CsvNotAccepted when it is too large.
    """
    if size <= 0:
        raise CsvNotAccepted(_("This file is empty."), field="size")
    if size > CSV_BYTES:
        raise CsvNotAccepted(
            _("This file has more than 100 MB. Split it into smaller ones."), field="size"
        )
    file = StoredFile.objects.create(
        organization=organization,
        key=new_key(organization, "csv"),
        name=name[-200:],
        content_type=CSV_TYPE,
        size=size,
        uploaded_by=uploaded_by,
    )
    return Upload(file, s3.upload_link(file.key, content_type=CSV_TYPE, size=size))


@transaction.atomic
def finish_upload(*, file: StoredFile, uploaded_by: User) -> StoredFile:
    """Note that the browser says the bytes are there. The worker believes it when it saw them."""
    file = StoredFile.objects.select_for_update().get(pk=file.pk)
    file.version += 1
    file.save(update_fields=["version"])
    events.record(file, "file.uploaded", actor=uploaded_by)
    return file


def inspect_upload(event: Event) -> None:
    """Look at the bytes of an upload: ready, or refused with a reason. Acts outside."""
    file = StoredFile.objects.get(pk=event.aggregate_id)
    if file.status != StoredFile.Status.PENDING:
        return
    body = s3.get(file.key, at_most=IMAGE_BYTES)
    problem = _problem_with(file, body)
    StoredFile.objects.filter(pk=file.pk, status=StoredFile.Status.PENDING).update(
        status=StoredFile.Status.REFUSED if problem else StoredFile.Status.READY,
        problem=problem,
        sha256=hashlib.sha256(body).hexdigest(),
        thumbnail=None if problem else _draw_thumbnail(file, body),
    )
    if problem:
        s3.delete(file.key)


def draw_missing_thumbnails(now: datetime) -> int:
    """Draw the small one of images that have none: they are older than it. Acts outside."""
    wanted = StoredFile.objects.filter(
        status=StoredFile.Status.READY, content_type__startswith="image/", thumbnail=None
    )
    waiting = list(wanted.order_by("pk")[:THUMBNAILS_AT_ONCE])
    for file in waiting:
        body = s3.find(file.key, at_most=IMAGE_BYTES)
        drawn = body is not None and _draw_thumbnail(file, body)
        StoredFile.objects.filter(pk=file.pk).update(thumbnail=drawn)
    return len(waiting)


def forget_abandoned_uploads(now: datetime) -> int:
    """
    Delete uploads that nobody finished and images that nothing shows any more, bytes first.

    Documents are kept, and imports and exports go with their batches. Acts outside. Returns how
    many.
    """
    before = now - ABANDONED_AFTER
    _give_up_unused_images(before)
    abandoned = StoredFile.objects.filter(status=StoredFile.Status.PENDING, created_at__lt=before)
    forgotten = 0
    for file in abandoned.order_by("pk")[:ABANDONED_AT_ONCE]:
        s3.delete(file.key)
        if file.thumbnail:
            s3.delete(file.thumbnail_key)
        forgotten += abandoned.filter(pk=file.pk).delete()[1].get("files.StoredFile", 0)
    return forgotten


def store(
    *, organization: Organization, key: str, name: str, content_type: str, body: bytes
) -> StoredFile:
    """
    Put bytes of our own making. Call it outside a transaction; the same key may be put again.

    Raises what S3 raises: the caller is a reaction, and is tried again.
    """
    s3.put(key, body, content_type)
    file, _created = StoredFile.objects.get_or_create(
        key=key,
        defaults={
            "organization": organization,
            "name": name,
            "content_type": content_type,
            "size": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
            "status": StoredFile.Status.READY,
        },
    )
    return file


def new_key(organization: Organization, ending: str) -> str:
    """Return a key nobody can guess and nobody had before."""
    return f"{organization.pk}/{timezone.now().year}/{uuid.uuid4()}.{ending}"


@transaction.atomic
def _give_up_unused_images(before: datetime) -> None:
    """
    Make uploads that nobody finished of images that no row names: replaced or removed ones.

    Whoever takes one up again after that has the worker look whether its bytes are still there.
    """
    images = StoredFile.objects.filter(content_type__startswith="image/", created_at__lt=before)
    images = images.exclude(status=StoredFile.Status.PENDING)
    unused = _unnamed(images).order_by("pk").select_for_update(of=("self",), skip_locked=True)
    locked = [file.pk for file in unused[:ABANDONED_AT_ONCE]]
    # Asked again: whoever makes one a product's image holds its row, and may have been faster.
    _unnamed(images.filter(pk__in=locked)).update(status=StoredFile.Status.PENDING)


def _unnamed(files: QuerySet[StoredFile]) -> QuerySet[StoredFile]:
    """Leave out what a row of any table names, also one of an app above this one."""
    for relation in files.model._meta.get_fields(include_hidden=True):  # noqa: SLF001 - documented
        if isinstance(relation, ManyToOneRel):
            rows = QuerySet[Model](relation.related_model)
            named = rows.filter(**{relation.field.name: OuterRef("pk")})
            files = files.exclude(Exists(named))
    return files


def _problem_with(file: StoredFile, body: bytes) -> str:
    if len(body) != file.size:
        return gettext_noop("The file is not as large as announced. Upload it again.")
    try:
        with Image.open(io.BytesIO(body), formats=[IMAGE_TYPES[file.content_type]]) as image:
            if image.width * image.height > IMAGE_PIXELS:
                return gettext_noop("The image has more than 40 million pixels. Make it smaller.")
            image.verify()
    except UNREADABLE:
        return gettext_noop("This is not a readable image of the type it claims to be.")
    return ""


def _draw_thumbnail(file: StoredFile, body: bytes) -> bool:
    small = io.BytesIO()
    try:
        with Image.open(io.BytesIO(body), formats=[*IMAGE_TYPES.values()]) as image:
            # A camera says in a note which way is up.
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
            upright.convert("RGBA" if upright.has_transparency_data else "RGB").save(
                small, "WEBP", quality=80
            )
    except UNREADABLE:
        return False
    s3.put(file.thumbnail_key, small.getvalue(), "image/webp")
    return True
