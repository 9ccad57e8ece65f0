/** ZeroMQ sockets as the kernel client needs them; the only file that knows the library. */

import { Buffer } from "node:buffer";

/** A socket that only receives, or also sends. */
export interface Socket {
  connect(address: string): void;
  send(frames: readonly string[]): Promise<void>;
  /** The frames of a message that is there already; undefined where none is. */
  receive(): Promise<readonly Uint8Array[] | undefined>;
  close(): void;
}

/**
 * Opens a socket: `dealer` for requests and their replies, `subscriber` for everything that the
 * kernel tells all its listeners.
 *
 * Receiving never waits: Deno does not always wake the library up when a message has come (its file
 * descriptor is edge-triggered), so the caller asks again after a while.
 */
export async function openSocket(kind: "dealer" | "subscriber"): Promise<Socket> {
  const { Dealer, Subscriber } = await import("zeromq");
  const options = { linger: 0, receiveTimeout: 0, receiveHighWaterMark: 0 };
  const dealer = kind === "dealer" ? new Dealer(options) : undefined;
  const subscriber = kind === "subscriber" ? new Subscriber(options) : undefined;
  subscriber?.subscribe();
  const socket = dealer ?? subscriber;
  return {
    connect: (address) => socket?.connect(address),
    async send(frames) {
      await dealer?.send(frames.map((frame) => Buffer.from(frame)));
    },
    async receive() {
      try {
        return await socket?.receive();
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "EAGAIN") return undefined;
        throw error;
      }
    },
    close: () => socket?.close(),
  };
}

/** Ports of this machine that nobody listens on, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const { Reply } = await import("zeromq");
  const sockets = Array.from({ length: count }, () => new Reply({ linger: 0 }));
  try {
    return await Promise.all(sockets.map(async (socket) => {
      await socket.bind("tcp://127.0.0.1:*");
      return Number(socket.lastEndpoint?.split(":").at(-1));
    }));
  } finally {
    for (const socket of sockets) socket.close();
  }
}
