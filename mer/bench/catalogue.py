"""The benchmarks of ``mer bench`` by name, with what each is meant to reach. Nothing heavy is imported for it.

A ratio is called by what stands above and below the line, ``plain / fast``, everywhere: here, in results, in notebooks.
"""

from mer.bench.frame import Aim, Benchmark
from mer.core.errors import InputError, nearest

_OURS = "set for this suite"
#: How a ratio is read, for whoever shows some.
RATIO_WORDS = "A ratio A / B is the time of A as a multiple of that of B: above 1, B is the faster."
#: Steps of `scale` whose memory grows with the clips by design.
BOOKKEEPING = "folds written, collected, scored"
FOLD_FRAMES = "frames that a fold trains on"

BENCHMARKS: tuple[Benchmark, ...] = (
    Benchmark(
        "fusion-order",
        "mer.bench.fusion_order",
        "Time and operations of all fusion modules of configuration paper, fused before against after attention, as "
        "trained and in the form for inference.",
        (
            Aim(
                "before/after",
                "time of all fusions, before / after attention, as trained",
                0.85,
                "at most",
                "×",
                f"{_OURS}; the paper's own ratio is 47.6 / 50.8 ms = 0.94",
            ),
            Aim(
                "before/after, short",
                "time of all fusions, before / after attention, inference form",
                0.85,
                "at most",
                "×",
                f"{_OURS}; as above, where neither order computes what is not needed",
            ),
        ),
        inputs="random numbers in place of tokens, random weights",
    ),
    Benchmark(
        "pair",
        "mer.bench.pair",
        "One pair of configuration paper, from two image files to the class: every stage and the whole, by the model "
        "as it was trained (plain) and in its form for inference (short).",
        (
            Aim(
                "whole",
                "image files to class",
                45,
                "at most",
                "ms",
                f"{_OURS}; the paper reports 384 ms on an RTX 3080 Ti",
            ),
        ),
        devices=("cpu",),
        inputs="a rendered (synthetic) face, random weights",
    ),
    Benchmark(
        "stream",
        "mer.bench.stream",
        "A video predicted frame by frame against a running onset: frames a second by the model as it was trained "
        "(plain) and in its form for inference (short), and late answers in real time.",
        (
            Aim("frames", "frames predicted", 30, "at least", "a second", _OURS),
            Aim("late", "answers later than 0.1 s in real time", 1, "at most", "% of frames", _OURS),
        ),
        devices=("cpu",),
        inputs="a video of a rendered (synthetic) face, random weights",
    ),
    Benchmark(
        "scale",
        "mer.bench.scale",
        "Time and memory of a study's steps against clips (100 to 10,000), frames, folds and length of sequences.",
        (
            Aim(
                "linear",
                "power of the size with which time grows (1 is a line)",
                1.15,
                "at most",
                "",
                _OURS,
                note="The power is the slope of log time against log size through the three largest sizes; time is the "
                "processor's.",
            ),
            Aim(
                "flat",
                "memory more at the largest size than at the smallest",
                64,
                "at most",
                "MiB",
                _OURS,
                note="Memory is anonymous memory: the process's own, without mapped files. Against clips it is not "
                f'judged of "{BOOKKEEPING}" and "{FOLD_FRAMES}": these hold results or frames of every clip, so they '
                "grow with the clips by design.",
            ),
            Aim("open", "opening an aligned store of ten composite databases", 1, "at most", "s", _OURS),
        ),
        devices=("cpu",),
        inputs="made-up clips of small textured squares, known landmarks, random weights",
    ),
    Benchmark(
        "stacked-folds",
        "mer.bench.stacked_folds",
        "Folds trained one after another in a plain loop, and as one stacked model with captured steps.",
        (
            Aim("throughput", "time end to end, plain / stacked", 10, "at least", "×", _OURS, device="cuda"),
            Aim("maps", "time of fusion on motion maps, plain / stacked", 20, "at least", "×", _OURS, device="cuda"),
        ),
        inputs="made-up frames and maps, random weights to begin with",
    ),
    Benchmark(
        "whole-study",
        "mer.bench.whole_study",
        "The 68-fold study of configuration paper on 442 clips, pretraining included, by the public path.",
        (Aim("whole", "the whole study on one large GPU", 10, "at most", "min", _OURS, device="cuda"),),
        devices=("cuda",),
        inputs="made-up clips: noise, as many frames as the composite database has",
    ),
    Benchmark(
        "small-networks",
        "mer.bench.small_networks",
        "68 folds of STSTNet for 500 epochs on 28x28 maps: one after another in plain torch against the fast path.",
        (
            Aim("speed-up", "time of folds, plain / fast", 2.5, "at least", "×", _OURS, device="cpu"),
            Aim("speed-up-gpu", "time of the whole study, plain / fast", 20, "at least", "×", _OURS, device="cuda"),
        ),
        inputs="made-up maps: noise with a bright patch where the class has it",
    ),
)


def benchmark_named(name: str) -> Benchmark:
    """The benchmark of that name.

    Raises:
        InputError: there is none; the nearest is named.
    """
    for one in BENCHMARKS:
        if one.name == name:
            return one
    raise InputError(f"Unknown benchmark {name!r}. {nearest(name, [one.name for one in BENCHMARKS])}")


def in_todays_words(benchmark: str, aim: Aim) -> Aim:
    """An aim of a record as it is worded now, where its number has not changed since it was judged."""
    for entry in BENCHMARKS:
        for one in entry.aims if entry.name == benchmark else ():
            if (one.name, one.value, one.direction) == (aim.name, aim.value, aim.direction):
                return one
    return aim
