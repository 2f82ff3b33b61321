"""Servers, fresh databases and small campuses for every test. CI skips nothing: there a missing server is a failure."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from receivers import Desk
from servers import Server, private_mariadb, private_postgres
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from world import execute

pytest.register_assert_rewrite("conformance", "values")

DEFAULTS = {
    "postgresql": ("TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"),
    "mariadb": ("TEST_MYSQL_URL", "mysql+pymysql://root@127.0.0.1:3306/mysql"),
}
ENGINES = ("sqlite", "postgresql", "mariadb")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = Path(item.path).relative_to(Path(__file__).parent).parts[0]
        if folder in ("unit", "integration", "e2e", "house"):
            item.add_marker(getattr(pytest.mark, folder))


def answers(url: str) -> bool:
    engine = create_engine(url, connect_args={"connect_timeout": 3})
    try:
        with engine.connect() as connection:
            return bool(connection.execute(text("select 1")).scalar_one())
    except SQLAlchemyError:
        return False
    finally:
        engine.dispose()


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Return a server's administrative URL: the named one, the one on its standard port, or a private one."""
    started: list[Server] = []
    found: dict[str, str] = {}

    def server(kind: str) -> str:
        if kind not in found:
            variable, usual = DEFAULTS[kind]
            wanted = os.environ.get(variable)
            if wanted or answers(usual):
                found[kind] = wanted or usual
            else:
                start = private_postgres if kind == "postgresql" else private_mariadb
                private = start(tmp_path_factory.mktemp(kind))
                if private is None:
                    reason = f"no {kind}: {variable} is not set, nothing answers on its port, no binaries are installed"
                    pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
                found[kind] = private.url
                started.append(private)
        return found[kind]

    yield server
    for each in started:
        each.stop()


@pytest.fixture
def database(servers: Callable[[str], str], tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Make fresh databases by engine: `database("mariadb")` → URL. They are dropped after the test."""
    made: list[tuple[str, str]] = []

    def fresh(kind: str) -> str:
        name = f"hubtest_{uuid.uuid4().hex[:12]}"
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / name}.db"
        admin = servers(kind)
        options = " character set utf8mb4 collate utf8mb4_general_ci" if kind == "mariadb" else " encoding 'UTF8' template template0"
        execute(admin, f"create database {name}{options}")
        made.append((admin, name))
        return make_url(admin).set(database=name).render_as_string(hide_password=False)

    yield fresh
    for admin, name in made:
        if admin.startswith("postgresql"):
            execute(admin, f"drop database if exists {name} with (force)")
        else:
            execute(admin, f"drop database if exists {name}")
            execute(admin, f"drop database if exists campus_hub_{name}")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A business system that takes rows over HTTP."""
    running = Desk(tmp_path / "desk")
    yield running
    running.stop()


@pytest.fixture(params=ENGINES)
def engine_url(request: pytest.FixtureRequest, database: Callable[[str], str]) -> str:
    """A fresh database on each engine in turn."""
    return database(request.param)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Real data for judging; it lies beside the project, never in it."""
    folder = Path(os.environ.get("CAMPUS_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        reason = "no real data: CAMPUS_REAL_DATA is not set and ../shared/data is not there"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return folder


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the developer's own campus, language or clock."""
    for name in ("HUB_CAMPUS", "HUB_LANG", "HUB_NOW", "HUB_USER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A copy of the sample campus whose relative paths lead into the test's own folder."""
    return Path(shutil.copytree(Path(__file__).parents[1] / "campus", tmp_path / "campus"))
