"""Onset and apex as the models see them, and the displacement that they generate between the two."""

from typing import TYPE_CHECKING

import ipywidgets

from mer.widgets import render
from mer.widgets.parts.picture import Picture

if TYPE_CHECKING:
    from mer.training.predict import ClipPrediction

_SHOWN, _DRAWN = 190, 360  # pixels a side, of the page and of the picture


class FacesPanel(ipywidgets.HBox):
    """Three pictures side by side; hidden where nothing is predicted.

    Attributes:
        pictures: onset, apex, displacement.
    """

    def __init__(self) -> None:
        self.pictures = [Picture(width=_SHOWN) for _ in range(3)]
        super().__init__(self.pictures, layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="8px"))

    def hide(self) -> None:
        """Show nothing."""
        self.layout.display = "none"

    def show(self, found: "ClipPrediction") -> None:
        """Show the pair of a prediction. Lengths are in the pixels of its curve, of a face of 128 x 128."""
        from mer.training.predict import FACE_PX

        name, pair = found.clip.name, found.pair
        motion, scale = render.motion(pair.displacement, _DRAWN)
        scale *= (FACE_PX - 1) / (pair.displacement.shape[-1] - 1)
        onset, apex = ("image", "image") if found.clip.pair else (str(found.onset), str(found.apex))
        shown = (
            (
                render.face(pair.onset, _DRAWN),
                f"Aligned onset face of {name}.",
                f"Onset {onset}, as the models see it",
            ),
            (render.face(pair.apex, _DRAWN), f"Aligned apex face of {name}.", f"Apex {apex}"),
            (
                motion,
                f"Displacement of {name} from onset to apex as colour.",
                f"Generated displacement, head included: hue is direction, full colour {scale:.2g} px",
            ),
        )
        for picture, (image, alt, caption) in zip(self.pictures, shown, strict=True):
            picture.show(render.jpeg(image), alt, caption)
        self.layout.display = ""
