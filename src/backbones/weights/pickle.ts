/**
 * An interpreter of pickle programs that can build tensors and plain containers, and nothing else.
 *
 * A pickle is a program for a stack machine that may name any Python function and call it. Here
 * the names are looked up in a fixed list, calls go to one function that knows that list, and
 * everything else is refused by name: no code in a file can run. Steps and containers are
 * counted, so that a small file cannot ask for much memory or time.
 */

import { malformed } from "./state_dict.ts";
import { isKind, kindOf, type PickleValue } from "./pickle_values.ts";

/** What a program may name and call; each throws for what it does not know. */
export interface PickleWorld {
  allows(name: string): boolean;
  call(name: string, args: readonly PickleValue[], at: number): PickleValue;
  /** Makes an object of a class without calling the class. */
  construct(name: string, args: readonly PickleValue[], at: number): PickleValue;
  /** Gives an object its attributes. */
  build(target: PickleValue, state: PickleValue, at: number): void;
  persistent(id: PickleValue, at: number): PickleValue;
}

const maxSteps = 1_000_000;
const maxContainers = 250_000;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Runs one pickle from bytes start…end−1 and gives its value and the offset after it.
 *
 * Protocols 0 to 5, without the text opcodes of protocol 0, byte strings and extension codes,
 * which `torch.save` does not write. O(bytes).
 *
 * Source: CPython's `Lib/pickletools.py`, which specifies every opcode.
 *
 * @throws {SyntaxError} for a malformed or truncated program, an unknown opcode, a global that
 * is not allowed (named), or more than 1,000,000 steps or 250,000 containers (some
 * 15,000 tensors)
 */
export function unpickle(
  bytes: Uint8Array,
  range: { readonly start: number; readonly end: number; readonly file: string },
  world: PickleWorld,
): { value: PickleValue; end: number } {
  const { file, end } = range;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const stack: PickleValue[] = [];
  const marks: number[] = [];
  const memo = new Map<number, PickleValue>();
  let at = range.start;
  let opAt = at;
  let containers = 0;

  const fail = (requirement: string, found: string): Error =>
    malformed("read PyTorch weights", requirement, found, { file, at: opAt });

  /** Moves over `size` bytes and gives the offset where they begin. */
  function skip(size: number): number {
    if (size > end - at) throw fail("a pickle must be whole", `${end - at} of ${size} bytes left`);
    at += size;
    return at - size;
  }
  function bytesOf(size: number): Uint8Array {
    const from = skip(size);
    return bytes.subarray(from, from + size);
  }
  function text(size: number): string {
    try {
      return utf8.decode(bytesOf(size));
    } catch (error) {
      if (error instanceof TypeError) throw fail("texts must be UTF-8", "other bytes");
      throw error;
    }
  }
  function line(): string {
    const from = at;
    while (at < end && bytes[at] !== 10 && at - from < 512) at++;
    if (at >= end || bytes[at] !== 10) throw fail("a name must end with its line", "no end");
    const size = at - from;
    at = from;
    const name = text(size);
    at++;
    return name;
  }
  function long(size: number): number | bigint {
    if (size > 16) throw fail("an integer has up to 16 bytes", String(size));
    let value = 0n;
    const digits = bytesOf(size);
    for (let i = size - 1; i >= 0; i--) value = value << 8n | BigInt(digits[i]);
    value = BigInt.asIntN(8 * size, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  function pop(): PickleValue {
    if (stack.length <= (marks.at(-1) ?? 0)) throw fail("the stack must hold a value", "none");
    return stack.pop() as PickleValue;
  }
  function top(): PickleValue {
    const value = pop();
    stack.push(value);
    return value;
  }
  function sinceMark(): PickleValue[] {
    const mark = marks.pop();
    if (mark === undefined) throw fail("the stack must hold a mark", "none");
    return stack.splice(mark);
  }
  function last(count: number): PickleValue[] {
    return Array.from({ length: count }, pop).reverse();
  }
  function made<V extends PickleValue>(container: V): V {
    if (++containers > maxContainers) {
      throw fail("a pickle may make 250,000 containers", "more");
    }
    return container;
  }
  function makeTuple(items: readonly PickleValue[]): void {
    stack.push(made({ kind: "tuple", items }));
  }
  function append(items: readonly PickleValue[]): void {
    const list = top();
    if (!isKind(list, "list")) throw fail("only a list can be appended to", kindOf(list));
    for (const item of items) list.items.push(item);
  }
  function setItems(items: readonly PickleValue[]): void {
    const dict = top();
    if (!isKind(dict, "dict")) throw fail("only a dict has items to set", kindOf(dict));
    if (items.length % 2 !== 0) throw fail("keys and values must come in pairs", "one alone");
    for (let i = 0; i < items.length; i += 2) dict.entries.set(items[i], items[i + 1]);
  }
  function remember(key: number): void {
    memo.set(key, top());
  }
  function recall(key: number): void {
    const value = memo.get(key);
    if (value === undefined) throw fail("the memo must hold a value", `none under ${key}`);
    stack.push(value);
  }
  function pushGlobal(name: string): void {
    if (!world.allows(name)) {
      throw fail("a weights file may only build tensors", `it names ${name.slice(0, 200)}`);
    }
    stack.push({ kind: "global", name });
  }
  function call(how: PickleWorld["call"]): void {
    const args = pop();
    const callee = pop();
    if (!isKind(callee, "global") || !isKind(args, "tuple")) {
      throw fail("a call needs a global and a tuple", `${kindOf(callee)} and ${kindOf(args)}`);
    }
    // Copying what a call is given counts: a memoised list could be copied again and again.
    for (const arg of args.items) {
      if (isKind(arg, "list") || isKind(arg, "tuple")) containers += arg.items.length;
      else if (isKind(arg, "dict")) containers += arg.entries.size;
    }
    stack.push(made(how(callee.name, args.items, opAt)));
  }
  for (let steps = 0; steps < maxSteps; steps++) {
    opAt = at;
    const opcode = bytes[skip(1)];
    switch (opcode) {
      case 0x80: // PROTO
        if (bytes[skip(1)] > 5) throw fail("a pickle has protocol 0 to 5", String(bytes[at - 1]));
        break;
      case 0x95: // FRAME
        skip(8);
        break;
      case 0x2e: // STOP
        return { value: pop(), end: at };
      case 0x28: // MARK
        marks.push(stack.length);
        break;
      case 0x30: // POP
        if (stack.length === marks.at(-1)) marks.pop();
        else pop();
        break;
      case 0x31: // POP_MARK
        sinceMark();
        break;
      case 0x32: // DUP
        stack.push(top());
        break;
      case 0x4e: // NONE
        stack.push(null);
        break;
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        stack.push(opcode === 0x88);
        break;
      case 0x4a: // BININT
        stack.push(view.getInt32(skip(4), true));
        break;
      case 0x4b: // BININT1
        stack.push(view.getUint8(skip(1)));
        break;
      case 0x4d: // BININT2
        stack.push(view.getUint16(skip(2), true));
        break;
      case 0x8a: // LONG1
        stack.push(long(bytes[skip(1)]));
        break;
      case 0x47: // BINFLOAT
        stack.push(view.getFloat64(skip(8)));
        break;
      case 0x58: // BINUNICODE
      case 0x54: // BINSTRING
        stack.push(text(view.getUint32(skip(4), true)));
        break;
      case 0x8c: // SHORT_BINUNICODE
      case 0x55: // SHORT_BINSTRING
        stack.push(text(bytes[skip(1)]));
        break;
      case 0x8d: // BINUNICODE8
        stack.push(text(Number(view.getBigUint64(skip(8), true))));
        break;
      case 0x29: // EMPTY_TUPLE
        makeTuple([]);
        break;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        makeTuple(last(opcode - 0x84));
        break;
      case 0x74: // TUPLE
        makeTuple(sinceMark());
        break;
      case 0x5d: // EMPTY_LIST
        stack.push(made({ kind: "list", items: [] }));
        break;
      case 0x6c: // LIST
        stack.push(made({ kind: "list", items: sinceMark() }));
        break;
      case 0x61: // APPEND
        append(last(1));
        break;
      case 0x65: // APPENDS
        append(sinceMark());
        break;
      case 0x7d: // EMPTY_DICT
        stack.push(made({ kind: "dict", ordered: false, entries: new Map() }));
        break;
      case 0x73: // SETITEM
        setItems(last(2));
        break;
      case 0x75: // SETITEMS
        setItems(sinceMark());
        break;
      case 0x71: // BINPUT
        remember(bytes[skip(1)]);
        break;
      case 0x72: // LONG_BINPUT
        remember(view.getUint32(skip(4), true));
        break;
      case 0x94: // MEMOIZE
        remember(memo.size);
        break;
      case 0x68: // BINGET
        recall(bytes[skip(1)]);
        break;
      case 0x6a: // LONG_BINGET
        recall(view.getUint32(skip(4), true));
        break;
      case 0x63: // GLOBAL
        pushGlobal(`${line()}.${line()}`);
        break;
      case 0x93: { // STACK_GLOBAL
        const [module, name] = last(2);
        if (typeof module !== "string" || typeof name !== "string") {
          throw fail("a global is named by two texts", `${kindOf(module)} and ${kindOf(name)}`);
        }
        pushGlobal(`${module}.${name}`);
        break;
      }
      case 0x69: // INST
        throw fail("a weights file may only build tensors", `it makes a ${line()}.${line()}`);
      case 0x51: // BINPERSID
        stack.push(world.persistent(pop(), opAt));
        break;
      case 0x52: // REDUCE
        call(world.call);
        break;
      case 0x62: { // BUILD
        const state = pop();
        world.build(top(), state, opAt);
        break;
      }
      case 0x81: // NEWOBJ
        call(world.construct);
        break;
      case 0x92: // NEWOBJ_EX
        throw fail("a weights file may only build tensors", `it makes a ${kindOf(last(3)[0])}`);
      default:
        throw fail("a pickle has known opcodes", `0x${opcode.toString(16).padStart(2, "0")}`);
    }
  }
  throw fail("a pickle may take a million steps", "more");
}
