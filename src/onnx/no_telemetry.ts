/**
 * ONNX Runtime 1.30 reports its use to its makers, over the network, and keeps an identifier of the
 * machine in the user's cache folder, unless the environment forbids it. Here nothing uses the
 * network that was not asked to: this module forbids it, and must be imported before the engine.
 *
 * A program without permission to set variables has to be started with `ORT_DISABLE_TELEMETRY=1`;
 * what the user has set is left as it is.
 */

const VARIABLE = "ORT_DISABLE_TELEMETRY";

const { state } = Deno.permissions.querySync({ name: "env", variable: VARIABLE });
if (state === "granted" && Deno.env.get(VARIABLE) === undefined) Deno.env.set(VARIABLE, "1");
