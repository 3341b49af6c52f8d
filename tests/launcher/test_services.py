"""Factor IV on a laptop: real services, attached by the variables that a deploy would be given."""

import os
import signal
import smtplib
from collections.abc import Iterator
from email import message_from_bytes
from urllib.request import Request, urlopen

import boto3
import psycopg
import pytest
import redis
from botocore.config import Config

from tests.launcher.copies import Copy, Running, comes_true


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    copy = Copy(tmp_path_factory.mktemp("copy"))
    yield copy
    copy.end()


@pytest.fixture(scope="module")
def services(copy: Copy) -> Running:
    running = copy.up("--services")
    running.says("export PATH")
    return running


@pytest.fixture(scope="module")
def variables(services: Running) -> dict[str, str]:
    lines = [line for line in services.said.splitlines() if line.startswith("export ")]
    return dict(line.removeprefix("export ").split("=", 1) for line in lines)


def test_postgres_lets_us_create_databases_and_look_at_statements(
    variables: dict[str, str],
) -> None:
    with psycopg.connect(variables["DATABASE_URL"]) as connection:
        rights = connection.execute(
            "select rolname, rolcreatedb, rolsuper from pg_roles where rolname = current_user"
        ).fetchone()
        statements = connection.execute("select count(*) > 0 from pg_stat_statements").fetchone()

    assert rights == ("dozen", True, False)
    assert statements == (True,)


def test_a_browser_may_put_a_file_from_our_pages(variables: dict[str, str]) -> None:
    origin = variables["PUBLIC_BASE_URL"]
    store = boto3.client(
        "s3",
        endpoint_url=variables["AWS_ENDPOINT_URL_S3"],
        region_name=variables["AWS_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        config=Config(signature_version="s3v4"),
    )
    place = {"Bucket": variables["AWS_STORAGE_BUCKET_NAME"], "Key": "uploads/teapot.txt"}
    kind = {"Content-Type": "text/plain"}
    url = store.generate_presigned_url("put_object", Params=place | {"ContentType": "text/plain"})
    ask = {"Origin": origin, "Access-Control-Request-Method": "PUT"}

    with urlopen(Request(url, method="OPTIONS", headers=ask)) as answer:  # noqa: S310
        allowed = answer.headers["Access-Control-Allow-Origin"]
    with urlopen(Request(url, data=b"short and stout", method="PUT", headers=kind)):  # noqa: S310
        pass

    # Any page's: the deploys that tests open beside this one upload too, and the link is signed.
    assert allowed in {origin, "*"}
    assert store.list_objects_v2(Bucket=place["Bucket"])["KeyCount"] == 1


def test_a_mail_is_a_file_when_the_sender_is_told_so(
    copy: Copy, services: Running, variables: dict[str, str]
) -> None:
    host, port = variables["EMAIL_URL"].removeprefix("smtp://").split(":")

    with smtplib.SMTP(host, int(port)) as server:
        server.sendmail("desk@dozen.example", ["alice@acme.example"], b"Subject: Hello\r\n\r\nHi")
        letters = list((copy.data / "mail" / "new").glob("*.eml"))

    assert [message_from_bytes(letter.read_bytes())["Subject"] for letter in letters] == ["Hello"]
    assert services.says(r"mail +\| to alice@acme.example: Hello -> (\S+)")[1] == str(letters[0])


def test_a_killed_service_comes_back_with_what_it_knew(
    copy: Copy, services: Running, variables: dict[str, str]
) -> None:
    with psycopg.connect(variables["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("create table teapots as select 7 as number")
    cluster = copy.data / "postgres" / "cluster"
    postmaster = int((cluster / "postmaster.pid").read_text().split()[0])

    os.kill(postmaster, signal.SIGKILL)
    services.says(r"postgres +\| ended by SIGKILL; starting it again in 1 second")

    kept = "select number from teapots"
    assert comes_true(lambda: only_row(variables["DATABASE_URL"], kept) == (7,))


def test_valkey_never_evicts_what_the_broker_keeps(variables: dict[str, str]) -> None:
    with redis.Redis.from_url(variables["REDIS_URL"]) as valkey:
        assert valkey.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def only_row(url: str, query: str) -> tuple[int] | None:
    try:
        with psycopg.connect(url) as connection:
            return connection.execute(query).fetchone()
    except psycopg.OperationalError:
        return None
