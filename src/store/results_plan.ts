/** The file that says what a results folder holds, and whether it may be gone on with. */

import { join } from "@std/path";
import { cannot } from "../errors.ts";
import { readFileWhole, writeFileWhole } from "../files.ts";
import { sha256Hex } from "../sha256.ts";
import { asJson, canonicalJson, firstDifference, type Json } from "./canonical_json.ts";

/** What is being run, and by what. */
export interface ResultsOptions {
  /** What is being run, as JSON: results of another plan are refused. */
  readonly plan: unknown;
  /** The library's version: results of another version are refused. */
  readonly version: string;
  /**
   * Decides about a plan that differs: undefined to go on, after which the folder's plan is
   * `ours`, or why not. Without it every difference is refused.
   */
  readonly resumable?: (theirs: Json, ours: Json) => string | undefined;
}

/** The name of the file. */
export const RESULTS = "results.json";
const FORMAT = 1;
const KIND = "kizu results";
const ELSE = "(choose another folder, or delete this one)";

/**
 * Writes what a new folder holds, or makes sure that the folder holds results of the same plan.
 *
 * @throws {RangeError} naming the first place where they differ
 * @throws {SyntaxError} where the file is damaged
 */
export async function agreeOnPlan(
  folder: string,
  { plan, version, resumable }: ResultsOptions,
): Promise<void> {
  const action = `write results to ${folder}`;
  const path = join(folder, RESULTS);
  const ours = asJson(plan, { action, name: "plan" });
  const text = planText({ plan: ours, version });
  const there = await Deno.stat(path).then(() => true, (error: unknown) => {
    if (error instanceof Deno.errors.NotFound) return false;
    throw cannot(action, `${RESULTS} must be readable`, String(error));
  });
  if (!there) return await writeFileWhole(path, text);
  const found = await readPlan(folder);
  const refuse = (what: string, difference: string) =>
    cannot(action, `what is there must be of the same ${what} ${ELSE}`, difference);
  if (found.format !== FORMAT) {
    throw refuse("format", `${FORMAT} here, ${found.format} there`);
  }
  const theirs = asJson(found.plan, { action, name: "plan" });
  if (found.planSha256 !== sha256OfPlan(theirs)) {
    const requirement = `${RESULTS} must be whole ${ELSE}`;
    throw cannot(action, requirement, "its plan has another checksum than it tells", SyntaxError);
  }
  if (found.version !== version) {
    throw refuse("library version", `${version} here, ${found.version} there`);
  }
  const difference = firstDifference({ here: ours, there: theirs }, "plan");
  if (difference === undefined) return;
  const reason = resumable === undefined ? difference : resumable(theirs, ours);
  if (reason !== undefined) throw refuse("plan", reason);
  await writeFileWhole(path, text);
}

function planText({ plan, version }: { readonly plan: Json; readonly version: string }): string {
  const content = { kind: KIND, format: FORMAT, version, plan, planSha256: sha256OfPlan(plan) };
  return `${canonicalJson(content, { action: "write results", name: "plan" })}\n`;
}

function sha256OfPlan(plan: Json): string {
  const text = canonicalJson(plan, { action: "write results", name: "plan" });
  return sha256Hex(new TextEncoder().encode(text));
}

interface FoundPlan {
  readonly format: number;
  readonly version: string;
  readonly plan: unknown;
  readonly planSha256: string;
}

async function readPlan(folder: string): Promise<FoundPlan> {
  const action = `write results to ${folder}`;
  const bytes = await readFileWhole(join(folder, RESULTS));
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw cannot(action, `${RESULTS} must be whole ${ELSE}`, reason, SyntaxError);
  }
  if (!isPlan(found)) {
    throw cannot(
      action,
      "the folder must be empty or a results folder",
      `${join(folder, RESULTS)} is of another kind, or damaged`,
    );
  }
  return found;
}

function isPlan(value: unknown): value is FoundPlan {
  if (typeof value !== "object" || value === null) return false;
  return "kind" in value && value.kind === KIND &&
    "format" in value && typeof value.format === "number" &&
    "version" in value && typeof value.version === "string" &&
    "planSha256" in value && typeof value.planSha256 === "string" && "plan" in value;
}
