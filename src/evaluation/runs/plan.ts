/** What is to be run: methods × backbones × options on categories × seeds. */

import { Ajv2020 } from "ajv/dist/2020.js";
import { basename } from "@std/path";
import type { OnnxSettings } from "../../backbones/onnx_settings.ts";
import { type CreateOptions, findMethod, isSeeded } from "../../detectors/registry.ts";
import { cannot, didYouMean } from "../../errors.ts";
import {
  checkGeometry,
  defaultGeometry,
  type Geometry,
  type MaskFilter,
} from "../../image/preprocess.ts";
import schema from "./plan.schema.json" with { type: "json" };

/** The value of an option in a plan. */
export type PlanOption = number | string | boolean | readonly string[];

/** A method with options of its own; see `plan.schema.json`. */
export interface MethodPlan {
  readonly method: string;
  readonly label?: string;
  /** `+` joins several to an ensemble. */
  readonly backbone?: string;
  readonly options?: Readonly<Record<string, PlanOption>>;
  /** Options with several values: the method runs with every combination. */
  readonly grid?: Readonly<Record<string, readonly PlanOption[]>>;
  readonly geometry?: Partial<Geometry>;
}

/** A plan as written in JSON; see `plan.schema.json`. */
export interface Plan {
  readonly data?: string;
  readonly categories?: readonly string[];
  readonly limit?: number;
  readonly skipBroken?: boolean;
  readonly maskFilter?: MaskFilter;
  readonly seeds?: readonly number[];
  readonly backbones?: readonly string[];
  /** Of backbones that are ONNX files. */
  readonly onnx?: OnnxSettings;
  readonly geometry?: Partial<Geometry>;
  readonly methods: readonly (string | MethodPlan)[];
}

/** One recipe to run on categories: all that a detector is made of but the seed. */
export interface Recipe {
  /** Unique in the plan. */
  readonly label: string;
  /** A method or preset. */
  readonly method: string;
  readonly backbones: readonly string[];
  readonly options: NonNullable<CreateOptions["options"]>;
  /** Undefined: the method's or preset's own. */
  readonly geometry: Geometry | undefined;
  /** One for a recipe in which nothing is drawn at random. */
  readonly seeds: readonly number[];
}

let validate: ReturnType<Ajv2020["compile"]> | undefined;

/**
 * A plan from JSON, checked against its schema.
 *
 * @param source names the file in errors
 * @throws {SyntaxError} when it is not JSON
 * @throws {RangeError} for what the schema forbids, with the place in the plan
 *
 * @example
 * ```ts
 * const plan = parsePlan('{"methods": ["patchcore", "padim"], "seeds": [0, 1, 2]}', "plan.json");
 * console.assert(plan.methods.length === 2);
 * ```
 */
export function parsePlan(text: string, source: string): Plan {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw cannot("read a plan", "it must be JSON", `${reason} (${source})`, SyntaxError);
  }
  return checkPlan(value, source);
}

/** The value as a plan, if the schema allows it. */
export function checkPlan(value: unknown, source: string): Plan {
  validate ??= new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true })
    .compile(schema);
  if (validate(value)) return value as Plan;
  // Of all that fails, what lies deepest is what was meant; of a choice, its record.
  const weight = ({ instancePath, keyword }: { instancePath: string; keyword: string }) =>
    2 * instancePath.split("/").length +
    (["additionalProperties", "required"].includes(keyword) ? 1 : 0);
  const [error] = (validate.errors ?? []).toSorted((a, b) => weight(b) - weight(a));
  const place = `plan${error.instancePath.replaceAll("/", ".").replace(/\.(\d+)/g, "[$1]")}`;
  const params: Readonly<Record<string, unknown>> = error.params;
  const wrong = params.additionalProperty;
  const found = typeof wrong === "string"
    ? `${place} has "${wrong}"${didYouMean(wrong, Object.keys(propertiesAt(error.schemaPath)))}`
    : Array.isArray(params.allowedValues)
    ? `${place} must be one of ${params.allowedValues.join(", ")}`
    : `${place} ${error.message}`;
  throw cannot("read a plan", "it must be as plan.schema.json says", `${found} (${source})`);
}

/** The names that the schema knows where a property was refused. */
function propertiesAt(path = ""): Readonly<Record<string, unknown>> {
  if (path.includes("properties/onnx")) return schema.properties.onnx.properties;
  if (path.includes("$defs/geometry")) return schema.$defs.geometry.properties;
  if (path.includes("$defs/method")) return schema.$defs.method.properties;
  return schema.properties;
}

/** Parts of a geometry over that of a method or preset; undefined where nothing is said. */
function geometryOver(
  method: string,
  ...parts: readonly (Partial<Geometry> | undefined)[]
): Geometry | undefined {
  const said: Partial<Geometry> = Object.assign({}, ...parts);
  if (Object.values(said).every((value) => value === undefined)) return undefined;
  const own = findMethod(method).geometry ?? defaultGeometry;
  const crop = said.crop ?? own.crop;
  const geometry: Geometry = {
    ...own,
    crop,
    resize: said.resize ?? Math.round((crop * own.resize) / own.crop),
    ...(said.filter && { filter: said.filter }),
    ...(said.aspect && { aspect: said.aspect }),
  };
  checkGeometry(geometry);
  return geometry;
}

/** Every combination of one value for each name. */
function combinations(
  grid: Readonly<Record<string, readonly PlanOption[]>>,
): readonly Readonly<Record<string, PlanOption>>[] {
  return Object.entries(grid).reduce<Readonly<Record<string, PlanOption>>[]>(
    (all, [name, values]) =>
      all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}

/** A backbone as labels have it: of a file its name, without folder and ending. */
const shortName = (backbone: string): string =>
  /\.onnx$/i.test(backbone) ? basename(backbone).replace(/\.onnx$/i, "") : backbone;

/** Refuses options of which another word would win without a word. */
function expectOwnOptions({ method, label = method, options = {}, grid = {} }: MethodPlan): void {
  const action = `run ${label}`;
  const twice = Object.keys(options).find((name) => Object.hasOwn(grid, name));
  if (twice !== undefined) {
    throw cannot(action, "an option has one value or several", `${twice} in options and grid`);
  }
  if (Object.hasOwn(options, "seed") || Object.hasOwn(grid, "seed")) {
    throw cannot(action, "seeds are the plan's (--seed, --seeds)", "seed among the options");
  }
}

const optionText = (value: PlanOption): string =>
  typeof value === "object" ? value.join("+") : String(value);

/**
 * The recipes of a plan, in its order: each method on each backbone with each combination of its
 * grid. Labels say what sets them apart.
 *
 * @param usual the backbone of a method that names none
 * @throws {RangeError} for a method that there is not, two recipes of one label, an option that is
 * in the grid too, or a seed among the options
 */
export function recipesOf(plan: Plan, usual: string): readonly Recipe[] {
  const seeds = plan.seeds ?? [0];
  const recipes = plan.methods.flatMap((entry) => {
    const one: MethodPlan = typeof entry === "string" ? { method: entry } : entry;
    const preset = findMethod(one.method);
    expectOwnOptions(one);
    const own = one.backbone === undefined ? plan.backbones : [one.backbone];
    const backbones = own ?? [preset.backbones?.join("+") ?? usual];
    const geometry = geometryOver(one.method, plan.geometry, one.geometry);
    return backbones.flatMap((backbone) =>
      combinations(one.grid ?? {}).map((varied): Recipe => {
        const networks = backbone.split("+").map((name) => name.trim());
        return {
          label: [
            one.label ?? one.method,
            ...(backbones.length > 1 ? [networks.map(shortName).join("+")] : []),
            ...Object.entries(varied).map(([name, value]) => `${name}=${optionText(value)}`),
          ].join(" "),
          method: one.method,
          backbones: networks,
          options: { ...one.options, ...varied },
          geometry,
          // An ensemble draws the photos that it holds out.
          seeds: isSeeded(one.method) || networks.length > 1 ? seeds : seeds.slice(0, 1),
        };
      })
    );
  });
  const labels = recipes.map(({ label }) => label);
  const twice = labels.find((label, i) => labels.indexOf(label) < i);
  if (twice !== undefined) {
    throw cannot(
      "run a plan",
      "every method in it must have a label of its own",
      `"${twice}" twice`,
    );
  }
  return recipes;
}
