"""A prediction for every frame of a stream: the same as alone, whatever the threads do."""

import signal
import threading
import time

import numpy as np
import pytest
import torch

from mer.core.errors import InputError
from mer.face.canonical import square_points
from mer.face.running_onset import RunningOnset
from mer.models.frl_dgt import FRLDGT
from mer.training import stream
from mer.training.recognise import probabilities
from mer.training.stream import StreamConfig, predict_stream
from tests.face.conftest import FixedDetector
from tests.training.conftest import SIZE, model_config, moving_clip

CLASSES = ("negative", "positive", "surprise")


@pytest.fixture(params=[1, 2], autouse=True)
def cores(request):
    """Threads that ask the models."""
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def models(count=1):
    torch.manual_seed(0)
    return [FRLDGT(model_config()).eval() for _ in range(count)]


def frames(count=20):
    clip = [frame[..., None].repeat(3, axis=2) for frame in moving_clip(0, 0, "negative")]
    return [clip[k % len(clip)] for k in range(count)]


def face():
    return FixedDetector(square_points(SIZE))


def alone(asked, lag, renew, images):
    """What the models say of each frame by itself: mean probabilities, NaN where there is no onset."""
    running, answers = RunningOnset(face(), SIZE, 1, lag, renew), []
    for image in images:
        one = running.take(image)
        if one.onset is None:
            answers.append(np.full(3, np.nan))
            continue
        with torch.no_grad():
            given = one.onset.aligned[None], one.aligned[None], one.onset.boxes
            answers.append(np.mean([probabilities(model, *given)[0] for model in asked], axis=0))
    return np.array(answers)


@pytest.mark.parametrize(("together", "waiting", "count"), [(1, 1, 1), (4, 8, 2), (8, 2, 1)])
def test_every_frame_has_its_own_answer_in_order(together, waiting, count):
    asked, config = models(count), StreamConfig(0.3, 0.2, together, waiting)
    found = predict_stream(iter(frames()), 10, asked, CLASSES, face(), SIZE, config)
    table = found.table
    assert table["frame"].tolist() == list(range(20))
    np.testing.assert_allclose(table["time_s"], np.arange(20) / 10)
    scores = table[[f"score_{name}" for name in CLASSES]].to_numpy()
    np.testing.assert_allclose(scores, alone(asked, 3, 2, frames()), atol=1e-5)
    assert table["onset"].tolist()[1:9] == [0, 0, 0, 0, 2, 2, 4, 4]
    assert table["predicted"][0] == "" and set(table["predicted"][1:]) <= set(CLASSES)
    assert found.late == 0 and not found.gaps and not found.real_time
    assert found.frames_a_second == pytest.approx(20 / found.seconds)


def test_what_waits_and_shares_an_onset_is_asked_together(cores, monkeypatch):
    """The models wait at first, so that frames gather; a group never mixes onsets nor is longer than allowed."""
    sizes, gathered = [], threading.Event()

    def slow(model, onset, apexes, boxes):
        sizes.append(len(apexes))
        if 2 * cores < len(sizes):  # after two calls of each to warm up
            assert gathered.wait(60)
        return np.full((len(apexes), 3), 1 / 3, np.float32)

    def counted():
        for number, image in enumerate(frames(30)):
            if number == 9:  # so many are there before the reader has to wait
                gathered.set()
            yield image

    monkeypatch.setattr(stream, "probabilities", slow)
    predict_stream(counted(), 10, models(), CLASSES, face(), SIZE, StreamConfig(0.5, 0.5, 3, 8))
    assert sorted(sizes[: 2 * cores]) == [1] * cores + [3] * cores
    assert sum(sizes[2 * cores :]) == 29 and max(sizes[2 * cores :]) == 3


def test_a_slow_answer_is_overtaken_by_none_and_each_core_has_one_thread_of_torch(cores, monkeypatch):
    asked, in_order, overtaken = [], [], threading.Event()

    def first_slow(model, onset, apexes, boxes):
        asked.append((threading.current_thread().name, torch.get_num_threads()))
        if len(asked) == 2 * cores + 1 and cores == 2:  # after two calls of each to warm up
            assert overtaken.wait(60)
        elif len(asked) == 2 * cores + 3:
            overtaken.set()
        return np.full((len(apexes), 3), 1 / 3, np.float32)

    monkeypatch.setattr(stream, "probabilities", first_slow)
    config = StreamConfig(0.5, 0.5, 1, 4)
    predict_stream(iter(frames(12)), 10, models(), CLASSES, face(), SIZE, config, seen=in_order.append)
    assert [row["frame"] for row in in_order] == list(range(12))
    working = asked[2 * cores :]
    assert {count for _, count in working} == {1} and len({name for name, _ in working}) == cores
    if cores == 2:
        slow = working[0][0]
        assert [name == slow for name, _ in working[1:3]] == [False, False], "the other went on meanwhile"
    later = []
    thread = threading.Thread(target=lambda: later.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert later == [cores] == [torch.get_num_threads()], "others have what they had"


def test_a_fault_of_a_model_ends_the_stream(monkeypatch):
    calls = []

    def failing(model, onset, apexes, boxes):
        calls.append(len(apexes))
        if len(calls) > 10:
            raise RuntimeError("no memory")
        return np.full((len(apexes), 3), 1 / 3, np.float32)

    monkeypatch.setattr(stream, "probabilities", failing)
    with pytest.raises(RuntimeError, match="no memory"):
        predict_stream(iter(frames(200)), 10, models(), CLASSES, face(), SIZE, StreamConfig(together=1))
    assert len(calls) <= 12


@pytest.mark.parametrize("when", [0, 5])
def test_ctrl_c_keeps_what_was_found_and_leaves_no_thread(when):
    """Before the first answer (frame 0 has no onset) there is nothing to keep."""

    def stops(row):
        if row["frame"] == when:
            signal.raise_signal(signal.SIGINT)

    given = iter(frames(200)), 10, models(), CLASSES, face(), SIZE
    if when == 0:
        with pytest.raises(KeyboardInterrupt):
            predict_stream(*given, seen=stops)
    else:
        found = predict_stream(*given, seen=stops)
        assert found.interrupted and found.table["frame"].tolist() == list(range(6))
    assert not [one for one in threading.enumerate() if one.name.startswith(("stream", "models"))]


def test_in_real_time_no_frame_comes_before_it_is_due(monkeypatch):
    monkeypatch.setattr(stream, "probabilities", lambda model, onset, apexes, boxes: np.ones((len(apexes), 3)) / 3)
    taken = []

    def noted():
        for image in frames(10):
            taken.append(time.perf_counter())
            yield image

    begun = time.perf_counter()
    found = predict_stream(noted(), 50, models(), CLASSES, face(), SIZE, real_time=True)
    assert found.seconds >= 9 / 50 and (found.table["delay_ms"] >= 0).all()
    assert taken[-1] - begun >= 8 / 50, "a frame is asked for when the one before it is due"


def test_whoever_looks_on_slowly_holds_up_the_reader(cores, monkeypatch):
    monkeypatch.setattr(stream, "probabilities", lambda model, onset, apexes, boxes: np.ones((len(apexes), 3)) / 3)
    read, ahead = [], []

    def counted():
        for image in frames(120):
            read.append(1)
            yield image

    def slow(row):
        time.sleep(0.005)
        ahead.append(len(read) - row["frame"])

    config = StreamConfig(together=1, waiting=2)
    predict_stream(counted(), 30, models(), CLASSES, face(), SIZE, config, seen=slow)
    assert len(ahead) == 120
    assert max(ahead) <= 2 * cores + 2 + 3, "being asked about, waiting, and in the hands of reader and queue"


@pytest.mark.parametrize("fps", [1, 2, 5, 7, 10, 25, 30, 60, 200])
def test_onsets_are_as_old_as_is_said(fps):
    config = StreamConfig()
    lag, renew = config.in_frames(fps)
    running = RunningOnset(face(), SIZE, 1, lag, renew)
    image = frames(1)[0]
    taken = [running.take(image) for _ in range(3 * (lag + renew))]
    ages = {one.number - one.onset.number for one in taken[lag + renew :]}
    assert (min(ages), max(ages)) == (lag, lag + renew - 1)
    assert lag / fps >= config.lag_s - 1e-6 and (renew / fps <= config.renew_s + 1e-6 or renew == 1)


def test_in_real_time_late_answers_are_counted(monkeypatch):
    def slow(model, onset, apexes, boxes):
        time.sleep(0.05)
        return np.full((len(apexes), 3), 1 / 3, np.float32)

    monkeypatch.setattr(stream, "probabilities", slow)
    given = frames(10), 100, models(), CLASSES, face(), SIZE
    found = predict_stream(*given, StreamConfig(together=1, late_s=0.1), real_time=True)
    assert 0 < found.late <= 9 and len(found.table) == 10
    assert (found.table["late"] == (found.table["delay_ms"] > 100)).all()
    assert predict_stream(*given, StreamConfig(together=1, late_s=60), real_time=True).late == 0


def test_a_row_is_told_as_soon_as_it_is_there():
    told = []

    def endless():
        for image in frames(200):
            if len(told) >= 5:  # only reached if rows come while frames are read
                return
            time.sleep(0.002)
            yield image

    predict_stream(endless(), 30, models(), CLASSES, face(), SIZE, seen=told.append)
    assert 5 <= len(told) < 200


def test_frames_without_a_face_have_no_answer_but_a_reason():
    class Leaving(FixedDetector):
        looks = 0

        def detect(self, image):
            self.looks += 1
            return [] if self.looks == 2 else super().detect(image)

    found = predict_stream(
        iter(frames(12)), 10, models(), CLASSES, Leaving(square_points(SIZE)), SIZE, StreamConfig(0.3, 0.3)
    )
    assert [(a, b) for a, b, _ in found.gaps] == [(3, 5)]
    assert "No face found" in found.gaps[0][2]
    assert found.table["score_negative"].isna().tolist() == [True, False, False] + [True] * 4 + [False] * 5


def test_a_fault_in_the_frames_is_raised_after_what_came_before_it():
    told = []

    def broken():
        yield from frames(4)
        raise InputError("frame 4 cannot be decoded")

    with pytest.raises(InputError, match="frame 4"):
        predict_stream(broken(), 10, models(), CLASSES, face(), SIZE, seen=told.append)
    assert [row["frame"] for row in told] == [0, 1, 2, 3]


def test_configurations_out_of_range_are_refused():
    with pytest.raises(InputError, match="together"):
        StreamConfig(together=0)
    with pytest.raises(InputError, match="lag_s"):
        StreamConfig(lag_s=0)
