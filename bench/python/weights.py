"""Writes WideResNet50-2's weights in three formats: torch's zip and legacy formats, safetensors."""

import sys

import torch
import torchvision

folder = sys.argv[1]
torch.manual_seed(0)
# The published file holds half-precision numbers: 132 MB for 69 million.
state = torchvision.models.wide_resnet50_2(weights=None).half().state_dict()
torch.save(state, f"{folder}/zip.pth")
torch.save(state, f"{folder}/legacy.pth", _use_new_zipfile_serialization=False)
floats = {name: tensor for name, tensor in state.items() if tensor.is_floating_point()}
from safetensors.torch import save_file  # noqa: E402

save_file(floats, f"{folder}/weights.safetensors")
