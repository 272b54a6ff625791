"""Controls that both panels of the explorer have."""

import ipywidgets


def dropdown(description: str, options: list, label_px: int = 76, flex: str | None = None) -> ipywidgets.Dropdown:
    """A choice that takes the width it is given; ``label_px`` lines the labels of a panel up."""
    return ipywidgets.Dropdown(
        description=description,
        options=options,
        layout=ipywidgets.Layout(width="auto", min_width="0", flex=flex),
        style={"description_width": f"{label_px}px"},
    )
