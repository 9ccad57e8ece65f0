/** The files that tell Jupyter about the kernel and keep it quiet, private and local. */

import { join } from "@std/path";
import { writeFileWhole } from "../files.ts";
import type { LabPlaces } from "./places.ts";

/** The kernel's name in notebooks: what `deno jupyter --install` calls it, too. */
export const kernelName = "deno";

/** What Jupyter has to know to start the kernel. */
export interface KernelSpec {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
  readonly interrupt_mode: "message" | "signal";
}

/**
 * The specification of the Deno kernel for a binary of Deno.
 *
 * Differs: `deno jupyter --install` leaves `interrupt_mode` at `signal`, and then the stop button
 * ends the kernel and with it every variable; asked by message, the kernel stops the cell only.
 *
 * @example
 * ```ts
 * const { argv, interrupt_mode } = kernelSpec("/projects/kizu/.lab/python/bin/deno");
 * console.assert(argv[1] === "jupyter" && interrupt_mode === "message");
 * ```
 */
export function kernelSpec(deno: string): KernelSpec {
  return {
    argv: [deno, "jupyter", "--kernel", "--conn", "{connection_file}"],
    display_name: "Deno",
    language: "typescript",
    interrupt_mode: "message",
  };
}

/** Jupyter's settings: one kernel, no news, no checkpoints beside the notebooks. */
export function serverConfiguration(places: LabPlaces): Record<string, Record<string, unknown>> {
  return {
    ServerApp: { ip: "127.0.0.1", port_retries: 0 },
    KernelSpecManager: { allowed_kernelspecs: [kernelName], ensure_native_kernel: false },
    MultiKernelManager: { default_kernel_name: kernelName },
    GenericFileCheckpoints: { checkpoint_dir: places.checkpoints },
    FileCheckpoints: { checkpoint_dir: places.checkpoints },
    // The extension manager would ask servers elsewhere.
    LabApp: { extension_manager: "readonly" },
    // Looking for language servers runs programs of the user's, which write into the home folder.
    LanguageServerManager: { autodetect: false },
  };
}

/** JupyterLab's and Notebook 7's settings that differ from what they come with. */
export const interfaceSettings: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false },
};

/** Writes everything that Jupyter reads; quick, so done before every start. */
export async function writeConfiguration(places: LabPlaces): Promise<void> {
  const files: readonly (readonly [path: string, content: unknown])[] = [
    [join(places.data, "kernels", kernelName, "kernel.json"), kernelSpec(places.deno)],
    [join(places.config, "jupyter_server_config.json"), serverConfiguration(places)],
    [
      join(places.python, "share", "jupyter", "lab", "settings", "overrides.json"),
      interfaceSettings,
    ],
  ];
  for (const [path, content] of files) {
    await writeFileWhole(path, JSON.stringify(content, null, 2) + "\n");
  }
}
