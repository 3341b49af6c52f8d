"""
The S3 store, spoken to in the subset that every S3 understands.

Presigned PUT with signed type and length instead of presigned POST, which half the stores lack.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# What a dead, slow or refusing store raises.
StoreAway = (BotoCoreError, ClientError)

LINK_SECONDS = 300


@cache
def client(endpoint: str) -> "S3Client":
    """Return a client whose calls end within about four seconds, whatever the store does."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=settings.S3_REGION,
        aws_access_key_id=settings.S3_ACCESS_KEY_ID or None,
        aws_secret_access_key=settings.S3_SECRET_ACCESS_KEY or None,
        config=Config(
            connect_timeout=1,
            read_timeout=3,
            retries={"mode": "standard", "total_max_attempts": 2},
            signature_version="s3v4",
            s3={"addressing_style": "path" if endpoint else "auto"},
            # Stores other than AWS refuse the checksums that boto3 sends unasked since 1.36.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def put(key: str, body: bytes, content_type: str) -> None:
    _ours().put_object(Bucket=settings.S3_BUCKET, Key=key, Body=body, ContentType=content_type)


def get(key: str, *, at_most: int) -> bytes:
    """Return the object's bytes, but never more than `at_most` + 1 of them."""
    body = _ours().get_object(Bucket=settings.S3_BUCKET, Key=key)["Body"]
    try:
        return body.read(at_most + 1)
    finally:
        body.close()


def get_range(key: str, *, start: int, length: int) -> bytes:
    """Return `length` bytes from `start`, or as many as there are."""
    wanted = f"bytes={start}-{start + length - 1}"
    body = _ours().get_object(Bucket=settings.S3_BUCKET, Key=key, Range=wanted)["Body"]
    try:
        return body.read()
    finally:
        body.close()


def get_stream(key: str) -> Iterator[bytes]:
    """Yield the object in pieces of a megabyte."""
    body = _ours().get_object(Bucket=settings.S3_BUCKET, Key=key)["Body"]
    try:
        yield from body.iter_chunks(1024 * 1024)
    finally:
        body.close()


def size_of(key: str) -> int:
    """Return how many bytes the object has, without reading it."""
    return _ours().head_object(Bucket=settings.S3_BUCKET, Key=key)["ContentLength"]


def begin_parts(key: str, content_type: str) -> str:
    """Begin an object that is put in parts, each but the last of 5 MiB at least."""
    begun = _ours().create_multipart_upload(
        Bucket=settings.S3_BUCKET, Key=key, ContentType=content_type
    )
    return begun["UploadId"]


def put_part(key: str, upload: str, number: int, body: bytes) -> str:
    """Put one part, counted from 1, and return its tag. The same part may be put again."""
    part = _ours().upload_part(
        Bucket=settings.S3_BUCKET, Key=key, UploadId=upload, PartNumber=number, Body=body
    )
    return part["ETag"]


def join_parts(key: str, upload: str, tags: Sequence[str]) -> None:
    """Make the object of its parts. What was joined before is left as it is."""
    parts = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(tags, 1)]
    try:
        _ours().complete_multipart_upload(
            Bucket=settings.S3_BUCKET,
            Key=key,
            UploadId=upload,
            MultipartUpload={"Parts": parts},  # type: ignore[typeddict-item]
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchUpload":
            raise
        size_of(key)  # It is there: whoever joined it did not live to say so.


def drop_parts(key: str, upload: str) -> None:
    """Forget the parts of an object that is not to be."""
    try:
        _ours().abort_multipart_upload(Bucket=settings.S3_BUCKET, Key=key, UploadId=upload)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchUpload":
            raise


def delete(key: str) -> None:
    _ours().delete_object(Bucket=settings.S3_BUCKET, Key=key)


def upload_link(key: str, *, content_type: str, size: int) -> str:
    """Return a URL that accepts one PUT of exactly this type and length."""
    return _theirs().generate_presigned_url(
        "put_object",
        Params={
            "Bucket": settings.S3_BUCKET,
            "Key": key,
            "ContentType": content_type,
            "ContentLength": size,
        },
        ExpiresIn=LINK_SECONDS,
    )


def download_link(key: str, *, name: str, content_type: str, inline: bool = False) -> str:
    """Return a URL that serves the object for five minutes, under this name and type."""
    how = "inline" if inline else "attachment"
    plain = name.encode("ascii", "replace").decode().replace('"', "'")
    return _theirs().generate_presigned_url(
        "get_object",
        Params={
            "Bucket": settings.S3_BUCKET,
            "Key": key,
            "ResponseContentType": content_type,
            "ResponseContentDisposition": f'{how}; filename="{plain}"',
        },
        ExpiresIn=LINK_SECONDS,
    )


def _ours() -> "S3Client":
    return client(settings.S3_ENDPOINT_URL)


def _theirs() -> "S3Client":
    # Signing needs no connection, only the address under which browsers reach the store.
    return client(settings.S3_PUBLIC_ENDPOINT_URL)
