import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";

const root = fromFileUrl(new URL("../../", import.meta.url));
/** The command's own permissions; read as text, so that a missing task fails here and now. */
const { tasks } = JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
const [, ...command]: string[] = tasks.lab.command.split(" ");

/** What `deno task lab` runs on, alone: enough to work in a project of its own. */
const FILES = [
  "deno.json",
  "src/cli/arguments.ts",
  "src/cli/command.ts",
  "src/cli/lab.ts",
  "src/cli/progress.ts",
  "src/errors.ts",
  "src/files.ts",
  "src/sha256.ts",
];

/**
 * A stand-in for Python: says its version, makes an environment that holds a copy of itself, and
 * writes down what it is asked for. As JupyterLab it ends at once with an error.
 */
const PYTHON = `#!/bin/sh
echo "$*" >> "$CALLS"
case "$*" in
  *"import venv"*) echo "\${VERSION:-3.12}"; exit "\${PROBE:-0}" ;;
  "-m venv --clear "*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
  "-m pip install "*)
    echo "Collecting anyio==4.16.0"
    [ -n "$HANG" ] && { : > "$HANG"; exec sleep 60; }
    [ -n "$PIP_SAYS" ] && { echo "$PIP_SAYS" >&2; exit 1; } ;;
  *rmtree*) rm -rf "$3" ;;
  "-m jupyterlab "*) echo "jupyterlab is only a stand-in" >&2; exit 3 ;;
esac
exit 0
`;

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Project {
  readonly folder: string;
  lab(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome>;
  /** The process, for what must be interrupted. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Deno.ChildProcess;
  has(path: string): Promise<boolean>;
  /** How often Python was asked for something. */
  asked(words: string): Promise<number>;
}

/** Runs a test in a copy of what the command needs, with the stand-in as the only Python. */
async function inProject(test: (project: Project) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "kizu-lab-" }));
  const calls = join(folder, "calls.txt");
  try {
    for (const name of ["src/cli", "src/lab", "notebooks", "bin", "empty"]) {
      await Deno.mkdir(join(folder, name), { recursive: true });
    }
    for await (const { name } of Deno.readDir(join(root, "src/lab"))) {
      await Deno.copyFile(join(root, "src/lab", name), join(folder, "src/lab", name));
    }
    for (const name of FILES) await Deno.copyFile(join(root, name), join(folder, name));
    await Deno.writeTextFile(join(folder, "bin", "python3"), PYTHON, { mode: 0o755 });
    await Deno.writeTextFile(calls, "");
    const start: Project["start"] = (args, env = {}) =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-lock", ...command.slice(1), ...args],
        cwd: folder,
        env: {
          NO_COLOR: "1",
          CALLS: calls,
          PATH: `${join(folder, "bin")}:/usr/bin:/bin`,
          ...env,
        },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
    await test({
      folder,
      start,
      async lab(args, env) {
        const { code, stdout, stderr } = await start(args, env).output();
        const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
        return { code, out: text(stdout), err: text(stderr) };
      },
      has: (path) => Deno.stat(join(folder, path)).then(() => true, () => false),
      asked: async (words) => (await Deno.readTextFile(calls)).split(words).length - 1,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** One line on stderr that begins with `error: `, nothing on stdout. */
function failed({ code, out, err }: Outcome, expected: number, ...parts: readonly string[]): void {
  assertEquals(code, expected, err);
  assertEquals(out, "");
  const lines = err.trim().split("\n").filter((line) => !line.startsWith("Installing "));
  assertEquals(lines.length, 1, err);
  assert(lines[0].startsWith("error: "), err);
  for (const part of parts) assert(err.includes(part), `${part} not in: ${err}`);
}

/** The stand-in is a shell script. */
const ignore = Deno.build.os === "windows";

Deno.test("deno task lab --help explains every option and exits with 0", async () => {
  await inProject(async ({ lab, has }) => {
    const { code, out, err } = await lab(["--help"]);
    assertEquals([code, err], [0, ""]);
    for (const option of ["notebook", "browser", "port", "folder", "reset", "help"]) {
      assert(out.includes(`  --${option}`), option);
    }
    assertEquals(await has(".lab"), false);
  });
});

Deno.test("bad options are refused in one line with exit code 2, before anything is made", async () => {
  const cases: readonly (readonly [args: readonly string[], ...parts: readonly string[]])[] = [
    [["--brower", "none"], "--brower", "did you mean browser?"],
    [["--browser", "nome"], "--browser is default or none", "did you mean none?"],
    [["--port", "80"], "--port must be a whole number in 1024…65535"],
    [["notebooks"], `"notebooks"`],
    [["--folder", "nowhere"], "the folder must be there", "nowhere"],
    [["--folder", ".."], "the folder must be in the project", ".."],
  ];
  await inProject(async ({ lab, has }) => {
    for (const [args, ...parts] of cases) failed(await lab(args), 2, "Cannot ", ...parts);
    assertEquals(await has(".lab"), false);
  });
});

Deno.test({
  name: "a Python that is absent, too old or without venv is said in one line with the ways out",
  ignore,
  async fn() {
    await inProject(async ({ folder, lab, has }) => {
      const absent = await lab([], { PATH: join(folder, "empty") });
      failed(absent, 2, "none found", "install", "VS Code", "deno jupyter --install");
      failed(await lab([], { VERSION: "3.9" }), 2, "python3 is 3.9;", "Python 3.10 or newer");
      failed(await lab([], { PROBE: "1" }), 2, "python3 is 3.12 without them", "venv");
      assertEquals(await has(".lab/python"), false);
    });
  },
});

Deno.test({
  name: "where pip fails its reason is one line, exit code 1, and nothing half made is left",
  ignore,
  async fn() {
    await inProject(async ({ lab, has, asked }) => {
      const says =
        "WARNING: Retrying after connection broken by 'ProxyError('no route')': /simple/a/" +
        "\nERROR: No matching distribution found for a";
      failed(await lab([], { PIP_SAYS: says }), 1, "no connection: ProxyError('no route')");
      assertEquals(await has(".lab/python"), false);
      assertEquals(await asked("-m jupyterlab"), 0);
      // The next start begins again, and succeeds.
      failed(await lab([]), 1, "JupyterLab did not start: jupyterlab is only a stand-in");
      assertEquals(await asked("-m venv"), 2);
      assertEquals(await has(".lab/python/complete"), true);
    });
  },
});

Deno.test({
  name: "the environment is made once, and anew after an interruption, a change, a reset",
  ignore,
  async fn() {
    await inProject(async ({ folder, lab, asked }) => {
      const made: number[] = [];
      const start = async (...args: string[]) => {
        failed(await lab(args), 1, "JupyterLab did not start");
        made.push(await asked("-m venv"));
      };
      await start();
      await start();
      // As an installation leaves it that was ended by force.
      await Deno.remove(join(folder, ".lab/python/complete"));
      await start();
      await start();
      const list = join(folder, "src/lab/requirements.txt");
      await Deno.writeTextFile(list, "wheel==1.0\n", { append: true });
      await start();
      await start("--reset");
      await start();
      assertEquals(made, [1, 1, 2, 2, 3, 4, 4]);
      // A second start needs no other Python than the environment's.
      await Deno.remove(join(folder, "bin/python3"));
      await start();
    });
  },
});

Deno.test({
  name: "an interrupted installation ends with 130 and leaves no environment",
  ignore,
  async fn() {
    await inProject(async ({ folder, start, has }) => {
      const child = start([], { HANG: join(folder, "hangs") });
      const output = child.output();
      for (let i = 0; i < 200 && !await has("hangs"); i++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assertEquals(await has("hangs"), true);
      child.kill("SIGINT");
      assertEquals((await output).code, 130);
      assertEquals(await has(".lab/python"), false);
    });
  },
});
