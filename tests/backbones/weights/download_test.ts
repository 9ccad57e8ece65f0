import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { download, type DownloadOptions } from "../../../src/backbones/weights/download.ts";
import { sha256Hex } from "../../../src/sha256.ts";
import { file, names, other, quick, refused, sha256, withFolder } from "./download_setup.ts";
import { honestly, rangeStart, serveScript } from "./scripted_server.ts";

Deno.test("a file comes whole, with its hash, its progress, and nothing beside it", () =>
  withFolder(async (path, folder) => {
    await using server = serveScript(honestly(file));
    const seen: number[] = [];
    const result = await quick(server, path, {
      progress: ({ done, total }) => {
        assertEquals(total, file.length);
        seen.push(done);
      },
    });
    assertEquals(result, { sha256, bytes: file.length, resumed: 0 });
    assertEquals(await Deno.readFile(path), file);
    assertEquals(names(folder), ["w.pth"]);
    assertEquals([seen[0], seen.at(-1)], [0, file.length]);
    assertEquals(seen, [...seen].sort((a, b) => a - b));
    const [{ method, target, headers }] = server.heard;
    assertEquals([method, target], ["GET", "/models/w.pth"]);
    assertEquals([headers.get("range"), headers.get("accept-encoding")], [null, "identity"]);
  }));

Deno.test("a length that is a lie ends in a refusal, never in a file", () =>
  withFolder(async (path, folder) => {
    const length = file.length;
    await using less = serveScript(() => ({
      status: 200,
      headers: { "content-length": 1000 },
      body: file,
    }));
    await refused(quick(less, path), `its SHA-256 must be ${sha256}`, "truncated or another file");
    await refused(quick(less, path, { expected: { bytes: length } }), "200000 bytes", "1000");
    await using more = serveScript(() => ({
      status: 200,
      headers: { "content-length": length + 5 },
      body: file,
    }));
    await refused(quick(more, path), "200000 of 200005 bytes came");
    await refused(
      quick(more, path, { expected: { bytes: length } }),
      `it must have ${length} bytes`,
      `announces ${length + 5}`,
    );
    // A part that holds more than its Content-Range says: all of it is in doubt.
    await using part = serveScript(honestly(file, { upTo: 5000 }), () => ({
      status: 206,
      headers: { "content-range": "bytes 5000-5009/5010" },
      body: file.subarray(5000),
    }), honestly(file));
    const troubles: string[] = [];
    const retrying = ({ why }: { readonly why: string }) => void troubles.push(why);
    await quick(part, join(folder, "part.pth"), { retrying });
    assertEquals(part.heard.map(rangeStart), [0, 5000, 0]);
    assertEquals(troubles[1], "200000 of 5010 bytes came");
    assertEquals(names(folder).filter((name) => name === "w.pth"), []);
  }));

Deno.test("more bytes than the file may have are refused, announced or not", () =>
  withFolder(async (path, folder) => {
    await using announced = serveScript(honestly(file));
    await refused(
      quick(announced, path, { expected: { mostBytes: 150_000 } }),
      "150000 bytes at most",
      "announces 200000",
    );
    // No length: the body ends with the connection.
    await using endless = serveScript(() => ({ status: 200, body: file }));
    await refused(
      quick(endless, path, { expected: { mostBytes: 150_000 } }),
      "150000 bytes at most",
      "sends more",
    );
    assertEquals(names(folder), []);
    assertEquals((await quick(endless, path)).sha256, sha256);
  }));

Deno.test("404 and 403 are refused at once, with status and address", () =>
  withFolder(async (path) => {
    for (const status of [404, 403, 401, 410, 400, 304]) {
      await using server = serveScript(() => ({ status, headers: { "content-length": 0 } }));
      await refused(quick(server, path), `${server.address}/models/w.pth`, `answers ${status}`);
      assertEquals(server.heard.length, 1);
    }
  }));

Deno.test("500, 502 and 503 are waited for: as long as Retry-After says, else longer each time", () =>
  withFolder(async (path) => {
    const busy = (status: number, wait?: string) => () => ({
      status,
      headers: { "content-length": 0, ...(wait === undefined ? {} : { "retry-after": wait }) },
    });
    const pauses: number[] = [];
    const past = new Date(0).toUTCString();
    await using server = serveScript(
      busy(503, "7"),
      busy(500),
      busy(502),
      busy(503, past),
      honestly(file),
    );
    const troubles: string[] = [];
    const retrying = ({ why }: { readonly why: string }) => void troubles.push(why);
    assertEquals((await quick(server, path, { pauses, retrying })).sha256, sha256);
    assertEquals(pauses, [7000, 1000, 2000, 0]);
    assertEquals(troubles[0], "the server answers 503, it is busy");
    await Deno.remove(path);

    await using down = serveScript(busy(500));
    await refused(quick(down, path), "answers 500", "attempt 5");
    assertEquals(down.heard.length, 5);
    await using later = serveScript(busy(503, "3600"));
    await refused(quick(later, path), "try again in 3600 s", "attempt 1,");
  }));

Deno.test("a server that stalls is hung up on, and gone on with", () =>
  withFolder(async (path) => {
    await using server = serveScript(
      (heard) => ({ ...honestly(file, { upTo: 60_000 })(heard), hang: true }),
      honestly(file),
    );
    const troubles: string[] = [];
    const retrying = ({ why }: { readonly why: string }) => void troubles.push(why);
    assertEquals((await quick(server, path, { idle: 80, retrying })).sha256, sha256);
    assertEquals(troubles, ["60000 of 200000 bytes came, no byte for 0.08 s"]);
    assertEquals(server.heard.map(rangeStart), [0, 60_000]);
  }));

Deno.test("a hash that differs removes what came, and the message names both", () =>
  withFolder(async (path, folder) => {
    await using server = serveScript(honestly(other));
    const wrong = sha256Hex(other);
    await refused(quick(server, path), sha256, wrong);
    assertEquals(names(folder), []);
    const expected = { hashPrefix: sha256.slice(0, 8).toUpperCase() };
    await refused(quick(server, path, { expected }), `begin with ${sha256.slice(0, 8)}`, wrong);
    assertEquals(names(folder), []);
    await using right = serveScript(honestly(file));
    assertEquals((await quick(right, path, { expected })).sha256, sha256);
  }));

Deno.test("an error of the caller's own is the caller's to see", () =>
  withFolder(async (path) => {
    await using server = serveScript(honestly(file));
    const progress = () => {
      throw new Error("a fault in the caller");
    };
    await assertRejects(() => quick(server, path, { progress }), Error, "a fault in the caller");
    assertEquals(server.heard.length, 1);
  }));

Deno.test("what the caller does not accept is removed before it has its name", () =>
  withFolder(async (path, folder) => {
    await using server = serveScript(honestly(file));
    const accept: DownloadOptions["accept"] = async (found) => {
      assertEquals(found, { path: `${path}.partial`, sha256, bytes: file.length });
      assertEquals((await Deno.readFile(found.path)).length, file.length);
      throw new RangeError("not to my taste");
    };
    await assertRejects(() => quick(server, path, { accept }), RangeError, "taste");
    assertEquals(names(folder), []);
  }));

Deno.test("redirections are followed, also relative ones, but not in circles or out of https", () =>
  withFolder(async (path) => {
    const to = (location: string, status: number) => () => ({
      status,
      headers: { location, "content-length": 0 },
    });
    await using chain = serveScript(
      to("/a", 301),
      to("b?c", 302),
      to("?d", 307),
      to("d", 303),
      honestly(file),
    );
    const { host } = new URL(chain.address);
    await using start = serveScript(to(`//${host}/x/y`, 308));
    assertEquals((await quick(start, path)).sha256, sha256);
    const targets = chain.heard.map(({ target }) => target);
    assertEquals(targets, ["/x/y", "/a", "/b?c", "/b?d", "/d"]);

    await using circle = serveScript(to("/again", 302));
    await refused(quick(circle, path), "up to 8 redirections");
    assertEquals(circle.heard.length, 9);
    await using nowhere = serveScript(() => ({ status: 302, headers: { "content-length": 0 } }));
    await refused(quick(nowhere, path), "without a Location");
    await using local = serveScript(to("file:///etc/passwd", 302));
    await assertRejects(() => quick(local, path), TypeError, "file:///etc/passwd");

    const fetchOf = (location: string) => (url: string) =>
      Promise.resolve(
        url.startsWith("https://safe")
          ? new Response(null, { status: 302, headers: { location } })
          : new Response(file),
      );
    const plain = download("https://safe/w", path, { fetch: fetchOf("http://elsewhere/w") });
    await refused(plain, "stay encrypted", "https://safe leads to http://elsewhere");
    for (const host of ["localhost", "127.0.0.1:1", "[::1]"]) {
      const fetch = fetchOf(`http://${host}/w`);
      assertEquals((await download("https://safe/w", path, { fetch })).sha256, sha256);
    }
    for (const address of ["ftp://x/y", "file:///etc/passwd", "w.pth", "data:,x"]) {
      await assertRejects(() => download(address, path), TypeError, address);
    }
  }));

Deno.test("two downloads of one file take turns, and the second finds the first one's file", () =>
  withFolder(async (path, folder) => {
    await using server = serveScript(honestly(file, { upTo: 5000 }), honestly(file));
    let waiting = 0;
    const options = { waiting: () => void waiting++ };
    const first = quick(server, path, options);
    const second = quick(server, path, options);
    const results = await Promise.all([first, second]);
    assertEquals(results.map(({ bytes }) => bytes), [file.length, file.length]);
    assertEquals([waiting, server.heard.length], [1, 2]);
    assertEquals(names(folder), ["w.pth"]);
    await Deno.remove(path);

    // Where the first one fails, the second has its turn.
    await using failing = serveScript(honestly(other), honestly(file));
    const both = await Promise.allSettled([quick(failing, path), quick(failing, path)]);
    assertEquals(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    assertEquals(await Deno.readFile(path), file);
    assertEquals(names(folder), ["w.pth"]);
  }));

Deno.test("who waits can be stopped", () =>
  withFolder(async (path, folder) => {
    await Deno.mkdir(folder);
    using held = await Deno.open(`${path}.partial.lock`, { create: true, read: true, write: true });
    assert(await held.tryLock(true));
    const controller = new AbortController();
    const waiting = () => controller.abort(new Error("enough"));
    const { signal } = controller;
    await assertRejects(
      () => download("http://127.0.0.1:1/", path, { signal, waiting }),
      Error,
      "enough",
    );
  }));

Deno.test("no server, and no such host, are given up in one line that says why", () =>
  withFolder(async (path) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    assert(listener.addr.transport === "tcp");
    const address = `http://127.0.0.1:${listener.addr.port}`;
    listener.close();
    const pauses: number[] = [];
    await refused(quick({ address }, path, { pauses }), "refused", "attempt 5");
    assertEquals(pauses, [500, 1000, 2000, 4000]);
  }));

Deno.test({
  name: "a full disk is named, and a folder that cannot be written to",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withFolder(async (path, folder) => {
      await using server = serveScript(honestly(file));
      await Deno.mkdir(folder);
      await Deno.symlink("/dev/full", `${path}.partial`);
      // Only a program that may do everything may write there.
      const script = new URL("download_by_env.ts", import.meta.url);
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--no-prompt", "-A", script.href, `${server.address}/w`, path],
      }).output();
      const told = new TextDecoder().decode(stderr);
      assert(code !== 0 && told.includes("the disk must have room"), told);
      assert(told.includes(`${path}.partial`), told);
      assertEquals(names(folder).includes("w.pth"), false);
      await Deno.writeTextFile(join(folder, "plain"), "");
      await refused(quick(server, join(folder, "plain", "w.pth")), "writable");
    }),
});

Deno.test("a proxy named in the environment is used, but not for NO_PROXY", () =>
  withFolder(async (path) => {
    await using proxy = serveScript(honestly(file));
    await using direct = serveScript(honestly(file));
    const script = new URL("download_by_env.ts", import.meta.url);
    const run = async (address: string): Promise<string> => {
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--no-prompt", "-A", script.href, address, path],
        env: { HTTP_PROXY: proxy.address, NO_PROXY: "127.0.0.1" },
      }).output();
      assertEquals(new TextDecoder().decode(stderr), "");
      return new TextDecoder().decode(stdout).trim();
    };
    assertEquals(await run("http://weights.invalid/w.pth"), sha256);
    assertEquals(proxy.heard.map(({ target }) => target), ["http://weights.invalid/w.pth"]);
    assertEquals(await run(`${direct.address}/w.pth`), sha256);
    assertEquals([proxy.heard.length, direct.heard.length], [1, 1]);
  }));
