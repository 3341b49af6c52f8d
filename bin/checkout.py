"""What belongs to this copy of the code: its variables, ports, data folder and the lock on it."""

import fcntl
import os
import pwd
import re
import secrets
import shlex
import shutil
import socket
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from processes import Problem, stop

ROOT = Path(__file__).resolve().parent.parent
ROOM_NEEDED = 300 * 1024 * 1024
# What --reset deletes: only names that were made here, wherever DOZEN_DATA may point.
OURS = (
    *("postgres", "valkey", "s3", "mail", "cards", "logs"),
    *("environment", "secret_key", "static.done", "demo.done"),
)
# After a kill -9 of bin/up its services end by themselves; that takes them this long at most.
LEFTOVERS_END_WITHIN = 10.0


def read_dotenv() -> dict[str, str]:
    """Return what .env says, without the names that the real environment decides."""
    path = ROOT / ".env"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    said = dict(filter(None, map(assignment, lines)))
    return {name: value for name, value in said.items() if name not in os.environ}


def real_environment() -> dict[str, str]:
    programs = ROOT / ".venv" / "bin"
    path = f"{programs}:{os.environ.get('PATH', os.defpath)}"
    # A pipe is no reason to keep a line of the log back.
    return {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1"}


def assignment(line: str) -> tuple[str, str] | None:
    match = re.fullmatch(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*", line)
    if match is None:
        return None
    name, value = match.groups()
    quoted = re.fullmatch(r"(['\"])(.*)\1", value)
    return name, quoted[2] if quoted else value


def value_of(environment: Mapping[str, str], name: str) -> str:
    """Return the variable, or the file that NAME_FILE says it is in."""
    return environment.get(name) or environment.get(f"{name}_FILE") or ""


def port(environment: Mapping[str, str], name: str, default: int) -> int:
    """Return the port that the variable names, or the default moved by PORT_OFFSET."""
    if environment.get(name):
        return number(environment, name)
    return default + (number(environment, "PORT_OFFSET") if environment.get("PORT_OFFSET") else 0)


def number(environment: Mapping[str, str], name: str) -> int:
    value = environment[name]
    if not value.isdecimal() or int(value) > 65535:
        raise Problem(f"{name} must be a whole number up to 65535, not {value!r}.")
    return int(value)


def free_ports(names: Iterable[str]) -> dict[str, str]:
    """Return a port for each name that nobody listens on, different from one another."""
    with ExitStack() as held:
        sockets = {
            name: held.enter_context(socket.create_server(("127.0.0.1", 0))) for name in names
        }
        return {name: str(one.getsockname()[1]) for name, one in sockets.items()}


def is_taken(number: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return True
    return False


class DataFolder:
    """Where the services keep what they know. One bin/up at a time may use it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock: IO[str] | None = None
        self.left_behind = False

    def take(self, address: str) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        owner = self.path.stat().st_uid
        if owner != os.geteuid():
            raise Problem(
                f"{self.path} belongs to {pwd.getpwuid(owner).pw_name}; run this as that user, "
                "or set DOZEN_DATA to a folder of your own."
            )
        self.lock = (self.path / "lock").open("a+", encoding="utf-8")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.lock.seek(0)
            raise Problem(
                f"already running in {self.path} ({self.lock.read()}); stop that one, or set "
                "DOZEN_DATA and PORT_OFFSET to run another beside it."
            ) from None
        self.lock.seek(0)
        self.left_behind = bool(self.lock.read())
        self.lock.truncate(0)
        self.lock.write(f"process {os.getpid()}, {address}")
        self.lock.flush()

    def release(self) -> None:
        if self.lock:
            self.lock.truncate(0)
            self.lock.close()

    def reset(self) -> None:
        for name in OURS:
            path = self.path / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def require_room(self) -> None:
        room = shutil.disk_usage(self.path).free
        if room < ROOM_NEEDED:
            raise Problem(f"only {room // 2**20} MB are free for {self.path}; 300 MB are needed.")

    def require_ports(self, wanted: Mapping[str, int]) -> None:
        patience = LEFTOVERS_END_WITHIN if self.left_behind else 0
        deadline = time.monotonic() + patience
        for variable, number in wanted.items():
            while is_taken(number):
                if time.monotonic() >= deadline:
                    raise Problem(
                        f"port {number} is taken by another program; end that one, or choose "
                        f"another port by {variable}, or move all by PORT_OFFSET=100."
                    )
                stop.nap()

    def fresh_logs(self) -> None:
        shutil.rmtree(self.path / "logs", ignore_errors=True)
        (self.path / "logs").mkdir()

    def secret_key(self) -> str:
        path = self.path / "secret_key"
        if not path.exists():
            self.write_private("secret_key", secrets.token_urlsafe(48))
        return path.read_text(encoding="utf-8")

    def write_exports(self, variables: Mapping[str, str]) -> Path:
        """Write what another shell needs to run `python manage.py ...` beside us."""
        lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
        lines.append(f'export PATH={shlex.quote(str(ROOT / ".venv" / "bin"))}:"$PATH"')
        return self.write_private("environment", "\n".join(lines) + "\n")

    def write_private(self, name: str, text: str) -> Path:
        """Write a file that only we may read, complete or not at all."""
        unfinished = self.path / f"{name}.unfinished"
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        unfinished.write_text(text, encoding="utf-8")
        return unfinished.rename(self.path / name)
