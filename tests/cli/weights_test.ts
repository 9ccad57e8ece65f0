import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { writeSafetensors } from "../../src/backbones/weights/safetensors.ts";
import { sha256Hex } from "../../src/sha256.ts";
import { tensor } from "../../src/tensor.ts";
import { honestly, rangeStart, serveScript } from "../backbones/weights/scripted_server.ts";
import { inPlace, names, pth, refused, root, sourcesAt, tiny } from "./weights_setup.ts";

Deno.test("pull brings files over cuts, records their hashes, and leaves alone what is there", async () => {
  await using server = serveScript(
    honestly(pth, { upTo: 1000 }),
    honestly(pth),
    honestly(tiny),
  );
  const [first, second] = sourcesAt(server.address);
  await inPlace(server.address, async ({ weights, run, spawn }) => {
    const { code, err } = await spawn("pull", first.name, second.name);
    assertEquals(code, 0, err);
    assertStringIncludes(err, "testnet18  1000 of 3680 bytes came");
    assertStringIncludes(err, "again in 0.5 s");
    assertStringIncludes(err, `SHA-256 ${sha256Hex(tiny)}`);
    assertEquals(
      names(weights),
      [first.file, `${first.file}.sha256`, second.file, `${second.file}.sha256`].sort(),
    );
    assertEquals(await Deno.readFile(join(weights, first.file)), pth);
    // As `sha256sum --check` reads it.
    const record = await Deno.readTextFile(join(weights, `${first.file}.sha256`));
    assertEquals(record, `${sha256Hex(pth)}  ${first.file}\n`);
    assertEquals(server.heard.map(({ target }) => target), [
      `/models/${first.file}`,
      `/models/${first.file}`,
      "/timm/testnet18.tv_in1k/resolve/main/model.safetensors",
    ]);

    const again = await run("pull", first.name, first.file, second.name);
    assertEquals([again.code, again.err], [0, ""]);
    assertEquals(again.out.trim().split("\n").length, 2);
    assertEquals(server.heard.length, 3);

    const listed = await run("list");
    assertEquals([listed.code, listed.err], [0, ""]);
    assertStringIncludes(listed.out, join(weights, second.file));
    assertStringIncludes(listed.out, "Apache-2.0");
    assertStringIncludes(listed.out, "yours to determine");

    const verified = await run("verify");
    assertEquals([verified.code, verified.err], [0, ""]);
    assertStringIncludes(verified.out, "testnet18  16 tensors");
    assertEquals(verified.out.match(/\(as recorded\)/g)?.length, 2);
  });
});

Deno.test("pull takes files from a mirror under their names, by option or environment", async () => {
  await using mirror = serveScript(honestly(tiny));
  const [, source] = sourcesAt("http://weights.invalid");
  await inPlace("http://weights.invalid", async ({ weights, run, spawn }) => {
    const { code, err } = await run("pull", source.name, "--from", `${mirror.address}/own`);
    assertEquals(code, 0, err);
    await Deno.remove(weights, { recursive: true });
    assertEquals((await spawn("pull", source.name)).code, 0);
    const target = `/own/${source.file}`;
    assertEquals(mirror.heard.map((heard) => heard.target), [target, target]);
    refused(await run("pull", source.name, "--from", "ftp://x"), "https://");
  }, { KIZU_WEIGHTS_URL: `${mirror.address}/own/` });
});

Deno.test("what the server has wrong is refused, and leaves no file", async () => {
  const wrong = pth.map((byte) => byte ^ 1);
  await using server = serveScript(
    honestly(wrong),
    honestly(new TextEncoder().encode("<html>please log in</html>")),
    () => ({ status: 404, headers: { "content-length": 0 } }),
    honestly(new Uint8Array(3_000_000)),
  );
  const [first, second] = sourcesAt(server.address);
  await inPlace(server.address, async ({ weights, run }) => {
    refused(await run("pull", first.name), `begin with ${first.hashPrefix}`, sha256Hex(wrong));
    refused(await run("pull", second.name), "must begin like", "bytes 3c 68 74 6d");
    const missing = await run("pull", first.name);
    refused(missing, "answers 404", "by hand", weights, "`deno task weights add FILE`");
    refused(await run("pull", first.name), "bytes at most", "announces 3000000");
    assertEquals(names(weights), []);
  });
});

Deno.test("a file that does not verify is had again, but only the one that was recorded", async () => {
  const other = writeSafetensors(new Map([["fc.weight", tensor(new Float32Array(4), [2, 2])]]));
  await using server = serveScript(honestly(tiny), honestly(other), honestly(tiny));
  const [, source] = sourcesAt(server.address);
  await inPlace(server.address, async ({ folder, weights, run }) => {
    assertEquals((await run("pull", source.name)).code, 0);
    const path = join(weights, source.file);
    await Deno.writeFile(path, tiny.subarray(0, 20));
    const because = `as recorded in ${path}.sha256`;
    const verified = await run("verify");
    assertEquals([verified.code, verified.out], [1, ""]);
    assertStringIncludes(verified.err, because);

    const again = await run("pull", source.name);
    refused(again, because, sha256Hex(other));
    assertStringIncludes(again.err, "it is downloaded again");
    const hand = join(folder, "model.safetensors");
    await Deno.writeFile(hand, other);
    refused(await run("add", hand, "--name", source.name), because, sha256Hex(other));
    assertEquals((await run("pull", source.name)).code, 0);
    assertEquals(await Deno.readFile(path), tiny);
  });
});

Deno.test("without a network one line tells how to place the file by hand", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  assert(listener.addr.transport === "tcp");
  const address = `http://127.0.0.1:${listener.addr.port}`;
  listener.close();
  const [source] = sourcesAt(address);
  await inPlace(address, async ({ weights, run }) => {
    const outcome = await run("pull", source.name);
    refused(outcome, "Cannot pull testnet18", "refused", `download ${source.url} by hand`, weights);
    refused(await run("verify", source.name), `deno task weights pull ${source.name}`, weights);
  });
});

Deno.test({
  name: "an interrupted pull leaves no process, and the next one goes on where it was",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using server = serveScript(
      (heard) => ({ ...honestly(pth, { upTo: 2000 })(heard), hang: true }),
      honestly(pth),
    );
    const [first] = sourcesAt(server.address);
    await inPlace(server.address, async ({ weights, run, start }) => {
      const child = start("pull", first.name);
      const partial = join(weights, `${first.file}.partial`);
      while ((await Deno.stat(partial).catch(() => undefined))?.size !== 2000) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      child.kill("SIGTERM");
      assertEquals((await child.output()).code, 130);
      assertEquals((await run("pull", first.name)).code, 0);
      assertEquals(server.heard.map(rangeStart), [0, 2000]);
      assertEquals(names(weights), [first.file, `${first.file}.sha256`]);
    });
  },
});

Deno.test("add recognises a file by its hash or its name, and records it", async () => {
  const [first, second] = sourcesAt("http://weights.invalid");
  await inPlace("http://weights.invalid", async ({ folder, weights, run }) => {
    const given = join(folder, "download (1).bin");
    await Deno.writeFile(given, pth);
    const { code, out, err } = await run("add", given);
    assertEquals([code, err], [0, ""]);
    assertStringIncludes(out, "testnet18  testnet18, 16 tensors, BSD-3-Clause");
    assertEquals(names(weights), [first.file, `${first.file}.sha256`]);
    assertEquals(await Deno.readFile(join(weights, first.file)), pth);

    const model = join(folder, "model.safetensors");
    await Deno.writeFile(model, tiny);
    refused(await run("add", model), "--name NAME", sha256Hex(tiny));
    assertEquals((await run("add", "--name", second.name, model)).code, 0);
    assertEquals(names(weights).length, 4);
    // Placed by hand before, and only to be recorded.
    const placed = join(weights, second.file);
    await Deno.remove(`${placed}.sha256`);
    assertEquals((await run("add", placed)).code, 0);
    assertEquals(names(weights).length, 4);
  });
});

Deno.test("add refuses what is not the file it is said to be, and writes nothing", async () => {
  const [first, second] = sourcesAt("http://weights.invalid");
  await inPlace("http://weights.invalid", async ({ folder, weights, run }) => {
    const cut = join(folder, first.file.replace(".pth", " (2).pth"));
    await Deno.writeFile(cut, pth.subarray(0, 3000));
    refused(await run("add", cut), `begin with ${first.hashPrefix}`, "truncated or another file");
    refused(await run("add", cut, "--name", first.name), "truncated or another file");
    const evil = join(root, "tests/fixtures/weights/refused_system.pth");
    refused(await run("add", evil, "--name", second.name), "posix.system");
    refused(await run("add", join(folder, "none.pth")), "none.pth");
    refused(await run("add"), "a file must be given");
    refused(await run("add", cut, evil, "--name", first.name), "for one file");
    assertEquals(names(folder).includes("weights"), false, weights);
  });
});

Deno.test("PyTorch's cache is read, never written to, and trusted for its hash alone", async () => {
  const [first, second] = sourcesAt("http://weights.invalid");
  await inPlace("http://weights.invalid", async ({ torch, run }) => {
    await Deno.mkdir(torch, { recursive: true });
    await Deno.writeFile(join(torch, first.file), pth);
    await Deno.writeFile(join(torch, second.file), tiny);
    const { code, out } = await run("verify");
    assertEquals(code, 0);
    assertStringIncludes(out, "(not recorded)");
    assertEquals(out.includes(second.file), false);
    assertStringIncludes((await run("pull", first.name)).out, join(torch, first.file));
    assertEquals(names(torch), [first.file, second.file].sort());
    await Deno.writeFile(join(torch, first.file), pth.subarray(1));
    const broken = await run("verify", first.name);
    assertEquals(broken.code, 1);
    assertStringIncludes(broken.err, `begin with ${first.hashPrefix}`);
  });
});

Deno.test("verify records what was placed by hand", async () => {
  const [, second] = sourcesAt("http://weights.invalid");
  await inPlace("http://weights.invalid", async ({ weights, run, spawn }) => {
    assertStringIncludes((await run("verify")).out, "No weights are there");
    await Deno.mkdir(weights);
    await Deno.writeFile(join(weights, second.file), tiny);
    assertStringIncludes((await run("verify")).out, "(recorded now)");
    assertStringIncludes((await run("verify")).out, "(as recorded)");
    await Deno.writeTextFile(join(weights, `${second.file}.sha256`), "no hash\n");
    const { code, err } = await spawn("verify");
    assertEquals(code, 1);
    assertStringIncludes(err, "64 hexadecimal digits");
  });
});

Deno.test("bad usage of weights is refused in one line; --help explains", async () => {
  await inPlace("http://weights.invalid", async ({ run, spawn }) => {
    refused(await spawn(), "list, pull, add, verify");
    refused(await run("pul"), "did you mean pull?");
    refused(await run("pull"), "names must be given");
    refused(await run("pull", "testnet81"), "did you mean testnet18?");
    refused(await run("list", "resnet"), '"resnet"');
    refused(await run("list", "--from", "http://x"), "--from belongs to pull");
    refused(await run("pull", "testnet18", "--name", "x"), "--name belongs to add");
    refused(await run("pull", "testnet18", "--form", "x"), "did you mean from?");
    const { code, out, err } = await spawn("--help");
    assertEquals([code, err], [0, ""]);
    for (const word of ["pull NAME", "--from URL", "KIZU_WEIGHTS", "Examples:"]) {
      assertStringIncludes(out, word);
    }
  });
});
