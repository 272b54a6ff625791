"""Where a head looks: yaw, pitch and roll from the 68 landmarks, to see whether a database is frontal.

Conventions, all in degrees and all as the viewer sees the image: yaw is positive when the nose points to the right,
pitch is positive when it points up, roll is positive when the head leans clockwise. A frontal upright face has 0, 0, 0.
The rotation is built in the order roll, pitch, yaw: ``R = Ry(-yaw) Rx(-pitch) Rz(roll)``; axes: x right, y down, z
away from the viewer.

Deviation: the camera of a recording is not known. One that stands ten face widths away and looks at the middle of the
face is assumed, so that a raw frame and one cropped to the face give the same pose; a true distance of five to twenty
face widths changes the angles by a few percent of their size.

Yaw and roll can be trusted, pitch is rough: a long face looks like one that is bent. Measured on the onset frames of
the 180 clips of the embedded database (24 heads, Face Mesh, true angles known), mean error and its standard deviation
are 0.2 and 1.2 degrees in yaw, -4.5 and 3.4 in pitch, 0.3 and 0.5 in roll.
"""

import cv2
import numpy as np

from mer.core.errors import InputError
from mer.face.canonical import canonical_solid

#: Assumed distance of the camera, jaw widths.
CAMERA_DISTANCE = 10.0


def rotation_matrix(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """The rotation of a head with these angles in degrees: float64, shape (3, 3); see the module for axes and signs."""
    return _turn(1, -yaw) @ _turn(0, -pitch) @ _turn(2, roll)


def head_pose(points: np.ndarray) -> np.ndarray:
    """Yaw, pitch and roll of a face.

    Args:
        points: 68 landmarks, shape (68, 2), pixels of an undistorted image, x to the right, y down.

    Returns:
        float32, shape (3,), degrees, yaw and roll in -180..180, pitch in -90..90; NaN when the points determine no pose
        (not finite, all in one place or on one line).

    Raises:
        InputError: the shape is another one.
    """
    if points.shape != (68, 2):
        raise InputError(f"A face has 68 landmarks, shape (68, 2); found {points.shape}.")
    nothing = np.full(3, np.nan, np.float32)
    seen = points.astype(np.float64)
    if not np.isfinite(seen).all():
        return nothing
    spread = np.linalg.svd(seen - seen.mean(axis=0), compute_uv=False)
    if spread[1] < 1e-3 * max(spread[0], 1e-9):
        return nothing
    solid = canonical_solid()
    solid -= solid.mean(axis=0)
    # The plane size of the face fixes the focal length that puts it at the assumed distance.
    scale = float(np.linalg.norm(spread) / np.linalg.norm(solid[:, :2]))
    camera = np.diag([CAMERA_DISTANCE * scale, CAMERA_DISTANCE * scale, 1.0])
    flat = (seen - seen.mean(axis=0))[:, None]
    # SQPnP is global: the linear start of the iterative method is at the mercy of noise for a camera so far away.
    found, turn, shift = cv2.solvePnP(solid[:, None], flat, camera, None, flags=cv2.SOLVEPNP_SQPNP)
    if not found or not (np.isfinite(turn).all() and np.isfinite(shift).all()):
        return nothing
    return angles(cv2.Rodrigues(turn)[0])


def angles(rotation: np.ndarray) -> np.ndarray:
    """Yaw, pitch and roll in degrees of a rotation matrix, the inverse of `rotation_matrix`: float32, shape (3,)."""
    nose = -rotation[:, 2]
    yaw = np.degrees(np.arctan2(nose[0], -nose[2]))
    pitch = np.degrees(np.arctan2(-nose[1], np.hypot(nose[0], nose[2])))
    rest = (_turn(1, -yaw) @ _turn(0, -pitch)).T @ rotation
    return np.array([yaw, pitch, np.degrees(np.arctan2(rest[1, 0], rest[0, 0]))], np.float32)


def eye_distance(points: np.ndarray) -> float:
    """Distance between the centres of the two eyes, in the unit of the points, shape (68, 2)."""
    return float(np.linalg.norm(points[42:48].mean(axis=0) - points[36:42].mean(axis=0)))


def _turn(axis: int, degrees: float) -> np.ndarray:
    """A right-handed rotation about one axis."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = np.eye(3)
    first, second = (axis + 1) % 3, (axis + 2) % 3
    matrix[[first, second], [first, second]] = cosine
    matrix[second, first], matrix[first, second] = sine, -sine
    return matrix
