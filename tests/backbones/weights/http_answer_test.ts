import { assertEquals } from "@std/assert";
import { judgeAnswer } from "../../../src/backbones/weights/http_answer.ts";

const answer = (status: number, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  headers: new Headers(headers),
});

Deno.test("200 is the whole file, of a length that may be unknown", () => {
  for (const offset of [0, 7]) {
    assertEquals(judgeAnswer(answer(200, { "content-length": "12" }), { offset }), {
      kind: "body",
      from: 0,
      total: 12,
    });
  }
  for (const length of ["", "-1", "1e3", "12, 12"]) {
    const verdict = judgeAnswer(answer(200, { "content-length": length }), { offset: 0 });
    assertEquals(verdict, { kind: "body", from: 0, total: undefined });
  }
});

Deno.test("206 is gone on with where it begins behind the bytes that are there", () => {
  const part = (range: string, etag?: string) =>
    answer(206, { "content-range": range, ...(etag === undefined ? {} : { etag }) });
  const asked = { offset: 5, etag: '"a"' };
  assertEquals(judgeAnswer(part("bytes 5-8/9", '"a"'), asked), { kind: "body", from: 5, total: 9 });
  assertEquals(judgeAnswer(part("bytes 5-8/*"), asked), { kind: "body", from: 5 });
  const useless = [
    part("bytes 4-8/9"),
    part("bytes 5-9/9"),
    part("bytes 5-4/9"),
    part("items 5-8/9"),
    part("bytes 5-8/9", '"b"'),
    answer(206),
  ];
  assertEquals(useless.map((said) => judgeAnswer(said, asked).kind), [
    ...useless.map(() => "restart"),
  ]);
});

Deno.test("416 says how long the file is: all of it is there, or none of it is of use", () => {
  const beyond = (range: string, offset: number) =>
    judgeAnswer(answer(416, { "content-range": range }), { offset }).kind;
  assertEquals(beyond("bytes */9", 9), "complete");
  assertEquals(beyond("bytes */8", 9), "restart");
  assertEquals(beyond("bytes */0", 0), "restart");
  assertEquals(beyond("", 9), "restart");
});

Deno.test("passing failures are asked again, after the seconds or until the date that are said", () => {
  const now = Date.parse("2024-02-29T12:00:00Z");
  const wait = (text: string): number | undefined => {
    const verdict = judgeAnswer(answer(503, { "retry-after": text }), { offset: 0 }, now);
    return verdict.kind === "retry" ? verdict.seconds : NaN;
  };
  assertEquals(wait("120"), 120);
  assertEquals(wait("Thu, 29 Feb 2024 12:01:30 GMT"), 90);
  assertEquals(wait("Thu, 29 Feb 2024 11:00:00 GMT"), 0);
  assertEquals(wait("soon"), undefined);
  const statuses = [408, 425, 429, 500, 502, 503, 504];
  assertEquals(statuses.map((status) => judgeAnswer(answer(status), { offset: 0 })), [
    ...statuses.map((status) => ({
      kind: "retry" as const,
      why: `the server answers ${status}` + ({
        500: ", it failed",
        502: ", it is out of order",
        503: ", it is busy",
        504: ", it is out of order",
      }[status] ?? ""),
      seconds: undefined,
    })),
  ]);
});

Deno.test("every other answer is refused, with its number", () => {
  for (const status of [201, 204, 304, 400, 401, 403, 404, 410, 451, 501]) {
    const verdict = judgeAnswer(answer(status), { offset: 3 });
    assertEquals(verdict.kind, "refuse");
    assertEquals("why" in verdict && verdict.why.startsWith(`the server answers ${status}`), true);
  }
});
