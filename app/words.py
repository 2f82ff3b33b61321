"""What is typed, and what --help says: options of the whole program may stand anywhere, mistakes are told like any other mistake.

app/ says its help in Chinese; help.yaml holds the English. Refuses nothing: what has no translation is shown as it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

import typer
import yaml

from catalog.errors import CatalogError

EVERYWHERE: Mapping[str, int] = {"--lang": 1, "--now": 1, "--debug": 0}  # the program's own options, and the words that follow them


def hoisted(words: Sequence[str]) -> list[str]:
    """Put the program's own options in front of the command, wherever they were typed."""
    front, rest = list[str](), list(words)
    at = 0
    while at < len(rest) and rest[at] != "--":
        name = rest[at].partition("=")[0]
        if name in EVERYWHERE:
            follows = 0 if "=" in rest[at] else EVERYWHERE[name]
            front += rest[at : at + 1 + follows]
            del rest[at : at + 1 + follows]
        else:
            at += 1
    return front + rest


def asked(words: Sequence[str], option: str) -> str | None:
    """Return the value of an option of the program, before anything is parsed."""
    for word, after in zip(words, [*words[1:], ""], strict=False):
        if word == option or word.startswith(f"{option}="):
            return after if word == option else word.partition("=")[2]
    return None


@cache
def english() -> Mapping[str, str]:
    """Read the English of every help text once."""
    found: dict[str, str] = yaml.safe_load(files("app").joinpath("help.yaml").read_text("utf-8"))
    return found


def parts(command: Any) -> Iterator[tuple[Any, str]]:  # Any: a Typer command, a parameter of one; and the attribute that speaks
    """Yield everything that --help says, of a command and of those below it."""
    yield command, "help"
    for parameter in command.params:
        yield parameter, "help"
    for below in getattr(command, "commands", {}).values():
        yield from parts(below)


def examples(command: Any) -> Iterator[Any]:  # Any: Typer commands
    """Yield the commands that show an example."""
    if command.epilog:
        yield command
    for below in getattr(command, "commands", {}).values():
        yield from examples(below)


def translate(command: Any) -> None:  # Any: a Typer command
    """Let --help speak English."""
    for part, name in parts(command):
        setattr(part, name, english().get(getattr(part, name, None) or "", getattr(part, name, None)))
    for shown in examples(command):
        shown.epilog = shown.epilog.replace("例：", "Example: ").replace("；", "; ")


class Group(typer.core.TyperGroup):
    """Commands: without one, what there are; an unknown one is answered with the nearest known."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # Any: Typer keeps these types to itself
        return super().parse_args(ctx, args or ["--help"])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # Any: as above
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            near = get_close_matches(args[0], self.commands, 1)
            raise CatalogError("cli.no_command", name=args[0], near=near[0] if near else ", ".join(self.commands))
        return super().resolve_command(ctx, args)


def mistake(fault: Any) -> CatalogError:  # Any: an error of Typer's, whose classes it keeps to itself
    """Tell what was typed wrongly, and which help tells more."""
    more = f"{fault.ctx.command_path} --help" if fault.ctx else "campus-hub --help"
    match type(fault).__name__:
        case "NoSuchOption":
            known = ", ".join(fault.possibilities or ()) or "-"
            return CatalogError("cli.no_option", name=fault.option_name, near=known, more=more)
        case "MissingParameter":
            return CatalogError("cli.missing", name=_named(fault.param), more=more)
        case "BadParameter":
            return CatalogError("cli.bad_value", name=_named(fault.param), why=fault.message.rstrip("."), more=more)
    return CatalogError("cli.usage", why=fault.format_message().rstrip("."), more=more)


def _named(parameter: Any) -> str:  # Any: a Typer parameter
    if parameter is None:
        return "-"
    return str(parameter.opts[0]) if parameter.opts else str(parameter.name)
