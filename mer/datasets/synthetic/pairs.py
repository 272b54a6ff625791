"""Single raw frame pairs of rendered faces, in the shape of a camera's frames; nothing is kept on disk."""

import cv2
import numpy as np

from mer.core.errors import InputError
from mer.core.seeds import seed_for
from mer.datasets.synthetic.camera import sense
from mer.datasets.synthetic.clip import make_scene, subject_head
from mer.datasets.synthetic.looks import LOOKS
from mer.datasets.synthetic.plan import SyntheticConfig, plan

Images = tuple[np.ndarray, np.ndarray]


def rendered_pairs(count: int, width: int = 640, height: int = 480, seed: int = 0) -> list[Images]:
    """Onset and apex of different people, the face in the middle of the frame.

    Args:
        count: pairs, 1 to 90.
        width: of a frame in pixels, at least ``height``; beside the rendered square its border is repeated.
        height: of a frame in pixels.
        seed: of the people and their expressions.

    Returns:
        uint8, RGB, (height, width, 3) each.
    """
    if not 1 <= count <= 90 or width < height:
        raise InputError(f"{count} pairs of {width} x {height} pixels; expected 1 to 90, at least as wide as high.")
    config = SyntheticConfig(seed=seed, subjects=count, clips_per_subject=1, looks=("synthetic-casme2",), size=height)
    first_of = {clip.subject: clip for clip in reversed(plan(config))}
    side = (width - height) // 2
    pairs = []
    for clip in list(first_of.values())[::-1][:count]:
        scene, look = make_scene(config, clip, subject_head(config, clip)), LOOKS[clip.look]
        images = []
        for number in (clip.onset, clip.apex):
            draw = np.random.default_rng(seed_for("synthetic-pair", seed, clip.subject, number))
            image = sense(scene.picture(number - clip.first), look.read_noise, look.shot_noise, draw)
            images.append(cv2.copyMakeBorder(image, 0, 0, side, width - height - side, cv2.BORDER_REPLICATE))
        pairs.append((images[0], images[1]))
    return pairs
