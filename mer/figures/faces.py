"""Whether a figure may show a face: seen from what is drawn in it, not remembered by who draws it."""

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import Collection, PathCollection, QuadMesh, TriMesh
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.image import BboxImage, FigureImage, _ImageBase

#: Most cells across or down of a raster that shows no person: faces of fewer than about 16 pixels across are not
#: recognised by people who know them (Bachmann 1991, European Journal of Cognitive Psychology 3(1)). A table of numbers
#: drawn as colours, such as a confusion matrix, has fewer still.
NO_FACE = 12


def may_show_faces(figure: Figure) -> bool:
    """Whether a face may be seen in the figure.

    False where nothing but lines, text, markers and single areas is drawn, or rasters of at most `NO_FACE` cells each
    way or a strip of one cell, as of a colour bar. Every other raster counts as a face: images, meshes, contours.
    """
    return any(_pictures(artist) for artist in figure.findobj(lambda one: isinstance(one, Artist)))


def _pictures(artist: Artist) -> bool:
    if not artist.get_visible():
        return False
    if isinstance(artist, _ImageBase | FigureImage | BboxImage):
        return _large(artist.get_array())
    if isinstance(artist, QuadMesh):
        return _large(artist.get_coordinates(), 1)
    if isinstance(artist, ContourSet | TriMesh):
        return True
    if isinstance(artist, Collection) and not isinstance(artist, PathCollection):
        values = artist.get_array()  # they become colours only when it is drawn
        cells = max(len(artist.get_facecolor()), 0 if values is None else np.size(values))
        return cells > NO_FACE * NO_FACE
    return False


def _large(values: Any, more: int = 0) -> bool:
    """Whether an array, whose first two axes are down and across, is no strip and has more than `NO_FACE` cells.

    Args:
        values: of the cells, or with ``more`` = 1 of their corners; None is not known, and large.
        more: how many more values than cells there are each way.
    """
    cells = [length - more for length in np.shape(values)[:2]] if values is not None else []
    return len(cells) < 2 or (min(cells) > 1 and max(cells) > NO_FACE)
