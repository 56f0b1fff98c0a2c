"""Measure how well one colour reads on another, as WCAG 2.2 does (success criterion 1.4.3), and mix colours."""

#: The least contrast for running text.
READABLE = 4.5


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours like `#9c2b12`, from 1 (the same) to 21 (black on white)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """Mix two colours.

    Args:
        one: A colour like `#9c2b12`.
        other: Another.
        share: How much of the other is in it, from 0 to 1.
    """
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def readable(colour: str, ground: str) -> str:
    """Give a colour as it is, or as near to it as can be read on a ground."""
    away = "#000000" if contrast("#000000", ground) > contrast("#ffffff", ground) else "#ffffff"
    tried = (mixed(colour, away, step / 20) for step in range(21))
    return next((one for one in tried if contrast(one, ground) >= READABLE), away)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
