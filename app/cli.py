"""The command line, `campus-hub`: commands by what they are about, and the one place where errors become exit codes.

0 done and proved · 2 fix the YAML or the arguments · 3 rejected by a rule or a brake · 4 source or target unavailable, or another run
holds the flow · 5 not equal or not provable · 6 not permitted · 1 anything else.
"""

import logging
import os
import sys
from typing import Annotated

import typer

from app import campus, codes, demo, directory, discover, evidence, flows, keys, quarantine, report, serve
from app.show import err, error
from catalog.errors import CampusError
from catalog.messages import say

app = typer.Typer(name="campus-hub", no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
for part in (campus, discover, flows, demo, serve, evidence):
    app.registered_commands += part.app.registered_commands
app.add_typer(quarantine.app, name="quarantine", help="查看、重放、导出被隔离的数据行")
app.add_typer(report.app, name="report", help="生成报告")
app.add_typer(directory.app, name="catalog", help="信息资源目录")
app.add_typer(codes.app, name="codes", help="代码表：沿革与未对照的代码")
app.add_typer(keys.app, name="key", help="签发、撤销接口密钥")


@app.callback()
def root(
    lang: Annotated[str | None, typer.Option(help="zh 或 en", show_default=False)] = None,
    now: Annotated[str | None, typer.Option(help="以此时刻为准（ISO 格式，测试与演示用）", show_default=False)] = None,
    debug: Annotated[bool, typer.Option(help="在标准错误打印日志与堆栈")] = False,
) -> None:
    """校园数据中枢：同步、核对、共享、报告。"""
    if lang:
        os.environ["HUB_LANG"] = lang
    if now:
        os.environ["HUB_NOW"] = now
    logging.basicConfig(stream=sys.stderr, level=logging.INFO if debug else logging.CRITICAL)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        app(words)
    except CampusError as fault:
        error(fault, json_wanted="--json" in words)
        sys.exit(fault.exit_code)
    except Exception as fault:
        if "--debug" in words:
            raise
        err.print(say("cli.unexpected", kind=type(fault).__name__), markup=False, style="red")
        sys.exit(1)
