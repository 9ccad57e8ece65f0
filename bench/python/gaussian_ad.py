"""The Python side of bench/gaussian_ad_bench.ts: scikit-learn, numpy and scipy.

    pip install scikit-learn==1.9.1 scipy==1.17.1 numpy==1.26.4
    python bench/python/gaussian_ad.py FOLDER

FOLDER holds train_C.f32 and test_C.f32, 209 rows of C float32 values. For every line read, does
the work named on it and prints the milliseconds, so that two programs can take turns:

    fit     LedoitWolf on each level, in float64 (it inverts with a pseudo-inverse)
    fit32   the same in float32
    npca    PCA, the low-variance components that hold 1 %, LedoitWolf on these
    score   209 Mahalanobis distances a level at once, by numpy, and their sums
    loop    the same photo by photo, by scipy.spatial.distance.mahalanobis
    check   not timed: how far FOLDER/scores.f32 is from the sums
"""

import pathlib
import sys
import time

import numpy
from scipy.spatial.distance import mahalanobis
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA

FOLDER = pathlib.Path(sys.argv[1])
CHANNELS = (16, 24, 40, 80, 112, 192, 320, 1280)


def load(name):
    return [numpy.fromfile(FOLDER / f"{name}_{c}.f32", numpy.float32).reshape(-1, c)
            for c in CHANNELS]


train32, test32 = load("train"), load("test")
train, test = [[x.astype(numpy.float64) for x in rows] for rows in (train32, test32)]
fitted = [LedoitWolf().fit(x) for x in train]


def npca():
    for x in train:
        pca = PCA(n_components=None).fit(x)
        trailing = pca.explained_variance_ratio_[::-1].cumsum()
        kept = int((trailing < 0.01).sum()) + 1
        LedoitWolf().fit((x - pca.mean_) @ pca.components_[-kept:].T)


def score():
    total = 0
    for gaussian, x in zip(fitted, test):
        delta = x - gaussian.location_
        total = total + numpy.sqrt((delta @ gaussian.precision_ * delta).sum(1))
    return total


def loop():
    return [sum(mahalanobis(x[i], gaussian.location_, gaussian.precision_)
                for gaussian, x in zip(fitted, test)) for i in range(len(test[0]))]


WORK = {
    "fit": lambda: [LedoitWolf().fit(x) for x in train],
    "fit32": lambda: [LedoitWolf().fit(x) for x in train32],
    "npca": npca,
    "score": score,
    "loop": loop,
}

for line in sys.stdin:
    if line.strip() == "check":
        scores = numpy.fromfile(FOLDER / "scores.f32", numpy.float32)
        print(numpy.abs(scores / score() - 1).max(), flush=True)
        continue
    begin = time.perf_counter()
    WORK[line.strip()]()
    print(1000 * (time.perf_counter() - begin), flush=True)
