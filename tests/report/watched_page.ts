/** A page that account is kept of: what it says and what it asks for. */

import type { Browser } from "../browser/chromium.ts";
import type { Page } from "../browser/page.ts";

/** A page of the browser, and what has come of it. */
export interface WatchedPage extends Page {
  /** Errors thrown or logged, dialogs, and refusals of the page's own security policy. */
  readonly complaints: readonly string[];
  /** Every address that the page asked for, but for those within it (`data:` and `blob:`) and `about:`. */
  readonly requests: readonly string[];
}

/** Opens an empty page, and keeps account from then on. */
export async function openWatchedPage(browser: Browser): Promise<WatchedPage> {
  const page = await browser.open("about:blank");
  const said: string[] = [];
  const requests: string[] = [];
  page.on<{ entry: { level: string; text: string } }>("Log.entryAdded", ({ entry }) => {
    said.push(`${entry.level}: ${entry.text}`);
  });
  page.on<{ type: string; args: unknown }>("Runtime.consoleAPICalled", ({ type, args }) => {
    said.push(`console.${type}: ${JSON.stringify(args)}`);
  });
  page.on<{ type: string; message: string }>("Page.javascriptDialogOpening", (dialog) => {
    said.push(`${dialog.type}: ${dialog.message}`);
  });
  page.on<{ request: { url: string } }>("Network.requestWillBeSent", ({ request: { url } }) => {
    if (!/^(data|blob|about):/.test(url)) requests.push(url);
  });
  for (const domain of ["Log", "Network"]) await page.send(`${domain}.enable`);
  return {
    ...page,
    requests,
    get complaints() {
      return [...page.errors, ...said];
    },
  };
}
