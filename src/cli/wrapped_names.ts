/** Many names in a help text. */

/** Letters of a line. */
const LINE = 76;

/** Names with commas between, as many to a line as there is room for. */
export function wrappedNames(names: readonly string[]): string {
  return names.reduce((text, name) => {
    const last = text.length - (text.lastIndexOf("\n") + 1);
    return `${text},${last + name.length + 3 > LINE ? "\n" : " "}${name}`;
  });
}
