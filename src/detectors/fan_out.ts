/** One stream of photos for several readers: each photo is read once. */

/** A stream for one reader. */
export interface Reader<T> extends AsyncIterable<T> {
  /** The reader takes no more, whether it ever began or not: the others no longer wait for it. */
  close(): void;
}

/**
 * Splits a stream into `count` streams that all see every item. They advance together: the next
 * item is asked for when every open reader has taken the one before, so at most one is held.
 * A reader that is done, or failed, has to be closed.
 */
export function fanOut<T>(items: AsyncIterable<T> | Iterable<T>, count: number): Reader<T>[] {
  const source = Symbol.asyncIterator in items
    ? items[Symbol.asyncIterator]()
    : items[Symbol.iterator]();
  let pending: Promise<IteratorResult<T>> | undefined;
  let open = count;
  let waiting: (() => void)[] = [];

  const advanceIfAllWait = () => {
    if (open === 0 || waiting.length < open) return;
    pending = undefined;
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  };
  return Array.from({ length: count }, () => {
    let closed = false;
    return {
      async *[Symbol.asyncIterator]() {
        while (!closed) {
          const { done, value } = await (pending ??= Promise.resolve(source.next()));
          if (done) return;
          yield value;
          await new Promise<void>((resolve) => {
            waiting.push(resolve);
            advanceIfAllWait();
          });
        }
      },
      close() {
        if (closed) return;
        closed = true;
        open--;
        advanceIfAllWait();
        if (open === 0) void source.return?.();
      },
    };
  });
}
