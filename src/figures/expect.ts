/** What figures check of the numbers they are given. */

import { cannot } from "../errors.ts";
import { shapeText } from "../tensor.ts";
import type { AnomalyMap, Matrix, Tensor } from "../types.ts";

/** Numbers in any array. */
export type Numbers = ArrayLike<number>;

/** Refuses an empty list. */
export function expectSome(action: string, what: string, { length }: ArrayLike<unknown>): void {
  if (length === 0) throw cannot(action, `there must be at least one ${what}`, "none");
}

/** Refuses what is not a number, or infinite; says where it is. */
export function expectFinite(action: string, what: string, values: Numbers): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw cannot(action, `${what} must be finite numbers`, `${values[i]} at ${i}`);
    }
  }
}

/** Refuses lists of which each should belong to one of the other. */
export function expectSameLength(
  action: string,
  lists: Readonly<Record<string, ArrayLike<unknown> | undefined>>,
): void {
  const given = Object.entries(lists).flatMap(([name, list]) =>
    list === undefined ? [] : [{ name, length: list.length }]
  );
  if (given.some(({ length }) => length !== given[0].length)) {
    throw cannot(
      action,
      `${given.map(({ name }) => name).join(", ")} must be equally long`,
      given.map(({ length }) => length).join(", "),
    );
  }
}

/** Refuses a tensor of another rank, or with a number that is not finite. */
export function expectTensor(action: string, what: string, tensor: Tensor, rank: number): void {
  if (tensor.shape.length !== rank) {
    throw cannot(action, `${what} has rank ${rank}`, shapeText(tensor.shape), TypeError);
  }
  expectSome(action, "number", tensor.data);
  expectFinite(action, `the values of ${what}`, tensor.data);
}

/** Refuses what is not a map of finite scores. */
export function expectMap(action: string, map: AnomalyMap): void {
  expectTensor(action, "a map", map, 2);
}

/** Refuses what is not a matrix [N, 2] of finite numbers. */
export function expectPlane(action: string, what: string, points: Matrix): void {
  expectTensor(action, what, points, 2);
  if (points.shape[1] !== 2) {
    throw cannot(action, `${what} must be points in the plane, [N, 2]`, shapeText(points.shape));
  }
}

/** Refuses what is not two rising finite numbers. */
export function expectDomain(action: string, [low, high]: readonly [number, number]): void {
  if (!Number.isFinite(low) || !Number.isFinite(high) || !(low < high)) {
    throw cannot(action, "a domain is two rising finite numbers", shapeText([low, high]));
  }
}

/** Refuses two things of one name: they would be drawn as one. */
export function expectDifferentNames(
  action: string,
  named: readonly { readonly name: string }[],
): void {
  const names = named.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw cannot(action, "names must differ", `"${twice}" twice`);
}

/** Refuses an interval that does not hold its value, or has one end only. */
export function expectInterval(action: string, row: NamedValue): void {
  const { name, value, low, high } = row;
  expectFinite(action, `the value of ${name}`, [value]);
  if (low === undefined && high === undefined) return;
  if (low === undefined || high === undefined || !(low <= value && value <= high)) {
    throw cannot(
      action,
      "an interval has two ends with the value between them",
      `${name}: ${low} ≤ ${value} ≤ ${high}`,
    );
  }
  expectFinite(action, `the interval of ${name}`, [low, high]);
}

/** A named value, with its interval where there is one. */
export interface NamedValue {
  readonly name: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

/** Refuses what is not a whole number between two others. */
export function expectWhole(
  action: string,
  what: string,
  value: number,
  [least, most]: readonly [number, number],
): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw cannot(action, `${what} must be a whole number in ${least}…${most}`, `${value}`);
  }
}
