import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { openResultsFolder, type ResultsFolder } from "../../src/store/results_folder.ts";
import type { ResultsOptions } from "../../src/store/results_plan.ts";
import { bytesOf, options } from "./results_writer.ts";

const script = fromFileUrl(new URL("results_writer.ts", import.meta.url));

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "kizu-results-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function use<T>(
  folder: string,
  work: (results: ResultsFolder) => T | Promise<T>,
  given: ResultsOptions = options,
): Promise<T> {
  await using results = await openResultsFolder(folder, given);
  return await work(results);
}

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

/** One finished result, `a`, with an attachment of 5 bytes. */
const withResult = (folder: string) =>
  use(folder, (results) => results.append("a", { auroc: 0.5 }, { maps: new Uint8Array(5) }));

const refusal = (work: () => Promise<unknown>): Promise<string> =>
  work().then(() => "no refusal", (error: unknown) => String(error));

/** The writer in a process of its own, and a way to wait for a line of its output. */
function startWriter(args: readonly string[]) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--no-check", "-A", script, ...args],
    env: { NO_COLOR: "1" },
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  return {
    child,
    async until(line: string): Promise<void> {
      for (let text = ""; !text.includes(line);) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`ended before ${line}: ${text}`);
        text += value;
      }
    },
    async kill(): Promise<void> {
      child.kill("SIGKILL");
      await child.status;
      await reader.cancel();
    },
  };
}

Deno.test("results come back with their attachments, and a later run goes on with them", async () => {
  await withFolder(async (parent) => {
    const folder = join(parent, "new", "results");
    const record = { scores: [0.1, -0, 1e-300, 2 ** 53], "β": { b: null, a: "\u2028 \ud800" } };
    await use(folder, async (results) => {
      assertEquals([...results.finished], []);
      await results.append("padim.cable_0-1", record, {
        maps: [new Uint8Array([1, 2]), new Uint8Array(0), new Uint8Array([3])],
        empty: [],
      });
      await results.append("bare", [1, undefined].slice(0, 1));
      assertEquals([...results.finished], ["padim.cable_0-1", "bare"]);
    });
    await use(folder, async (results) => {
      assertEquals([...results.finished].sort(), ["bare", "padim.cable_0-1"]);
      const found = await results.read("padim.cable_0-1");
      assertEquals(found.record, record);
      assertEquals(found.attachments, ["maps", "empty"]);
      assertEquals(await found.attachment("maps"), new Uint8Array([1, 2, 3]));
      assertEquals(await found.attachment("empty"), new Uint8Array(0));
      assertEquals((await results.read("bare")).record, [1]);
      await results.append("third", null);
    });
    assertEquals(await names(join(folder, "runs")), [
      "bare.json",
      "padim.cable_0-1.empty.bin",
      "padim.cable_0-1.json",
      "padim.cable_0-1.maps.bin",
      "third.json",
    ]);
    assertEquals(await names(folder), ["lock", "results.json", "runs"]);
  });
});

Deno.test("results appended at once are each whole", async () => {
  await withFolder(async (folder) => {
    const ids = Array.from({ length: 20 }, (_, i) => `run-${i}`);
    await use(folder, async (results) => {
      for (const id of ids) void results.append(id, { id }, { maps: bytesOf(id, 5000) });
      // Closing waits for them.
      await Promise.resolve();
    });
    await use(folder, async (results) => {
      assertEquals([...results.finished].sort(), ids.sort());
      for (const id of ids) {
        const { attachment } = await results.read(id);
        assertEquals(await attachment("maps"), bytesOf(id, 5000));
      }
    });
  });
});

Deno.test("after being killed at any moment the folder opens with whole results only", async () => {
  await withFolder(async (folder) => {
    const length = 3_000_000;
    let before = 0;
    for (let round = 0; round < 5; round++) {
      const writer = startWriter([folder, "1000", `${length}`]);
      await writer.until(round === 0 ? "run-0" : "open");
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 120));
      await writer.kill();
      await use(folder, async (results) => {
        const ids = [...results.finished];
        assert(ids.length >= before, `${ids.length} of ${before}`);
        for (const id of ids) {
          const { record, attachment } = await results.read(id);
          assertEquals(record, { id, length });
          const bytes = await attachment("maps");
          const expected = bytesOf(id, length);
          assertEquals(bytes.length, length);
          assert(bytes.every((byte, i) => byte === expected[i]), id);
          assertEquals((await attachment("tail")).length, 1000);
        }
        const own = ids.flatMap((id) => [`${id}.json`, `${id}.maps.bin`, `${id}.tail.bin`]);
        assertEquals(await names(join(folder, "runs")), own.sort());
        before = ids.length;
      });
    }
    assert(before > 0);
    console.log(`${before} results finished in 5 runs that were killed`);
  });
});

Deno.test("what a killed run left unfinished is removed, what it does not own is not", async () => {
  await withFolder(async (folder) => {
    await withResult(folder);
    const left = ["b.maps.bin", "a.levels.bin", "c.json.12.partial", "a.maps.bin.7.partial"];
    const foreign = ["notes.txt", "README.md", "photo.bin", "a.maps.txt"];
    for (const name of [...left, ...foreign]) {
      await Deno.writeTextFile(join(folder, "runs", name), "x");
    }
    await Deno.writeTextFile(join(folder, "results.json.99.partial"), "{");
    await Deno.writeTextFile(join(folder, "notes.txt"), "x");
    await use(folder, (results) => assertEquals([...results.finished], ["a"]));
    assertEquals(await names(join(folder, "runs")), ["a.json", "a.maps.bin", ...foreign].sort());
    assertEquals(await names(folder), ["lock", "notes.txt", "results.json", "runs"]);
  });
});

Deno.test("a run killed before its plan was written leaves a folder that opens", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(
      join(folder, "lock"),
      "process 1 on host since 2026-01-01T00:00:00.000Z\n",
    );
    await Deno.writeTextFile(join(folder, "results.json.99.partial"), "{");
    await use(folder, (results) => assertEquals(results.finished.size, 0));
    assertEquals(await names(folder), ["lock", "results.json", "runs"]);
    assertEquals(await Deno.readTextFile(join(folder, "lock")), "");
  });
});

Deno.test("a folder with anything else in it is refused and left as it is", async () => {
  for (const [name, text] of [["notes.txt", "x"], ["lock", "mine"], ["results.json", "{}"]]) {
    await withFolder(async (folder) => {
      await Deno.writeTextFile(join(folder, name), text);
      const message = await refusal(() => use(folder, () => {}));
      const start =
        `RangeError: Cannot write results to ${folder} as the folder must be empty or a results folder: `;
      assert(message.startsWith(start) && message.includes(name), message);
      assertEquals(await Deno.readTextFile(join(folder, name)), text);
    });
  }
});

Deno.test("another plan, version or format is refused with what differs", async () => {
  await withFolder(async (folder) => {
    const there = { plan: { methods: ["padim", "spade"], seed: 0, sizes: { a: 1 } }, version: "1" };
    await use(folder, () => {}, there);
    const { plan } = there;
    const cases: readonly [ResultsOptions, string][] = [
      [
        { plan: { ...plan, methods: ["padim", "dn2"] }, version: "1" },
        'plan.methods[1]: "dn2" here, "spade" there',
      ],
      [
        { plan: { ...plan, methods: ["padim"] }, version: "1" },
        'plan.methods[1]: nothing here, "spade" there',
      ],
      [{ plan: { ...plan, seed: "0" }, version: "1" }, 'plan.seed: "0" here, 0 there'],
      [
        { plan: { ...plan, sizes: { a: 1, "b c": [2] } }, version: "1" },
        'plan.sizes["b c"]: [2] here, nothing there',
      ],
      [{ plan: { ...plan, sizes: [1] }, version: "1" }, 'plan.sizes: [1] here, {"a":1} there'],
      [
        { plan, version: "2" },
        "the same library version (choose another folder, or delete this one): 2 here, 1 there",
      ],
    ];
    assertEquals(cases.length, 6);
    for (const [ours, expected] of cases) {
      const message = await refusal(() => use(folder, () => {}, ours));
      assert(message.endsWith(expected), message);
      assert(message.startsWith(`RangeError: Cannot write results to ${folder} as `), message);
    }
    // The order of fields is no difference, nor is a field that is undefined.
    const same = { sizes: { a: 1 }, more: undefined, seed: 0, methods: ["padim", "spade"] };
    await use(folder, () => {}, { plan: same, version: "1" });
    const path = join(folder, "results.json");
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace('"format":1', '"format":2'));
    assert((await refusal(() => use(folder, () => {}, there))).endsWith("1 here, 2 there"));
    await Deno.writeTextFile(path, text.replace('"spade"', '"spadf"'));
    assert(
      (await refusal(() => use(folder, () => {}, there))).includes("results.json must be whole"),
    );
    await Deno.writeTextFile(path, text.slice(0, 50));
    assert((await refusal(() => use(folder, () => {}, there))).startsWith("SyntaxError: "));
  });
});

Deno.test("the caller may allow another plan, which then is the folder's", async () => {
  await withFolder(async (folder) => {
    const version = "1";
    await use(folder, (results) => results.append("a", 1), { plan: { runs: 1 }, version });
    const more = { plan: { runs: 2 }, version };
    let asked: unknown;
    const refused = await refusal(() =>
      use(folder, () => {}, { ...more, resumable: () => "there are fewer runs" })
    );
    assert(
      refused.endsWith(
        "of the same plan (choose another folder, or delete this one): there are fewer runs",
      ),
      refused,
    );
    const resumable = (theirs: unknown, ours: unknown) => {
      asked = [theirs, ours];
      return undefined;
    };
    await use(folder, (results) => assertEquals([...results.finished], ["a"]), {
      ...more,
      resumable,
    });
    assertEquals(asked, [{ runs: 1 }, { runs: 2 }]);
    await use(folder, () => {}, more);
    assert(
      (await refusal(() => use(folder, () => {}, { plan: { runs: 1 }, version }))).includes(
        "plan.runs",
      ),
    );
  });
});

Deno.test("every flipped byte of a record is refused, and of an attachment when it is read", async () => {
  await withFolder(async (folder) => {
    await withResult(folder);
    const path = join(folder, "runs", "a.json");
    const whole = await Deno.readFile(path);
    assert(whole.length > 150, `${whole.length}`);
    // The last byte is the line's end: what JSON takes for a space changes nothing.
    for (let i = 0; i < whole.length - 1; i++) {
      const broken = whole.slice();
      broken[i] ^= 1 << (i % 8);
      await Deno.writeFile(path, broken);
      const message = await refusal(() => use(folder, () => {}));
      const start = `SyntaxError: Cannot read the results in ${folder} as each must be whole ` +
        `(when runs/a.* is deleted it is computed again): ${path}: `;
      assert(message.startsWith(start), `byte ${i}: ${message}`);
    }
    await Deno.writeFile(path, whole);
    const attachment = join(folder, "runs", "a.maps.bin");
    for (let i = 0; i < 5; i++) {
      await Deno.writeFile(attachment, new Uint8Array(5).fill(1, i, i + 1));
      await use(folder, async (results) => {
        const found = await results.read("a");
        const message = await refusal(() => found.attachment("maps"));
        assert(
          message.startsWith("SyntaxError") && message.includes(`${attachment}: other bytes`),
          message,
        );
      });
    }
    await Deno.writeFile(attachment, new Uint8Array(4));
    const short = await refusal(() => use(folder, () => {}));
    assert(short.endsWith(`${attachment}: 4 bytes instead of 5`), short);
    await Deno.remove(attachment);
    assert((await refusal(() => use(folder, () => {}))).includes(`${attachment}: No such file`));
    // As the message says.
    await Deno.remove(path);
    await use(folder, (results) => assertEquals(results.finished.size, 0));
    await withResult(folder);
  });
});

Deno.test("one run at a time holds the folder; a killed one holds it no longer", async () => {
  await withFolder(async (folder) => {
    const writer = startWriter([folder, "100000", "1000"]);
    await writer.until("open");
    const since = "since \\d\\d:\\d\\d$|since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d$";
    const message = await refusal(() => use(folder, () => {}));
    const start =
      `RangeError: Cannot write results to ${folder} as no other run may be writing there: ` +
      `process ${writer.child.pid} `;
    assert(message.startsWith(start) && new RegExp(since).test(message), message);
    await writer.kill();
    assert(
      (await Deno.readTextFile(join(folder, "lock"))).startsWith(`process ${writer.child.pid} `),
    );
    await use(folder, async () => {
      const second = await refusal(() => use(folder, () => {}));
      assert(second.includes(`no other run may be writing there: process ${Deno.pid} `), second);
      // The refused one has not let go of it.
      assert((await refusal(() => use(folder, () => {}))).includes("no other run"));
    });
    await use(folder, () => {});
  });
});

Deno.test("a full disk is one clear message, and what was finished stays", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await withFolder(async (folder) => {
    // Beyond 200 kB a file is refused by the system, as by a full disk.
    const run = async (count: number, length: number) => {
      const deno = `"${Deno.execPath()}" run --quiet --no-prompt --no-check --no-code-cache -A`;
      const { code, stdout, stderr } = await new Deno.Command("bash", {
        args: [
          "-c",
          `trap '' XFSZ; ulimit -f 200; exec ${deno} "$@"`,
          "bash",
          script,
          folder,
          `${count}`,
          `${length}`,
        ],
        env: { NO_COLOR: "1" },
      }).output();
      assertEquals(new TextDecoder().decode(stderr), "");
      return { code, lines: new TextDecoder().decode(stdout).trim().split("\n") };
    };
    assertEquals(await run(2, 50_000), { code: 0, lines: ["open", "run-0", "run-1"] });
    const { code, lines } = await run(1, 1_000_000);
    assertEquals([code, lines.length, lines[0]], [2, 2, "open"]);
    const path = join(folder, "runs", "run-2.maps.bin");
    assert(lines[1].startsWith(`RangeError: Cannot write ${path} as `), lines[1]);
    assertEquals(
      (await names(join(folder, "runs"))).filter((name) => /run-2|partial/.test(name)),
      [],
    );
    await use(folder, async (results) => {
      assertEquals([...results.finished].sort(), ["run-0", "run-1"]);
      for (const id of results.finished) {
        assertEquals(await (await results.read(id)).attachment("maps"), bytesOf(id, 50_000));
      }
    });
  });
});

Deno.test("what fails leaves nothing of the result, and the folder goes on", async () => {
  await withFolder(async (folder) => {
    await use(folder, async (results) => {
      // A folder in the record's place: its attachments were written when that fails.
      await Deno.mkdir(join(folder, "runs", "a.json"));
      const message = await refusal(() => results.append("a", 1, { maps: new Uint8Array(5) }));
      assert(
        message.startsWith(`RangeError: Cannot write ${join(folder, "runs", "a.json")}`),
        message,
      );
      assertEquals(await names(join(folder, "runs")), ["a.json"]);
      assertEquals(results.finished.size, 0);
      await Deno.remove(join(folder, "runs", "a.json"));
      await results.append("a", 1, { maps: new Uint8Array(5) });
      assertEquals([...results.finished], ["a"]);
    });
  });
});

Deno.test("bad input is refused and named", async () => {
  await withFolder(async (folder) => {
    const results = await openResultsFolder(folder, options);
    await results.append("a", 1);
    const own: Record<string, unknown> = {};
    own.own = own;
    const cases: readonly [() => Promise<unknown>, typeof TypeError | typeof RangeError, string][] =
      [
        [() => results.append("", 1), RangeError, '""'],
        [() => results.append("../a", 1), RangeError, '"../a"'],
        [() => results.append("A", 1), RangeError, '"A"'],
        [() => results.append("a".repeat(122), 1), RangeError, "an id must be 1 to 121"],
        [() => results.append("a\n", 1), RangeError, '"a\\n"'],
        [() => results.append("b", 1, { "a.b": new Uint8Array(1) }), RangeError, '"a.b"'],
        [() => results.append("a", 2), RangeError, "no result of this id may be there"],
        [() => results.append("b", { x: [1, NaN] }), TypeError, "record.x[1] is NaN"],
        [
          () => results.append("b", { x: new Float32Array(2) }),
          TypeError,
          "record.x is a Float32Array",
        ],
        [() => results.append("b", { "x y": new Date() }), TypeError, 'record["x y"] is a Date'],
        [() => results.append("b", [1, , 2]), TypeError, "record[1] is undefined"],
        [() => results.append("b", 1n), TypeError, "record is a bigint"],
        [() => results.append("b", undefined), TypeError, "record is undefined"],
        [() => results.append("b", own), TypeError, "record.own is a part of itself"],
        [
          () => results.read("b"),
          RangeError,
          `Cannot read result b as it must be finished: not in ${folder}`,
        ],
        [async () => (await results.read("a")).attachment("maps"), RangeError, "it has none"],
      ];
    assertEquals(cases.length, 16);
    for (const [work, kind, message] of cases) await assertRejects(work, kind, message);
    const twice = [results.append("b", 1), results.append("b", 2)];
    assertEquals((await Promise.allSettled(twice)).map(({ status }) => status), [
      "fulfilled",
      "rejected",
    ]);
    assertEquals((await results.read("b")).record, 1);
    await results[Symbol.asyncDispose]();
    await results[Symbol.asyncDispose]();
    await assertRejects(() => results.append("c", 1), RangeError, `${folder} was closed`);
    await assertRejects(() => results.read("a"), RangeError, "was closed");
    const file = join(folder, "results.json");
    await assertRejects(
      () => openResultsFolder(file, options),
      RangeError,
      `Cannot write results to ${file} as`,
    );
    await assertRejects(
      () => openResultsFolder(folder, { plan: { a: Infinity }, version: "1" }),
      TypeError,
      "plan.a is Infinity",
    );
  });
});
