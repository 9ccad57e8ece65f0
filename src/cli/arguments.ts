/** Command lines: declared once, parsed strictly, explained by --help. */

import { parseArgs } from "@std/cli/parse-args";
import { cannot, didYouMean } from "../errors.ts";

/** One option of a command. */
export interface OptionSpec {
  /** `flag` has no value; `list` is one value with commas in it. */
  readonly kind: "text" | "number" | "list" | "flag";
  /** What stands for the value in the help, for example `DIR`. */
  readonly value?: string;
  readonly help: string;
  /** For numbers: refused outside. */
  readonly range?: { readonly least: number; readonly most: number; readonly whole?: boolean };
}

/** A command's options by name, without the dashes. */
export type CommandSpec = Readonly<Record<string, OptionSpec>>;

/** What was given: undefined where an option was not. */
export type Given<S extends CommandSpec> = {
  readonly [K in keyof S]:
    | (S[K]["kind"] extends "flag" ? true
      : S[K]["kind"] extends "number" ? number
      : S[K]["kind"] extends "list" ? readonly string[]
      : string)
    | undefined;
};

/**
 * Parses a command line.
 *
 * @throws {TypeError} for an unknown option (with the nearest known one) or a stray word
 * @throws {RangeError} for a value that is missing, not a number, or out of range
 */
export function parseCommand<const S extends CommandSpec>(
  spec: S,
  args: readonly string[],
): Given<S> {
  const names = Object.keys(spec);
  const flags = names.filter((name) => spec[name].kind === "flag");
  const parsed = parseArgs([...args], {
    boolean: flags,
    string: names.filter((name) => !flags.includes(name)),
    collect: names.filter((name) => !flags.includes(name)),
    unknown: (word: string, name?: string) => {
      if (name === undefined) {
        throw cannot(
          "read the command",
          "every value belongs to an option",
          `"${word}"`,
          TypeError,
        );
      }
      throw cannot(
        "read the command",
        "the option must be known (see --help)",
        `--${name}${didYouMean(name, names)}`,
        TypeError,
      );
    },
  }) as Readonly<Record<string, unknown>>;
  return Object.fromEntries(names.map((name) => {
    const { kind, range } = spec[name];
    if (kind === "flag") return [name, parsed[name] === true ? true : undefined];
    const values = parsed[name] as readonly string[];
    if (values.length === 0) return [name, undefined];
    if (values.length > 1) {
      throw cannot("read the command", `--${name} may be given once`, values.join(" and "));
    }
    const text = values[0];
    if (text === "") throw cannot("read the command", `--${name} needs a value`, "none");
    if (kind === "text") return [name, text];
    if (kind === "list") {
      const parts = text.split(",").map((part) => part.trim()).filter((part) => part !== "");
      if (parts.length === 0) throw cannot("read the command", `--${name} needs a value`, text);
      return [name, [...new Set(parts)]];
    }
    const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : NaN;
    const { least = -Infinity, most = Infinity, whole = false } = range ?? {};
    if (!(number >= least && number <= most) || (whole && !Number.isInteger(number))) {
      const end = most === Infinity ? ` of at least ${least}` : ` in ${least}…${most}`;
      throw cannot(
        "read the command",
        `--${name} must be a ${whole ? "whole " : ""}number${range ? end : ""}`,
        `"${text}"`,
      );
    }
    return [name, number];
  })) as Given<S>;
}

/** Words of a command line that are no option and no option's value, and the rest. */
export function splitWords(
  args: readonly string[],
  spec: CommandSpec,
): { readonly words: readonly string[]; readonly rest: readonly string[] } {
  const words: string[] = [];
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    if (!args[i].startsWith("-")) {
      words.push(args[i]);
      continue;
    }
    rest.push(args[i]);
    const name = args[i].replace(/^--/, "");
    const takesValue = Object.hasOwn(spec, name) && spec[name].kind !== "flag";
    if (takesValue && i + 1 < args.length) rest.push(args[++i]);
  }
  return { words, rest };
}

/** The help text: usage, options, examples. */
export function helpText(
  { command, purpose, spec, examples, notes = [] }: {
    readonly command: string;
    readonly purpose: string;
    readonly spec: CommandSpec;
    readonly examples: readonly (readonly [command: string, meaning: string])[];
    readonly notes?: readonly string[];
  },
): string {
  const heads = Object.entries(spec).map(([name, { kind, value }]) =>
    `  --${name}${kind === "flag" ? "" : ` ${value ?? "VALUE"}`}`
  );
  const width = Math.max(...heads.map((head) => head.length)) + 2;
  const options = Object.values(spec).map(({ help }, i) =>
    heads[i].padEnd(width) + help.split("\n").join("\n" + " ".repeat(width))
  );
  return [
    purpose,
    "",
    `Usage: ${command} [options]`,
    "",
    ...options,
    "",
    ...notes.flatMap((note) => [note, ""]),
    "Examples:",
    ...examples.flatMap(([line, meaning]) => [`  ${line}`, `      ${meaning}`]),
  ].join("\n");
}
