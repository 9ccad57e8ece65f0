/** Running text in lines. */

/** Letters of a line below a table. */
const WIDTH = 98;

/**
 * Words in lines that are not longer than a width, unless a word is.
 *
 * @param hanging what each line but the first begins with
 * @param width in letters; default 98
 * @param taken letters that stand before the first line
 */
export function flowText(
  text: string,
  { hanging = "", width = WIDTH, taken = 0 }: {
    readonly hanging?: string;
    readonly width?: number;
    readonly taken?: number;
  } = {},
): string {
  const lines: string[] = [];
  for (const word of text.split(" ").filter((one) => one !== "")) {
    const last = lines.at(-1);
    const room = width - (lines.length === 1 ? taken : 0);
    if (last !== undefined && [...last].length + 1 + [...word].length <= room) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(lines.length === 0 ? word : hanging + word);
    }
  }
  return lines.join("\n");
}
