/** Downloads as the environment says; a process of its own, as proxies are read at its start. */

import { download } from "../../../src/backbones/weights/download.ts";

const [address, path] = Deno.args;
console.log((await download(address, path, { attempts: 1 })).sha256);
