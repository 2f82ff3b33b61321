"""Charts as small inline SVG: lines, bars, stacked shares; no script, the same bytes for the same values."""

from collections.abc import Sequence
from html import escape

from reports import sentence
from reports.report import Chart, Series

WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM, TOP = 720, 300, 56, 48, 46, 30
NARROW, ROW, NAMES = 480, 26, 150  # a chart of bars: narrow enough for a phone, the height of a row, the room for its name
LONGEST = NAMES // 12  # characters of a name
COLOURS = ("#1f5fa8", "#c8553d", "#5a8f4e")
LEVELS = ("#2e7d4f", "#6aa84f", "#c9b458", "#e08a3c", "#c0392b")  # from very satisfied to not at all


def chart(it: Chart) -> str:
    """Draw a chart. Its values stand in the tables beside it; the picture carries a title for those who cannot see it."""
    body, wide, height = _lines(it) if it.kind == "line" else _rows(it)
    return (
        f'<svg class="{it.kind}" viewBox="0 0 {wide} {height}" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(it.title)}</title>{_legend(it)}{body}</svg>"
    )


def _legend(it: Chart) -> str:
    parts, x = [], LEFT if it.kind == "line" else 8
    for colour, series in zip(_colours(it), it.series, strict=False):
        name = series.name if it.kind == "stacked" else f"{series.name}（{'%' if series.rate else it.unit}）"
        parts.append(f'<rect x="{x}" y="8" width="12" height="12" fill="{colour}"/>{_text(x + 18, 18, name, 13)}')
        x += 32 + 13 * len(name)
    return "".join(parts)


def _colours(it: Chart) -> Sequence[str]:
    return LEVELS if it.kind == "stacked" else COLOURS


def _text(x: float, y: float, words: str, points: int, anchor: str = "start", fill: str = "#222") -> str:
    return f'<text x="{x}" y="{y}" font-size="{points}" text-anchor="{anchor}" fill="{fill}">{escape(words)}</text>'


def _lines(it: Chart) -> tuple[str, int, int]:
    """Draw counts on the left axis and rates, if there are any, on the right one, which need not begin at zero."""
    counts, rates = [s for s in it.series if not s.rate], [s for s in it.series if s.rate]
    top, step = _scale(counts)
    low = _floor(rates)
    parts = []
    for n in range(round(top / step) + 1):
        y = _y(n * step / top)
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#ddd"/>{_text(LEFT - 6, y + 4, f"{n * step:g}", 12, "end")}'
        )
        if rates:
            parts.append(_text(WIDTH - RIGHT + 6, y + 4, f"{round(100 * (low + (1 - low) * n * step / top), 1):g}%", 12))
    gap = (WIDTH - LEFT - RIGHT - 20) / max(1, len(it.labels) - 1)
    x = [round(LEFT + 10 + gap * n, 1) for n in range(len(it.labels))]
    for colour, series in zip(_colours(it), it.series, strict=False):
        height = [None if v is None else (v - low) / (1 - low) if series.rate else v / top for v in series.values]
        points = " ".join(f"{at},{_y(share)}" for at, share in zip(x, height, strict=True) if share is not None)
        dashed = ' stroke-dasharray="5 4"' if series.rate else ""
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dashed}/>')
    parts += [_text(at, HEIGHT - BOTTOM + 20, label, 11, "middle") for at, label in zip(x, it.labels, strict=True)]
    return "".join(parts), WIDTH, HEIGHT


def _scale(counts: Sequence[Series]) -> tuple[float, float]:
    """Return the top of the axis and the step between its lines."""
    most = max((value or 0 for s in counts for value in s.values), default=0) or 1
    power = 10 ** (len(str(int(most))) - 1)
    step = next(power * n / 10 for n in (2, 5, 10, 20) if most / (power * n / 10) <= 6) if most > 1 else 1
    return step * -(-most // step), step


def _floor(rates: Sequence[Series]) -> float:
    """Return where the axis of rates begins: at the lower tenth, so that 97 % and 99 % can be told apart."""
    least = min((value for s in rates for value in s.values if value is not None), default=0.0)
    return max(0.0, min(0.9, int(least * 10) / 10))


def _y(share: float) -> float:
    return round(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP), 1)


def _rows(it: Chart) -> tuple[str, int, int]:
    """Draw horizontal bars, for names are long: one a row, or shares that stack to the whole."""
    room = NARROW - NAMES - 70
    most = 1.0 if it.kind == "stacked" else max((value or 0 for s in it.series for value in s.values), default=0) or 1
    parts = []
    for n, label in enumerate(it.labels):
        y, x = TOP + ROW * n, float(NAMES + 8)
        parts.append(_text(NAMES, y + 17, label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…", 12, "end"))
        for colour, series in zip(_colours(it), it.series, strict=False):
            value = series.values[n] or 0
            wide = round(value / most * room, 1)
            parts.append(f'<rect x="{x:g}" y="{y + 3}" width="{wide:g}" height="{ROW - 6}" fill="{colour}"/>')
            if it.kind == "stacked" and value >= 0.08:
                parts.append(_text(round(x + wide / 2, 1), y + 17, sentence.percent(value), 11, "middle", "#fff"))
            x = round(x + wide, 1)
        if it.kind == "bar":
            parts.append(_text(x + 6, y + 17, f"{it.series[0].values[n] or 0:g}", 12))
    return "".join(parts), NARROW, TOP + ROW * len(it.labels) + 8
