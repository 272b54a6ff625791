"""Motion maps: names of files, colour order, zero, mirror, and the public folder where it is present."""

import cv2
import numpy as np
import pandas as pd
import pytest

from mer.core.errors import InputError, MissingPath
from mer.datasets.maps import (
    FOLDER_NAME,
    SUFFIXES,
    centred_maps,
    file_names,
    flip_maps,
    read_maps,
    read_pixels,
)
from mer.manifest.composite import read_composite
from tests.real_data import FLOW_MAPS, needs


@pytest.fixture
def clips() -> pd.DataFrame:
    rows = [("casme2", "sub03", "EP01_2"), ("smic", "s1", "s1_ne_01"), ("samm", "011", "011_4_1")]
    return pd.DataFrame(rows, columns=["database", "subject", "clip"])


STEMS = ["sub03_EP01_2", "s01_s01_ne_01", "011_011_4_1"]


def write_map(path, red, green, blue, size=28):
    image = np.empty((size, size, 3), np.uint8)
    image[...] = (blue, green, red)  # OpenCV writes BGR
    assert cv2.imwrite(str(path), image)


@pytest.fixture
def folder(tmp_path):
    """Maps of the three clips: R 10, 20, 30 by clip, G 100, B 200; ``_1`` the same plus 5."""
    for number, stem in enumerate(STEMS, start=1):
        write_map(tmp_path / f"{stem} .png", 10 * number, 100, 200)
        write_map(tmp_path / f"{stem}_1 .png", 10 * number + 5, 105, 205)
    return tmp_path


def test_pixels_are_red_green_blue_in_the_order_of_clips_and_kinds(folder, clips):
    pixels = read_pixels(folder, clips, ("onset-apex", "apex-offset"))
    assert pixels.shape == (3, 2, 28, 28, 3) and pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels[:, :, 0, 0, 0], [[10, 15], [20, 25], [30, 35]])
    np.testing.assert_array_equal(pixels[0, 0, 5, 5], [10, 100, 200])


def test_rows_follow_the_clips_asked_for_and_not_the_folder(folder, clips):
    pixels = read_pixels(folder, clips.iloc[[2, 0]])
    np.testing.assert_array_equal(pixels[:, 0, 0, 0, 0], [30, 10])


def test_a_clip_name_that_ends_in_a_suffix_is_not_taken_for_another_kind(tmp_path):
    # 011_4_1 onset-apex and 011_4 apex-offset would share a file name if names were split
    row = pd.Series({"database": "samm", "subject": "011", "clip": "011_4_1"})
    assert file_names(row, "onset-apex")[0] == "011_011_4_1 .png"
    assert file_names(row, "apex-offset")[0] == "011_011_4_1_1 .png"


@pytest.mark.parametrize(
    ("subject", "clip", "expected"),
    [
        ("s1", "s1_ne_01", "s01_s01_ne_01 .png"),
        ("s01", "s01_ne_01", "s01_s01_ne_01 .png"),
        ("s20", "s20_po_03", "s20_s20_po_03 .png"),
    ],
)
def test_smic_names_are_padded(subject, clip, expected):
    row = pd.Series({"database": "smic", "subject": subject, "clip": clip})
    assert file_names(row, "onset-apex")[0] == expected


def test_only_smic_is_padded():
    row = pd.Series({"database": "own", "subject": "s1", "clip": "s1_a"})
    assert file_names(row, "onset-apex") == ["s1_s1_a .png", "s1_s1_a.png"]


def test_names_without_the_space_and_the_folder_above_are_found(folder, clips):
    inner = folder / FOLDER_NAME
    inner.mkdir()
    for path in folder.glob("*.png"):
        path.rename(inner / path.name.replace(" .png", ".png"))
    assert read_pixels(folder, clips).shape == (3, 1, 28, 28, 3)


def test_no_motion_is_zero():
    pixels = np.zeros((1, 1, 28, 28, 3), np.uint8)
    pixels[..., 0], pixels[..., 1] = 190, 60
    pixels[0, 0, :5, :5, 0] = 255
    maps = centred_maps(pixels)
    assert maps.dtype == np.float32 and maps.shape == (1, 3, 28, 28)
    assert maps[0, 0, 20, 20] == 0 and maps[0, 1].max() == maps[0, 1].min() == 0
    assert maps[0, 0, 0, 0] == pytest.approx(65 / 127.5)


def test_middle_grey_is_zero_when_asked_for():
    pixels = np.full((1, 1, 28, 28, 3), 255, np.uint8)
    np.testing.assert_allclose(centred_maps(pixels, "middle"), 1.0)


def test_kinds_follow_each_other_as_channels(folder, clips):
    read = read_maps(folder, clips.iloc[[1]], ("apex-offset", "onset-apex"), centre="middle")
    assert read.channels[:4] == ("apex-offset u", "apex-offset v", "apex-offset strain", "onset-apex u")
    expected = [(25 - 127.5) / 127.5, (105 - 127.5) / 127.5, 205 / 255, (20 - 127.5) / 127.5]
    np.testing.assert_allclose(read.maps[0, :4, 0, 0], expected, rtol=1e-6)
    assert list(read.clips.index) == [0]


def test_flip_mirrors_columns_and_negates_u_only():
    maps = np.random.default_rng(0).normal(size=(2, 6, 4, 5)).astype(np.float32)
    flipped = flip_maps(maps)
    np.testing.assert_array_equal(flipped[:, [0, 3]], -maps[:, [0, 3], :, ::-1])
    np.testing.assert_array_equal(flipped[:, [1, 2, 4, 5]], maps[:, [1, 2, 4, 5], :, ::-1])
    np.testing.assert_array_equal(flip_maps(flipped), maps)


def test_flip_refuses_maps_without_all_channels():
    with pytest.raises(InputError, match=r"shape \(2, 4, 5\)"):
        flip_maps(np.zeros((2, 4, 5)))


def test_fingerprint_follows_pixels_clips_and_kinds(folder, clips):
    first = read_maps(folder, clips).fingerprint
    assert read_maps(folder, clips).fingerprint == first
    assert read_maps(folder, clips.iloc[::-1]).fingerprint != first
    write_map(folder / f"{STEMS[0]} .png", 11, 100, 200)
    assert read_maps(folder, clips).fingerprint != first


def test_missing_folder_says_where_to_get_it(tmp_path, clips):
    with pytest.raises(MissingPath, match=r"absent does not exist.*tony19980810/CausalNet"):
        read_maps(tmp_path / "absent", clips)


def test_missing_maps_are_listed_at_once(folder, clips):
    (folder / f"{STEMS[0]} .png").unlink()
    (folder / f"{STEMS[2]} .png").unlink()
    with pytest.raises(MissingPath) as error:
        read_pixels(folder, clips)
    assert "2 motion map(s)" in str(error.value)
    assert "casme2/sub03/EP01_2 ('sub03_EP01_2 .png')" in str(error.value)
    assert "samm/011/011_4_1" in str(error.value)


def test_broken_and_oversized_files_are_listed_at_once(folder, clips):
    (folder / f"{STEMS[0]} .png").write_bytes(b"")
    write_map(folder / f"{STEMS[1]} .png", 1, 2, 3, size=30)
    with pytest.raises(InputError) as error:
        read_pixels(folder, clips)
    assert "2 motion map(s) cannot be used" in str(error.value)
    assert "not a readable image (0 bytes)" in str(error.value)
    assert "30x30 pixels, expected 28x28" in str(error.value)


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        (("onset-apx",), r"Did you mean 'onset-apex'\?"),
        (("onset-apex-direction",), "holds no flow"),
        ((), "No kind of map"),
    ],
)
def test_wrong_kinds(folder, clips, kinds, message):
    with pytest.raises(InputError, match=message):
        read_maps(folder, clips, kinds)


def test_wrong_centre(folder, clips):
    with pytest.raises(InputError, match=r"centre is 'mean'"):
        read_maps(folder, clips, centre="mean")


@pytest.fixture(scope="module")
def real():
    clips = read_composite()
    return clips, read_pixels(FLOW_MAPS, clips, tuple(SUFFIXES))


@needs(FLOW_MAPS)
def test_all_442_clips_have_their_four_maps(real):
    assert real[1].shape == (442, 4, 28, 28, 3)


@needs(FLOW_MAPS)
def test_direction_maps_are_the_hue_of_the_8_bit_flow(real):
    """What the module's docstring says of them: they can be computed from the flow maps, so they add nothing."""
    pixels = real[1]
    for flow, direction in ((0, 2), (1, 3)):
        u, v = pixels[:, flow, ..., 0].astype(float), pixels[:, flow, ..., 1].astype(float)
        hue = (np.degrees(np.arctan2(v, u)) / 2).astype(np.uint8)
        full = np.full_like(hue, 255)
        again = cv2.cvtColor(np.stack([hue, full, full], -1).reshape(-1, 28, 3), cv2.COLOR_HSV2RGB)
        assert (again.reshape(pixels[:, direction].shape) == pixels[:, direction]).mean() > 0.999


@needs(FLOW_MAPS)
def test_no_grey_value_is_zero_motion_in_all_maps(real):
    """Why the default centre is a map's own median: stretched channels put "no motion" anywhere."""
    medians = np.median(real[1][:, 0, ..., 0], axis=(-2, -1))
    assert medians.min() < 30 and medians.max() > 230


@needs(FLOW_MAPS)
def test_smiles_move_mouth_corners_outwards_and_up(real):
    """R is motion to the right and G motion down: clips of AU 12 say so."""
    clips, pixels = real
    smiles = (clips["action_units"] == "12").to_numpy()
    mean = centred_maps(pixels[smiles][:, :1]).mean(0)
    left, right = mean[:, 18:22, 7:11].mean((1, 2)), mean[:, 18:22, 17:21].mean((1, 2))
    assert smiles.sum() >= 10
    assert left[0] < -0.05 and right[0] > 0.05  # u: outwards
    assert left[1] < -0.05 and right[1] < -0.05  # v: up
