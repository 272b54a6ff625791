"""Compiled inner loops: rasteriser, shader, vertex normals, value noise.

No fast-math: the same input gives the same bytes on every x86-64 machine. All release the interpreter lock, so that a
few threads render clips side by side.
"""

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def rasterise(points, depth, triangles, width, height, both_sides):
    """Nearest triangle at every pixel centre.

    Args:
        points: float64 (n, 2), pixels; pixel centres lie at whole numbers.
        depth: float64 (n,), greater is nearer.
        triangles: int32 (m, 3).
        width, height: size of the grid.
        both_sides: keep triangles that face away too.

    Returns:
        index int32 (height, width), -1 where nothing is; weights float32 (height, width, 2), of the first two corners.
    """
    nearest = np.full((height, width), -1e30)
    index = np.full((height, width), -1, np.int32)
    weights = np.zeros((height, width, 2), np.float32)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0, x1, y1, x2, y2 = points[a, 0], points[a, 1], points[b, 0], points[b, 1], points[c, 0], points[c, 1]
        area = (y1 - y2) * (x0 - x2) + (x2 - x1) * (y0 - y2)
        if abs(area) < 1e-9 or (area > 0 and not both_sides):  # y points down: facing us turns clockwise
            continue
        left = max(0, math.ceil(min(x0, x1, x2)))
        right = min(width - 1, math.floor(max(x0, x1, x2)))
        top = max(0, math.ceil(min(y0, y1, y2)))
        bottom = min(height - 1, math.floor(max(y0, y1, y2)))
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                w0 = ((y1 - y2) * (x - x2) + (x2 - x1) * (y - y2)) / area
                w1 = ((y2 - y0) * (x - x2) + (x0 - x2) * (y - y2)) / area
                w2 = 1 - w0 - w1
                if w0 >= -1e-9 and w1 >= -1e-9 and w2 >= -1e-9:
                    z = w0 * depth[a] + w1 * depth[b] + w2 * depth[c]
                    if z > nearest[y, x]:
                        nearest[y, x] = z
                        index[y, x] = t
                        weights[y, x, 0] = w0
                        weights[y, x, 1] = w1
    return index, weights


@njit(cache=True, nogil=True)
def vertex_normals(vertices, triangles):
    """Unit normals, area-weighted over the triangles around a vertex: float64 (n, 3)."""
    normals = np.zeros(vertices.shape)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x, y, z = vertices[a, 0], vertices[a, 1], vertices[a, 2]
        ux, uy, uz = vertices[b, 0] - x, vertices[b, 1] - y, vertices[b, 2] - z
        vx, vy, vz = vertices[c, 0] - x, vertices[c, 1] - y, vertices[c, 2] - z
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in (a, b, c):
            normals[corner, 0] += nx
            normals[corner, 1] += ny
            normals[corner, 2] += nz
    for i in range(normals.shape[0]):
        length = math.sqrt(normals[i, 0] ** 2 + normals[i, 1] ** 2 + normals[i, 2] ** 2) + 1e-12
        for k in range(3):
            normals[i, k] /= length
    return normals


@njit(cache=True, nogil=True)
def value_noise(points, frequency, seed, octaves, gain):
    """Smooth noise in space from a hash of lattice corners: float32 (n,), about -1 to 1.

    Args:
        points: float32 (n, 3).
        frequency: lattice cells a unit, in the first octave; doubled in each further one.
        seed: any integer.
        octaves: number of layers.
        gain: amplitude of a layer relative to the one before.
    """
    out = np.zeros(points.shape[0], np.float32)
    for i in range(points.shape[0]):
        value, amplitude, total = 0.0, 1.0, 0.0
        scale = frequency
        for octave in range(octaves):
            x, y, z = points[i, 0] * scale + 17.3, points[i, 1] * scale + 5.1, points[i, 2] * scale + 9.7
            ix, iy, iz = math.floor(x), math.floor(y), math.floor(z)
            fx, fy, fz = x - ix, y - iy, z - iz
            fx, fy, fz = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy), fz * fz * (3 - 2 * fz)
            layer = 0.0
            for corner in range(8):
                dx, dy, dz = corner & 1, (corner >> 1) & 1, corner >> 2
                h = np.uint64(np.int64(ix) + dx) * np.uint64(73856093)
                h ^= np.uint64(np.int64(iy) + dy) * np.uint64(19349663)
                h ^= np.uint64(np.int64(iz) + dz) * np.uint64(83492791)
                h ^= np.uint64(seed + 977 * octave) * np.uint64(2654435761)
                h = (h ^ (h >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
                h = (h ^ (h >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
                h = h ^ (h >> np.uint64(33))
                corner_value = float(h >> np.uint64(40)) / 16777215.0
                layer += corner_value * (fx if dx else 1 - fx) * (fy if dy else 1 - fy) * (fz if dz else 1 - fz)
            value += amplitude * (2 * layer - 1)
            total += amplitude
            amplitude *= gain
            scale *= 2
        out[i] = value / total * 1.6
    return out


@njit(cache=True, nogil=True)
def shade(index, weights, triangles, part, diffuse, gloss, place, texture, canonical, iris, pupil, lamps, background):
    """Colour of every sample, in linear light: float32 (height, width, 3).

    Args:
        index, weights: from `rasterise`.
        triangles, part: the mesh.
        diffuse: float32 (n, 3), light that a vertex sends on, per channel.
        gloss: float32 (n,), mirrored light at a vertex.
        place: float32 (n, 2), column and row of a vertex in the texture.
        texture: float32 (rows, columns, 4), red, green, blue, share of gloss.
        canonical: float32 (n, 3), neutral position; the iris is painted by it.
        iris: float32 (3,).
        pupil: radius in decimetres.
        lamps: float32 (k, 4), direction and strength of each lamp, for the highlight in the eye.
        background: float32 (height, width, 3).
    """
    height, width = index.shape
    out = np.empty((height, width, 3), np.float32)
    rows, columns = texture.shape[0], texture.shape[1]
    for y in range(height):
        for x in range(width):
            t = index[y, x]
            if t < 0:
                for k in range(3):
                    out[y, x, k] = background[y, x, k]
                continue
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            w0, w1 = weights[y, x, 0], weights[y, x, 1]
            w2 = np.float32(1) - w0 - w1
            kind = part[t]
            shine = np.float32(0)
            if kind == 0:
                u = w0 * place[a, 0] + w1 * place[b, 0] + w2 * place[c, 0]
                v = w0 * place[a, 1] + w1 * place[b, 1] + w2 * place[c, 1]
                u = min(max(u, np.float32(0)), np.float32(columns - 1.001))
                v = min(max(v, np.float32(0)), np.float32(rows - 1.001))
                i, j = int(u), int(v)
                fu, fv = u - np.float32(i), v - np.float32(j)
                p00 = (np.float32(1) - fu) * (np.float32(1) - fv)
                p01, p10, p11 = fu * (np.float32(1) - fv), (np.float32(1) - fu) * fv, fu * fv
                colour0 = (
                    p00 * texture[j, i, 0]
                    + p01 * texture[j, i + 1, 0]
                    + p10 * texture[j + 1, i, 0]
                    + p11 * texture[j + 1, i + 1, 0]
                )
                colour1 = (
                    p00 * texture[j, i, 1]
                    + p01 * texture[j, i + 1, 1]
                    + p10 * texture[j + 1, i, 1]
                    + p11 * texture[j + 1, i + 1, 1]
                )
                colour2 = (
                    p00 * texture[j, i, 2]
                    + p01 * texture[j, i + 1, 2]
                    + p10 * texture[j + 1, i, 2]
                    + p11 * texture[j + 1, i + 1, 2]
                )
                share = (
                    p00 * texture[j, i, 3]
                    + p01 * texture[j, i + 1, 3]
                    + p10 * texture[j + 1, i, 3]
                    + p11 * texture[j + 1, i + 1, 3]
                )
                shine = share * (w0 * gloss[a] + w1 * gloss[b] + w2 * gloss[c])
            elif kind == 1:
                cx = w0 * canonical[a, 0] + w1 * canonical[b, 0] + w2 * canonical[c, 0]
                cy = w0 * canonical[a, 1] + w1 * canonical[b, 1] + w2 * canonical[c, 1]
                colour0, colour1, colour2, shine = _eye(cx, cy, iris, pupil, lamps)
            elif kind == 2:
                colour0, colour1, colour2 = np.float32(0.42), np.float32(0.38), np.float32(0.33)
            else:
                colour0, colour1, colour2 = np.float32(0.22), np.float32(0.10), np.float32(0.10)
            out[y, x, 0] = colour0 * (w0 * diffuse[a, 0] + w1 * diffuse[b, 0] + w2 * diffuse[c, 0]) + shine
            out[y, x, 1] = colour1 * (w0 * diffuse[a, 1] + w1 * diffuse[b, 1] + w2 * diffuse[c, 1]) + shine
            out[y, x, 2] = colour2 * (w0 * diffuse[a, 2] + w1 * diffuse[b, 2] + w2 * diffuse[c, 2]) + shine
    return out


@njit(cache=True, nogil=True)
def _eye(x, y, iris, pupil, lamps):
    """Pupil, iris, white and the lid's shadow, by the place on the neutral eyeball; and the lamps' mirror image."""
    dx, dy = abs(x) - 0.303, y - 7.286
    radius = math.sqrt(dx * dx + dy * dy)
    white = min(1.0, max(0.0, (radius - 0.06) / 0.09))
    c0, c1, c2 = 0.62 - 0.12 * white, 0.57 - 0.18 * white, 0.54 - 0.18 * white
    inside = min(1.0, max(0.0, (0.068 - radius) / 0.010))
    if inside > 0:
        fibre = 1 + 0.14 * math.sin(23 * math.atan2(dy, dx)) * min(1.0, radius / 0.05)
        rim = 1 - 0.6 * min(1.0, max(0.0, (radius - 0.044) / 0.016))
        dark = min(1.0, max(0.0, (pupil - radius) / 0.008 + 0.5))
        shade_ = fibre * rim * (1 - dark)
        c0 = c0 * (1 - inside) + inside * (iris[0] * shade_ + 0.01)
        c1 = c1 * (1 - inside) + inside * (iris[1] * shade_ + 0.01)
        c2 = c2 * (1 - inside) + inside * (iris[2] * shade_ + 0.01)
    shadow = 0.45 + 0.55 * min(1.0, max(0.0, (7.36 - y) / 0.06))
    sign = 1.0 if x > 0 else -1.0
    nx, ny = sign * dx / 0.15, dy / 0.15
    nz = math.sqrt(max(0.1, 1 - nx * nx - ny * ny))
    shine = 0.0
    for k in range(lamps.shape[0]):
        hx, hy, hz = lamps[k, 0], lamps[k, 1], lamps[k, 2] + 1
        cosine = (nx * hx + ny * hy + nz * hz) / math.sqrt(hx * hx + hy * hy + hz * hz)
        power = max(0.0, cosine)
        for _ in range(7):
            power *= power
        shine += 0.5 * power * lamps[k, 3]
    return np.float32(c0 * shadow), np.float32(c1 * shadow), np.float32(c2 * shadow), np.float32(shine * shadow)
