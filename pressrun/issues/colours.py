"""Measure how well one colour reads on another, as WCAG 2.2 does (success criterion 1.4.3)."""

#: The least contrast for running text.
READABLE = 4.5


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours like `#9c2b12`, from 1 (the same) to 21 (black on white)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
