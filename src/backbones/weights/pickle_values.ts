/** What a pickle program can make: plain values, containers, and views of storages. */

import type { Dtype } from "./dtypes.ts";

/** A Python tuple. */
export interface PickleTuple {
  readonly kind: "tuple";
  readonly items: readonly PickleValue[];
}
/** A Python list. */
export interface PickleList {
  readonly kind: "list";
  readonly items: PickleValue[];
}
/** A Python dict or OrderedDict, in insertion order. */
export interface PickleDict {
  readonly kind: "dict";
  /** Whether it is an OrderedDict, the only object that may carry attributes (BUILD). */
  readonly ordered: boolean;
  readonly entries: Map<PickleValue, PickleValue>;
}
/** An allowed global, by its full name. */
export interface PickleGlobal {
  readonly kind: "global";
  readonly name: string;
}
/** A part of a storage: `length` values from value `begin` of the `count` stored under `key`. */
export interface PickleStorage {
  readonly kind: "storage";
  readonly dtype: Dtype;
  readonly key: string;
  readonly count: number;
  readonly begin: number;
  readonly length: number;
}
/** A strided view of a storage; offset and strides count values. */
export interface PickleTensor {
  readonly kind: "tensor";
  readonly storage: PickleStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** Where in the file it was built, for errors. */
  readonly at: number;
}
/** A `torch.nn.Parameter` as an object, which early files hold; its data may come late. */
export interface PickleParameter {
  readonly kind: "parameter";
  data: PickleTensor | undefined;
}
/** What is neither a number nor a text. */
export type PickleObject =
  | PickleTuple
  | PickleList
  | PickleDict
  | PickleGlobal
  | PickleStorage
  | PickleTensor
  | PickleParameter;
/** Whatever a program can have on its stack. */
export type PickleValue = null | boolean | number | bigint | string | PickleObject;

/** Whether a value is the container or torch object of this kind. */
export function isKind<K extends PickleObject["kind"]>(
  value: PickleValue,
  kind: K,
): value is Extract<PickleObject, { kind: K }> {
  return typeof value === "object" && value !== null && value.kind === kind;
}

/** A value's kind in words; never its content, which may be deep or long. */
export function kindOf(value: PickleValue): string {
  if (value === null) return "None";
  if (typeof value !== "object") return typeof value;
  return value.kind === "global" ? value.name : `a ${value.kind}`;
}

/** The tensor that a value is or holds as a parameter. */
export function tensorOf(value: PickleValue): PickleTensor | undefined {
  if (isKind(value, "tensor")) return value;
  return isKind(value, "parameter") ? value.data : undefined;
}
