"""The Python side of bench/spade_bench.ts: faiss' exact flat index on interpolated pyramids.

    pip install faiss-cpu==1.15.1 numpy==1.26.4
    python bench/python/spade.py FOLDER CHANNELS CHANNELS CHANNELS

Reads the levels of one photo and of a gallery from FOLDER (float32: query_0…2 as [C, h, w],
gallery_0…2 as [N, h, w, C]), interpolates each to 56 × 56, concatenates them and builds the index
of all pixels once. Then, for every line read, searches for the nearest pixel of each, prints the
milliseconds, and writes the distances to FOLDER/distances, so that two programs can take turns.
"""

import pathlib
import sys
import time

import faiss
import numpy

SIDES = (56, 28, 14)
FINE = SIDES[0]
faiss.omp_set_num_threads(2)


def interpolation(side):
    """[56·56, side·side]: bilinear weights, half-pixel centres."""
    axis = numpy.zeros((FINE, side), numpy.float32)
    for i in range(FINE):
        position = min(side - 1, max(0.0, (i + 0.5) * side / FINE - 0.5))
        low = int(position)
        axis[i, low] += 1 - (position - low)
        axis[i, min(side - 1, low + 1)] += position - low
    return numpy.kron(axis, axis)


folder = pathlib.Path(sys.argv[1])
channels = [int(text) for text in sys.argv[2:]]
queries = numpy.empty((FINE * FINE, sum(channels)), numpy.float32)
pixels = None
start = 0
for i, (side, width) in enumerate(zip(SIDES, channels)):
    weights = interpolation(side)
    part = slice(start, start + width)
    query = numpy.fromfile(folder / f"query_{i}", numpy.float32).reshape(width, side * side)
    queries[:, part] = weights @ query.T
    gallery = numpy.fromfile(folder / f"gallery_{i}", numpy.float32).reshape(-1, side * side, width)
    if pixels is None:
        pixels = numpy.empty((len(gallery), FINE * FINE, sum(channels)), numpy.float32)
    for n, photo in enumerate(gallery):
        pixels[n, :, part] = weights @ photo
    start += width
index = faiss.IndexFlatL2(sum(channels))
index.add(pixels.reshape(-1, sum(channels)))
del pixels

for _ in sys.stdin:
    begin = time.perf_counter()
    squared, _ = index.search(queries, 1)
    elapsed = 1000 * (time.perf_counter() - begin)
    numpy.sqrt(squared[:, 0]).astype(numpy.float32).tofile(folder / "distances")
    print(elapsed, flush=True)
