"""A file on its way in: uploaded, looked at, its columns named, checked, run."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence

from botocore.exceptions import ClientError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.batches.models import Batch, Import, ImportMapping
from apps.batches.operations.reading import own_titles
from apps.batches.operations.starting import start_batch
from apps.batches.tables import ImportKind, import_kinds
from apps.core.csv_files import UnreadableFile
from apps.core.csv_pieces import CsvShape, Look
from apps.core.errors import InvalidInput, Refusal
from apps.core.languages import speaking
from apps.events import operations as events
from apps.events.models import Event
from apps.files import operations as files
from apps.files import s3
from apps.files.models import StoredFile

# What of a cell is shown when its column is chosen.
SAMPLE_LENGTH = 60
# Without JavaScript a file comes through our own process, so it has to be a small one.
SENT_BYTES = 2 * 1024 * 1024

_NOT_LETTERS = re.compile(r"[^a-z0-9]+")


class ColumnsMissing(InvalidInput):
    pass


class NotChecked(Refusal):
    pass


class FileTooLarge(InvalidInput):
    pass


@transaction.atomic
def start_import(
    *, organization: Organization, what: str, name: str, size: int, started_by: User
) -> tuple[Import, str]:
    """Return an import that waits for its file, and the link to PUT that at."""
    upload = files.start_csv_upload(
        organization=organization, name=name, size=size, uploaded_by=started_by
    )
    return _new_import(organization, what, upload.file, started_by), upload.link


def import_sent_file(
    *, organization: Organization, what: str, name: str, body: bytes, started_by: User
) -> Import:
    """
    Take in a small file that came with a form. Acts outside.

    Raises FileTooLarge, or StoreUnavailable when the store is away.
    """
    if not body:
        raise files.CsvNotAccepted(_("This file is empty."), field="file")
    if len(body) > SENT_BYTES:
        raise FileTooLarge(
            _("Without JavaScript a file may have 2 MB at most. Split it, or allow JavaScript."),
            field="file",
        )
    key = files.new_key(organization, "csv")
    try:
        s3.put(key, body, files.CSV_TYPE)
    except s3.StoreAway as error:
        raise files.StoreUnavailable(
            _("The file service cannot be reached. Try again in a moment.")
        ) from error
    with transaction.atomic():
        file = StoredFile.objects.create(
            organization=organization,
            key=key,
            name=name[-200:],
            content_type=files.CSV_TYPE,
            size=len(body),
            uploaded_by=started_by,
        )
        found = _new_import(organization, what, file, started_by)
        return finish_import_upload(found=found, finished_by=started_by)


@transaction.atomic
def finish_import_upload(*, found: Import, finished_by: User) -> Import:
    """Note that the browser says the bytes are there. The worker looks at them."""
    found = _locked(found)
    found.version += 1
    found.save(update_fields=["version"])
    events.record(found, "import.uploaded", actor=finished_by)
    return found


def look_at_import(event: Event) -> None:
    """Read the whole file once: is it one we can read, and what are its columns? Acts outside."""
    imports = Import.objects.select_related("file", "organization", "created_by")
    found = imports.get(pk=event.aggregate_id)
    if found.file.status != StoredFile.Status.PENDING:
        return
    # Why it is refused is read by who sent it.
    with speaking(found.organization.language_for(found.created_by)):
        _look_at(found)


def _look_at(found: Import) -> None:
    look = Look(found.file.name)
    digest = hashlib.sha256()
    try:
        for piece in s3.get_stream(found.file.key):
            digest.update(piece)
            look.add(piece)
        _keep(found, look, digest.hexdigest())
    except UnreadableFile as refusal:
        _refuse(found, str(refusal))
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"NoSuchKey", "404"}:
            raise
        _refuse(found, _("The file has not arrived. Upload it again."))


@transaction.atomic
def check_import(
    *, found: Import, mapping: Mapping[str, int], options: Mapping[str, str], checked_by: User
) -> Batch:
    """
    Name the columns, remember them for the next file like this, and try it without changing a row.

    Raises ColumnsMissing.
    """
    kind = import_kinds()[found.what]
    missing = [
        str(field.label)
        for name, field in kind.fields.items()
        if field.required and name not in mapping
    ]
    if missing:
        raise ColumnsMissing(_("Say which column is: %(fields)s.") % {"fields": ", ".join(missing)})
    found = _locked(found)
    found.mapping, found.options = dict(mapping), dict(options)
    ImportMapping.objects.update_or_create(
        organization_id=found.organization_id,
        what=found.what,
        fingerprint=fingerprint(found.shape["titles"]),
        defaults={"mapping": found.mapping},
    )
    found.check_batch = _start(found, kind.check, checked_by)
    found.save(update_fields=["mapping", "options", "check_batch"])
    return found.check_batch


@transaction.atomic
def run_import(*, found: Import, started_by: User) -> Batch:
    """
    Do what was checked. Asked twice, it is the same batch; a cancelled one is begun anew.

    Raises NotChecked, or BatchRunning while another import of this kind runs.
    """
    found = _locked(found)
    if found.run_batch and found.run_batch.status != Batch.Status.CANCELLED:
        return found.run_batch
    if found.check_batch is None or found.check_batch.status != Batch.Status.DONE:
        raise NotChecked(_("Check the file first."))
    found.run_batch = _start(found, import_kinds()[found.what].run, started_by)
    found.save(update_fields=["run_batch"])
    return found.run_batch


def fingerprint(titles: Sequence[str]) -> str:
    """Name a first line, so that the next file like it is known."""
    return hashlib.sha256(json.dumps(list(titles)).encode()).hexdigest()


def guess(kind: ImportKind, titles: Sequence[str]) -> dict[str, int]:
    """Return the column of each field whose name we know; the first of a name counts."""
    places: dict[str, int] = {}
    known = {_plain(title): place for place, title in reversed(list(enumerate(titles)))}
    for name, field in kind.fields.items():
        found = [known[_plain(one)] for one in field.names if _plain(one) in known]
        if found:
            places[name] = found[0]
    return places


def _new_import(
    organization: Organization, what: str, file: StoredFile, created_by: User
) -> Import:
    return Import.objects.create(
        organization=organization, what=what, file=file, created_by=created_by
    )


def _keep(found: Import, look: Look, digest: str) -> None:
    shape = look.shape()
    if shape.size != found.file.size:
        raise UnreadableFile(_("The file is not as large as announced. Upload it again."))
    samples = [[cell[:SAMPLE_LENGTH] for cell in row] for row in look.samples(shape)]
    former = ImportMapping.objects.filter(
        organization_id=found.organization_id,
        what=found.what,
        fingerprint=fingerprint(shape.titles),
    ).first()
    mapping = former.mapping if former else guess(import_kinds()[found.what], shape.titles)
    with transaction.atomic():
        Import.objects.filter(pk=found.pk).update(
            shape=shape.as_json(), samples=samples, mapping=mapping
        )
        StoredFile.objects.filter(pk=found.file_id).update(
            status=StoredFile.Status.READY, sha256=digest
        )


def _refuse(found: Import, problem: str) -> None:
    StoredFile.objects.filter(pk=found.file_id).update(
        status=StoredFile.Status.REFUSED, problem=problem[:200]
    )
    s3.delete(found.file.key)


def _start(found: Import, kind: str, started_by: User) -> Batch:
    shape = CsvShape.of(found.shape)
    return start_batch(
        organization=found.organization,
        kind=kind,
        params={
            "import": found.pk,
            "shape": found.shape,
            "mapping": found.mapping,
            "options": found.options,
            "titles": own_titles(shape.titles),
            "delimiter": shape.delimiter,
        },
        started_by=started_by,
        source=found.file,
        total=shape.lines - shape.line + 1,
    )


def _locked(found: Import) -> Import:
    rows = Import.objects.select_related("organization", "file", "check_batch", "run_batch")
    return rows.select_for_update(no_key=True, of=("self",)).get(pk=found.pk)


def _plain(title: str) -> str:
    return _NOT_LETTERS.sub("", title.casefold())
