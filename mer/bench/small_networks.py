"""A leave-one-subject-out study of a small network: STSTNet for 500 epochs on 442 maps of 28x28 pixels, 68 folds.

The plain loop trains one fold after another, three streams in torch's own layers, on all threads. The fast path is what
`mer.training.ststnet_loso` does: on a CPU a process of one thread a core with compiled kernels, on a GPU all folds
stacked. Both train the same folds for a few epochs in every round; the whole study has the same epochs, only more of
them, so its time is the epoch's times their number.

Maps are made up: noise with a bright patch where the class has it. What a pixel holds has no part in the time.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import pandas as pd
import torch
from joblib import Parallel, delayed

from mer.bench.compare import compare, largest_difference
from mer.bench.frame import Check, Measurement, Result
from mer.bench.options import Options
from mer.bench.peak import copy_peak, matrix_peak
from mer.bench.ststnet_plain import ThreeStreams, plain_fit
from mer.core.processors import processors
from mer.core.seeds import seed_for
from mer.manifest.clips import person
from mer.manifest.composite import read_composite
from mer.models.ststnet import FILTERS, SIDE, new_ststnet
from mer.training.device import one_thread
from mer.training.fit_ststnet import STSTNetFitConfig
from mer.training.ststnet_loso import STSTNetConfig, train_folds

AIM_CPU, AIM_GPU = "speed-up", "speed-up-gpu"
#: Largest difference of a probability after all epochs: rounding of float32 sums, carried through a thousand steps.
TOLERANCE = 5e-4
#: Multiply-adds of the convolution for one image: 30x30 places, 16 filters of 27 taps.
CONVOLUTION = 30 * 30 * FILTERS * 27
#: Bytes of one image's activations of the convolution, which the plain loop writes and reads again and again.
ACTIVATIONS = 30 * 30 * FILTERS * 4


def run(options: Options) -> Iterator[Result]:
    """Speed-up of folds, the whole study's time, operations and bytes, and the share of what the machine can do."""
    with torch.backends.cudnn.flags(allow_tf32=False):  # float32 in full, in both
        yield from _run(options)


def _run(options: Options) -> Iterator[Result]:
    pixels, clips = made_up_maps()
    gpu = options.kind == "cuda"
    persons = sorted(set(person(clips)))
    whole = STSTNetFitConfig()
    short = STSTNetFitConfig(epochs=1 if options.quick else (10 if gpu else 4))
    workers = 1 if gpu else options.threads or processors()
    timed = persons if gpu and not options.quick else persons[:: 1 if gpu else 17][: 2 if options.quick else 4]
    some = timed[:: max(1, len(timed) // 4)][:4] if gpu else timed  # the plain loop is extrapolated from these
    checked = STSTNetFitConfig(epochs=2 if options.quick else whole.epochs)
    yield Check(
        f"probabilities of a fold's test clips after {checked.epochs} epochs, fast against plain",
        fold_difference(persons[0], pixels, clips, checked, options.device),
        TOLERANCE,
    )
    short_check = Check(
        f"the same after {short.epochs}", fold_difference(persons[1], pixels, clips, short, options.device), 1e-4
    )
    plain = partial(plain_folds, some, pixels, clips, short, options.device)
    with Parallel(n_jobs=workers) as pool:
        found = compare(
            f"{len(timed)} folds, {short.epochs} epochs" + (f" (plain: {len(some)} folds)" if gpu else ""),
            {"plain": plain, "fast": partial(fast_folds, timed, pixels, clips, short, options.device, pool)},
            options,
            rounds=9,
            check=short_check,
            aim="" if gpu else AIM_CPU,
            note=f"{workers} processes of one thread; plain on {torch.get_num_threads()} threads" if not gpu else "",
        )
    yield found
    if not gpu:
        own = (persons[:1], pixels, clips, short, options.device)
        yield Measurement(
            "processor time, plain / fast",
            processor_time(partial(plain_folds, *own)) / processor_time(partial(fast_folds, *own, Parallel(n_jobs=1))),
            "×",
            note="one fold, one thread each: the ratio of times if both used all cores fully and nothing else ran",
        )
    samples = {name: sum(len(clips) - int((person(clips) == one).sum()) for one in folds) for name, folds in
               {"plain": some, "fast": timed, "all": persons}.items()}  # fmt: skip
    minutes = {
        name: found.ms(name) / 60e3 * (whole.epochs / short.epochs) * (samples["all"] / samples[name])
        for name in ("plain", "fast")
    }
    for name, value in minutes.items():
        note = f"from {short.epochs} epochs of {len(some if name == 'plain' else timed)} folds"
        yield Measurement(f"68 folds, 500 epochs, {name}", value, "minutes", note=note)
    if gpu:
        yield Measurement("time of the whole study, plain / fast", minutes["plain"] / minutes["fast"], "×", aim=AIM_GPU)
    yield from limits(options, found.ms("fast") / 1e3, samples["fast"] * short.epochs, workers)


def limits(options: Options, seconds: float, passes: int, workers: int) -> Iterator[Result]:
    """Operations and bytes that training cannot do without, and how near the fast path comes.

    Args:
        options: the benchmark's.
        seconds: that the fast path took for
        passes: samples trained on.
        workers: processes that it used.
    """
    yield Measurement("operations of a sample, least", 2 * CONVOLUTION / 1e6, "million multiply-adds",
                      note="the convolution and its weights' gradient; the image has none")  # fmt: skip
    yield Measurement("operations of a sample, done", 3 * CONVOLUTION / 1e6, "million multiply-adds",
                      note="the convolution is computed once more instead of being kept")  # fmt: skip
    moved = 2 * (3 * SIDE * SIDE * 4) + 2 * FILTERS * 100 * (4 + 4 + 2 + 1)
    yield Measurement("bytes of a sample, fast", moved / 1e3, "kB",
                      note="the image twice; maxima, gradients, places and dropout once each way")  # fmt: skip
    yield Measurement("bytes of a sample, plain", (3 * SIDE * SIDE * 4 * 2 + 10 * ACTIVATIONS) / 1e3, "kB",
                      note="about ten passes over 30x30x16 activations that no cache holds for a batch")  # fmt: skip
    peak, bandwidth = machine_peak(options, workers)
    yield Measurement("matrix product, peak", peak / 1e9, "GFLOP/s", note=f"{workers} processes side by side")
    yield Measurement("memory, copied", bandwidth / 1e9, "GB/s", note=f"{workers} processes side by side")
    rate = passes / seconds
    yield Measurement("least time of all operations, share", rate * 4 * CONVOLUTION / peak * 100, "%",
                      note="of the time, at the matrix product's peak")  # fmt: skip
    yield Measurement("operations done, share of the peak", rate * 6 * CONVOLUTION / peak * 100, "%")
    yield Measurement("bytes, share of the bandwidth", rate * moved / bandwidth * 100, "%")


def plain_folds(folds: Sequence[str], pixels: np.ndarray, clips: pd.DataFrame, fit: STSTNetFitConfig, device: str,
                seed: int = 0) -> dict[str, np.ndarray]:  # fmt: skip
    """Probabilities of each fold's test clips, one fold after another."""
    config = STSTNetConfig(fit=fit)
    images = torch.from_numpy(np.moveaxis(pixels[:, 0], -1, 1).astype(np.float32)).to(device)
    labels = torch.tensor([config.labels.index(name) for name in clips["label"]], device=device)
    found = {}
    for fold in folds:
        own = seed_for("ststnet fold", seed, fold)
        test = torch.from_numpy((person(clips) == fold).to_numpy(copy=True)).to(device)
        network = ThreeStreams(new_ststnet(own)).to(device)
        plain_fit(network, images, labels, (~test).nonzero().flatten(), own, fit)
        network.eval()
        with torch.no_grad():
            found[fold] = network(images[test]).softmax(dim=1).cpu().numpy()
    return found


def fast_folds(folds: Sequence[str], pixels: np.ndarray, clips: pd.DataFrame, fit: STSTNetFitConfig, device: str,
               pool: Parallel) -> dict[str, np.ndarray]:  # fmt: skip
    """The same by `train_folds`: a fold at a call on a CPU, all at once on a GPU."""
    parts = [list(folds)] if device.startswith("cuda") else [[fold] for fold in folds]
    given = (pixels, clips, STSTNetConfig(fit=fit), 0, device)
    results = pool(delayed(_probabilities)(part, *given) for part in parts)
    return {fold: values for part in results for fold, values in part.items()}


def fold_difference(fold: str, pixels: np.ndarray, clips: pd.DataFrame, fit: STSTNetFitConfig, device: str) -> float:
    """Largest difference of one fold's probabilities, plain against fast."""
    plain = plain_folds([fold], pixels, clips, fit, device)
    return largest_difference(plain, _probabilities([fold], pixels, clips, STSTNetConfig(fit=fit), 0, device))


def processor_time(call: Callable[[], object]) -> float:
    """Seconds of a core's work in this process, on one thread; what else runs on the machine hardly changes it."""
    with one_thread("cpu"):
        call()
        start = time.process_time()
        call()
        return time.process_time() - start


def made_up_maps() -> tuple[np.ndarray, pd.DataFrame]:
    """Noise in the place of the composite database's 442 maps, uint8 (442, 1, 28, 28, 3), and its clip table."""
    clips = read_composite()
    generator = np.random.default_rng(0)
    pixels = generator.integers(60, 200, (len(clips), 1, SIDE, SIDE, 3), dtype=np.uint8)
    for k, name in enumerate(sorted(set(clips["label"]))):
        pixels[(clips["label"] == name).to_numpy(), :, 8 * k : 8 * k + 8, 8:20] += 40
    return pixels, clips


def machine_peak(options: Options, workers: int) -> tuple[float, float]:
    """Operations a second of a large matrix product and bytes a second of a large copy, all workers together."""
    rates = Parallel(n_jobs=workers)(delayed(_peak)(options) for _ in range(workers))
    return sum(rate[0] for rate in rates), sum(rate[1] for rate in rates)


def _peak(options: Options) -> tuple[float, float]:
    with one_thread(options.device):
        return 2 * matrix_peak(options, torch.float32), copy_peak(options)


def _probabilities(folds: Sequence[str], pixels: np.ndarray, clips: pd.DataFrame, config: STSTNetConfig, seed: int,
                   device: str) -> dict[str, np.ndarray]:  # fmt: skip
    results = train_folds(folds, pixels, clips, config, seed, device)
    return {fold: result.arrays["probabilities"] for fold, result in zip(folds, results, strict=True)}
