"""The Python side of bench/padim_bench.ts: the loops of popular PaDiM code.

    pip install numpy==1.26.4 scipy==1.17.1
    python bench/python/padim.py

For every line read, `fit D` or `score D`, works on 209 photos at 196 positions and prints the
milliseconds, so that two programs can take turns. Fitting is a covariance (numpy.cov) and its
inverse (numpy.linalg.inv) at every position; scoring is scipy's mahalanobis at every position for
each of 8 photos, in milliseconds a photo.
"""

import sys
import time

import numpy
from scipy.spatial.distance import mahalanobis

POSITIONS, PHOTOS, BATCH = 196, 209, 8
random = numpy.random.default_rng(0)
prepared = {}


def fit(rows):
    mean = rows.mean(axis=0)
    identity = numpy.identity(rows.shape[1])
    inverses = [
        numpy.linalg.inv(numpy.cov(rows[:, :, p], rowvar=False) + 0.01 * identity)
        for p in range(POSITIONS)
    ]
    return mean, inverses


def score(photos, mean, inverses):
    return [
        [mahalanobis(photo[:, p], mean[:, p], inverses[p]) for photo in photos]
        for p in range(POSITIONS)
    ]


def prepare(dimensions):
    if dimensions not in prepared:
        rows = random.random((PHOTOS, dimensions, POSITIONS), dtype=numpy.float32) - 0.5
        photos = random.random((BATCH, dimensions, POSITIONS), dtype=numpy.float32) - 0.5
        prepared[dimensions] = rows, photos, fit(rows)
    return prepared[dimensions]


for line in sys.stdin:
    work, dimensions = line.split()
    rows, photos, fitted = prepare(int(dimensions))
    begin = time.perf_counter()
    if work == "fit":
        fit(rows)
        print(1000 * (time.perf_counter() - begin), flush=True)
    else:
        score(photos, *fitted)
        print(1000 * (time.perf_counter() - begin) / BATCH, flush=True)
