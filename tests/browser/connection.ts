/** A connection to a browser's DevTools, over which all of its pages are driven. */

/** Parameters or a result, as the DevTools protocol has them. */
export type Message = Readonly<Record<string, unknown>>;

/** Hears every event of one page. */
export type Listener = (event: string, params: Message) => void;

/** Pages are told apart by the ids of their sessions; what has none is the browser's own. */
export interface Connection {
  send(method: string, params?: Message, sessionId?: string): Promise<Message>;
  /** Takes the place of the session's earlier listener. */
  listen(sessionId: string, listener: Listener): void;
  close(): void;
}

/** Connects to the address that a browser listens at. */
export async function connect(address: string): Promise<Connection> {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`Could not connect to ${address}`));
  });
  let last = 0;
  const waiting = new Map<number, PromiseWithResolvers<Message>>();
  const listeners = new Map<string, Listener>();
  const gone = () => new Error("Chromium has gone");
  socket.onmessage = ({ data }) => {
    const { id, sessionId, method, params, result, error } = JSON.parse(data);
    if (id === undefined) return listeners.get(sessionId)?.(method, params);
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error) reject?.(new Error(error.message));
    else resolve?.(result);
  };
  socket.onclose = () => {
    for (const { reject } of waiting.values()) reject(gone());
  };
  return {
    send(method, params = {}, sessionId) {
      if (socket.readyState !== WebSocket.OPEN) return Promise.reject(gone());
      const answer = Promise.withResolvers<Message>();
      waiting.set(++last, answer);
      socket.send(JSON.stringify({ id: last, method, params, sessionId }));
      return answer.promise;
    },
    listen: (sessionId, listener) => void listeners.set(sessionId, listener),
    close: () => socket.close(),
  };
}
