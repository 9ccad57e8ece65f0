import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  findSource,
  mostBytes,
  weightsFor,
  weightsSources,
  weightsTerms,
} from "../../../src/backbones/weights/sources.ts";
import published from "../../fixtures/weights/published.json" with { type: "json" };

Deno.test("every file of torchvision is listed with the address and size that torchvision states", () => {
  const stated = published.torchvision.filter(({ release }) => release.startsWith("IMAGENET1K"));
  assertEquals(stated.length, 30);
  for (const { architecture, release, url, mebibytes } of stated) {
    const found = weightsFor(architecture).filter((source) => source.url === url);
    assertEquals(found.length, 1, url);
    const [source] = found;
    assertEquals([source.mebibytes, source.collection], [mebibytes, "torchvision"]);
    assertEquals(url, `https://download.pytorch.org/models/${source.file}`);
    assertEquals(source.hashPrefix, /-([0-9a-f]{8})\.pth$/.exec(url)?.[1]);
    assert(source.origin.startsWith(release), source.origin);
    const first = release === "IMAGENET1K_V1";
    assertEquals(source.name === architecture, first, url);
    assertEquals(weightsFor(architecture)[0] === source, first, url);
  }
  const listed = weightsSources.filter(({ mebibytes }) => mebibytes !== undefined);
  assertEquals(listed.length, stated.length);
});

Deno.test("every file of timm is listed with the address and licence that timm states", () => {
  assertEquals(published.timm.length, 29);
  for (const { architecture, name, hub, license } of published.timm) {
    const source = findSource(name);
    assertEquals(source.architecture, architecture);
    assertEquals(source.url, `https://huggingface.co/${hub}/resolve/main/model.safetensors`);
    assertEquals(source.license.toLowerCase(), license);
    assertEquals([source.hashPrefix, source.file], [undefined, `${name}.safetensors`]);
  }
  const listed = weightsSources.filter(({ collection }) => collection === "timm");
  assertEquals(listed.length, published.timm.length);
});

Deno.test("names, files and addresses are each one source's own", () => {
  assertEquals(weightsSources.length, 72);
  for (const field of ["name", "file", "url"] as const) {
    assertEquals(new Set(weightsSources.map((source) => source[field])).size, 72, field);
  }
  const prefixes = weightsSources.flatMap(({ hashPrefix }) => hashPrefix ?? []);
  assertEquals(new Set(prefixes).size, 43);
  for (const source of weightsSources) {
    // A file name that is safe in every folder.
    assert(/^[a-z0-9_.-]+\.(pth|safetensors)$/.test(source.file), source.file);
    assert(source.license !== "" && source.origin !== "" && weightsTerms[source.collection] !== "");
  }
});

Deno.test("a source is found by its name, by its file, and not by another", () => {
  const source = findSource("wide_resnet50_2");
  for (const name of ["wide_resnet50_2-95faca4d", "wide_resnet50_2-95faca4d.pth"]) {
    assertEquals(findSource(name), source);
  }
  assertEquals(findSource("resnet18-5c106cde").architecture, "resnet18");
  assertThrows(() => findSource("resnet19"), RangeError, "did you mean resnet18?");
  assertEquals(weightsFor("vgg16"), []);
});

Deno.test("a file may be a hundredth and 1 MiB larger than stated, or have 2 GiB where nothing is", () => {
  assertEquals(mostBytes({ ...findSource("resnet18"), mebibytes: 100 }), 102 * 2 ** 20);
  assertEquals(mostBytes(findSource("resnet18.tv_in1k")), 2 ** 31);
});
