"""Other tools on the same table, each as its own manual starts it, against the floor of the same round. None of them judges or proves.

dlt and Sling live in an environment of their own outside the project; pgloader is measured where the system has it.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import servers
from sqlalchemy import make_url

PACKAGES = ("dlt[postgres,sql_database]==1.31.0", "sqlalchemy<2.1", "psycopg2-binary", "pymysql", "sling-linux-amd64==1.4.11")
DLT = """
import sys, dlt
from dlt.sources.sql_database import sql_table
source = sql_table(sys.argv[1], table="application", backend="pyarrow")
pipeline = dlt.pipeline("bench", destination=dlt.destinations.postgres(sys.argv[2]), dataset_name="peer", pipelines_dir=sys.argv[3])
pipeline.run(source, write_disposition="replace").raise_on_failed_jobs()
"""
PAIRS = {
    "PostgreSQL → PostgreSQL": ("postgresql", "postgresql"),
    "MariaDB → PostgreSQL": ("mariadb", "postgresql"),
    "PostgreSQL → MariaDB": ("postgresql", "mariadb"),
}


def measure(folder: Path, floor: Callable[[str, str], float]) -> Iterator[str]:
    """Measure each peer once on every pair it serves; yield lines of a Markdown table."""
    python = install(folder)
    yield "| peer | pair | floor s | peer s | × floor |\n|---|---|---|---|---|"
    for pair, (source, target) in PAIRS.items():
        for name, command in commands(python, folder, source, target):
            yard = floor(source, target)
            began = time.perf_counter()
            ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=os.environ | {"HOME": str(folder)})
            seconds = time.perf_counter() - began
            if ran.returncode:
                print(f"  {name} failed on {pair}:\n{(ran.stdout + ran.stderr)[-800:]}", file=sys.stderr)
                continue
            yield f"| {name} | {pair} | {yard:.2f} | {seconds:.2f} | {seconds / yard:.1f} |"
            servers.forget(target)


def install(folder: Path) -> Path:
    """Build the peers' environment by pip, once."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PACKAGES], check=True)
    return python


def commands(python: Path, folder: Path, source: str, target: str) -> Iterator[tuple[str, list[str]]]:
    """Yield name with version, and the command, of each peer that serves a pair."""
    here, there = servers.url(source, "source"), servers.url(target, "target")
    if target == "postgresql":
        # dlt takes no URL without a password, a trusting server any
        credentials = make_url(plain(there)).set(password=make_url(there).password or "-").render_as_string(hide_password=False)
        yield "dlt 1.31.0, pyarrow", [str(python), "-c", DLT, here.replace("+psycopg", "+psycopg2"), credentials, str(folder / "dlt")]
    sling = next(folder.glob("lib/*/site-packages/sling_linux_amd64/bin/sling-linux-amd64"))
    sling.chmod(0o755)
    stream = ["--src-stream", "public.application" if source == "postgresql" else f"{servers.DATABASES['source']}.application"]
    landing = ["--tgt-object", "public.application" if target == "postgresql" else f"{servers.DATABASES['target']}.application"]
    options = ["--src-conn", plain(here), *stream, "--tgt-conn", plain(there), *landing, "--mode", "full-refresh"]
    yield "Sling 1.4.11", [str(sling), "run", *options]
    if (source, target) == ("mariadb", "postgresql") and (pgloader := shutil.which("pgloader")):
        version = subprocess.run([pgloader, "--version"], capture_output=True, text=True, check=True).stdout.split('"')[1]
        yield f"pgloader {version}", [pgloader, plain(here), plain(there)]


def plain(url: str) -> str:
    """Write a URL without its driver, and with what tools of another kind insist on."""
    name = make_url(url).set(drivername=make_url(url).get_backend_name())
    if name.drivername == "postgresql":
        name = name.set(query={"sslmode": "disable"})
    return name.render_as_string(hide_password=False)
