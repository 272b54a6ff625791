"""Displacement, peak and distractors of single clips."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mer.datasets.synthetic.clip import Scene, make_scene, subject_head
from mer.datasets.synthetic.head import geometry
from mer.datasets.synthetic.kernels import rasterise
from mer.datasets.synthetic.plan import SyntheticConfig, plan

CONFIG = SyntheticConfig(seed=1, subjects=1, clips_per_subject=4, tempo=0.2, peak_px=(2.0, 2.5))


@pytest.fixture(scope="module")
def head():
    return subject_head(CONFIG, plan(CONFIG)[0])


@pytest.fixture(scope="module")
def clip():
    return plan(CONFIG)[0]


@pytest.fixture(scope="module")
def scene(head, clip):
    return make_scene(CONFIG, clip, head)


def still(scene: Scene, **change) -> Scene:
    """The scene without expression, blink, gaze, drift or changing light, but for what is given."""
    course = replace(
        scene.course,
        envelope=scene.course.envelope * 0,
        units=scene.course.units * 0,
        pose=scene.course.pose * 0,
        light=np.ones_like(scene.course.light),
    )
    return replace(scene, course=replace(course, **change))


def apex_frames(clip) -> tuple[int, int]:
    return clip.onset - clip.first, clip.apex - clip.first


def test_displacement_carries_the_onset_frame_to_the_apex_frame(scene, clip):
    onset, apex = apex_frames(clip)
    steady = replace(scene, course=replace(scene.course, light=np.ones_like(scene.course.light)))
    before, after = steady.picture(onset).mean(axis=2), steady.picture(apex).mean(axis=2)
    field = steady.displacement(onset, apex)
    known = np.isfinite(field).all(axis=0)
    inside = cv2.erode(known.astype(np.uint8), np.ones((7, 7))).astype(bool)
    rows, columns = np.mgrid[0 : CONFIG.size, 0 : CONFIG.size].astype(np.float32)
    move = np.nan_to_num(field)
    warped, wrong = (
        cv2.remap(before, columns + sign * move[0], rows + sign * move[1], cv2.INTER_CUBIC) for sign in (1, -1)
    )
    identity_error = np.abs(before - after)[inside].mean()
    assert np.abs(warped - after)[inside].mean() < 0.25 * identity_error
    assert np.abs(wrong - after)[inside].mean() > identity_error


def test_rigid_shift_gives_a_constant_field(scene, clip):
    onset, apex = apex_frames(clip)
    pose = np.zeros_like(scene.course.pose)
    pose[apex, 3:] = (0.75, -0.5)
    field = still(scene, pose=pose).displacement(onset, apex)
    known = np.isfinite(field).all(axis=0)
    assert known.mean() > 0.4
    assert np.allclose(field[:, known], np.array([[-0.75], [0.5]]), atol=1e-5)


def test_nothing_moves_nothing(scene, clip):
    onset, apex = apex_frames(clip)
    quiet = still(scene)
    field = quiet.displacement(onset, apex)
    assert np.nanmax(np.abs(field)) < 1e-9
    assert np.array_equal(quiet.picture(onset), quiet.picture(apex))


def test_background_has_no_displacement(scene, clip):
    field = scene.displacement(*apex_frames(clip))
    assert np.isnan(field[:, :10, :10]).all() and np.isfinite(field[:, 88, 88]).all()


@pytest.mark.parametrize("number", range(4))
def test_expression_peaks_at_the_drawn_pixels(head, number):
    clip = plan(CONFIG)[number]
    scene = make_scene(CONFIG, clip, head)
    onset, apex = apex_frames(clip)
    field = still(scene, envelope=scene.course.envelope).displacement(onset, apex)
    reached = np.nanmax(np.linalg.norm(field, axis=0))
    # the field sees visible pixels at the apex, the peak was set on vertices visible at rest
    assert 0.75 * clip.peak_px < reached < 1.1 * clip.peak_px


def test_peak_is_reached_on_visible_vertices(head, scene, clip):
    still_points, depth = head.camera.project(head.neutral)
    index, _ = rasterise(still_points, depth, geometry().triangles, CONFIG.size, CONFIG.size, False)
    visible = np.unique(geometry().triangles[np.unique(index[index >= 0])])
    moved, _ = head.camera.project(head.vertices(scene.expression.weights))
    assert np.linalg.norm((moved - still_points)[visible], axis=1).max() == pytest.approx(clip.peak_px, rel=0.01)


def test_distractors_do_not_depend_on_the_class(head, clip):
    other = replace(clip, label="surprise" if clip.label != "surprise" else "negative")
    one, two = make_scene(CONFIG, clip, head), make_scene(CONFIG, other, head)
    assert one.course.distractors == two.course.distractors
    assert np.array_equal(one.course.pose, two.course.pose) and np.array_equal(one.course.light, two.course.light)
    assert not np.array_equal(one.expression.weights, two.expression.weights)


def test_blink_closes_the_lids(head, scene):
    names = geometry().pack.unit_names
    units = np.zeros_like(scene.course.units)
    units[:, [names.index("eyeBlinkLeft"), names.index("eyeBlinkRight")]] = np.linspace(0, 1, len(units))[:, None]
    field = still(scene, units=units).displacement(0, len(units) - 1)
    assert np.nanmax(-field[1]) > 4  # the closed lid was higher up before


def test_envelope_starts_at_zero_and_is_greatest_at_the_apex(scene, clip):
    onset, apex = apex_frames(clip)
    envelope = scene.course.envelope
    assert envelope[: onset + 1].max() == 0 and envelope[apex] == 1 == envelope.max()
    assert (np.diff(envelope[onset : apex + 1]) > 0).all() and envelope[-1] <= 0.15
