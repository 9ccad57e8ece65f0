/** Downloading a file: gone on with after a cut, bounded, and refused unless its hash is right. */

import { createHash } from "node:crypto";
import { cannot, isRefusal } from "../../errors.ts";
import { type ExpectedFile, expectFile, mostOf, sizeRefusal } from "./expected_file.ts";
import { judgeAnswer } from "./http_answer.ts";
import { type Fetch, request, webAddress } from "./http_request.ts";
import { openPartial, type PartialFile, type PartialOrigin } from "./partial_file.ts";

/** How to download. */
export interface DownloadOptions {
  readonly expected?: ExpectedFile;
  /** Told after every piece; `total` where the server says it. */
  readonly progress?: (progress: { readonly done: number; readonly total?: number }) => void;
  /** Told before a pause: what went wrong, and when it goes on. */
  readonly retrying?: (trouble: { readonly why: string; readonly milliseconds: number }) => void;
  /** Told once when another download of the same file is under way; this one waits for it. */
  readonly waiting?: () => void;
  /**
   * The last word on the complete file, before it gets its name; a throw discards it.
   */
  readonly accept?: (
    found: { readonly path: string; readonly sha256: string; readonly bytes: number },
  ) => Promise<void>;
  /** Stops the download; what is there stays for the next one. */
  readonly signal?: AbortSignal;
  /** Attempts in a row that bring nothing new; default 5. */
  readonly attempts?: number;
  /** Milliseconds without a byte after which the connection is given up; default 30,000. */
  readonly idle?: number;
  /** Default: the runtime's, which honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
  readonly fetch?: Fetch;
  readonly pause?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** A file that was downloaded. */
export interface Downloaded {
  readonly sha256: string;
  readonly bytes: number;
  /** Bytes that an earlier call had left behind and that were used. */
  readonly resumed: number;
}

/** What one attempt came to. */
type Outcome =
  | { readonly kind: "whole" }
  | { readonly kind: "again"; readonly why: string; readonly seconds?: number };

const MOST_ATTEMPTS = 1000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
/** A server that asks for more seconds than this is not waited for. */
const MOST_PATIENCE = 300;

/**
 * Downloads a file: into `<path>.partial`, which is flushed to the disk and renamed when it is
 * complete and its size and SHA-256 are as expected; whoever looks sees the whole file or none.
 *
 * After a cut, a stall or a passing failure it goes on behind the bytes that are there, with
 * growing pauses, as long as each few attempts bring something new; so does the next call after
 * this one failed or was stopped. Bytes are gone on with only where the server proves that they
 * belong to the same file (If-Range with a strong ETag or a date), or where a hash is expected.
 * Two downloads of one file take turns. The hash is computed while the bytes arrive. O(bytes).
 *
 * Source: RFC 9110, sections 13.1.5 (If-Range) and 14 (Range requests).
 *
 * @param url `https://…` or `http://…`
 * @throws {TypeError} for another kind of address
 * @throws {RangeError} for an answer that more attempts would not change, too many attempts,
 * more bytes than expected, a size or SHA-256 that differs (the partial file is then removed), a
 * full disk
 * @throws the signal's reason when it is aborted
 */
export async function download(
  url: string,
  path: string,
  options: DownloadOptions = {},
): Promise<Downloaded> {
  const { signal, waiting, pause = sleep, attempts = 5 } = options;
  const address = webAddress(url);
  using partial = await openPartial(path, { signal, pause, waiting });
  if (partial === undefined) return await downloadedMeanwhile(path, options.expected);
  if (!isWorthKeeping(partial.origin, address.href, options.expected)) await partial.restart();
  const resumed = partial.size;

  let furthest = partial.size;
  let fruitless = 0;
  for (let tries = 1;; tries++) {
    const outcome = await attempt(address, { partial, options });
    if (outcome.kind === "whole") break;
    fruitless = partial.size > furthest ? 0 : fruitless + 1;
    furthest = Math.max(furthest, partial.size);
    const { why, seconds } = outcome;
    if (fruitless >= attempts || tries >= MOST_ATTEMPTS || (seconds ?? 0) > MOST_PATIENCE) {
      const patience = (seconds ?? 0) > MOST_PATIENCE ? `, try again in ${seconds} s` : "";
      const found = `${why}${patience} (attempt ${tries}, ${partial.size} bytes are kept)`;
      throw cannot(`download ${url}`, "the server must send the file", found);
    }
    const milliseconds = seconds === undefined
      ? Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.max(0, fruitless - 1))
      : 1000 * seconds;
    options.retrying?.({ why, milliseconds });
    await pause(milliseconds, signal);
  }

  const bytes = partial.size;
  const sha256 = partial.digest();
  try {
    expectFile({ bytes, sha256 }, { expected: options.expected, what: url });
    await options.accept?.({ path: partial.path, sha256, bytes });
  } catch (error) {
    await partial.discard();
    throw error;
  }
  await partial.finish();
  return { sha256, bytes, resumed: Math.min(resumed, bytes) };
}

/** The file that another download finished while this one waited. */
async function downloadedMeanwhile(path: string, expected?: ExpectedFile): Promise<Downloaded> {
  const hash = createHash("sha256");
  let bytes = 0;
  using file = await Deno.open(path);
  for await (const piece of file.readable) {
    hash.update(piece);
    bytes += piece.length;
  }
  const sha256 = hash.digest("hex");
  expectFile({ bytes, sha256 }, { expected, what: path });
  return { sha256, bytes, resumed: bytes };
}

/** Whether bytes of an earlier attempt may be gone on with. */
function isWorthKeeping(
  origin: PartialOrigin | undefined,
  url: string,
  { hashPrefix, sha256 }: ExpectedFile = {},
): boolean {
  if (origin?.url !== url) return false;
  return validator(origin) !== undefined || hashPrefix !== undefined || sha256 !== undefined;
}

/** What If-Range may hold: a strong entity tag, else a date. */
function validator({ etag, lastModified }: PartialOrigin): string | undefined {
  return etag !== undefined && etag.startsWith('"') ? etag : lastModified;
}

async function attempt(
  address: URL,
  { partial, options }: { readonly partial: PartialFile; readonly options: DownloadOptions },
): Promise<Outcome> {
  const { fetch = globalThis.fetch, signal, idle = 30_000, expected = {} } = options;
  const watch = new AbortController();
  const alarm = () => watch.abort();
  let timer = setTimeout(alarm, idle);
  const stillThere = () => {
    clearTimeout(timer);
    timer = setTimeout(alarm, idle);
  };
  /** Why the network failed; throws what another attempt would not change. */
  const explain = (error: unknown): string => {
    signal?.throwIfAborted();
    if (isRefusal(error) || error instanceof Deno.errors.NotCapable) throw error;
    return watch.signal.aborted ? `no byte for ${idle / 1000} s` : reasonOf(error);
  };
  try {
    if (!isWorthKeeping(partial.origin, address.href, expected)) await partial.restart();
    const offset = partial.size;
    const ifRange = partial.origin && validator(partial.origin);
    const headers = {
      // What is counted and hashed are the file's own bytes.
      "accept-encoding": "identity",
      ...(offset > 0 ? { range: `bytes=${offset}-` } : {}),
      ...(offset > 0 && ifRange !== undefined ? { "if-range": ifRange } : {}),
    };
    const halt = AbortSignal.any(signal === undefined ? [watch.signal] : [watch.signal, signal]);
    let response: Response;
    try {
      response = await request(address, { fetch, headers, signal: halt });
    } catch (error) {
      return { kind: "again", why: explain(error) };
    }
    stillThere();
    return await take(response, { address, partial, options, stillThere, explain });
  } finally {
    clearTimeout(timer);
  }
}

async function take(
  response: Response,
  { address, partial, options, stillThere, explain }: {
    readonly address: URL;
    readonly partial: PartialFile;
    readonly options: DownloadOptions;
    readonly stillThere: () => void;
    readonly explain: (error: unknown) => string;
  },
): Promise<Outcome> {
  const { expected = {}, progress } = options;
  const what = address.href;
  const verdict = judgeAnswer(response, { offset: partial.size, etag: partial.origin?.etag });
  if (verdict.kind !== "body") {
    await response.body?.cancel();
    if (verdict.kind === "complete") return { kind: "whole" };
    if (verdict.kind === "refuse") {
      throw cannot(`download ${what}`, "the server must send the file", verdict.why);
    }
    if (verdict.kind === "restart") await partial.restart();
    const seconds = verdict.kind === "retry" ? verdict.seconds : undefined;
    return { kind: "again", why: verdict.why, seconds };
  }
  const { from, total } = verdict;
  const most = mostOf(expected);
  const reader = response.body?.getReader();
  let trouble = "";
  try {
    if (total !== undefined && (total > most || (expected.bytes ?? total) !== total)) {
      await partial.discard();
      throw sizeRefusal(`the server announces ${total}`, { expected, what });
    }
    if (from === 0) {
      await partial.restart();
      await partial.note({
        url: what,
        etag: response.headers.get("etag") ?? undefined,
        lastModified: response.headers.get("last-modified") ?? undefined,
      });
    }
    progress?.({ done: partial.size, total });
    for (;;) {
      const piece = await reader?.read().catch((error: unknown) => explain(error));
      if (typeof piece === "string") trouble = `, ${piece}`;
      if (piece === undefined || typeof piece === "string" || piece.done) break;
      stillThere();
      if (partial.size + piece.value.length > most) {
        await partial.discard();
        throw sizeRefusal("the server sends more", { expected, what });
      }
      await partial.append(piece.value);
      progress?.({ done: partial.size, total });
    }
  } finally {
    await reader?.cancel().catch(() => {});
  }
  if (trouble === "" && (total === undefined || partial.size === total)) return { kind: "whole" };
  const why = `${partial.size} of ${total ?? "unknown"} bytes came${trouble}`;
  // More than was announced: no byte of it can be trusted.
  if (partial.size > (total ?? Infinity)) await partial.restart();
  return { kind: "again", why };
}

/** Why there is no answer, in the runtime's words without the address that the message has. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return error.message.replace(/^.*?for (?:url )?\(\S+\)(?: \([^)]*\))?: /, "");
}

/** Waits, or throws the signal's reason when it is aborted. */
async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  signal?.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
  signal?.throwIfAborted();
}
