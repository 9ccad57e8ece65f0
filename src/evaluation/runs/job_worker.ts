/** A worker that runs jobs: another engine, on threads of its own. */

import { isRefusal } from "../../errors.ts";
import { limitThreads } from "../../onnx/session.ts";
import { encodeRun } from "./evidence_file.ts";
import { type JobRunner, openJobRunner } from "./job_runner.ts";
import type { FromWorker, ToWorker } from "./worker_messages.ts";

/** What a worker sees of itself: TypeScript's library for pages knows a window only. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker, transfer: Transferable[]): void;
}
const scope = globalThis as unknown as WorkerScope;

let runner: Promise<JobRunner> | undefined;

scope.onmessage = async ({ data: { setting, job, threads, later } }) => {
  const send = (message: FromWorker, transfer: Transferable[] = []) =>
    scope.postMessage(message, transfer);
  try {
    limitThreads(threads);
    const own = await (runner ??= openJobRunner(setting));
    const outcome = await own.run(job, {
      progress: (progress) => send({ progress }),
      later,
    });
    const news = own.cacheNews();
    if ("leftOut" in outcome) return send({ leftOut: outcome.leftOut, news });
    const { record, attachments } = encodeRun(outcome.finished);
    send(
      { record, attachments, news },
      Object.values(attachments).flat().map(({ buffer }) => buffer),
    );
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    const { name, message, stack } = failure;
    send({ failed: { name, message, stack, refusal: isRefusal(error) } });
  }
};
