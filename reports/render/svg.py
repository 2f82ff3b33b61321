"""Charts as small inline SVG: lines and bars, no script, the same bytes for the same values."""

from html import escape

from reports.report import Chart

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 300, 56, 46, 30
COLOURS = ("#1f5fa8", "#c8553d", "#5a8f4e")


def chart(it: Chart) -> str:
    """Draw a chart. Its values stand in the tables beside it; the picture carries a title for those who cannot see it."""
    body = _lines(it) if it.kind == "line" else _bars(it)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(it.title)}</title>{_legend(it)}{body}</svg>"
    )


def _legend(it: Chart) -> str:
    parts = [
        f'<rect x="{LEFT + n * 110}" y="8" width="12" height="12" fill="{COLOURS[n]}"/>'
        f'<text x="{LEFT + n * 110 + 18}" y="18" font-size="13">{escape(s.name)}（{escape(it.unit)}）</text>'
        for n, s in enumerate(it.series)
    ]
    return "".join(parts)


def _scale(it: Chart) -> tuple[float, str]:
    """Return the top of the axis and its lines."""
    most = max((value for s in it.series for value in s.values), default=0) or 1
    step = _step(most)
    top = step * -(-most // step)
    lines = []
    for n in range(round(top / step) + 1):
        y = _y(n * step, top)
        lines.append(f'<line x1="{LEFT}" x2="{WIDTH - 10}" y1="{y}" y2="{y}" stroke="#ddd"/>')
        lines.append(f'<text x="{LEFT - 6}" y="{y + 4}" font-size="12" text-anchor="end">{round(n * step)}</text>')
    return top, "".join(lines)


def _step(most: float) -> float:
    power = 10 ** (len(str(int(most))) - 1)
    return next(power * n / 10 for n in (2, 5, 10, 20) if most / (power * n / 10) <= 6) if most > 1 else 1


def _y(value: float, top: float) -> float:
    return round(HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - TOP), 1)


def _lines(it: Chart) -> str:
    top, axis = _scale(it)
    gap = (WIDTH - LEFT - 30) / max(1, len(it.labels) - 1)
    x = [round(LEFT + 10 + gap * n, 1) for n in range(len(it.labels))]
    parts = [axis]
    for n, series in enumerate(it.series):
        points = " ".join(f"{at},{_y(value, top)}" for at, value in zip(x, series.values, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[n]}" stroke-width="2"/>')
    for at, label in zip(x, it.labels, strict=True):
        parts.append(f'<text x="{at}" y="{HEIGHT - BOTTOM + 20}" font-size="11" text-anchor="middle">{escape(label)}</text>')
    return "".join(parts)


def _bars(it: Chart) -> str:
    """Draw horizontal bars: names of items are long."""
    values = it.series[0].values if it.series else ()
    most, row = max(values, default=0) or 1, (HEIGHT - TOP - 6) / max(1, len(values))
    parts = []
    for n, (label, value) in enumerate(zip(it.labels, values, strict=True)):
        y = TOP + row * n
        parts.append(f'<text x="200" y="{y + row * 0.68:.1f}" font-size="12" text-anchor="end">{escape(label[:15])}</text>')
        width = round(value / most * (WIDTH - 280), 1)
        parts.append(f'<rect x="208" y="{y + 3:.1f}" width="{width}" height="{row - 6:.1f}" fill="{COLOURS[0]}"/>')
        parts.append(f'<text x="{214 + width}" y="{y + row * 0.68:.1f}" font-size="12">{round(value)}</text>')
    return "".join(parts)
