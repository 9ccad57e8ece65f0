/** torchvision's published ImageNet weights. */

import type { WeightsSource } from "./sources.ts";

const BSD = "BSD-3-Clause";
const PORTED = "Apache-2.0";

type Row = readonly [stem: string, mebibytes?: number];

/**
 * `IMAGENET1K_V1`: what the papers of this field used; the number is `meta["_file_size"]`.
 *
 * Source: torchvision 0.17.2, `models/resnet.py`, `densenet.py`, `efficientnet.py`.
 */
const first: readonly Row[] = [
  ["resnet18-f37072fd", 44.661],
  ["resnet34-b627a593", 83.275],
  ["resnet50-0676ba61", 97.781],
  ["resnet101-63fe2227", 170.511],
  ["resnet152-394f9c45", 230.434],
  ["wide_resnet50_2-95faca4d", 131.82],
  ["wide_resnet101_2-32ee1156", 242.896],
  ["resnext50_32x4d-7cdf4587", 95.789],
  ["resnext101_32x8d-8ba56ff5", 339.586],
  ["resnext101_64x4d-173b62eb", 319.318],
  ["densenet121-a639ec97", 30.845],
  ["densenet161-8d451a50", 110.369],
  ["densenet169-b2777c0a", 54.708],
  ["densenet201-c1103571", 77.373],
  ["efficientnet_b0_rwightman-7f5810bc", 20.451],
  ["efficientnet_b1_rwightman-bac287d4", 30.134],
  ["efficientnet_b2_rwightman-c35c1473", 35.174],
  ["efficientnet_b3_rwightman-b3899882", 47.184],
  ["efficientnet_b4_rwightman-23ab8bcd", 74.489],
  ["efficientnet_b5_lukemelas-1a07897c", 116.864],
  ["efficientnet_b6_lukemelas-24a108a5", 165.362],
  ["efficientnet_b7_lukemelas-c5b4e57e", 254.675],
];

/** `IMAGENET1K_V2`: other values, trained by a newer recipe. Source: as above. */
const second: readonly Row[] = [
  ["resnet50-11ad3fa6", 97.79],
  ["resnet101-cd907fc2", 170.53],
  ["resnet152-f82ba261", 230.474],
  ["wide_resnet50_2-9ba9bcbe", 263.124],
  ["wide_resnet101_2-d733dc28", 484.747],
  ["resnext50_32x4d-1a0047aa", 95.833],
  ["resnext101_32x8d-110c445d", 339.673],
  ["efficientnet_b1-c27df63c", 30.136],
];

/**
 * The addresses of older releases, still found in many caches. Source: the tables of those
 * releases, `models/resnet.py` and `efficientnet.py`, as public repositories copied them; they
 * state no sizes.
 */
const older: readonly Row[] = [
  ["resnet18-5c106cde"],
  ["resnet34-333f7ec4"],
  ["resnet50-19c8e357"],
  ["resnet101-5d3b4d8f"],
  ["resnet152-b121ed2d"],
  ["efficientnet_b0_rwightman-3dd342df"],
  ["efficientnet_b1_rwightman-533bc792"],
  ["efficientnet_b2_rwightman-bcdf34b7"],
  ["efficientnet_b3_rwightman-cf984f9c"],
  ["efficientnet_b4_rwightman-7eb33cd5"],
  ["efficientnet_b5_lukemelas-b6417697"],
  ["efficientnet_b6_lukemelas-c76e70fd"],
  ["efficientnet_b7_lukemelas-dcc49843"],
];

const ports: Readonly<Record<string, string>> = {
  rwightman: "ported by torchvision from timm",
  lukemelas: "ported by torchvision from lukemelas/EfficientNet-PyTorch",
};

function sourceOf([stem, mebibytes]: Row, release: "V1" | "V2" | "older"): WeightsSource {
  const [body, hashPrefix] = stem.split("-");
  const [architecture, porter] = body.split(/_(?=rwightman|lukemelas)/);
  const recipe = release === "older" ? "an older address of torchvision" : `IMAGENET1K_${release}`;
  return {
    name: release === "V1" ? architecture : stem,
    architecture,
    collection: "torchvision",
    url: `https://download.pytorch.org/models/${stem}.pth`,
    file: `${stem}.pth`,
    ...(mebibytes === undefined ? {} : { mebibytes }),
    hashPrefix,
    license: porter === undefined ? BSD : PORTED,
    origin: porter === undefined ? recipe : `${recipe}, ${ports[porter]}`,
  };
}

/** The first releases, the second ones, the older addresses. */
export const torchvisionSources: readonly WeightsSource[] = [
  ...first.map((row) => sourceOf(row, "V1")),
  ...second.map((row) => sourceOf(row, "V2")),
  ...older.map((row) => sourceOf(row, "older")),
];
