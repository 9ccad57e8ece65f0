/** The Python side of a comparison: a script that answers each line it is asked with milliseconds. */

/** A running script. */
export interface PythonPeer {
  /** One line to the script; the number that it answers, when it has done the work. */
  ask(work: string): Promise<number>;
  /** Ends the script. */
  close(): Promise<void>;
}

/**
 * Starts a script of bench/python with the interpreter that `PYTHON` names, default `python3`.
 *
 * @param options args: of the script; env: beside the kernels that Debian's OpenBLAS should use
 */
export function openPythonPeer(
  script: string,
  { args = [], env = {} }: {
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): PythonPeer {
  const peer = new Deno.Command(Deno.env.get("PYTHON") ?? "python3", {
    args: [new URL(`python/${script}`, import.meta.url).pathname, ...args],
    env: { OPENBLAS_CORETYPE: "SKYLAKEX", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const questions = peer.stdin.getWriter();
  const answers = peer.stdout.pipeThrough(new TextDecoderStream()).getReader();
  return {
    async ask(work) {
      await questions.write(new TextEncoder().encode(`${work}\n`));
      let line = "";
      while (!line.endsWith("\n")) {
        const { value, done } = await answers.read();
        if (done) throw new Error("the Python side ended");
        line += value;
      }
      return Number(line);
    },
    async close() {
      await questions.close();
      await peer.status;
    },
  };
}
