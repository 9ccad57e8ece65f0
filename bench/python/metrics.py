"""Image AUROC, pixel AUROC and AUPRO of scikit-learn and numpy on the data of metrics_bench.ts.

    pip install numpy==1.26.4 scipy==1.17.1 scikit-learn==1.9.1
    python bench/python/metrics.py

Prints the medians as one JSON line. Where numpy is linked to OpenBLAS from a distribution, set
OPENBLAS_CORETYPE to the machine's kind, else it may run slow kernels (nothing here depends on it).
"""

import json
import time

import numpy as np
from scipy import ndimage
from sklearn.metrics import roc_auc_score

IMAGES, SIDE, LIMIT = 100, 224, 0.3
ROUNDS, SECONDS = 5, 2.0  # each work is repeated at least so often, and for at least so long


def mix(x):
    """A well-mixed 32-bit number for each whole number (lowbias32)."""
    x = np.asarray(x, dtype=np.uint32)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def make_masks():
    masks = np.zeros((IMAGES, SIDE, SIDE), dtype=np.uint8)
    y, x = np.mgrid[:SIDE, :SIDE]
    for image in range(IMAGES):
        for disc in range(0 if image % 10 < 3 else 1 + image % 2):
            seed = 0x40000000 + 8 * (2 * image + disc)
            cx, cy, r = (int(v) for v in mix(np.arange(seed, seed + 3)))
            inside = (x - cx % SIDE) ** 2 + (y - cy % SIDE) ** 2 <= (6 + r % 32) ** 2
            masks[image][inside] = 1
    return masks


def make_maps(masks):
    h = mix(np.arange(2 * masks.size)).astype(np.float64).reshape(-1, 2)
    noise = (h[:, 0] + h[:, 1]) / 2.0**32
    return (noise + 0.75 * masks.reshape(-1)).astype(np.float32).reshape(masks.shape)


def auroc(labels, scores):
    """Exact AUROC in plain numpy, for comparison: one sort, ties by trapezoids."""
    order = np.argsort(scores)[::-1]
    scores, labels = scores[order], labels[order]
    last_of_tie = np.append(scores[1:] != scores[:-1], True)
    tps = np.append(0, np.cumsum(labels, dtype=np.int64)[last_of_tie])
    fps = np.append(0, 1 + np.flatnonzero(last_of_tie) - tps[1:])
    return np.trapz(tps, fps) / (float(tps[-1]) * float(fps[-1]))


def aupro(maps, masks):
    """Exact AUPRO with one sort and cumulative sums; ties enter together."""
    eight = np.ones((3, 3), dtype=int)
    weights = np.zeros(maps.shape)
    regions = 0
    for weight, mask in zip(weights, masks):
        labels, count = ndimage.label(mask, structure=eight)
        if count:
            sizes = np.bincount(labels.reshape(-1))
            share = 1.0 / sizes
            share[0] = 0.0
            weight[...] = share[labels]
            regions += count
    scores, weights = maps.reshape(-1), weights.reshape(-1)
    order = np.argsort(scores)[::-1]
    scores, weights = scores[order], weights[order]
    fpr = np.cumsum(weights == 0.0)
    pro = np.cumsum(weights)
    last_of_tie = np.append(scores[1:] != scores[:-1], True)
    fpr = np.append(0.0, fpr[last_of_tie] / fpr[-1])
    pro = np.append(0.0, pro[last_of_tie] / regions)
    end = np.searchsorted(fpr, LIMIT, side="right")
    if end < fpr.size:
        at = pro[end - 1] + (pro[end] - pro[end - 1]) * (LIMIT - fpr[end - 1]) / (fpr[end] - fpr[end - 1])
        fpr, pro = np.append(fpr[:end], LIMIT), np.append(pro[:end], at)
    return np.trapz(pro, fpr) / LIMIT


def measure(run):
    """Median wall time after the first call, that of the first call, and the value."""
    times, begin = [], time.perf_counter()
    while len(times) <= ROUNDS or time.perf_counter() - begin < SECONDS:
        start = time.perf_counter()
        value = float(run())
        times.append(1000 * (time.perf_counter() - start))
    return float(np.median(times[1:])), times[0], value


def main():
    masks = make_masks()
    maps = make_maps(masks)
    image_labels = masks.any(axis=(1, 2))
    image_scores = maps.max(axis=(1, 2))
    flat_labels, flat_scores = masks.reshape(-1), maps.reshape(-1)
    work = {
        "image_auroc": lambda: roc_auc_score(image_labels, image_scores),
        "pixel_auroc": lambda: roc_auc_score(flat_labels, flat_scores),
        "pixel_auroc_numpy": lambda: auroc(flat_labels, flat_scores),
        "aupro": lambda: aupro(maps, masks),
    }
    measured = {name: measure(run) for name, run in work.items()}
    columns = ("milliseconds", "firstMilliseconds", "values")
    table = {c: {name: row[i] for name, row in measured.items()} for i, c in enumerate(columns)}
    print(json.dumps({"bench": "metrics", "side": "python", **table}))


if __name__ == "__main__":
    main()
