import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { evaluate, withFolder } from "./eval_command.ts";

/** Where Deno keeps its packages: by default below the home that these tests take away. */
async function denoFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { denoDir } = JSON.parse(new TextDecoder().decode(stdout));
  return denoDir;
}

const tiny = [
  ...["--category", "weave", "--limit", "2", "--method", "dn2"],
  ...["--image-size", "64", "--resize", "64"],
];

Deno.test("a run leaves kept features in the user's home, and nothing else: no engine's telemetry", async () => {
  await withFolder(async (folder) => {
    const home = join(folder, "home");
    await Deno.mkdir(home);
    const env = { HOME: home, XDG_CACHE_HOME: "", KIZU_CACHE: "", DENO_DIR: await denoFolder() };
    const { code, out, err } = await evaluate(tiny, env);
    assertEquals(code, 0, err);
    assert(out.includes("weave"), out);
    const found = [...Deno.readDirSync(home)].flatMap(({ name }) =>
      [...Deno.readDirSync(join(home, name))].map((entry) => `${name}/${entry.name}`)
    );
    const caches = Deno.build.os === "darwin" ? "Library/Caches" : ".cache/kizu";
    assertEquals(found, [caches]);
  });
});

Deno.test("without a home, or with one that cannot be written, nothing is kept and that is said", async () => {
  await withFolder(async (folder) => {
    // A file stands where the folder would be.
    const blocked = join(folder, "blocked");
    for (const caches of [".cache", "Library/Caches"]) {
      await Deno.mkdir(join(blocked, caches), { recursive: true });
      await Deno.writeTextFile(join(blocked, caches, "kizu"), "");
    }
    const rest = { XDG_CACHE_HOME: "", KIZU_CACHE: "", DENO_DIR: await denoFolder() };
    for (const [home, told] of [["", "names no home"], [blocked, "Cannot write "]]) {
      const { code, out, err } = await evaluate(tiny, { ...rest, HOME: home });
      assertEquals(code, 0, err);
      assert(out.includes("weave"), out);
      const [first] = err.split("\n");
      assert(first.startsWith("cache  no features are kept: ") && first.includes(told), err);
    }
  });
});
