/**
 * Uses a tensor cache as hard as it can for a while, in this process and a worker of it at once:
 * `FOLDER MOST_BYTES MILLISECONDS`. Prints what it did as JSON; wrong numbers end it with code 1.
 */

import { sha256Hex } from "../../src/sha256.ts";
import { openTensorCache } from "../../src/store/tensor_cache.ts";

const KEYS = 24;

/** Numbers that say which entry and which writing they belong to. */
function numbers(entry: number, round: number): Float32Array {
  return new Float32Array(2000 + 100 * entry).map((_, i) => i === 0 ? round : entry * 10_000 + i);
}

async function use(folder: string, mostBytes: number, milliseconds: number): Promise<string> {
  const cache = await openTensorCache({ folder, mostBytes });
  let wrong = 0;
  const end = performance.now() + milliseconds;
  const loop = async () => {
    for (let round = 0; performance.now() < end; round++) {
      const entry = Math.floor(Math.random() * KEYS);
      const key = sha256Hex(new Uint8Array([entry]));
      const found = await cache.get(key, ["map", "levels"]);
      if (found === undefined || Math.random() < 0.2) {
        const map = numbers(entry, round);
        const levels = new Uint8Array(map.buffer.slice(0, 401));
        await cache.put(key, {
          map: { data: map, shape: [map.length] },
          levels: { data: levels, shape: [401] },
        });
      }
      if (found === undefined) continue;
      const { map, levels } = found;
      const expected = numbers(entry, map.data[0]);
      // The tensors must be of one writing, too.
      const bytes = new Uint8Array(expected.buffer, 0, 401);
      const same = map.data.length === expected.length &&
        map.data.every((value, i) => value === expected[i]) &&
        levels.data.length === 401 && levels.data.every((value, i) => value === bytes[i]);
      if (!same) wrong++;
    }
  };
  await Promise.all([loop(), loop()]);
  return JSON.stringify({ ...cache.statistics, wrong });
}

// In a worker import.meta.main is true as well.
if (!import.meta.url.endsWith("#worker")) {
  const [folder, most, milliseconds] = Deno.args;
  const worker = new Worker(`${import.meta.url}#worker`, { type: "module" });
  const failed = new Promise<never>((_, reject) => worker.onerror = reject);
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise<string>((resolve) => port1.onmessage = ({ data }) => resolve(data));
  worker.postMessage({ use: [folder, Number(most), Number(milliseconds)], answer: port2 }, [port2]);
  const here = await use(folder, Number(most), Number(milliseconds));
  console.log(`[${here},${await Promise.race([answer, failed])}]`);
  worker.terminate();
  port1.close();
} else {
  self.addEventListener("message", async (event) => {
    if (!(event instanceof MessageEvent)) return;
    const [folder, most, milliseconds] = event.data.use;
    event.data.answer.postMessage(await use(folder, most, milliseconds));
  });
}
