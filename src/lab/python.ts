/** Finding the Python that carries JupyterLab. */

import { cannot } from "../errors.ts";

/** The least version that the pinned packages run on. */
const LEAST = [3, 10] as const;

/** Names that Python goes by, most likely first. */
export const pythonNames: readonly string[] = Deno.build.os === "windows"
  ? ["py", "python", "python3"]
  : ["python3", "python"];

const ADVICE: Readonly<Partial<Record<typeof Deno.build.os, string>>> = {
  darwin: "brew install python",
  windows: "winget install Python.Python.3.13",
};

/** How the notebooks open without Python. */
export const withoutPython: string =
  "or do without: VS Code opens notebooks/ with its Jupyter extension after `deno jupyter --install`";

/** Prints its version first, so that a missing module does not hide it. */
const PROBE = "import sys; print('%d.%d' % sys.version_info[:2]); import venv, ensurepip";

/**
 * The first Python that can make an environment: 3.10 or newer, with the modules `venv` and
 * `ensurepip`, which Debian packages apart.
 *
 * @throws {RangeError} naming what was found instead, what to install, and the way without Python
 */
export async function findPython(names: readonly string[] = pythonNames): Promise<string> {
  let found = "none found";
  for (const name of names) {
    const { code, version } = await probe(name);
    if (version === undefined) continue;
    const [major, minor] = version.split(".").map(Number);
    const recent = major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
    if (recent && code === 0) return name;
    found = `${name} is ${version}${recent ? " without them" : ""}`;
  }
  const install = ADVICE[Deno.build.os] ?? "sudo apt install python3-venv (Debian, Ubuntu)";
  throw cannot(
    "open the notebooks in Jupyter",
    `Python ${LEAST.join(".")} or newer must be on the PATH, with its venv and ensurepip modules`,
    `${found}; install it: ${install}; ${withoutPython}`,
  );
}

async function probe(name: string): Promise<{ code: number; version?: string }> {
  try {
    const { code, stdout } = await new Deno.Command(name, {
      args: ["-c", PROBE],
      stdin: "null",
      stderr: "null",
    }).output();
    return { code, version: /^\d+\.\d+/.exec(new TextDecoder().decode(stdout))?.[0] };
  } catch (error) {
    // Not there, or there but not a program for this machine.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
      return { code: 127 };
    }
    throw error;
  }
}
