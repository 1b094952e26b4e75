"""Small SVG charts for the reports, without a plotting library."""

from collections.abc import Sequence

WIDTH, HEIGHT, MARGIN = 640, 240, 24


def _frame(title: str, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
        f'<title>{title}</title><rect width="{WIDTH}" height="{HEIGHT}" fill="#fbfaf7"/>{body}'
        f'<text x="{MARGIN}" y="16" font-family="sans-serif" font-size="12">{title}</text></svg>'
    )


def line_chart(title: str, values: Sequence[float]) -> str:
    """One polyline from the left to the right edge, scaled to the values' range."""
    low, high = min(values), max(values)
    span = high - low if high > low else 1.0
    step = (WIDTH - 2 * MARGIN) / max(len(values) - 1, 1)
    points = " ".join(
        f"{MARGIN + i * step:.1f},{HEIGHT - MARGIN - (value - low) / span * (HEIGHT - 2 * MARGIN):.1f}"
        for i, value in enumerate(values)
    )
    return _frame(title, f'<polyline fill="none" stroke="#1f6f8b" stroke-width="1.5" points="{points}"/>')


def bar_chart(title: str, labels: Sequence[str], values: Sequence[float]) -> str:
    """One bar a value, from zero to the largest, each with its label below."""
    high = max(max(values), 1e-9)
    step = (WIDTH - 2 * MARGIN) / len(values)
    bars = ""
    for i, (label, value) in enumerate(zip(labels, values)):
        height = value / high * (HEIGHT - 2 * MARGIN)
        x, y = MARGIN + i * step, HEIGHT - MARGIN - height
        bars += (
            f'<rect x="{x + 1:.1f}" y="{y:.1f}" width="{step - 2:.1f}" height="{height:.1f}" fill="#1f6f8b"/>'
            f'<text x="{x + step / 2:.1f}" y="{HEIGHT - 8}" font-family="sans-serif" font-size="9"'
            f' text-anchor="middle">{label}</text>'
        )
    return _frame(title, bars)
