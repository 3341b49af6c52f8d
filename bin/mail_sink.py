"""
An SMTP server that delivers nothing: each message becomes one file of a Maildir.

usage: mail_sink.py PORT MAILDIR
"""

import asyncio
import itertools
import os
import sys
import time
from email import message_from_bytes
from email.policy import default as modern
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

ORDINALS = itertools.count()


class Maildir:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("tmp", "new", "cur"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        try:
            path = self.store(bytes(envelope.original_content or b""))
        except OSError as problem:
            return f"452 The message could not be stored: {problem.strerror}"
        subject = message_from_bytes(path.read_bytes(), policy=modern).get("Subject", "")
        print(f"to {', '.join(envelope.rcpt_tos)}: {subject} -> {path}", flush=True)
        return "250 Stored"

    def store(self, content: bytes) -> Path:
        """Keep the message for good before the sender is told that it arrived."""
        name = f"{time.time_ns()}.{os.getpid()}.{next(ORDINALS)}.eml"
        unfinished, finished = self.folder / "tmp" / name, self.folder / "new" / name
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(finished)
        sync_folder(finished.parent)
        return finished


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def serve(port: int, folder: Path) -> None:
    maildir = Maildir(folder)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(maildir, enable_SMTPUTF8=True, hostname="localhost"),
        "127.0.0.1",
        port,
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
