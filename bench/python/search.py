"""The Python side of bench/search_bench.ts: faiss' exact flat index.

    pip install faiss-cpu==1.15.1 numpy==1.26.4
    python bench/python/search.py

Builds the index of 16,385 rows × 1,024 once. Then, for every line read, searches 784 queries for
the k on that line and prints the milliseconds, so that two programs can take turns.
"""

import sys
import time

import faiss
import numpy

QUERIES, ROWS, COLUMNS = 784, 16_385, 1_024
faiss.omp_set_num_threads(2)
random = numpy.random.default_rng(0)
bank = random.standard_normal((ROWS, COLUMNS), dtype=numpy.float32)
queries = random.standard_normal((QUERIES, COLUMNS), dtype=numpy.float32)
index = faiss.IndexFlatL2(COLUMNS)
index.add(bank)

for line in sys.stdin:
    begin = time.perf_counter()
    index.search(queries, int(line))
    print(1000 * (time.perf_counter() - begin), flush=True)
