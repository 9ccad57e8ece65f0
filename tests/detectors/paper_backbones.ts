/** The papers' networks as tables of levels, without weights: enough to make detectors on them. */

import { type Backbone, type Level, resNetTensors } from "../../mod.ts";
import { levelOf, type Network } from "../../src/backbones/backbone.ts";
import { assemble } from "../../src/backbones/registry.ts";
import { denseNetTensors } from "../../src/backbones/densenet.ts";
import { efficientNetTensors } from "../../src/backbones/efficientnet.ts";
import type { ExpectedTensor } from "../../src/backbones/expected_tensors.ts";

const made = new Map<string, Network>();

/** A network of zeros; its levels are the real one's. */
export function paperBackbone(name: string): Backbone {
  const { levels, defaults, normalisation, build } = made.getOrInsertComputed(name, () => {
    const zeros = tensorsOf(name).map(([tensor, shape]) =>
      [
        tensor,
        { data: new Float32Array(shape.reduce((size, side) => size * side, 1)), shape },
      ] as const
    );
    return assemble(name, new Map(zeros));
  });
  return {
    name,
    license: "none",
    sha256: "0".repeat(64),
    levels,
    defaults,
    normalisation,
    build,
    level: (level: string): Level => levelOf({ levels }, level),
    features: () => Promise.reject(new Error("no weights")),
  };
}

function tensorsOf(name: string): readonly ExpectedTensor[] {
  if (name === "densenet201") return denseNetTensors(name);
  if (name === "efficientnet_b4") return efficientNetTensors(name, "torchvision");
  switch (name) {
    case "resnet18":
    case "resnet101":
    case "wide_resnet50_2":
    case "wide_resnet101_2":
    case "resnext101_32x8d":
      return resNetTensors(name);
    default:
      throw new Error(name);
  }
}
