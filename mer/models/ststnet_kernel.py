"""STSTNet's convolution and max-pooling, forwards and backwards, compiled for one core: a sample stays in its cache.

No activation of 30x30x16 values a sample is ever stored: the forward pass keeps the maxima, their places and the two
sums that batch normalisation needs; the backward pass computes the convolution once more, which costs less than reading
it back from memory. The images are given once, whole, and are picked by their row.

A channel's rows of 32 values follow each other without a gap, so a convolution is one loop over 960 places in which
eight channels share every value read. The last two columns of each row mean nothing and are zeroed.

``fastmath`` without NaN: sums may be taken in any order, so results agree with torch's up to rounding. Functions that
call each other stay in this file: what numba has compiled before it takes for current by the caller's file alone.
"""

from typing import Any

import numpy as np
from numba import njit

from mer.models.ststnet import POOLED

#: Rows and columns of the padded image, rows of a convolution's output.
SIDE, ROWS = 32, 30
#: Values of a channel of the padded image; of a channel's output with its two idle columns.
PLANE, PLACES = SIDE * SIDE, ROWS * SIDE
#: Channels computed at a time.
TOGETHER = 8

#: How numba compiles; ``_SUMS``: also with sums in any order.
OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "fastmath": {"contract", "nnan", "nsz", "arcp"}}
_SUMS: dict[str, Any] = {"cache": True, "nogil": True, "fastmath": {"contract", "nnan", "nsz", "arcp", "reassoc"}}


def pad_images(images: np.ndarray) -> np.ndarray:
    """Images as the kernels read them.

    Args:
        images: (n, 3, 28, 28).

    Returns:
        float32 (n, 3 * 32 * 32 + 32), two rows and columns of zeros around; the values at the end are read, not used.
    """
    padded = np.pad(np.asarray(images, dtype=np.float32), ((0, 0), (0, 0), (2, 2), (2, 2)))
    return np.pad(padded.reshape(len(padded), -1), ((0, 0), (0, SIDE)))


def pack_weights(weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Weights as the kernels read them.

    Args:
        weight: float32 (C, 3, 3, 3), C a multiple of 8.
        bias: float32 (C,).

    Returns:
        float32 (C / 8, 28 * 8): of eight channels at a time the 27 taps and the bias, channels side by side.
    """
    rows = np.concatenate([weight.reshape(len(weight), -1), bias[:, None]], axis=1)  # C x 28
    return np.ascontiguousarray(rows.reshape(-1, TOGETHER, 28).transpose(0, 2, 1)).reshape(-1, 28 * TOGETHER)


@njit(**OPTIONS)
def _taps(w, k):
    """Eight channels' weights of one tap, out of the loop: the compiler cannot know that ``z`` is not written there."""
    return w[k], w[k + 1], w[k + 2], w[k + 3], w[k + 4], w[k + 5], w[k + 6], w[k + 7]


@njit(**OPTIONS)
def _row_of_taps(w, k):
    """The three taps of one row of the kernel."""
    return _taps(w, k), _taps(w, k + 8), _taps(w, k + 16)


@njit(**OPTIONS)
def _tap(x, w, s):
    """Add one tap of the kernel to eight sums."""
    return (
        s[0] + x * w[0],
        s[1] + x * w[1],
        s[2] + x * w[2],
        s[3] + x * w[3],
        s[4] + x * w[4],
        s[5] + x * w[5],
        s[6] + x * w[6],
        s[7] + x * w[7],
    )


@njit(**OPTIONS)
def _row(x, at, w, s):
    """Add the three taps of one row of the kernel."""
    return _tap(x[at + 2], w[2], _tap(x[at + 1], w[1], _tap(x[at], w[0], s)))


@njit(**OPTIONS)
def _convolve(x, w, z):
    """Eight channels of the convolution and its ReLU: ``z`` float32 (8 * 960), idle columns zero."""
    zero = np.float32(0)
    w0, w1, w2 = _row_of_taps(w, 0), _row_of_taps(w, 24), _row_of_taps(w, 48)
    w3, w4, w5 = _row_of_taps(w, 72), _row_of_taps(w, 96), _row_of_taps(w, 120)
    w6, w7, w8 = _row_of_taps(w, 144), _row_of_taps(w, 168), _row_of_taps(w, 192)
    bias = _taps(w, 216)
    for at in range(PLACES):
        s = _row(x, at, w0, bias)
        s = _row(x, at + 32, w1, s)
        s = _row(x, at + 64, w2, s)
        s = _row(x, at + 1024, w3, s)
        s = _row(x, at + 1056, w4, s)
        s = _row(x, at + 1088, w5, s)
        s = _row(x, at + 2048, w6, s)
        s = _row(x, at + 2080, w7, s)
        s = _row(x, at + 2112, w8, s)
        z[at] = max(s[0], zero)
        z[at + 960] = max(s[1], zero)
        z[at + 1920] = max(s[2], zero)
        z[at + 2880] = max(s[3], zero)
        z[at + 3840] = max(s[4], zero)
        z[at + 4800] = max(s[5], zero)
        z[at + 5760] = max(s[6], zero)
        z[at + 6720] = max(s[7], zero)
    for row in range(TOGETHER * ROWS):
        z[32 * row + 30] = zero
        z[32 * row + 31] = zero


@njit(**_SUMS)
def _sums(z):
    """Sum of a channel's values and of their squares."""
    total, squares = np.float32(0), np.float32(0)
    for at in range(PLACES):
        value = z[at]
        total += value
        squares += value * value
    return total, squares


@njit(**OPTIONS)
def _pool(z, sign, highest, found, pooled, place):
    """Largest value (``sign`` 1) or smallest (-1) of each 3x3 window, and where in the channel it is.

    Windows start at row and column -1; of equal values any may be chosen. ``highest`` and ``found`` are scratch of 32
    values each.
    """
    for i in range(POOLED):
        middle = SIDE * (3 * i)
        above = max(middle - SIDE, 0)
        first, second, third = z[above : above + 32], z[middle : middle + 32], z[middle + 32 : middle + 64]
        for j in range(32):
            best, row = sign * first[j], np.int32(above)
            value = sign * second[j]
            row = np.int32(middle) if value > best else row
            best = max(value, best)
            value = sign * third[j]
            found[j] = np.int32(middle + 32) if value > best else row
            highest[j] = max(value, best)
        for j in range(POOLED):
            column = 3 * j
            chosen = column
            if j > 0 and highest[column - 1] >= highest[column]:
                chosen = column - 1
            if highest[column + 1] > highest[chosen]:
                chosen = column + 1
            pooled[10 * i + j] = sign * highest[chosen]
            place[10 * i + j] = found[chosen] + chosen


@njit(**OPTIONS)
def forward(images, rows, weight, sign):
    """Pooled convolution of a batch.

    Args:
        images: of `pad_images`.
        rows: int64 (B,), which of them.
        weight: of `pack_weights`.
        sign: float32 (C,), 1 to keep each window's largest value, -1 its smallest.

    Returns:
        float32 (B, C, 100) values after ReLU; uint16 (B, C, 100) their places; float64 (C,) sum of all
        values before pooling; float64 (C,) sum of their squares.
    """
    batch, channels = len(rows), TOGETHER * len(weight)
    pooled = np.empty((batch, channels, POOLED * POOLED), np.float32)
    place = np.empty((batch, channels, POOLED * POOLED), np.uint16)
    total, squares = np.zeros(channels), np.zeros(channels)
    z = np.empty(TOGETHER * PLACES, np.float32)
    highest, found = np.empty(SIDE, np.float32), np.empty(SIDE, np.int32)
    for n in range(batch):
        x = images[rows[n]]
        for first in range(0, channels, TOGETHER):
            _convolve(x, weight[first // TOGETHER], z)
            for k in range(TOGETHER):
                c = first + k
                values = z[k * PLACES : (k + 1) * PLACES]
                one, two = _sums(values)
                total[c] += one
                squares[c] += two
                _pool(values, sign[c], highest, found, pooled[n, c], place[n, c])
    return pooled, place, total, squares


@njit(**OPTIONS)
def _gradient_of(z, offset, slope, factor, gradient, pooled, place):
    """Turn a channel's values into the loss's gradient before its ReLU."""
    zero = np.float32(0)
    for at in range(PLACES):
        value = z[at]
        z[at] = offset + slope * value if value > zero else zero
    for window in range(POOLED * POOLED):
        if pooled[window] > zero:  # else the ReLU stops it
            z[place[window]] += factor * gradient[window]


@njit(**_SUMS)
def _correlate(x, d, w):
    """Add to ``w`` (9) the products of a channel's gradient with one plane of the image at nine shifts."""
    a = b = c = e = f = g = h = i = k = np.float32(0)
    for j in range(PLACES):
        value = d[j]
        a += value * x[j]
        b += value * x[j + 1]
        c += value * x[j + 2]
        e += value * x[j + 32]
        f += value * x[j + 33]
        g += value * x[j + 34]
        h += value * x[j + 64]
        i += value * x[j + 65]
        k += value * x[j + 66]
    for tap, value in enumerate((a, b, c, e, f, g, h, i, k)):
        w[tap] += value


@njit(**OPTIONS)
def backward(images, rows, weight, offset, slope, factor, gradient, pooled, place):
    """Gradients of the convolution's weights.

    Args:
        images, rows, weight: as in `forward`.
        offset, slope: float32 (C,); the gradient of every value z > 0 before pooling is ``offset + slope z``, which is
            what batch normalisation makes of its means.
        factor: float32 (C,), times
        gradient: float32 (B, C, 100), is added to it at the windows' chosen places.
        pooled, place: of `forward`.

    Returns:
        float64 (C, 27) and (C,).
    """
    batch, channels = len(rows), TOGETHER * len(weight)
    weights, biases = np.zeros((channels, 27)), np.zeros(channels)
    z = np.empty(TOGETHER * PLACES, np.float32)
    for n in range(batch):
        x = images[rows[n]]
        for first in range(0, channels, TOGETHER):
            _convolve(x, weight[first // TOGETHER], z)
            for k in range(TOGETHER):
                c = first + k
                values = z[k * PLACES : (k + 1) * PLACES]
                _gradient_of(values, offset[c], slope[c], factor[c], gradient[n, c], pooled[n, c], place[n, c])
                biases[c] += _sums(values)[0]
                for plane in range(3):
                    _correlate(x[PLANE * plane :], values, weights[c, 9 * plane : 9 * plane + 9])
    return weights, biases
