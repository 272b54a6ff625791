"""Faces that are known, and a search for them in whatever a run leaves: in any size, in grey or colours."""

import cv2
import numpy as np

from tests.pictures_in_files import pictures_in

_SIDE = 32  # of a face when it is compared
_WIDTHS = np.geomspace(18, 600, 48)  # a face in a picture, in pixels across
_WIDEST = 900  # larger pictures are made as small as this
_ALIKE = 0.79  # charts come to 0.74, faces under drawn lines to 0.82


class KnownFaces:
    """Aligned faces that are looked for.

    Args:
        faces: uint8, grey, (N, H, W).
    """

    def __init__(self, faces: np.ndarray) -> None:
        self._small = [cv2.resize(face, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA) for face in faces]
        self._rows = [face[len(face) // 4 : len(face) // 2].tobytes() for face in faces]

    def in_file(self, name: str, data: bytes) -> bool:
        """Whether one of the faces can be seen in a file, or its pixels stand in it as they are."""
        return any(rows in data for rows in self._rows) or any(self.in_picture(one) for one in pictures_in(name, data))

    def in_picture(self, image: np.ndarray) -> bool:
        """Whether one of the faces can be seen in a picture, or in one of a stack of pictures."""
        if image.ndim == 3 and image.shape[-1] in (3, 4):
            image = image[..., :3].mean(-1)
        if image.ndim > 2:
            return any(self.in_picture(one) for one in image)
        if image.ndim < 2 or min(image.shape) < min(_WIDTHS):
            return False
        image = np.nan_to_num(image.astype(np.float32))
        most = _WIDEST / max(image.shape)
        if most < 1:
            image = cv2.resize(image, None, fx=most, fy=most, interpolation=cv2.INTER_AREA)
        return any(self._at_width(image, width) for width in _WIDTHS if width <= min(image.shape) * 1.05)

    def _at_width(self, image: np.ndarray, width: float) -> bool:
        height, across = (max(_SIDE, round(length * _SIDE / width)) for length in image.shape)
        small = cv2.resize(image, (across, height), interpolation=cv2.INTER_AREA)
        small = np.clip(255 * (small - small.min()) / max(float(np.ptp(small)), 1e-6), 0, 255).astype(np.uint8)
        for face in self._small:
            alike = cv2.matchTemplate(small, face, cv2.TM_CCOEFF_NORMED)
            if np.max(alike, where=np.isfinite(alike), initial=0) > _ALIKE:
                return True
        return False
