/** What a server's answer means for a download that has some bytes already. */

/** What a download knows before it asks. */
export interface Asked {
  /** Bytes that are there; the request asks for those that follow, where it is not 0. */
  readonly offset: number;
  /** The file's entity tag as noted with the bytes that are there. */
  readonly etag?: string;
}

/** What to do with an answer. */
export type Verdict =
  /** The body's first byte is byte `from` of the file, which has `total` bytes if that is known. */
  | { readonly kind: "body"; readonly from: number; readonly total?: number }
  /** The bytes that are there are the whole file. */
  | { readonly kind: "complete" }
  /** The bytes that are there are of no use: begin again. */
  | { readonly kind: "restart"; readonly why: string }
  /** Ask again, after `seconds` where the server says so. */
  | { readonly kind: "retry"; readonly why: string; readonly seconds?: number }
  | { readonly kind: "refuse"; readonly why: string };

const passing = new Set([408, 425, 429, 500, 502, 503, 504]);

const reasons: Readonly<Record<number, string>> = {
  401: "it wants a login",
  403: "it forbids this",
  404: "it has no such file",
  410: "the file is gone",
  500: "it failed",
  502: "it is out of order",
  503: "it is busy",
  504: "it is out of order",
};

/**
 * Judges an answer by status and headers alone.
 *
 * A server may ignore a request for a part (200: the body is the whole file), answer with another
 * part than was asked for (206), or have nothing behind the bytes that are there (416).
 *
 * Source: RFC 9110, sections 14.4 (Content-Range), 15.3.7, 15.5.17 and 10.2.3 (Retry-After).
 *
 * @param now milliseconds since 1970, for a Retry-After that is a date
 */
export function judgeAnswer(
  { status, headers }: Pick<Response, "status" | "headers">,
  { offset, etag }: Asked,
  now: number = Date.now(),
): Verdict {
  const reason = Object.hasOwn(reasons, status) ? `, ${reasons[status]}` : "";
  const why = `the server answers ${status}${reason}`;
  if (status === 200) {
    return { kind: "body", from: 0, total: wholeNumber(headers.get("content-length")) };
  }
  if (status === 206) {
    const range = contentRange(headers.get("content-range"));
    const tag = headers.get("etag") ?? undefined;
    if (range === undefined) return { kind: "restart", why: `${why} without saying which part` };
    if (range.from !== offset) {
      return { kind: "restart", why: `${why} with bytes from ${range.from}, not from ${offset}` };
    }
    if (offset > 0 && etag !== undefined && tag !== undefined && tag !== etag) {
      return { kind: "restart", why: "the server's file has changed" };
    }
    return { kind: "body", ...range };
  }
  if (status === 416) {
    const total = /^bytes \*\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1];
    return offset > 0 && total !== undefined && Number(total) === offset
      ? { kind: "complete" }
      : { kind: "restart", why: `${why} to bytes from ${offset}` };
  }
  if (passing.has(status)) {
    return { kind: "retry", why, seconds: retryAfter(headers.get("retry-after"), now) };
  }
  return { kind: "refuse", why };
}

function contentRange(text: string | null): { from: number; total?: number } | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(text ?? "");
  if (match === null) return undefined;
  const [from, to] = [Number(match[1]), Number(match[2])];
  if (match[3] === "*") return { from };
  const total = Number(match[3]);
  return from <= to && to < total ? { from, total } : undefined;
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Seconds until a Retry-After, which is a number of them or a date. */
function retryAfter(text: string | null, now: number): number | undefined {
  const seconds = wholeNumber(text);
  if (text === null || seconds !== undefined) return seconds;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}
