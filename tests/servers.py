"""Private database servers from installed binaries: where none answers, and where a test stops, kills or starves one."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool


class Server:
    """A server of our own on data of its own: it can be stopped, killed and started again."""

    def __init__(self, url: str, command: list[str], *, user: str | None, log: Path) -> None:
        self.url, self.command, self.user, self.log = url, command, user, log
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, user=self.user, stdout=log, stderr=log)
        _wait(self.url, self.process)

    def stop(self) -> None:
        """Shut the server down, ending its connections."""
        self.process.send_signal(signal.SIGINT if self.user or "postgres" in self.command[0] else signal.SIGTERM)
        self.process.wait(timeout=60)

    def kill(self) -> None:
        """Kill the server, as a crash of its machine would; its own children follow it."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        self.process.kill()
        self.process.wait(timeout=60)
        deadline = time.monotonic() + 60
        while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < deadline:
            time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _found(name: str, *folders: str) -> str | None:
    paths = [str(path) for pattern in folders for path in sorted(Path("/").glob(pattern), reverse=True)]
    return shutil.which(name) or next((path for path in paths if Path(path).is_file()), None)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline, engine = time.monotonic() + 60, create_engine(url, poolclass=NullPool)
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with engine.connect():
                return
        except SQLAlchemyError:  # not there, or not yet recovered
            time.sleep(0.1)
    raise RuntimeError("a private server did not start")


def private_postgres(folder: Path) -> Server | None:
    """Start PostgreSQL in `folder`; None without its binaries. It refuses root, so root starts it as `postgres`."""
    initdb, server = (_found(name, f"usr/lib/postgresql/*/bin/{name}") for name in ("initdb", "postgres"))
    if not initdb or not server:
        return None
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        account = pwd.getpwnam(user)
        for path in (folder, *list(folder.parents)[:2]):
            path.chmod(path.stat().st_mode | 0o055)  # only ever more: a parent may be /tmp, which all the world writes
        os.chown(folder, account.pw_uid, account.pw_gid)
    data, port = folder / "data", free_port()
    subprocess.run(
        [initdb, "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
        user=user,
        check=True,
        capture_output=True,
    )
    command = [server, "-D", str(data), "-p", str(port), "-k", "", "-c", "fsync=off"]
    return Server(f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres", command, user=user, log=folder / "log")


def private_mariadb(folder: Path, *options: str) -> Server | None:
    """Start MariaDB in `folder`; None without its binaries."""
    install = _found("mariadb-install-db", "usr/bin/mariadb-install-db")
    server = _found("mariadbd", "usr/sbin/mariadbd")
    if not install or not server:
        return None
    data, port = folder / "data", free_port()
    own = ["--no-defaults", f"--datadir={data}", *options] + (["--user=root"] if os.geteuid() == 0 else [])
    subprocess.run([install, *own, "--auth-root-authentication-method=normal", "--skip-test-db"], check=True, capture_output=True)
    listen = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/sock", f"--pid-file={folder}/pid"]
    command = [server, *own, *listen]
    return Server(f"mysql+pymysql://root@127.0.0.1:{port}/mysql", command, user=None, log=folder / "log")


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a disk of a few megabytes; only root can."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0777", "tmpfs", str(folder)], check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True, capture_output=True)


@contextmanager
def filled(disk: Path, *, but: int = 0) -> Iterator[None]:
    """Fill a small disk to its last byte, but for some kilobytes."""
    filler = disk / "filler"
    space = shutil.disk_usage(disk).free - but * 1024
    with filler.open("wb") as out:
        os.posix_fallocate(out.fileno(), 0, max(space // 4096 * 4096, 4096))
    try:
        yield
    finally:
        filler.unlink()
