"""Times by a clock that the test itself moves."""

import pandas as pd
import pytest

from mer.core.errors import InputError
from mer.evaluation.timing import interleaved_times, paired_ratios, summary


class Clock:
    """Stands still but for what the calls add to it; notes who was called."""

    def __init__(self):
        self.now, self.called = 0.0, []

    def __call__(self):
        return self.now

    def call(self, name, seconds):
        left = iter(seconds)

        def run():
            self.called.append(name)
            self.now += next(left)

        return run


def test_variants_follow_each_other_and_take_turns_in_going_first():
    clock = Clock()
    stages = {s: {v: clock.call(f"{s}{v}", [1.0] * 3) for v in "AB"} for s in ("x", "y")}
    times = interleaved_times(stages, 2, warm_up=1, clock=clock)
    backward, forward = ["xB", "xA", "yB", "yA"], ["xA", "xB", "yA", "yB"]
    assert clock.called == [*backward, *forward, *backward]  # round -1 (warm-up), 0, 1
    assert list(times["round"]) == [0] * 4 + [1] * 4
    assert list(times["stage"] + times["variant"]) == [*forward, *backward]


def test_medians_quartiles_and_ratios_by_hand_without_the_warm_up():
    clock = Clock()
    calls = {"A": clock.call("A", [100, 1, 2, 3, 4, 5]), "B": clock.call("B", [100, 2, 2, 12, 8, 10])}
    times = interleaved_times({"x": calls}, 5, warm_up=1, clock=clock)
    table = summary(times).set_index("variant")
    assert table.loc["A", ["ms", "ms_low", "ms_high", "rounds"]].tolist() == [3000, 2000, 4000, 5]
    ratio = paired_ratios(times, "B", "A").iloc[0]  # 2, 1, 4, 2, 2: not the ratio of the medians, 8 / 3
    assert (ratio["ratio"], ratio["ratio_low"], ratio["ratio_high"], ratio["rounds"]) == (2, 2, 2, 5)


def test_the_queue_is_emptied_before_the_clock_is_read():
    clock, queue = Clock(), []

    def work():
        queue.append(3.0)  # handed to a device that computes later

    def wait():
        clock.now += sum(queue)
        queue.clear()

    times = interleaved_times({"x": {"A": work}}, 2, warm_up=0, clock=clock, wait=wait)
    assert times["seconds"].tolist() == [3, 3]


def test_several_measurements_in_one_table_stay_apart():
    rows = [
        ("small", "x", "A", 0, 1.0),
        ("small", "x", "B", 0, 3.0),
        ("paper", "x", "A", 0, 1.0),
        ("paper", "x", "B", 0, 5.0),
    ]
    times = pd.DataFrame(rows, columns=["configuration", "stage", "variant", "round", "seconds"])
    assert paired_ratios(times, "B", "A")[["configuration", "ratio"]].values.tolist() == [["small", 3], ["paper", 5]]
    assert summary(times)["ms"].tolist() == [1000, 3000, 1000, 5000]


def test_faults():
    with pytest.raises(InputError, match="0 repetitions"):
        interleaved_times({}, 0)
    times = interleaved_times({"x": {"A": lambda: None}}, 1, 0)
    with pytest.raises(InputError, match="'B' and 'A'"):
        paired_ratios(times, "B", "A")
