import { assert, assertEquals, assertThrows } from "@std/assert";
import { unpickle } from "../../../src/backbones/weights/pickle.ts";
import { isKind, type PickleValue } from "../../../src/backbones/weights/pickle_values.ts";
import { stateDictIn } from "../../../src/backbones/weights/torch_entry.ts";
import { torchWorld } from "../../../src/backbones/weights/torch_objects.ts";

/** A program from text where each character is a byte. */
const program = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

function run(text: string | Uint8Array): PickleValue {
  const bytes = typeof text === "string" ? program(text) : text;
  const { world } = torchWorld("p");
  return unpickle(bytes, { start: 0, end: bytes.length, file: "p" }, world).value;
}

const tensorText = "ctorch._utils\n_rebuild_tensor_v2\n(" +
  "(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x06tQ";

Deno.test("plain values of protocols 2 and 4 are read", () => {
  assertEquals(run("\x80\x02J\xfe\xff\xff\xff."), -2);
  assertEquals(run("M\x01\x02."), 513);
  assertEquals(run("\x8a\x01\xff."), -1);
  assertEquals(run("\x8a\x00."), 0);
  assertEquals(run("\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."), 0x1950a86a20f9469cfc6cn);
  assertEquals(run("G\x3f\xf8\x00\x00\x00\x00\x00\x00."), 1.5);
  assertEquals(run("\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00\x8c\x02hi\x94."), "hi");
  assertEquals(run("N."), null);
  assertEquals(run("\x88."), true);
  assertEquals(run("](K\x01K\x02e."), { kind: "list", items: [1, 2] });
  assertEquals(run("K\x01q\x050h\x05\x85."), { kind: "tuple", items: [1] });
});

Deno.test("STACK_GLOBAL reaches the same list of names as GLOBAL", () => {
  const text = (name: string) => `\x8c${String.fromCharCode(name.length)}${name}`;
  const allowed = run(`\x80\x04${text("collections")}${text("OrderedDict")}\x93)R.`);
  assert(isKind(allowed, "dict") && allowed.ordered);
  assertThrows(
    () => run(`\x80\x04${text("os")}${text("system")}\x93)R.`),
    SyntaxError,
    "os.system",
  );
  // A name with a dot reaches no deeper.
  assertThrows(() => run(`\x80\x04${text("torch")}${text("os.system")}\x93.`), SyntaxError);
});

Deno.test("programs that break the stack machine are refused with their byte", () => {
  const broken: readonly (readonly [string, string])[] = [
    ["", "must be whole"],
    [".", "must hold a value"],
    ["t.", "must hold a mark"],
    ["(K\x01(0q\x00.", ""],
    ["h\x07.", "none under 7"],
    ["X\xff\xff\xff\xff.", "must be whole"],
    ["\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", "must be whole"],
    ["X\x01\x00\x00\x00\xff.", "UTF-8"],
    ["K\x01K\x02a.", "only a list"],
    ["}(K\x01u.", "pairs"],
    ["]}b.", "only an OrderedDict"],
    ["K\x01)R.", "number and a tuple"],
    ["cos.", "end with its line"],
    ["\x80\x09.", "protocol"],
    ["\xff.", "0xff"],
    ["K\x01Q.", "only storages may be persistent"],
    [tensorText + "K\x00K\x05K\x01\x89ccollections\nOrderedDict\n)RtR.", "must be a tuple"],
    [tensorText + "J\xff\xff\xff\xff))\x89NtR.", "whole and not negative"],
    [tensorText + "K\x00K\x02\x85)\x89NtR.", "a stride per dimension"],
    [tensorText + "K\x00))\x89N}X\x03\x00\x00\x00neg\x88stR.", "stored plainly"],
  ];
  assertEquals(broken.length, 20);
  for (const [text, found] of broken) {
    if (found === "") assertEquals(run(text), 1);
    else assertThrows(() => run(text), SyntaxError, found, JSON.stringify(text));
  }
});

Deno.test("bombs of steps, containers, marks and memo entries end in a refusal", () => {
  const repeat = (part: string, times: number) => program(part.repeat(times));
  const bombs: readonly Uint8Array[] = [
    repeat("N", 2_000_000),
    repeat("}", 400_000),
    repeat("]", 400_000),
    repeat("(", 2_000_000),
    program("N" + "\x85".repeat(400_000)),
    program("]" + "2".repeat(2_000_000)),
    program("K\x01" + "\x94".repeat(2_000_000)),
    // One list of 1,000 pairs, copied by a thousand calls.
    program(
      "](" + "K\x01K\x02\x86".repeat(1000) + "e\x85q\x00" +
        "ccollections\nOrderedDict\nh\x00R".repeat(1000) + ".",
    ),
  ];
  assertEquals(bombs.length, 8);
  for (const bomb of bombs) assertThrows(() => run(bomb), SyntaxError, "may");
});

Deno.test("dicts that hold each other, deeply or in circles, are searched once each", () => {
  // Twenty levels that each hold the next one twice, and the last one a tensor: 2²⁰ paths.
  const level = "}(X\x01\x00\x00\x00ah\x00X\x01\x00\x00\x00bh\x00uq\x00";
  const leaf = "}X\x01\x00\x00\x00w" + tensorText + "K\x00)" + ")\x89NtRsq\x00";
  const root = run(leaf + level.repeat(20) + ".");
  assertEquals([...stateDictIn(root, { file: "p" }).keys()], ["w"]);

  // A chain of 50,000 dicts, and a dict that holds itself.
  const chain = run(leaf + "}X\x01\x00\x00\x00ah\x00sq\x00".repeat(50_000) + ".");
  assertEquals(stateDictIn(chain, { file: "p" }).size, 1);
  assertThrows(
    () => stateDictIn(run("}q\x00X\x01\x00\x00\x00ah\x00s."), { file: "p" }),
    TypeError,
    "without one",
  );
});
