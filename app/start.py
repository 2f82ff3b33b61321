"""A new campus to begin with: an explained example that runs at once, or the tables of a database as they stand."""

import os
import sqlite3
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from catalog.campus import Catalog
from catalog.errors import CatalogError
from catalog.load import load
from catalog.system import System
from connectors.database import there
from hub.discover import discover

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql", "mariadb": "mysql+pymysql"} | {
    "kingbase": "kingbase+psycopg", "opengauss": "opengauss+psycopg", "oracle": "oracle+oracledb", "mssql": "mssql+pymssql",
}  # fmt: skip

FILES = {
    "campus.yaml": """# 学校：时区、中枢存储、统一数据平台。相对路径从本目录的上一级算起。
name: my_school
title: 我的学校
timezone: Asia/Shanghai
store: ${HUB_STORE_URL:-sqlite:///var/hub.db}
platform: platform
""",
    "systems/hr.yaml": """# 一个系统一个文件。密码等只通过环境变量给出，如 postgresql+psycopg://user@host/db
name: hr
title: 人事管理系统
kind: sql
url: ${HR_URL:-sqlite:///var/hr.db}
owner: 人事处
""",
    "systems/platform.yaml": """name: platform
title: 统一数据平台
kind: sql
url: ${PLATFORM_URL:-sqlite:///var/platform.db}
owner: 信息资源部
""",
    "datasets/staff.yaml": """# 数据集：字段、主键、敏感级别、唯一的主管部门（一数一源）
name: staff
title: 教职工基本信息
owner: 人事处
sharing: conditional
key: [staff_no]
fields:
  - {name: staff_no, type: string(20), title: 工号}
  - {name: name, type: string(64), title: 姓名, required: true, sensitivity: personal}
  - {name: updated_at, type: timestamp, title: 更新时间}
rules:
  - {rule: matches, field: staff_no, pattern: '^\\d{8}$', on_fail: quarantine}
""",
    "flows/staff_to_platform.yaml": """# 流：把一个数据集从一个系统送到另一个系统。columns 写“字段: 源表的列”，同名的不用写
name: staff_to_platform
dataset: staff
source: {system: hr, table: t_jzg, columns: {staff_no: GH, name: XM}, cursor: updated_at}
target: {system: platform, table: staff}
mode: incremental
on_delete: delete
schedule: "30 2 * * *"
""",
}
ROWS = [
    ("20260001", "示例甲", "2026-09-01 08:00:00"),
    ("20260002", "示例乙", "2026-09-01 08:00:00"),
    ("2026003", "工号少一位", "2026-09-02 08:00:00"),
]


def start(folder: Path) -> None:
    """Write the campus, and a small source database beside it. CatalogError where the folder is not empty."""
    if folder.exists() and any(folder.iterdir()):
        raise CatalogError("cli.not_empty", folder=folder)
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    database = folder.absolute().parent / "var" / "hr.db"
    database.parent.mkdir(exist_ok=True)
    if not database.exists():
        with sqlite3.connect(database) as connection:
            connection.execute("create table t_jzg (GH varchar(20) primary key, XM varchar(64), updated_at datetime)")
            connection.executemany("insert into t_jzg values (?, ?, ?)", ROWS)
        connection.close()


def start_from(folder: Path, url: str) -> Catalog:
    """Write a campus whose datasets and flows are proposed from a database; return it as read and checked.

    A URL with a password is not written down: the campus then asks for it in SOURCE_URL.
    CatalogError where the folder is not empty, the URL's driver is not ours or its database holds no table, UnavailableError where the
    database does not answer.
    """
    if folder.exists() and any(folder.iterdir()):
        raise CatalogError("cli.not_empty", folder=folder)
    address = _address(url)
    shown = "${SOURCE_URL}" if address.password else f"${{SOURCE_URL:-{address.render_as_string(hide_password=False)}}}"
    os.environ["SOURCE_URL"] = address.render_as_string(hide_password=False)  # for the check that follows
    title = (address.database or "").rpartition("/")[2].removesuffix(".db") or "source"
    system = f"name: source\ntitle: {title}\nkind: sql\nurl: {shown}\nowner: 信息资源部\n"
    files = {name: FILES[name] for name in ("campus.yaml", "systems/platform.yaml")} | {"systems/source.yaml": system}
    source = System(name="source", title=title, kind="sql", url=os.environ["SOURCE_URL"], owner="信息资源部")
    there(source)
    if not (proposed := {it.file: it.content for it in discover(source, {}, platform="platform")}):
        raise CatalogError("discover.no_tables", system=title)
    files |= proposed
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, "utf-8")
    (folder.absolute().parent / "var").mkdir(exist_ok=True)
    return load(folder)


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        raise CatalogError("discover.no_url") from None
    driver = DRIVERS.get(address.get_backend_name())
    if driver is None:
        raise CatalogError("discover.no_url")
    if not address.database and not address.query:
        raise CatalogError("discover.no_database")
    if driver == "sqlite":
        return address.set(database=str(Path(address.database or "").absolute()))
    return address.set(drivername=driver)
