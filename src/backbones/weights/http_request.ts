/** Asking a server for a file: redirections are followed by hand, each one looked at. */

import { cannot } from "../../errors.ts";

/** The part of `fetch` that a download uses; tests bring their own. */
export type Fetch = (
  url: string,
  init: {
    readonly headers: Readonly<Record<string, string>>;
    readonly redirect: "manual";
    readonly signal: AbortSignal;
  },
) => Promise<Response>;

const MOST_REDIRECTS = 8;

/**
 * An address that a download may ask.
 *
 * @throws {TypeError} for what is no address, or neither http nor https
 */
export function webAddress(text: string, base?: string | URL): URL {
  const url = URL.canParse(text, base) ? new URL(text, base) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return url;
  throw cannot("download", "an address must begin with https:// or http://", text, TypeError);
}

/**
 * Asks for an address and follows its redirections (301, 302, 303, 307, 308).
 *
 * @throws {TypeError} for a redirection to what is no web address
 * @throws {RangeError} for more than 8 redirections, or one from https to http that leaves the
 * machine
 * @throws whatever `fetch` throws when there is no answer
 */
export async function request(
  address: URL,
  { fetch, headers, signal }: {
    readonly fetch: Fetch;
    readonly headers: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  },
): Promise<Response> {
  let url = address;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await fetch(url.href, { headers, redirect: "manual", signal });
    if (![301, 302, 303, 307, 308].includes(response.status)) return response;
    await response.body?.cancel();
    const location = response.headers.get("location");
    if (location === null) {
      throw cannot(
        `download ${address.href}`,
        "a redirection must say where to",
        `${response.status} without a Location`,
      );
    }
    const next = webAddress(location, url);
    if (url.protocol === "https:" && next.protocol === "http:" && !isLocal(next)) {
      throw cannot(
        `download ${address.href}`,
        "a redirection must stay encrypted",
        `${url.origin} leads to ${next.origin}`,
      );
    }
    url = next;
  }
  throw cannot(
    `download ${address.href}`,
    `up to ${MOST_REDIRECTS} redirections are followed`,
    `more, the last to ${url.href}`,
  );
}

function isLocal({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}
