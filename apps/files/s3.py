"""
The S3 store, spoken to in the subset that every S3 understands.

Presigned PUT with signed type and length instead of presigned POST, which half the stores lack.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache, lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import boto3
from botocore import UNSIGNED
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from django.conf import settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# What a dead, slow or refusing store raises.
StoreAway = (BotoCoreError, ClientError)

LINK_SECONDS = 300
# Signed as of midnight, so that it serves all of the day and all of the day after.
PICTURE_SECONDS = 2 * 24 * 60 * 60


@cache
def session() -> boto3.Session:
    return boto3.Session(
        aws_access_key_id=settings.S3_ACCESS_KEY_ID or None,
        aws_secret_access_key=settings.S3_SECRET_ACCESS_KEY or None,
        region_name=settings.S3_REGION,
    )


@cache
def client(endpoint: str, signature: Any = "s3v4") -> "S3Client":
    """Return a client whose calls end within about four seconds, whatever the store does."""
    return session().client(
        "s3",
        endpoint_url=endpoint or None,
        config=Config(
            connect_timeout=1,
            read_timeout=3,
            retries={"mode": "standard", "total_max_attempts": 2},
            signature_version=signature,
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


def find(key: str, *, at_most: int) -> bytes | None:
    """Return what `get` does, or None where there is no such object."""
    try:
        return get(key, at_most=at_most)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
            return None
        raise


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


def picture_link(key: str, *, content_type: str, day: date) -> str:
    """
    Return a URL that shows an image: the same all day (UTC), so that browsers keep what they got.

    Whoever has it may look until the end of the day after.
    """
    keys = session().get_credentials()
    if keys is None:
        raise NoCredentialsError
    return _signed_as_of(
        day, key, content_type, settings.S3_PUBLIC_ENDPOINT_URL, keys.get_frozen_credentials()
    )


class _AsOf(S3SigV4QueryAuth):
    """Signs as if it were the midnight that `day` began with. botocore would look at its clock."""

    day: date

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        request.context["timestamp"] = f"{self.day:%Y%m%d}T000000Z"
        super()._modify_request_before_signing(request)  # type: ignore[misc]


# To sign takes half a millisecond, and a list has fifty pictures.
@lru_cache(maxsize=8192)
def _signed_as_of(
    day: date, key: str, content_type: str, endpoint: str, keys: ReadOnlyCredentials
) -> str:
    plain = client(endpoint, UNSIGNED).generate_presigned_url(
        "get_object",
        Params={
            "Bucket": settings.S3_BUCKET,
            "Key": key,
            "ResponseContentType": content_type,
            "ResponseCacheControl": "private, max-age=86400, immutable",
        },
    )
    request = AWSRequest(method="GET", url=plain)
    signer = _AsOf(keys, "s3", settings.S3_REGION, expires=PICTURE_SECONDS)
    signer.day = day
    signer.add_auth(request)
    return str(request.url)


def _ours() -> "S3Client":
    return client(settings.S3_ENDPOINT_URL)


def _theirs() -> "S3Client":
    # Signing needs no connection, only the address under which browsers reach the store.
    return client(settings.S3_PUBLIC_ENDPOINT_URL)
