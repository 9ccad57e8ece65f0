import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { standardLibrary, switchStandardLibrary } from "../../src/cli/std.ts";

const text = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));

Deno.test("the switch knows every @std import, and leads there and back", () => {
  const names = Object.keys(config.imports).filter((name) => name.startsWith("@std/"));
  assertEquals(names, Object.keys(standardLibrary));
  const jsr = switchStandardLibrary(text, "jsr");
  const { imports } = JSON.parse(jsr);
  for (const name of names) assert(imports[name].startsWith("jsr:@std/"), name);
  assertEquals(imports.sharp, (config.imports as Record<string, string>).sharp);
  assertEquals(switchStandardLibrary(jsr, "npm"), switchStandardLibrary(text, "npm"));
  assert(!switchStandardLibrary(jsr, "npm").includes("jsr:@std"));
});
