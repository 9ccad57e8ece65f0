import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readPytorch } from "../../../src/backbones/weights/pytorch.ts";
import { readSafetensors } from "../../../src/backbones/weights/safetensors.ts";
import { checkFileHash } from "../../../src/backbones/weights/hash.ts";

const root = new URL("../../../", import.meta.url);
const at = (path: string) => decodeURIComponent(new URL(path, root).pathname);

async function convert(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-read", "--allow-write", at("src/cli/convert.ts"), ...args],
    cwd: at("."),
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

Deno.test("convert writes what it read, says what it dropped, and repeats itself exactly", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const from = at("tests/fixtures/weights/plain_stream.pth");
    const args = ["--from", from, "--drop", "shared.,half", "--meta", "license=MIT=X"];
    const [first, second] = [`${folder}/a.safetensors`, `${folder}/b.safetensors`];
    const { code, out, err } = await convert(...args, "--to", first);
    assertEquals([code, err], [0, ""]);
    console.log(out);
    assertStringIncludes(out, "kept     12 tensors");
    assertStringIncludes(out, "dropped  shared.part [3, 4]");
    assertStringIncludes(out, "dropped  7 integer tensors, such as bn.num_batches_tracked");

    const { tensors, metadata } = await readSafetensors(first);
    const source = (await readPytorch(from, { integers: "drop" })).tensors;
    const kept = [...source.keys()].filter((name) => !/^(shared\.|half)/.test(name));
    assertEquals([...tensors.keys()], kept.sort());
    for (const [name, tensor] of tensors) assertEquals(tensor, source.get(name), name);
    assertEquals(metadata.license, "MIT=X");
    assertEquals(metadata.source_file, "plain_stream.pth");
    await checkFileHash(from, { sha256: metadata.source_sha256 });

    assertEquals((await convert(...args, "--to", second)).code, 0);
    assertEquals(await Deno.readFile(second), await Deno.readFile(first));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("convert refuses in one line what it does not understand, and writes nothing", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const from = at("tests/fixtures/weights/nested_zip.pth");
    const to = `${folder}/x.safetensors`;
    const cases: readonly (readonly [string[], string])[] = [
      [["--form", from], "--form"],
      [["--from", from], "--from and --to are needed"],
      [["--from", `${folder}/none.pth`, "--to", to], "none.pth"],
      [["--from", from, "--to", to, "--drop", "fc."], '"fc."'],
      [["--from", from, "--to", to, "--meta", "license"], "key=value"],
      [["--from", from, "--to", to, "--entry", "model"], '"model"'],
      [["--from", at("tests/fixtures/weights/refused_system.pth"), "--to", to], "posix.system"],
    ];
    assertEquals(cases.length, 7);
    for (const [args, found] of cases) {
      const { code, out, err } = await convert(...args);
      assertEquals(code, 2);
      assert(err.startsWith("error: Cannot "), err);
      assertStringIncludes(err, found);
      assert(!out.includes("output"), out);
    }
    assertEquals([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the embedded weights are the file that models/README.md describes", async () => {
  const path = at("models/efficientnet_lite0.safetensors");
  const readme = await Deno.readTextFile(at("models/README.md"));
  const hashes = readme.match(/\b[0-9a-f]{64}\b/g) ?? [];
  assertEquals(hashes.length, 4);
  await checkFileHash(path, { sha256: hashes[1] });
  const { tensors, metadata } = await readSafetensors(path);
  assertEquals(metadata.source_sha256, hashes[0]);
  assertEquals(metadata.license, "Apache-2.0");
  assertEquals(tensors.size, 245);
  const values = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  assertEquals(values, 3_413_024);
  assertEquals(tensors.get("_blocks.15._project_conv.weight")?.shape, [320, 1152, 1, 1]);
  assert(![...tensors.keys()].some((name) => /_fc|num_batches_tracked/.test(name)));
  for (const [name, { data }] of tensors) assert(data.every(Number.isFinite), name);
});
