"""Numbers as they are printed."""


def rounded(value: float, digits: int = 2) -> float:
    """A number with so many decimals, and never a minus before zero: -0.004 is 0.0."""
    return round(value, digits) + 0.0
