"""The two servers that are measured, a source and a target database on each, and the shell commands that talk to them."""

import os
import shlex
import subprocess
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

SERVERS = {
    "postgresql": os.environ.get("TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"),
    "mariadb": os.environ.get("TEST_MYSQL_URL", "mysql+pymysql://root@127.0.0.1:3306/mysql"),
}
DATABASES = {"source": "campus_bench_source", "target": "campus_bench_target"}
MARIADB_TABLE = """create table application (
  id bigint primary key, item_code varchar(32) not null, applicant_no varchar(20) not null, applicant_name varchar(64) not null,
  dept_code varchar(16) not null, status varchar(16) not null, submitted_at datetime(6) not null, due_at datetime(6),
  finished_at datetime(6), score smallint, fee decimal(12,2), is_online boolean not null, remark text, updated_at datetime(6) not null
) character set utf8mb4"""
# what `copy` writes of it that LOAD DATA reads: booleans as numbers
PORTABLE = (
    "select id, item_code, applicant_no, applicant_name, dept_code, status, submitted_at, due_at, finished_at, score, fee,"
    " is_online::int, remark, updated_at from application"
)


def url(engine: str, side: str) -> str:
    """Return the URL of a side's database on a server."""
    return make_url(SERVERS[engine]).set(database=DATABASES[side]).render_as_string(hide_password=False)


def client(engine: str, side: str) -> str:
    """Return the shell command of the server's own client, connected to a side's database."""
    place = make_url(url(engine, side))
    if engine == "postgresql":
        return f"psql -qX -v ON_ERROR_STOP=1 {shlex.quote(place.set(drivername='postgresql').render_as_string(hide_password=False))}"
    password = f"--password={place.password}" if place.password else ""
    words = ["mariadb", "--local-infile=1", "--default-character-set=utf8mb4", f"-h{place.host}", f"-P{place.port or 3306}"]
    return shlex.join([*words, f"-u{place.username}", *([password] if password else []), place.database or ""])


def execute(engine: str, side: str, *statements: str) -> None:
    """Execute statements in a side's database, each on its own."""
    database = create_engine(url(engine, side), isolation_level="AUTOCOMMIT")
    with database.connect() as connection:
        for statement in statements:
            connection.execute(text(statement.replace(":", "\\:")))
    database.dispose()


def shell(command: str) -> None:
    """Run a command line of bash; a failing part fails it."""
    subprocess.run(["bash", "-ec", f"set -o pipefail; {command}"], check=True, stdout=subprocess.DEVNULL)


def create() -> None:
    """Make the four databases anew."""
    drop()
    for engine, server in SERVERS.items():
        admin = create_engine(server, isolation_level="AUTOCOMMIT")
        options = " character set utf8mb4" if engine == "mariadb" else " encoding 'UTF8' template template0"
        with admin.connect() as connection:
            for name in DATABASES.values():
                connection.execute(text(f"create database {name}{options}"))
        admin.dispose()


def drop() -> None:
    """Drop the databases, those of the hub beside them included."""
    for engine, server in SERVERS.items():
        admin = create_engine(server, isolation_level="AUTOCOMMIT")
        names = DATABASES.values() if engine == "postgresql" else [*DATABASES.values(), f"campus_hub_{DATABASES['target']}"]
        with admin.connect() as connection:
            for name in names:
                connection.execute(text(f"drop database if exists {name}{' with (force)' if engine == 'postgresql' else ''}"))
        admin.dispose()


def fill(rows: int, *, wide: bool = False) -> None:
    """Make the source table on PostgreSQL, and the same rows on MariaDB."""
    script = (
        (Path(__file__).parent / "application.sql").read_text("utf-8").replace("{rows}", str(rows)).replace("{wide}", str(wide).lower())
    )
    execute("postgresql", "source", "drop table if exists application", *script.split(";\n")[:-1])
    execute("mariadb", "source", "drop table if exists application", MARIADB_TABLE)
    copy("postgresql", "mariadb", side="source")
    execute("mariadb", "source", "create index application_updated_at on application (updated_at)", "analyze table application")


def empty_target(engine: str) -> None:
    """Make the target as the floor finds it: an empty table with its primary key."""
    forget(engine)
    if engine == "mariadb":
        execute(engine, "target", MARIADB_TABLE)
        return
    script = (Path(__file__).parent / "application.sql").read_text("utf-8")
    execute(engine, "target", script.split(";\n")[0])


def forget(engine: str) -> None:
    """Drop the target table and whatever the hub keeps beside it."""
    if engine == "postgresql":
        execute(engine, "target", "drop table if exists application", "drop schema if exists campus_hub cascade", "checkpoint")
    else:
        execute(engine, "target", "drop table if exists application", f"drop database if exists campus_hub_{DATABASES['target']}")


def copy(source: str, target: str, *, side: str = "target") -> None:
    """Copy the source table as fast as the servers' own clients can: the floor."""
    here, there = client(source, "source"), client(target, side)
    match source, target:
        case "postgresql", "postgresql":
            shell(f"{here} -c 'copy application to stdout (format binary)' | {there} -c 'copy application from stdin (format binary)'")
        case "mariadb", "postgresql":
            nulls = r"sed 's/\tNULL/\t\\N/g'"
            shell(f"{here} --quick -N -B -e 'select * from application' | {nulls} | {there} -c 'copy application from stdin'")
        case _:
            load = "load data local infile '$folder/pipe' into table application character set utf8mb4"
            shell(
                f'folder=$(mktemp -d); trap "rm -r $folder" EXIT; mkfifo $folder/pipe;'
                f" {here} -c 'copy ({PORTABLE}) to stdout' > $folder/pipe & {there} -e \"{load}\"; wait $!"
            )
