"""Random changes of training images, inside the compiled loop. Imports TensorFlow: workers only.

Each image gets its own affine map, elastic deformation and line width. They depend on a seed and a
step alone, so a recipe always sees the same images. The deformation follows P. Simard, D.
Steinkraus, J. Platt, "Best practices for convolutional neural networks applied to visual document
analysis" (2003), with a spline in place of their blurred noise.
"""

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
FRAMED = IMAGE_SIDE + 2  # the image in a frame of background, one pixel wide
KNOTS = 6  # control points a side of the deformation
SPACING = 7  # pixels between them


def augment_images(images: Any, augment: Augment, at: Any) -> Any:
    """Return images [n, 784] float32 in [0, 1], 1 is ink, each changed at random.

    `at` is int32 [2], a seed and a step: the same give the same changes. Pure tensor operations,
    for use in a compiled function; n is known at compilation.
    """
    n = images.shape[0]
    draw = tf.random.stateless_uniform  # threefry is 15 times faster than others under XLA
    numbers = draw([n, 7 + 2 * KNOTS**2], at, -1.0, 1.0, alg="threefry")
    if augment.stroke:
        images = _change_line_width(images, augment.stroke * numbers[:, 6:7])
    moving = (augment.shift, augment.rotation, augment.shear, augment.scale, augment.warp)
    if any(moving):
        images = _interpolate(images, *_source_positions(augment, numbers))
    return images


def _change_line_width(images: Any, amount: Any) -> Any:
    """Return lines `amount` [n, 1] of a pixel thicker all round; thinner if it is negative."""
    thick, thin = _dilate(images), -_dilate(-images)
    return images + tf.nn.relu(amount) * (thick - images) + tf.nn.relu(-amount) * (thin - images)


def _dilate(images: Any) -> Any:
    """Return the maximum of the 3x3 pixels around each; the image's edge is repeated."""
    square = tf.reshape(images, [-1, IMAGE_SIDE, IMAGE_SIDE])
    wide = tf.pad(square, [[0, 0], [1, 1], [1, 1]], "SYMMETRIC")
    tall = tf.maximum(tf.maximum(wide[:, :-2], wide[:, 1:-1]), wide[:, 2:])
    out = tf.maximum(tf.maximum(tall[:, :, :-2], tall[:, :, 1:-1]), tall[:, :, 2:])
    return tf.reshape(out, [-1, PIXELS])


def _source_positions(augment: Augment, numbers: Any) -> tuple[Any, Any]:
    """Return the source of each pixel's ink: columns and rows [n, 784], in pixels."""
    across = tf.constant(np.tile(np.arange(IMAGE_SIDE) - MIDDLE, IMAGE_SIDE), tf.float32)
    down = tf.constant(np.repeat(np.arange(IMAGE_SIDE) - MIDDLE, IMAGE_SIDE), tf.float32)
    angle = math.radians(augment.rotation) * numbers[:, 0:1]
    cos, sin = tf.cos(angle), tf.sin(angle)
    x = (cos * across + sin * down) / (1 + augment.scale * numbers[:, 1:2])
    y = (cos * down - sin * across) / (1 + augment.scale * numbers[:, 2:3])
    x += augment.shear * numbers[:, 3:4] * y + augment.shift * numbers[:, 4:5]
    y += augment.shift * numbers[:, 5:6]
    if augment.warp:
        spline = tf.constant(_spline_weights())
        knots = augment.warp * numbers[:, 7:]
        x += knots[:, : KNOTS**2] @ spline
        y += knots[:, KNOTS**2 :] @ spline
    return x + MIDDLE, y + MIDDLE


def _spline_weights() -> NDArray[np.float32]:
    """Return each knot's weight on each pixel, [36, 784]: cubic B-splines that add up to 1."""
    knots = (np.arange(KNOTS) - (KNOTS - 1) / 2) * SPACING + MIDDLE
    away = np.abs(np.arange(IMAGE_SIDE) - knots[:, None]) / SPACING
    near, far = 2 / 3 - away**2 + away**3 / 2, (2 - away) ** 3 / 6
    line = np.where(away < 1, near, np.where(away < 2, far, 0.0))
    line /= line.sum(axis=0)
    return np.kron(line, line).astype(np.float32)


def _interpolate(images: Any, x: Any, y: Any) -> Any:
    """Return bilinear values at columns `x` and rows `y` [n, 784]; outside is background."""
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
