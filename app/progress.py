"""A progress bar on stderr for long work; none where stderr is no terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from app.show import err
from catalog.messages import say

if TYPE_CHECKING:  # the pipeline's imports are heavy, and --help pays for none of them
    from hub.extraction import Progress as Told


@contextmanager
def progress(title: str) -> "Iterator[Told | None]":
    """Show a bar while the work inside tells its steps."""
    if not err.is_terminal:
        yield None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def told(step: str, done: int, total: int | None) -> None:
            bar.update(task, description=f"{title} · {say(f'step.{step}')}", completed=done, total=total)

        yield told
