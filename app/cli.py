"""The command line, `campus-hub`: commands by what they are about, and the one place where errors become exit codes.

0 done and proved · 2 fix the YAML or the arguments · 3 rejected by a rule or a brake · 4 source or target unavailable, or another run
holds the flow · 5 not equal or not provable · 6 not permitted · 1 anything else.
"""

import logging
import os
import sys
from typing import Annotated, Literal, get_args

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from app import (
    access,
    agreement,
    backup,
    campus,
    codes,
    corrections,
    demo,
    directory,
    discover,
    evidence,
    flows,
    keys,
    quarantine,
    report,
    serve,
)
from app.show import error
from app.words import Group, asked, hoisted, mistake, translate
from catalog.errors import CampusError
from catalog.messages import Lang, language

app = typer.Typer(name="campus-hub", cls=Group, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
for part in (campus, discover, flows, demo, serve, evidence, backup):
    app.registered_commands += part.app.registered_commands
app.add_typer(quarantine.app, name="quarantine", cls=Group, help="查看、重放、导出被隔离的数据行。")
app.add_typer(corrections.app, name="corrections", cls=Group, help="校核纠错：待更正的数据，由谁改，如何办结。")
app.add_typer(report.app, name="report", cls=Group, help="生成报告。")
app.add_typer(directory.app, name="catalog", cls=Group, help="信息资源目录。")
app.add_typer(codes.app, name="codes", cls=Group, help="代码表：沿革与未对照的代码。")
app.registered_commands += agreement.sample_app.registered_commands
app.add_typer(agreement.app, name="agreement", cls=Group, help="共享协议：接口说明、到期与取数提醒。")
app.add_typer(keys.app, name="key", cls=Group, help="签发、更换、撤销、查看接口密钥。")
app.add_typer(access.app, name="access", cls=Group, help="核对访问日志，查询谁收到了什么。")


@app.callback(epilog="例：campus-hub init my-school/campus；campus-hub run --all；campus-hub run --help")
def root(
    lang: Annotated[Literal["zh", "en"] | None, typer.Option(help="zh 或 en", show_default=False)] = None,
    now: Annotated[str | None, typer.Option(help="以此时刻为准（ISO 格式，测试与演示用）", show_default=False)] = None,
    debug: Annotated[bool, typer.Option("--debug", help="出现程序内部错误时打印堆栈")] = False,
) -> None:
    """校园数据中枢：同步、核对、共享、报告。"""
    if now:
        os.environ["HUB_NOW"] = now
    logging.basicConfig(stream=sys.stderr, level=logging.INFO if debug else logging.CRITICAL)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    words = hoisted(sys.argv[1:] if arguments is None else arguments)
    try:
        sys.exit(_obey(words))
    except CampusError as fault:
        error(fault, json_wanted="--json" in words)
        sys.exit(fault.exit_code)
    except TyperException as fault:
        told = mistake(fault)
        error(told, json_wanted="--json" in words)
        sys.exit(told.exit_code)
    except Exception as fault:
        if "--debug" in words:
            raise
        error(CampusError("cli.unexpected", kind=type(fault).__name__), json_wanted="--json" in words)
        sys.exit(1)


def _obey(words: list[str]) -> int:
    if (lang := asked(words, "--lang")) in get_args(Lang):
        os.environ["HUB_LANG"] = str(lang)
    command = get_command(app)
    if language() == "en":
        translate(command)
    return command(words, prog_name="campus-hub", standalone_mode=False) or 0
