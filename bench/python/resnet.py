"""The Python side of bench/resnet_bench.ts: torchvision's networks in torch, cut after a level.

    pip install torch==2.2.2 torchvision==0.17.2 numpy==1.26.4

For every line read, `NAME LEVEL RUNS`, runs one 224 px photo RUNS times with two threads and prints
the median milliseconds without the first quarter, so that two programs can take turns.
"""

import statistics
import sys
import time

import torch
import torchvision

torch.set_num_threads(2)
x = torch.linspace(-1, 1, 3 * 224 * 224).reshape(1, 3, 224, 224)
models = {}


def prepare(name):
    if name not in models:
        torch.manual_seed(0)
        models[name] = getattr(torchvision.models, name)(weights=None).eval()
    return models[name]


def run(model, level):
    y = model.maxpool(model.relu(model.bn1(model.conv1(x))))
    for layer in ("layer1", "layer2", "layer3", "layer4"):
        y = getattr(model, layer)(y)
        if layer == level:
            return y


for line in sys.stdin:
    name, level, runs = line.split()
    model = prepare(name)
    times = []
    with torch.inference_mode():
        for _ in range(int(runs)):
            begin = time.perf_counter()
            run(model, level)
            times.append((time.perf_counter() - begin) * 1000)
    print(statistics.median(times[int(runs) // 4:]), flush=True)
