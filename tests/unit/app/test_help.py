"""What --help says stands in both languages, with an example for every command; a mistake names the nearest known word."""

from typing import Any

import pytest
from typer.main import get_command

from app.cli import app, main
from app.words import english, examples, hoisted, parts


def command() -> Any:  # Any: a Typer command
    return get_command(app)


def leaves(it: Any) -> list[Any]:
    below = getattr(it, "commands", {})
    return [leaf for each in below.values() for leaf in leaves(each)] if below else [it]


def typed(words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


def test_every_word_of_help_has_its_english_and_no_english_is_left_over() -> None:
    said = {getattr(part, name) for part, name in parts(command()) if getattr(part, name, None)}
    assert said == set(english())


def test_every_command_shows_an_example() -> None:
    assert {leaf.name for leaf in leaves(command())} == {it.name for it in examples(command())} - {"campus-hub"}


def test_every_command_can_answer_as_json() -> None:
    assert [leaf.name for leaf in leaves(command()) if not any("--json" in part.opts for part in leaf.params)] == []


@pytest.mark.parametrize("words", ["run --help --lang en", "--lang en run --help", "--lang=en run --help"])
def test_the_language_may_stand_anywhere(words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_LANG", "zh")
    code, out, _ = typed(words, capsys)
    assert (code, "Run flows: read, judge" in out, "Example: campus-hub run" in out) == (0, True, True)


def test_words_behind_two_dashes_stay_where_they_are() -> None:
    assert hoisted(["pause", "x", "--debug", "--", "--now", "y"]) == ["--debug", "pause", "x", "--", "--now", "y"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("chek", "最接近的是 check"), ("key isue", "最接近的是 issue"), ("run --ful", "最接近的是 --full"), ("plan", "缺少 flow"),
        ("run x --since", "campus-hub --help"), ("status --lang fr", "--lang 的值不对"), ("plan a b", "campus-hub plan --help"),
    ],
)  # fmt: skip
def test_what_is_typed_wrongly_is_told_like_any_mistake(words: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = typed(words, capsys)
    assert (code, out, said in err) == (2, "", True), err
    assert "Traceback" not in err


@pytest.mark.parametrize("words", ["", "key", "quarantine"])
def test_without_a_command_help_says_what_there_is(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = typed(words, capsys)
    assert (code, "Commands:" in out) == (0, True)
