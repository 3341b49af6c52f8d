"""
The S3 store, spoken to in the subset that every S3 understands.

Presigned PUT with signed type and length instead of presigned POST, which half the stores lack.
"""

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
