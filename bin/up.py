"""
Runs the whole of Dozen on this machine, or one command beside its services.

Factor IX (Disposability): starts in seconds; one Ctrl-C stops all of it, in order, and keeps data.
"""

import argparse
import hashlib
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import checkout
from checkout import ROOT, DataFolder, value_of
from processes import Problem, Process, Stopped, finish, say, stop, stop_all
from services import KINDS, Service, answers, start

KEPT_RUNNING = ("web", "worker", "scheduler")


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
        epilog="Ports: PORT, POSTGRES_PORT, VALKEY_PORT, S3_PORT and SMTP_PORT, or PORT_OFFSET for "
        "all of them. DOZEN_DATA names another data folder. With GUNICORN_CMD_ARGS=--reload web "
        "follows your edits.",
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
    environment = checkout.read_environment(dotenv=not wish.run)
    if wish.run:
        names = ["PORT", *(kind.port_variable for kind in KINDS)]
        environment = checkout.free_ports(names) | environment
    folder = environment.get("DOZEN_DATA") or (".dozen/test" if wish.run else ".dozen/dev")
    data = DataFolder(ROOT / folder)
    run = Up(data, environment)
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

    def __init__(self, data: DataFolder, environment: dict[str, str]) -> None:
        self.data = data
        self.environment = environment
        self.exports: dict[str, str] = {}
        self.services: list[Process] = []
        self.processes: list[Process] = []
        self.port = checkout.port(environment, "PORT", 8000)
        self.export({"PORT": str(self.port)})
        self.offer("PUBLIC_BASE_URL", f"http://localhost:{self.port}")

    def everything(self) -> int:
        began = time.monotonic()
        procfile = read_procfile()
        self.start_services(also={"PORT": self.port})
        self.data.write_exports(self.exports)
        self.step("release", procfile["release"])
        self.collect_static_files()
        self.step("demo", "exec python manage.py seed_demo")
        for name in KEPT_RUNNING:
            self.processes.append(self.process(name, procfile[name]))
            self.processes[-1].start()
        return self.stay(began)

    def services_alone(self) -> int:
        self.start_services(also={})
        path = self.data.write_exports(self.exports)
        print(f"\nIn another shell: . {shown(path)}\n\n{path.read_text()}", flush=True)
        return self.stay(began=None)

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
        known = [kind(self.data.path, self.environment) for kind in KINDS]
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

    def collect_static_files(self) -> None:
        stamp = self.data.path / "static_files"
        if not stamp.exists() or stamp.read_text() != static_files():
            self.step("static", "exec python manage.py collectstatic --no-input --verbosity 0")
            stamp.write_text(static_files())

    def step(self, name: str, command: str) -> None:
        shown_command = command.removeprefix("exec ")
        say(name, shown_command)
        if finish(self.process(name, command)) != 0:
            raise Problem(f"`{shown_command}` failed; its last words are above.")

    def process(self, name: str, command: str) -> Process:
        shell = ["/bin/sh", "-c", command]
        return Process(name=name, command=shell, environment=self.environment, folder=ROOT)

    def stay(self, began: float | None) -> int:
        """Start again whatever dies, until we are asked to stop."""
        try:
            while True:
                for process in (*self.services, *self.processes):
                    process.revive()
                if began and answers(self.port):
                    self.welcome(time.monotonic() - began)
                    began = None
                stop.nap()
        except Stopped:
            say("up", "stopping; Ctrl-C again does not wait for requests and jobs.")
            return 0

    def welcome(self, seconds: float) -> None:
        data = shown(self.data.path)
        print(
            f"\nDozen is up after {seconds:.1f} seconds.\n"
            f"  Open      {self.environment['PUBLIC_BASE_URL']}\n"
            "  Sign in   demo@dozen.example with the password demo-dozen-2026\n"
            f"  Mail      goes to nobody; each one becomes a file in {data}/mail/new\n"
            f"  Shell     . {data}/environment && python manage.py shell\n"
            f"  Stop      Ctrl-C; {data} keeps everything until bin/up --reset\n",
            flush=True,
        )

    def stop(self) -> None:
        grace = float(self.environment.get("SHUTDOWN_GRACE_SECONDS") or 30)
        stop_all(self.processes, patience=grace, hurry=True)
        stop_all(self.services, patience=10)
        self.data.release()


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
