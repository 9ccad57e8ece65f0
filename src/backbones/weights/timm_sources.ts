/** timm's published ImageNet weights, as safetensors files. */

import type { WeightsSource } from "./sources.ts";

/**
 * Names in timm's registry, with the licence that its configuration states. `tv` and `tv2` are
 * torchvision's first and second release; the others are timm's own training.
 *
 * Source: timm 1.0.31, the pretrained configurations' `hf_hub_id` and `license`, and
 * `models/_hub.py` for the file's name.
 */
const licenses: Readonly<Record<string, string>> = {
  "resnet18.tv_in1k": "BSD-3-Clause",
  "resnet34.tv_in1k": "BSD-3-Clause",
  "resnet50.tv_in1k": "BSD-3-Clause",
  "resnet50.tv2_in1k": "BSD-3-Clause",
  "resnet50.ra_in1k": "Apache-2.0",
  "resnet101.tv_in1k": "BSD-3-Clause",
  "resnet101.tv2_in1k": "BSD-3-Clause",
  "resnet152.tv_in1k": "BSD-3-Clause",
  "resnet152.tv2_in1k": "BSD-3-Clause",
  "wide_resnet50_2.tv_in1k": "BSD-3-Clause",
  "wide_resnet50_2.tv2_in1k": "BSD-3-Clause",
  "wide_resnet101_2.tv_in1k": "BSD-3-Clause",
  "wide_resnet101_2.tv2_in1k": "BSD-3-Clause",
  "resnext50_32x4d.tv_in1k": "BSD-3-Clause",
  "resnext50_32x4d.tv2_in1k": "BSD-3-Clause",
  "resnext50_32x4d.ra_in1k": "Apache-2.0",
  "resnext101_32x8d.tv_in1k": "BSD-3-Clause",
  "resnext101_32x8d.tv2_in1k": "BSD-3-Clause",
  "resnext101_64x4d.tv_in1k": "BSD-3-Clause",
  "densenet121.tv_in1k": "Apache-2.0",
  "densenet121.ra_in1k": "Apache-2.0",
  "densenet161.tv_in1k": "Apache-2.0",
  "densenet169.tv_in1k": "Apache-2.0",
  "densenet201.tv_in1k": "Apache-2.0",
  "efficientnet_b0.ra_in1k": "Apache-2.0",
  "efficientnet_b1.ft_in1k": "Apache-2.0",
  "efficientnet_b2.ra_in1k": "Apache-2.0",
  "efficientnet_b3.ra2_in1k": "Apache-2.0",
  "efficientnet_b4.ra2_in1k": "Apache-2.0",
};

/** All of them; none has a hash in its name, so it is recorded when a file is first had. */
export const timmSources: readonly WeightsSource[] = Object.entries(licenses).map(
  ([name, license]): WeightsSource => ({
    name,
    architecture: name.split(".")[0],
    collection: "timm",
    url: `https://huggingface.co/timm/${name}/resolve/main/model.safetensors`,
    file: `${name}.safetensors`,
    license,
    origin: /\.tv2?_/.test(name) ? "torchvision's weights, converted by timm" : "trained by timm",
  }),
);
