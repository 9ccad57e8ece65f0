import { assert, assertEquals, assertRejects } from "@std/assert";
import { file, names, other, quick, refused, sha256, withFolder } from "./download_setup.ts";
import { honestly, rangeStart, serveScript } from "./scripted_server.ts";

Deno.test("after five cuts it goes on each time behind what it has, and the hash is right", () =>
  withFolder(async (path) => {
    const cuts = [1000, 40_000, 40_001, 100_000, 199_999];
    await using server = serveScript(
      ...cuts.map((upTo) => honestly(file, { upTo })),
      honestly(file),
    );
    const pauses: number[] = [];
    const result = await quick(server, path, { pauses });
    assertEquals(result.sha256, sha256);
    assertEquals(await Deno.readFile(path), file);
    assertEquals(server.heard.map(rangeStart), [0, ...cuts]);
    assertEquals(server.heard.slice(1).map(({ headers }) => headers.get("if-range")), [
      ...cuts.map(() => '"one"'),
    ]);
    assertEquals(pauses, cuts.map(() => 500), "a cut after progress is no reason to wait longer");
  }));

Deno.test("the next call goes on where one that gave up or was stopped has left off", () =>
  withFolder(async (path, folder) => {
    await using cut = serveScript(honestly(file, { upTo: 70_000 }));
    await refused(quick(cut, path, { attempts: 1 }), "70000 of 200000 bytes came", "kept");
    assertEquals(names(folder), ["w.pth.partial", "w.pth.partial.json"]);

    // A server of its own address: the note must be for the same one.
    const note = JSON.parse(await Deno.readTextFile(`${path}.partial.json`));
    assertEquals([note.url, note.etag], [`${cut.address}/models/w.pth`, '"one"']);
    await using server = serveScript(honestly(file));
    const moved = { ...note, url: `${server.address}/models/w.pth` };
    await Deno.writeTextFile(`${path}.partial.json`, JSON.stringify(moved));
    const controller = new AbortController();
    // A lock that a program left behind when it was killed is nobody's.
    await Deno.writeTextFile(`${path}.partial.lock`, "");
    const stopped = quick(server, path, {
      signal: controller.signal,
      progress: () => controller.abort(new Error("stopped by the test")),
    });
    await assertRejects(() => stopped, Error, "stopped by the test");
    const { size } = await Deno.stat(`${path}.partial`);
    assert(size >= 70_000 && size < 200_000, `${size}`);
    const result = await quick(server, path);
    assertEquals(result, { sha256, bytes: file.length, resumed: size });
    assertEquals(server.heard.map(rangeStart), [70_000, size]);
    assertEquals(names(folder), ["w.pth"]);
  }));

Deno.test("bytes from another address, or of unknown origin, are not gone on with", () =>
  withFolder(async (path, folder) => {
    await using server = serveScript(honestly(file));
    await Deno.mkdir(folder);
    const note = JSON.stringify({ url: "http://elsewhere/w.pth", etag: '"one"' });
    for (const text of [note, "{", "null", '{"url":7}', undefined]) {
      await Deno.writeFile(`${path}.partial`, other.subarray(0, 500));
      if (text !== undefined) await Deno.writeTextFile(`${path}.partial.json`, text);
      assertEquals((await quick(server, path)).resumed, 0);
      assertEquals(await Deno.readFile(path), file);
      await Deno.remove(path);
    }
    assertEquals(server.heard.map(rangeStart), [0, 0, 0, 0, 0]);
  }));

Deno.test("without a hash to expect, only bytes that the server vouches for are gone on with", () =>
  withFolder(async (path) => {
    for (const [etag, wanted] of [['"strong"', 5000], ['W/"weak"', 0]] as const) {
      await using server = serveScript(
        honestly(file, { upTo: 5000, etag }),
        honestly(file, { etag }),
      );
      await quick(server, path, { expected: {} });
      assertEquals(server.heard.map(rangeStart), [0, wanted], etag);
      assertEquals(await Deno.readFile(path), file);
      await Deno.remove(path);
    }
    // A date will do.
    const dated = "Wed, 21 Oct 2015 07:28:00 GMT";
    const headers = { "content-length": file.length, "last-modified": dated };
    await using server = serveScript(
      () => ({ status: 200, headers, body: file.subarray(0, 9) }),
      () => ({
        status: 206,
        headers: { "content-range": `bytes 9-${file.length - 1}/${file.length}` },
        body: file.subarray(9),
      }),
    );
    await quick(server, path, { expected: {} });
    assertEquals(server.heard[1].headers.get("if-range"), dated);
    assertEquals(await Deno.readFile(path), file);
  }));

Deno.test("a file that changed on the server is begun again", () =>
  withFolder(async (path) => {
    await using server = serveScript(
      honestly(other, { upTo: 5000, etag: '"old"' }),
      honestly(file, { etag: '"new"' }),
    );
    assertEquals((await quick(server, path)).sha256, sha256);
    assertEquals(server.heard.map(rangeStart), [0, 5000]);

    // 206 in spite of If-Range, under another tag.
    await using careless = serveScript(
      honestly(other, { upTo: 5000, etag: '"old"' }),
      (heard) => honestly(file)({ ...heard, headers: new Headers({ range: "bytes=5000-" }) }),
      honestly(file),
    );
    assertEquals((await quick(careless, path)).sha256, sha256);
    assertEquals(careless.heard.map(rangeStart), [0, 5000, 0]);
  }));

Deno.test("200, a wrong part, or none named in answer to a range begin again", () =>
  withFolder(async (path) => {
    const length = file.length;
    const part = (range: string | undefined) => () => ({
      status: 206,
      headers: { ...(range === undefined ? {} : { "content-range": range }) },
      body: file.subarray(0, 7),
    });
    await using whole = serveScript(honestly(file, { upTo: 5000 }), () => ({
      status: 200,
      headers: { "content-length": length },
      body: file,
    }));
    assertEquals((await quick(whole, path)).sha256, sha256);
    assertEquals(whole.heard.length, 2);

    const wrong = [
      `bytes 4999-${length - 1}/${length}`,
      `bytes 0-6/${length}`,
      `bytes 5000-4000/${length}`,
      `bytes 5000-${length}/${length}`,
      "5000-",
      undefined,
    ];
    assertEquals(wrong.length, 6);
    for (const range of wrong) {
      await using server = serveScript(honestly(file, { upTo: 5000 }), part(range), honestly(file));
      assertEquals((await quick(server, path)).sha256, sha256, range);
      assertEquals(server.heard.map(rangeStart), [0, 5000, 0], range);
    }
  }));

Deno.test("a server that always begins anew and never gets further is given up", () =>
  withFolder(async (path) => {
    await using server = serveScript(() => ({
      status: 200,
      headers: { "content-length": file.length },
      body: file.subarray(0, 5000),
    }));
    const pauses: number[] = [];
    await refused(quick(server, path, { pauses }), "5000 of 200000 bytes came", "attempt 6");
    assertEquals(server.heard.length, 6);
    assertEquals(pauses, [500, 500, 1000, 2000, 4000]);
  }));

Deno.test("416 means whole where the size agrees, else begin again", () =>
  withFolder(async (path) => {
    // The announced length is a lie: the file ends where the cut seemed to be.
    await using short = serveScript(
      () => ({ status: 200, headers: { "content-length": file.length + 9 }, body: file }),
      () => ({ status: 416, headers: { "content-range": `bytes */${file.length}` } }),
    );
    assertEquals((await quick(short, path)).sha256, sha256);
    await using other = serveScript(
      honestly(file, { upTo: 5000 }),
      () => ({ status: 416, headers: { "content-range": "bytes */17" } }),
      honestly(file),
    );
    assertEquals((await quick(other, path)).sha256, sha256);
    assertEquals(other.heard.map(rangeStart), [0, 5000, 0]);
  }));
