"""Private database servers from installed binaries, for a machine where none answers."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _found(name: str, *folders: str) -> str | None:
    paths = [str(path) for pattern in folders for path in sorted(Path("/").glob(pattern), reverse=True)]
    return shutil.which(name) or next((path for path in paths if Path(path).is_file()), None)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("a private server did not start")


def private_postgres(folder: Path) -> tuple[str, subprocess.Popen[bytes]] | None:
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
        [initdb, "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
        user=user,
        check=True,
        capture_output=True,
    )
    with (folder / "log").open("wb") as log:
        own = [server, "-D", str(data), "-p", str(port), "-k", "", "-c", "fsync=off"]
        process = subprocess.Popen(own, user=user, stdout=log, stderr=log)
    _wait(port, process)
    return f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres", process


def private_mariadb(folder: Path, *options: str) -> tuple[str, subprocess.Popen[bytes]] | None:
    """Start MariaDB in `folder`; None without its binaries."""
    install = _found("mariadb-install-db", "usr/bin/mariadb-install-db")
    server = _found("mariadbd", "usr/sbin/mariadbd")
    if not install or not server:
        return None
    data, port = folder / "data", free_port()
    own = ["--no-defaults", f"--datadir={data}"] + (["--user=root"] if os.geteuid() == 0 else [])
    subprocess.run([install, *own, "--auth-root-authentication-method=normal", "--skip-test-db"], check=True, capture_output=True)
    listen = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/sock", f"--pid-file={folder}/pid"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([server, *own, *listen, *options], stdout=log, stderr=log)
    _wait(port, process)
    return f"mysql+pymysql://root@127.0.0.1:{port}/mysql", process
