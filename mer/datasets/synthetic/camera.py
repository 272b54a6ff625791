"""From space to pixels: the head's pose, perspective, and what the sensor makes of light."""

from dataclasses import dataclass

import numpy as np

#: Distance of the camera and the point that the head turns about, decimetres.
DISTANCE = 14.0
PIVOT = np.array([0.0, 7.0, 0.4])

#: Distance between the eyeballs in pixels that lets brow to chin fill a 128 px aligned face at a scale of about one.
EYE_DISTANCE = 44.5
EYE_HEIGHT = 0.40  # of the frame, from the top


@dataclass(frozen=True)
class Camera:
    """Pose of the head before the camera: angles in radians, scale in pixels a decimetre, centre in pixels."""

    yaw: float
    pitch: float
    roll: float
    scale: float
    x: float
    y: float

    def moved(self, change: np.ndarray) -> "Camera":
        """The camera with a change (yaw, pitch, roll, x, y) added to the head's pose."""
        yaw, pitch, roll, x, y = (float(value) for value in change)
        return Camera(self.yaw + yaw, self.pitch + pitch, self.roll + roll, self.scale, self.x + x, self.y + y)

    def magnified(self, factor: int) -> "Camera":
        """The same view on a grid ``factor`` times as fine, sub-pixels centred within each pixel."""
        shift = (factor - 1) / 2
        return Camera(
            self.yaw, self.pitch, self.roll, self.scale * factor, self.x * factor + shift, self.y * factor + shift
        )

    def rotation(self) -> np.ndarray:
        """Rotation of the head, (3, 3)."""
        cy, sy, cp, sp = np.cos(self.yaw), np.sin(self.yaw), np.cos(self.pitch), np.sin(self.pitch)
        cr, sr = np.cos(self.roll), np.sin(self.roll)
        about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        return about_z @ about_x @ about_y

    def project(self, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pixels, float64 (n, 2), and depth, float64 (n,), greater is nearer, of points (n, 3)."""
        turned = (vertices.astype(np.float64) - PIVOT) @ self.rotation().T
        perspective = self.scale * DISTANCE / (DISTANCE - turned[:, 2])
        points = np.stack([self.x + perspective * turned[:, 0], self.y - perspective * turned[:, 1]], axis=1)
        return points, turned[:, 2].copy()


def facing(left_eye: np.ndarray, right_eye: np.ndarray, size: int, draw: np.random.Generator) -> Camera:
    """A nearly frontal camera that puts the eyeballs (their centres, (3,)) in place in a frame of ``size`` pixels."""
    yaw, pitch, roll = (float(angle) for angle in draw.normal((0.0, 0.02, 0.0), (0.05, 0.035, 0.025)))
    eyes = np.stack([left_eye, right_eye])
    unit = Camera(yaw, pitch, roll, scale=1.0, x=0.0, y=0.0)
    points, _ = unit.project(eyes)
    scale = EYE_DISTANCE * size / 176 / float(np.linalg.norm(points[0] - points[1])) * float(draw.normal(1, 0.02))
    middle = points.mean(axis=0) * scale
    place = np.array([size / 2, size * EYE_HEIGHT]) + draw.normal(0, 0.012 * size, 2)
    return Camera(yaw, pitch, roll, scale, float(place[0] - middle[0]), float(place[1] - middle[1]))


def expose(linear: np.ndarray, exposure: float, grey: bool) -> np.ndarray:
    """Linear light to display values: exposure, highlight roll-off, gamma. float32, 0 to 1, (h, w, 3) or (h, w, 1)."""
    light = np.maximum(linear, 0) * np.float32(exposure)
    if grey:
        light = light @ np.array([[0.30], [0.59], [0.11]], np.float32)
    light = light / (1 + np.float32(0.35) * light)
    return np.clip(light, 0, 1) ** np.float32(1 / 2.2)


def sense(image: np.ndarray, read_noise: float, shot_noise: float, draw: np.random.Generator) -> np.ndarray:
    """Display values with sensor noise that grows with brightness, as 8 bits: uint8, (h, w, 3)."""
    spread = np.sqrt(np.float32(read_noise**2) + np.float32(shot_noise**2) * image)
    noisy = image + spread * draw.standard_normal(image.shape, dtype=np.float32)
    eight_bits = np.clip(noisy * 255 + np.float32(0.5), 0, 255).astype(np.uint8)
    return np.repeat(eight_bits, 3, axis=2) if eight_bits.shape[2] == 1 else eight_bits
