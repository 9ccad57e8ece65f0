/**
 * Takes the README's pictures of figures out of the executed notebooks:
 *
 *     deno run --allow-read --allow-write docs/pictures.ts
 */

/** Which figure of which notebook, by the beginning of its title, becomes which file. */
const PICTURES = [
  { notebook: "04_spade", title: /^Pixels and their nearest/, file: "correspondences.png" },
  { notebook: "08_coreset_against_random", title: /^Greedy spreads out/, file: "coreset.png" },
  { notebook: "11_why_does_padim_jump", title: /the covariance gives back/, file: "ladder.png" },
];

interface Output {
  readonly data?: Readonly<Record<string, string | readonly string[]>>;
}
const textOf = (value: string | readonly string[] = ""): string =>
  typeof value === "string" ? value : value.join("");

for (const { notebook, title, file } of PICTURES) {
  const path = new URL(`../notebooks/${notebook}.ipynb`, import.meta.url);
  const { cells } = JSON.parse(await Deno.readTextFile(path));
  const outputs: readonly Output[] = cells.flatMap((cell: { readonly outputs?: Output[] }) =>
    cell.outputs ?? []
  );
  const found = outputs.find(({ data }) =>
    data?.["image/png"] !== undefined && title.test(textOf(data["text/plain"]))
  );
  if (!found?.data) throw new Error(`${notebook} has no figure titled ${title}`);
  const png = Uint8Array.fromBase64(textOf(found.data["image/png"]).trim());
  await Deno.writeFile(new URL(file, import.meta.url), png);
  console.log(`${file}: ${png.length} bytes, from notebooks/${notebook}.ipynb`);
}
