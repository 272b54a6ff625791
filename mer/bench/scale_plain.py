"""What grew faster than the clips, or held all of them at once, as it was: the reference for what took its place."""

import numpy as np

from mer.evaluation.intervals import BootstrapConfig


def plain_tim_matrix(frames: int, wanted: int) -> np.ndarray:
    """Weights of `mer.motion.tim.tim_matrix` by its formula term by term: the square of the frames."""
    instants = 1 + (frames - 1) * np.arange(wanted) / max(wanted - 1, 1)
    k = np.arange(1, frames)
    at_frames = np.cos(np.pi * k * (np.arange(1, frames + 1)[:, None] - 0.5) / frames)
    at_instants = np.cos(np.pi * k * (instants[:, None] - 0.5) / frames)
    return 1 / frames + 2 / frames * at_instants @ at_frames.T


def plain_resampled_matrices(matrices: np.ndarray, config: BootstrapConfig) -> np.ndarray:
    """`mer.evaluation.intervals.resampled_matrices` with all draws of persons in one array."""
    persons, n_classes = matrices.shape[0], matrices.shape[-1]
    generator = np.random.default_rng(config.seed)
    drawn = generator.multinomial(persons, np.full(persons, 1 / persons), size=config.resamples)
    return (drawn @ matrices.reshape(persons, -1)).reshape(-1, n_classes, n_classes)
