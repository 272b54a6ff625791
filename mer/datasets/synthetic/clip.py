"""One clip: its frames, its true displacement and its record, rendered into a folder."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mer.core.errors import InputError
from mer.core.files import write_json, write_with
from mer.core.seeds import seed_for
from mer.datasets.synthetic.action_units import COMBINATIONS, Expression, draw_expression
from mer.datasets.synthetic.camera import Camera, sense
from mer.datasets.synthetic.conditions import CONDITIONS, NONE, condition_of, disturbed
from mer.datasets.synthetic.emotions import EMOTIONS
from mer.datasets.synthetic.glasses import Rasterised, covered, make_glasses
from mer.datasets.synthetic.head import Head, eyeballs, geometry, make_head
from mer.datasets.synthetic.kernels import rasterise
from mer.datasets.synthetic.looks import LOOKS
from mer.datasets.synthetic.lossy_video import CODEC, through_video
from mer.datasets.synthetic.motion import Course, draw_course
from mer.datasets.synthetic.plan import PlannedClip, SyntheticConfig


@dataclass(frozen=True)
class Scene:
    """Everything about a clip but its noise: what each frame shows can be computed from it.

    Attributes:
        head: the subject.
        expression: with weights scaled to the clip's peak.
        course: frame by frame.
        drawn: what the condition drew for this clip.
    """

    head: Head
    expression: Expression
    course: Course
    drawn: dict[str, Any] = field(default_factory=dict)

    def state(self, frame: int) -> tuple[np.ndarray, Camera, np.ndarray]:
        """Vertices, camera and light of a frame, counted from the first rendered one."""
        weights = self.expression.weights * self.course.envelope[frame] + self.course.units[frame]
        camera = self.head.camera.moved(self.course.pose[frame])
        return self.head.vertices(weights), camera, self.course.light[frame]

    def picture(self, frame: int) -> np.ndarray:
        """A frame without noise: float32 (size, size, 3) or, grey, (size, size, 1), 0 to 1."""
        return self.head.picture(*self.state(frame))

    def displacement(self, onset: int, apex: int) -> np.ndarray:
        """Exact backward displacement: float32 (2, size, size), pixels, x first, NaN where no head is.

        The surface point seen at pixel p of frame ``apex`` was at p + displacement(p) in frame ``onset``: expression,
        head movement, blink and gaze together. Where the frame of glasses is seen it is that of the frame; through a
        lens, that of the skin, whatever is mirrored.
        """
        shared = geometry()
        size = self.head.size
        vertices, camera, _ = self.state(apex)
        points, depth = camera.project(vertices)
        vertices_before, camera_before, _ = self.state(onset)
        before, _ = camera_before.project(vertices_before)
        index, weights = rasterise(points, depth, shared.triangles, size, size, False)
        rows, columns = np.nonzero(index >= 0)
        corners = shared.triangles[index[rows, columns]]
        share = weights[rows, columns].astype(np.float64)
        share = np.column_stack([share, 1 - share.sum(axis=1)])
        moved = np.einsum("pk,pkc->pc", share, (before - points)[corners])
        displacement = np.full((2, size, size), np.nan, np.float32)
        displacement[:, rows, columns] = moved.T
        if self.head.glasses is not None:
            frame = self.head.glasses.frame
            seen = covered(frame, camera, Rasterised(index, weights, shared.triangles, depth))
            moved = seen.at(camera_before.project(frame.vertices)[0] - camera.project(frame.vertices)[0])
            displacement[:, seen.rows, seen.columns] = moved.T
        return displacement


def subject_head(config: SyntheticConfig, clip: PlannedClip) -> Head:
    """The subject of a clip, with glasses and in the light of the condition."""
    key = (config.seed, clip.look, clip.subject_index)
    draw = np.random.default_rng(seed_for("synthetic-subject", *key))
    head = make_head(LOOKS[clip.look], config.size, draw)
    condition = condition_of(config.condition)
    if condition.glasses:
        draw = np.random.default_rng(seed_for("synthetic-glasses", *key))
        head = replace(head, glasses=make_glasses(head.neutral, *eyeballs(head.neutral), draw))
    return replace(head, exposure=head.exposure * condition.light)


def make_scene(config: SyntheticConfig, clip: PlannedClip, head: Head) -> Scene:
    """The scene of a clip: what the class decides, then what it does not."""
    look = LOOKS[clip.look]
    key = (config.seed, clip.look, clip.subject_index, clip.clip)
    shared = geometry()
    names = shared.pack.unit_names
    draw = np.random.default_rng(seed_for("synthetic-expression", *key))
    among = EMOTIONS if look.emotions else COMBINATIONS
    expression = draw_expression(clip.label, names, shared.reach, draw, among)
    scaled = expression.weights * _scale_to_peak(head, expression.weights, clip.peak_px * config.size / 176)
    draw = np.random.default_rng(seed_for("synthetic-course", *key))
    course = draw_course(
        frames=clip.frames,
        onset=clip.onset - clip.first,
        apex=clip.apex - clip.first,
        offset=clip.offset - clip.first,
        fps=look.fps * config.tempo,
        lamps=len(look.lamps),
        flicker=look.flicker,
        unit_names=names,
        draw=draw,
    )
    draw = np.random.default_rng(seed_for("synthetic-condition", config.condition, *key))
    onset, apex = clip.onset - clip.first, clip.apex - clip.first
    condition = condition_of(config.condition)
    course, drawn = disturbed(course, condition, onset, apex, look.fps * config.tempo, names, draw)
    return Scene(head, Expression(expression.action_units, expression.emotion, scaled), course, drawn)


def _scale_to_peak(head: Head, weights: np.ndarray, peak: float) -> float:
    """Factor on the weights that lets the expression alone move some visible point by ``peak`` pixels at most."""
    shared = geometry()
    still, depth = head.camera.project(head.neutral)
    index, _ = rasterise(still, depth, shared.triangles, head.size, head.size, False)
    visible = np.unique(shared.triangles[np.unique(index[index >= 0])])
    factor = 0.05
    for _ in range(4):
        moved, _ = head.camera.project(head.vertices(weights * factor))
        reached = float(np.linalg.norm((moved - still)[visible], axis=1).max())
        factor *= peak / reached
    return factor


def render_clip(config: SyntheticConfig, clip: PlannedClip, head: Head, root: Path) -> dict[str, Any]:
    """Render a clip into its folder below ``root``.

    Returns:
        The row of the clip table.
    """
    look = LOOKS[clip.look]
    condition = condition_of(config.condition)
    noise = condition.noise(look.read_noise, look.shot_noise)
    quality = condition.quality or config.quality
    scene = make_scene(config, clip, head)
    folder = root / clip.folder
    folder.mkdir(parents=True, exist_ok=True)
    rendered = rendered_frames(config, clip)
    key = ("synthetic-noise", config.seed, clip.look, clip.subject_index, clip.clip)
    images: Iterator[np.ndarray] = (
        sense(scene.picture(frame), *noise, np.random.default_rng(seed_for(*key, frame))) for frame in rendered
    )
    if condition.video_contrast is not None:
        images = through_video(list(images), condition.video_contrast)
    data = b""
    for frame in range(clip.frames):
        if frame in rendered:
            data = _jpeg(next(images), quality)
        _write(folder / f"img{clip.first + frame}.jpg", data)
    displacement = scene.displacement(clip.onset - clip.first, clip.apex - clip.first)
    write_with(folder / "displacement.npy", lambda stream: np.save(stream, displacement.astype(np.float16)))
    write_json(folder / "meta.json", _record(clip, scene) | _condition_record(config, clip, scene))
    return {
        "database": clip.look,
        "subject": clip.subject,
        "clip": clip.clip,
        "frames": clip.folder,
        "onset": clip.onset,
        "apex": clip.apex,
        "offset": clip.offset,
        "fps": look.fps,
        "emotion": scene.expression.emotion,
        "action_units": scene.expression.action_units,
        "label": "" if look.emotions else clip.label,
        "apex_source": "annotated",
        "note": "",
    }


def rendered_frames(config: SyntheticConfig, clip: PlannedClip) -> list[int]:
    """The frames that are rendered, counted from the first; each of the others repeats the one before it.

    Beside one in ``config.every`` these are the onset, the apex with the frames before and after it, and the offset.
    """
    key = {clip.onset, clip.offset, *range(clip.apex - 1, clip.apex + 2)}
    regular = set(range(0, clip.frames, config.every))
    return sorted(regular | {number - clip.first for number in key if 0 <= number - clip.first < clip.frames})


def _condition_record(config: SyntheticConfig, clip: PlannedClip, scene: Scene) -> dict[str, Any]:
    """What differs from the plain database; nothing there."""
    record: dict[str, Any] = {}
    if config.every > 1:
        record["rendered"] = [clip.first + frame for frame in rendered_frames(config, clip)]
    if config.condition != NONE:
        condition = CONDITIONS[config.condition]
        record["condition"] = {"name": config.condition, "about": condition.about, **scene.drawn}
        if condition.video_contrast is not None:
            record["condition"]["codec"] = CODEC
    return record


def _record(clip: PlannedClip, scene: Scene) -> dict[str, Any]:
    names = geometry().pack.unit_names
    active = np.flatnonzero(scene.expression.weights)
    return {
        "synthetic": True,
        "label": clip.label,
        "action_units": scene.expression.action_units,
        "face_units": {names[k]: round(float(scene.expression.weights[k]), 6) for k in active},
        "peak_px": round(clip.peak_px, 4),
        "first_frame": clip.first,
        "envelope": [round(float(value), 5) for value in scene.course.envelope],
        "distractors": scene.course.distractors,
        "subject": {
            "ancestry": [round(share, 3) for share in scene.head.person.ancestry],
            "male": round(scene.head.person.male, 3),
            "old": round(scene.head.person.old, 3),
            "skin_tone": round(scene.head.paint.tone, 2),
            "hair": scene.head.paint.hair_style,
        },
    }


def _jpeg(image: np.ndarray, quality: int) -> bytes:
    grey = bool((image[..., :1] == image).all())
    pixels = image[..., 0] if grey else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise InputError("OpenCV could not encode a frame as JPEG; reinstall opencv-contrib-python.")
    return bytes(data)


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)  # plainly: the folder gets its name only when whole, see `build`
    except OSError as error:
        raise InputError(
            f"Cannot write {path}: {error.strerror}. Free some space; nothing half-made is kept."
        ) from error
