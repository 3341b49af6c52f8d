"""
Runs the whole of Dozen on this machine, or one command beside its services.

It starts in seconds; one Ctrl-C stops all of it, in order, and keeps the data.
"""

import argparse
import hashlib
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import checkout
from checkout import ROOT, DataFolder, value_of
from processes import Problem, Process, Stopped, finish, say, stop, stop_all
from services import KINDS, Service, start

REMIND_AFTER = 12.0


def main() -> int:
    wish = parse(sys.argv[1:])
    stop.listen()
    try:
        return fulfil(wish)
    except Stopped:
        return 128 + stop.reason
    except Problem as problem:
        sys.exit(f"bin/up: {problem}")
    except OSError as problem:
        sys.exit(f"bin/up: {problem.filename}: {problem.strerror}.")


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/up",
        description="Starts services, release, demo data, web, worker and scheduler, until Ctrl-C. "
        "A service whose variable is set, here or in .env, is yours and not started.",
        epilog="Ports: PORT, POSTGRES_PORT, VALKEY_PORT, S3_PORT, SMTP_PORT and STRIPE_PORT, or "
        "PORT_OFFSET for all of them. DOZEN_DATA names another data folder. With "
        "GUNICORN_CMD_ARGS=--reload web follows your edits.",
    )
    parser.add_argument("--reset", action="store_true", help="delete the data here, start afresh")
    parser.add_argument("--services", action="store_true", help="start the services alone")
    parser.add_argument(
        "--run",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help="run a command beside services of its own, on free ports and without .env",
    )
    return parser.parse_args(arguments)


def fulfil(wish: argparse.Namespace) -> int:
    # A command gets ports of its own, and runs alike whatever this machine keeps in .env.
    names = ["PORT", *(kind.port_variable for kind in KINDS)]
    chosen = checkout.free_ports(names) if wish.run else checkout.read_dotenv()
    environment = chosen | checkout.real_environment()
    default_folder = ".dozen/test" if wish.run else ".dozen/dev"
    data = DataFolder(ROOT / (environment.get("DOZEN_DATA") or default_folder))
    run = Up(data, environment, exports=chosen)
    data.take(run.environment["PUBLIC_BASE_URL"])
    try:
        if wish.reset:
            data.reset()
        if wish.run:
            return run.command(wish.run)
        return run.services_alone() if wish.services else run.everything()
    finally:
        run.stop()


class Up:
    """One run of bin/up, and all that it started."""

    def __init__(
        self, data: DataFolder, environment: dict[str, str], exports: dict[str, str]
    ) -> None:
        self.data = data
        self.environment = environment
        self.exports = exports
        self.services: list[Process] = []
        self.processes: list[Process] = []
        self.grace = 0
        self.port = checkout.port(environment, "PORT", 8000)
        self.export({"PORT": str(self.port)})
        self.offer("PUBLIC_BASE_URL", f"http://localhost:{self.port}")

    def everything(self) -> int:
        began = time.monotonic()
        procfile = read_procfile()
        # At a terminal nobody waits for long; what a worker gives back is done the next time.
        self.offer("SHUTDOWN_GRACE_SECONDS", "12")
        self.grace = checkout.number(self.environment, "SHUTDOWN_GRACE_SECONDS")
        self.start_services(also={"PORT": self.port})
        self.data.write_exports(self.exports)
        self.step("release", procfile["release"])
        collect = "exec python manage.py collectstatic --no-input --verbosity 0"
        self.once("static", collect, static_files)
        seed = "exec env LOG_LEVEL=WARNING python manage.py seed_demo"
        # The demo shop's password is public, so a desk that the world may reach goes without.
        at_home = self.environment["PUBLIC_BASE_URL"].startswith("http://")
        seeded = at_home and self.once("demo", seed, self.database)
        # Web first and alone, because people wait for it and for nothing else.
        self.launch("web", procfile)
        self.keep_up(until=lambda: serves(self.port))
        self.launch("worker", procfile)
        self.launch("scheduler", procfile)
        took = time.monotonic() - began
        self.welcome(took)
        return self.stay(remind=partial(self.welcome, took) if seeded else None)

    def services_alone(self) -> int:
        self.start_services(also={})
        path = self.data.write_exports(self.exports)
        print(f"\nIn another shell: . {shown(path)}\n\n{path.read_text()}", flush=True)
        return self.stay()

    def command(self, command: list[str]) -> int:
        """Run it in our place at the terminal: it gets the keys and the Ctrl-C itself."""
        self.start_services(also={}, quiet=True)
        with subprocess.Popen(command, cwd=ROOT, env=self.environment) as running:
            try:
                while running.poll() is None:
                    stop.nap()
            except Stopped:
                if stop.reason != signal.SIGINT:
                    running.terminate()
            return running.wait()

    def start_services(self, *, also: dict[str, int], quiet: bool = False) -> None:
        self.data.require_room()
        self.data.fresh_logs()
        self.offer("SECRET_KEY", self.data.secret_key())
        if sys.stdout.isatty() and not quiet:
            self.offer("LOG_FORMAT", "pretty")
        kinds = [kind for kind in KINDS if not (quiet and kind.for_people_alone)]
        known = [kind(self.data.path, self.environment) for kind in kinds]
        wanted = [service for service in known if service.is_wanted()]
        ports = {service.port_variable: service.port for service in wanted}
        self.data.require_ports(ports | also)
        for process in start(wanted, quiet=quiet):
            self.services.append(process)
        for service in wanted:
            self.export(service.exports())
        if not quiet:
            introduce(known, wanted)

    def export(self, variables: dict[str, str]) -> None:
        self.exports |= variables
        self.environment = self.environment | variables

    def offer(self, name: str, value: str) -> None:
        """Export the value, unless somebody already chose one."""
        if not value_of(self.environment, name):
            self.export({name: value})

    def once(self, name: str, command: str, state: Callable[[], str]) -> bool:
        """Take the step, unless nothing has changed since it was taken last. Say if it was."""
        done = self.data.path / f"{name}.done"
        if done.exists() and done.read_text() == state():
            return False
        self.step(name, command)
        done.write_text(state())
        return True

    def database(self) -> str:
        return hashlib.sha256(value_of(self.environment, "DATABASE_URL").encode()).hexdigest()

    def step(self, name: str, command: str) -> None:
        shown_command = command.removeprefix("exec ")
        say(name, shown_command)
        if finish(self.process(name, command)) != 0:
            raise Problem(f"`{shown_command}` failed; its last words are above.")

    def process(self, name: str, command: str) -> Process:
        shell = ["/bin/sh", "-c", command]
        return Process(name=name, command=shell, environment=self.environment, folder=ROOT)

    def launch(self, name: str, procfile: dict[str, str]) -> None:
        self.processes.append(self.process(name, procfile[name]))
        self.processes[-1].start()

    def stay(self, remind: Callable[[], None] | None = None) -> int:
        try:
            if remind:
                # What the demo shop sets off has scrolled the address away by then.
                later = time.monotonic() + REMIND_AFTER
                self.keep_up(until=lambda: time.monotonic() > later)
                remind()
            self.keep_up(until=lambda: False)
        except Stopped:
            say("up", "stopping; Ctrl-C again does not wait for requests and jobs.")
        return 0

    def keep_up(self, *, until: Callable[[], bool]) -> None:
        """Start again whatever dies."""
        while not until():
            for process in (*self.services, *self.processes):
                process.revive()
            stop.nap()

    def welcome(self, seconds: float) -> None:
        data = shown(self.data.path)
        mail = f"goes to nobody; each one becomes a file in {data}/mail/new"
        if all(service.name != "mail" for service in self.services):
            mail = "is really sent, because EMAIL_URL is set"
        cards = "4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined; nobody is charged"
        if all(service.name != "cards" for service in self.services):
            cards = "are really charged, because STRIPE_SECRET_KEY is set"
        print(
            f"\nDozen is up after {seconds:.1f} seconds.\n"
            f"  Open      {self.environment['PUBLIC_BASE_URL']}\n"
            "  Sign in   demo@dozen.example with the password demo-dozen-2026\n"
            f"  Mail      {mail}\n"
            f"  Cards     {cards}\n"
            f"  Shell     . {data}/environment && python manage.py shell\n"
            f"  Stop      Ctrl-C; {data} keeps everything until bin/up --reset\n",
            flush=True,
        )

    def stop(self) -> None:
        stop_all(self.processes, patience=self.grace, hurry=True)
        stop_all(self.services, patience=10)
        self.data.release()


def serves(port: int) -> bool:
    """Return whether web answers, which is later than when its socket does."""
    connection = HTTPConnection("127.0.0.1", port, timeout=0.5)
    try:
        connection.request("GET", "/health/live")
        connection.getresponse()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True


def introduce(known: list[Service], wanted: list[Service]) -> None:
    for service in known:
        theirs = f"not started, because {' or '.join(service.named_by)} is set"
        say(service.name, service.address() if service in wanted else theirs)


def read_procfile() -> dict[str, str]:
    text = (ROOT / "Procfile").read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9_-]+):\s*(.+)$", text, re.MULTILINE))


def static_files() -> str:
    """Return a text that changes when `collectstatic` would have something to do."""
    sources = sorted((*ROOT.glob("apps/*/static/**/*"), ROOT / "requirements.txt"))
    states = [(str(path), path.stat().st_mtime_ns) for path in sources if path.is_file()]
    states.append(("collected", int((ROOT / "staticfiles" / "staticfiles.json").exists())))
    return hashlib.sha256(repr(states).encode()).hexdigest()


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


if __name__ == "__main__":
    sys.exit(main())
