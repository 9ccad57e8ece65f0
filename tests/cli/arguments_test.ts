import { assert, assertEquals, assertThrows } from "@std/assert";
import { helpText, parseCommand } from "../../src/cli/arguments.ts";

const spec = {
  data: { kind: "text", value: "DIR", help: "a folder" },
  category: { kind: "list", value: "A,B", help: "names\nin two lines" },
  coreset: { kind: "number", value: "SHARE", help: "a share", range: { least: 0, most: 1 } },
  seed: { kind: "number", help: "whole", range: { least: 0, most: 9, whole: true } },
  help: { kind: "flag", help: "print this" },
} as const;

Deno.test("options have their types, and are undefined where not given", () => {
  const given = parseCommand(spec, [
    "--data",
    "my photos",
    "--category=a, b,a",
    "--coreset",
    ".5",
    "--help",
  ]);
  assertEquals(given, {
    data: "my photos",
    category: ["a", "b"],
    coreset: 0.5,
    seed: undefined,
    help: true,
  });
});

Deno.test("what cannot be meant is refused with what would do", () => {
  const cases: [string[], string][] = [
    [["--corset", "1"], "--corset; did you mean coreset?"],
    [["--zzzzzz"], "--zzzzzz"],
    [["-x"], "--x"],
    [["stray"], '"stray"'],
    [["--coreset", "abc"], '"abc"'],
    [["--coreset", "2"], "in 0…1"],
    [["--coreset=-1"], '"-1"'],
    [["--coreset", "0x1"], '"0x1"'],
    [["--coreset="], "needs a value"],
    [["--seed", "1.5"], "whole number in 0…9"],
    [["--data"], "--data needs a value"],
    [["--category", ","], "--category needs a value"],
    [["--data", "a", "--data", "b"], "given once: a and b"],
  ];
  assertEquals(cases.length, 13);
  for (const [args, message] of cases) {
    const error = assertThrows(() => parseCommand(spec, args), Error, message);
    assert((error as Error).message.startsWith("Cannot read the command as "), String(error));
  }
});

Deno.test("the help lists every option and example", () => {
  const text = helpText({
    command: "deno task x",
    purpose: "Does x.",
    spec,
    examples: [["deno task x --data d", "does x to d"]],
  });
  for (const name of Object.keys(spec)) assert(text.includes(`--${name}`), name);
  assert(text.includes("does x to d"));
  assert(text.includes("names\n"));
});
