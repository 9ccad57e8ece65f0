"""The Python side of bench/coreset_bench.ts: one step of greedy k-centre over N × D rows.

    pip install torch==2.2.2 numpy==1.26.4
    python bench/python/coreset.py [steps]

Prints one JSON line with the median milliseconds of a step for:
official  patchcore-inspection's `_compute_batchwise_differences`, concatenate, minimum, argmax
norm      torch.linalg.norm against the newest centre, minimum, argmax (anomalib's step)
numpy     dot of all rows with the newest centre, norms known, minimum, argmax in float32
and of one random projection 163,856 × 360 to 128 columns, for numpy and torch.
"""

import json
import statistics
import sys
import time

import numpy
import torch

N, D, WIDE = 163_856, 128, 360
STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 60
torch.set_num_threads(2)


def differences(a, b):
    a_squared = a.unsqueeze(1).bmm(a.unsqueeze(2)).reshape(-1, 1)
    b_squared = b.unsqueeze(1).bmm(b.unsqueeze(2)).reshape(1, -1)
    return (-2 * a.mm(b.T) + a_squared + b_squared).clamp(0, None).sqrt()


def official(rows, nearest, newest):
    distance = differences(rows, rows[newest : newest + 1])
    nearest = torch.min(torch.cat([nearest, distance], dim=-1), dim=1).values.reshape(-1, 1)
    return nearest, torch.argmax(nearest).item()


def norm(rows, nearest, newest):
    distance = torch.linalg.norm(rows - rows[newest : newest + 1], dim=1, keepdim=True)
    nearest = torch.minimum(nearest, distance)
    return nearest, torch.argmax(nearest).item()


def median_of(step, nearest):
    newest, times = 0, []
    for _ in range(STEPS):
        begin = time.perf_counter()
        nearest, newest = step(nearest, newest)
        times.append(time.perf_counter() - begin)
    return 1000 * statistics.median(times)


def main():
    rows = numpy.random.default_rng(0).standard_normal((N, D), dtype=numpy.float32)
    squared_norms = (rows * rows).sum(1)

    def numpy_step(nearest, newest):
        squared = rows @ rows[newest]
        squared *= -2
        squared += squared_norms
        squared += squared_norms[newest]
        numpy.minimum(nearest, squared, out=nearest)
        return nearest, int(nearest.argmax())

    tensor = torch.from_numpy(rows)
    result = {}
    with torch.no_grad():
        far = torch.full((N, 1), torch.inf)
        result["official"] = median_of(lambda n, i: official(tensor, n, i), far)
        result["norm"] = median_of(lambda n, i: norm(tensor, n, i), far.clone())
    result["numpy"] = median_of(numpy_step, numpy.full(N, numpy.inf, numpy.float32))

    wide = numpy.random.default_rng(1).standard_normal((N, WIDE), dtype=numpy.float32)
    matrix = numpy.random.default_rng(2).standard_normal((WIDE, D), dtype=numpy.float32)
    projections = {
        "project_numpy": lambda: wide @ matrix,
        "project_torch": lambda: torch.from_numpy(wide) @ torch.from_numpy(matrix),
    }
    for name, run in projections.items():
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            run()
            times.append(time.perf_counter() - begin)
        result[name] = 1000 * statistics.median(times)
    print(json.dumps(result))


main()
