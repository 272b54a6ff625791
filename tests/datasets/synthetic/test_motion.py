import numpy as np

from mer.datasets.synthetic.motion import draw_course

NAMES = tuple(
    f"eye{word}{side}" for word in ("Blink", "LookIn", "LookOut", "LookUp", "LookDown") for side in ("Left", "Right")
)


def courses(count: int = 300):
    for seed in range(count):
        yield draw_course(60, 2, 28, 57, 200.0, 4, 0.002, NAMES, np.random.default_rng(seed))


def test_distractors_come_as_often_as_stated():
    drawn = [course.distractors for course in courses()]
    assert 0.17 < np.mean([record["blink"] > 0 for record in drawn]) < 0.33
    assert 0.27 < np.mean([record["gaze"] != [0.0, 0.0] for record in drawn]) < 0.43


def test_head_shift_between_onset_and_apex_is_the_recorded_one():
    for course in courses(30):
        shift = np.linalg.norm(course.pose[28, 3:] - course.pose[2, 3:])
        assert abs(shift - course.distractors["head_drift_px"]) < 0.1  # tremor comes on top


def test_light_changes_little_and_slowly():
    for course in courses(50):
        assert course.light.min() > 0.7 and course.light.max() < 1.3
        assert np.abs(np.diff(course.light, axis=0)).max() < 0.02
