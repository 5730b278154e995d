"""Training images changed at random, inside the compiled loop. Imports TensorFlow: workers only.

Each image gets its own shift, rotation, slant and size (one affine map), its own rubber-sheet bend
and its own line width. What is drawn depends on a seed and a step alone, so the same recipe sees
the same images again: after a resume, alone, or beside others. Bent like a rubber sheet after the
idea of P. Simard, D. Steinkraus, J. Platt, "Best practices for convolutional neural networks
applied to visual document analysis" (2003), with a spline in place of their blurred noise.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_store.recipe.choices import IMAGE_SIDE
from model_store.recipe.recipe import Augment
from training.tensorflow_setup import load

load()
import tensorflow as tf  # noqa: E402 (`load` comes first)

PIXELS = IMAGE_SIDE**2
MIDDLE = (IMAGE_SIDE - 1) / 2
FRAMED = IMAGE_SIDE + 2  # the image in a frame of paper, one pixel wide
KNOTS = 6  # points a side that a rubber sheet is held by
SPACING = 7  # pixels between them


def augment_images(images: Any, augment: Augment, at: Any) -> Any:
    """Images [n, 784] float32 in [0, 1], 1 is ink -> the same, each changed at random.

    `at` is int32 [2], a seed and a step: the same give the same changes. Pure tensor operations,
    for use inside a compiled function; n is known when it is compiled.
    """
    n = images.shape[0]
    draw = tf.random.stateless_uniform  # XLA makes threefry's numbers 15 times faster than others
    numbers = draw([n, 7 + 2 * KNOTS**2], at, -1.0, 1.0, alg="threefry")
    if augment.stroke:
        images = _change_line_width(images, augment.stroke * numbers[:, 6:7])
    moving = (augment.shift, augment.rotation, augment.shear, augment.scale, augment.warp)
    if any(moving):
        images = _interpolate(images, *_source_positions(augment, numbers))
    return images


def _change_line_width(images: Any, share: Any) -> Any:
    """Lines `share` [n, 1] of one pixel thicker all round, or thinner where it is negative."""
    thick, thin = _dilate(images), -_dilate(-images)
    return images + tf.nn.relu(share) * (thick - images) + tf.nn.relu(-share) * (thin - images)


def _dilate(images: Any) -> Any:
    """The highest value in the 3x3 pixels around each; outside is as the image's edge is."""
    out = tf.reshape(images, [-1, IMAGE_SIDE, IMAGE_SIDE])
    for axis in (1, 2):
        frame = [[1, 1] if axis == a else [0, 0] for a in range(3)]
        wide = tf.pad(out, frame, "SYMMETRIC")
        before, after = (
            (wide[:, :-2], wide[:, 2:]) if axis == 1 else (wide[:, :, :-2], wide[:, :, 2:])
        )
        out = tf.maximum(tf.maximum(before, after), out)
    return tf.reshape(out, [-1, PIXELS])


def _source_positions(augment: Augment, numbers: Any) -> tuple[Any, Any]:
    """Where each pixel's ink comes from: columns and rows [n, 784], in pixels of the image."""
    across = tf.constant(np.tile(np.arange(IMAGE_SIDE) - MIDDLE, IMAGE_SIDE), tf.float32)
    down = tf.constant(np.repeat(np.arange(IMAGE_SIDE) - MIDDLE, IMAGE_SIDE), tf.float32)
    angle = math.radians(augment.rotation) * numbers[:, 0:1]
    cos, sin = tf.cos(angle), tf.sin(angle)
    x = (cos * across + sin * down) / (1 + augment.scale * numbers[:, 1:2])
    y = (cos * down - sin * across) / (1 + augment.scale * numbers[:, 2:3])
    x += augment.shear * numbers[:, 3:4] * y + augment.shift * numbers[:, 4:5]
    y += augment.shift * numbers[:, 5:6]
    if augment.warp:
        sheet = tf.constant(_spline_weights())
        knots = augment.warp * numbers[:, 7:]
        x += knots[:, : KNOTS**2] @ sheet
        y += knots[:, KNOTS**2 :] @ sheet
    return x + MIDDLE, y + MIDDLE


def _spline_weights() -> NDArray[np.float32]:
    """How far each knot takes each pixel along, [36, 784]: cubic B-splines, adding up to 1."""
    knots = (np.arange(KNOTS) - (KNOTS - 1) / 2) * SPACING + MIDDLE
    away = np.abs(np.arange(IMAGE_SIDE) - knots[:, None]) / SPACING
    near, far = 2 / 3 - away**2 + away**3 / 2, (2 - away) ** 3 / 6
    line = np.where(away < 1, near, np.where(away < 2, far, 0.0))
    line /= line.sum(axis=0)
    return np.kron(line, line).astype(np.float32)


def _interpolate(images: Any, x: Any, y: Any) -> Any:
    """The image's values at columns `x` and rows `y` [n, 784], between pixels; outside is paper."""
    n = images.shape[0]
    square = tf.reshape(images, [n, IMAGE_SIDE, IMAGE_SIDE])
    framed = tf.reshape(tf.pad(square, [[0, 0], [1, 1], [1, 1]]), [-1])
    x = tf.clip_by_value(x + 1, 0.0, FRAMED - 1.001)
    y = tf.clip_by_value(y + 1, 0.0, FRAMED - 1.001)
    left, top = tf.floor(x), tf.floor(y)
    right, low = x - left, y - top
    corner = tf.cast(top, tf.int32) * FRAMED + tf.cast(left, tf.int32)
    corner = tf.reshape(corner + tf.range(n)[:, None] * FRAMED**2, [-1])

    def at(offset: int) -> Any:
        return tf.reshape(tf.gather(framed, corner + offset), [n, PIXELS])

    upper = at(0) * (1 - right) + at(1) * right
    lower = at(FRAMED) * (1 - right) + at(FRAMED + 1) * right
    return upper * (1 - low) + lower * low
