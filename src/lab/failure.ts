/** What went wrong outside the program: no network, a server that does not start. */

/** Shown as one line, without a stack trace: neither the input nor the program is to blame. */
export class LabFailure extends Error {
  override readonly name = "LabFailure";
}
