/** Where everything of the notebooks' environment lies: below one folder, `.lab/`. */

import { join } from "@std/path";

/** The paths of an environment. */
export interface LabPlaces {
  /** Holds all the others; may be deleted whenever no lab is open. */
  readonly home: string;
  /** The Python environment. */
  readonly python: string;
  readonly interpreter: string;
  /** The kernel's binary, installed with the Python packages. */
  readonly deno: string;
  /** Names what the environment was made from; written last, so its presence means complete. */
  readonly stamp: string;
  readonly lock: string;
  readonly downloads: string;
  /** What the last installation and the last server had to say. */
  readonly installLog: string;
  readonly serverLog: string;
  /** Jupyter's folders. */
  readonly config: string;
  readonly data: string;
  readonly runtime: string;
  readonly checkpoints: string;
}

/** An environment's paths below its folder, for example `/projects/kizu/.lab`. */
export function labPlaces(home: string): LabPlaces {
  const python = join(home, "python");
  const windows = Deno.build.os === "windows";
  const program = (name: string) =>
    windows ? join(python, "Scripts", `${name}.exe`) : join(python, "bin", name);
  return {
    home,
    python,
    interpreter: program("python"),
    deno: program("deno"),
    stamp: join(python, "complete"),
    lock: join(home, "lock"),
    downloads: join(home, "downloads"),
    installLog: join(home, "install.log"),
    serverLog: join(home, "server.log"),
    config: join(home, "config"),
    data: join(home, "data"),
    runtime: join(home, "runtime"),
    checkpoints: join(home, "checkpoints"),
  };
}

/**
 * Environment variables that keep pip and Jupyter inside the folder, whatever the user's own
 * settings say. `XDG_CACHE_HOME` and `HOME` are left alone: the kernel finds Deno's cache of
 * packages by them.
 */
export function labVariables(places: LabPlaces): Record<string, string> {
  return {
    PIP_CACHE_DIR: places.downloads,
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    PIP_NO_INPUT: "1",
    // A user's pip.conf may say `user = true`, which an environment of one's own refuses.
    PIP_USER: "0",
    PYTHONNOUSERSITE: "1",
    PYTHONUNBUFFERED: "1",
    JUPYTER_CONFIG_DIR: places.config,
    JUPYTER_DATA_DIR: places.data,
    JUPYTER_RUNTIME_DIR: places.runtime,
    JUPYTER_CONFIG_PATH: "",
    JUPYTER_PATH: "",
    JUPYTERLAB_SETTINGS_DIR: join(places.config, "lab", "user-settings"),
    JUPYTERLAB_WORKSPACES_DIR: join(places.config, "lab", "workspaces"),
    IPYTHONDIR: join(places.config, "ipython"),
    XDG_DATA_HOME: places.data,
  };
}
