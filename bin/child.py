"""
Becomes another program, one that ends with its parent and is never root.

usage: child.py SIGNAL DIRECTORY COMMAND...

SIGNAL is what the program gets when its parent is gone (Linux only). With a DIRECTORY ("" for none)
the program runs as an ordinary user to whom that directory belongs: PostgreSQL refuses to be root.
"""

import ctypes
import os
import pwd
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def main(end_signal: str, directory: str, *command: str) -> None:
    if directory and os.geteuid() == 0:
        leave_root(Path(directory))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(end_signal))
    try:
        os.execvp(command[0], command)  # noqa: S606 - a program and its arguments, no shell
    except OSError as problem:
        sys.exit(f"{command[0]}: {problem.strerror}")


def leave_root(directory: Path) -> None:
    """In a user namespace files stay ours and nobody needs to read our home; nobody is plan B."""
    give(directory, os.geteuid(), os.getegid())
    if not enter_namespace():
        nobody = pwd.getpwnam("nobody")
        give(directory, nobody.pw_uid, nobody.pw_gid)
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)


def enter_namespace() -> bool:
    uid, gid = os.geteuid(), os.getegid()
    try:
        os.unshare(os.CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"1000 {uid} 1")
        Path("/proc/self/gid_map").write_text(f"1000 {gid} 1")
    except (AttributeError, OSError):  # Not Linux, or a container that forbids it.
        return False
    return True


def give(directory: Path, uid: int, gid: int) -> None:
    if directory.stat().st_uid == uid:
        return
    for folder, _, files in directory.walk():
        os.chown(folder, uid, gid)
        for file in files:
            os.chown(folder / file, uid, gid, follow_symlinks=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
