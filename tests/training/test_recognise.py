"""One pair from files, by the short way and by the plain one."""

import cv2
import numpy as np
import pytest
import torch

from mer.core.errors import InputError, MissingPath
from mer.evaluation.chain import Chain, Machine
from mer.face.canonical import square_points
from mer.face.landmarks import NoFace
from mer.models.frl_dgt import FRLDGT
from mer.training.recognise import PairRecogniser
from tests.face.conftest import FixedDetector
from tests.training.conftest import SIZE, model_config, moving_clip


@pytest.fixture
def files(tmp_path):
    frames = moving_clip(0, 0, "negative")
    for name, frame in (("onset", frames[0]), ("apex", frames[4]), ("small", frames[4][:20])):
        cv2.imwrite(str(tmp_path / f"{name}.png"), frame)
    return tmp_path / "onset.png", tmp_path / "apex.png"


@pytest.mark.parametrize("channels", [1, 3])
def test_it_says_what_the_plain_chain_says(files, channels):
    torch.manual_seed(0)
    config = model_config()
    model = FRLDGT(type(config)(**{**vars(config), "image_channels": channels})).eval()
    detector = FixedDetector(square_points(SIZE))
    with PairRecogniser(model, detector, SIZE) as recogniser:
        found, other = recogniser.recognise(*files), recogniser.recognise(files[0], files[0])
    assert found.sum() == pytest.approx(1, abs=1e-6)
    assert not np.allclose(found, other, atol=1e-6)
    if channels == 1:
        chain = Chain(model, detector, Machine(torch.device("cpu"), SIZE))
        chain.recognise(files)
        np.testing.assert_allclose(found, chain.kept["probabilities"][0].numpy(), atol=1e-6)


def test_faults_are_told(files, tmp_path):
    torch.manual_seed(0)
    model = FRLDGT(model_config())
    with PairRecogniser(model, FixedDetector(square_points(SIZE)), SIZE) as recogniser:
        with pytest.raises(MissingPath, match="nowhere"):
            recogniser.recognise(files[0], tmp_path / "nowhere.png")
        with pytest.raises(InputError, match="one size"):
            recogniser.recognise(files[0], tmp_path / "small.png")
    with PairRecogniser(model, FixedDetector(), SIZE) as recogniser, pytest.raises(NoFace):
        recogniser.recognise(*files)
