/** The committed notebooks: all there, whole, small, and what they say is what they compute. */

import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";

const root = fromFileUrl(new URL("..", import.meta.url));
const folder = join(root, "notebooks");

const NAMES = [
  "00_start_here",
  "01_data_and_metrics",
  "02_features",
  "03_dn2",
  "04_spade",
  "05_gaussian_ad",
  "06_padim",
  "07_patchcore",
  "08_coreset_against_random",
  "09_johnson_lindenstrauss",
  "10_ensemble_and_resolution",
  "11_why_does_padim_jump",
  "12_the_progression",
  "13_your_own_photos",
];
const LARGEST_NOTEBOOK = 2_000_000;
const LARGEST_OUTPUT = 1_000_000;

interface Output {
  readonly output_type: string;
  readonly name?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}
interface Cell {
  readonly cell_type: "markdown" | "code";
  readonly source: readonly string[];
  readonly execution_count?: number | null;
  readonly outputs?: readonly Output[];
}
interface Notebook {
  readonly name: string;
  readonly bytes: number;
  readonly cells: readonly Cell[];
}

const read = async (name: string): Promise<Notebook> => {
  const text = await Deno.readTextFile(join(folder, `${name}.ipynb`));
  const { cells } = JSON.parse(text);
  return { name, bytes: new TextEncoder().encode(text).length, cells };
};
const notebooks = await Promise.all(NAMES.map(read));
const prose = ({ cells }: Notebook): string =>
  cells.filter((cell) => cell.cell_type === "markdown").map(({ source }) => source.join("")).join(
    "\n\n",
  );
const code = ({ cells }: Notebook): readonly Cell[] =>
  cells.filter((cell) => cell.cell_type === "code");

Deno.test("all notebooks are there and no other", async () => {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".ipynb")) found.push(name.replace(/\.ipynb$/, ""));
  }
  assertEquals(found.sort(), NAMES);
});

Deno.test("every cell was executed in order, and nothing failed or went to stderr", () => {
  for (const notebook of notebooks) {
    const cells = code(notebook);
    assert(cells.length >= 5, notebook.name);
    assertEquals(
      cells.map(({ execution_count }) => execution_count),
      cells.map((_, i) => i + 1),
      notebook.name,
    );
    for (const output of cells.flatMap(({ outputs = [] }) => outputs)) {
      assert(output.output_type !== "error" && output.name !== "stderr", notebook.name);
    }
  }
});

Deno.test("notebooks and outputs are small, and every figure has its picture", () => {
  let figures = 0;
  for (const notebook of notebooks) {
    assert(notebook.bytes <= LARGEST_NOTEBOOK, `${notebook.name}: ${notebook.bytes} bytes`);
    for (const output of code(notebook).flatMap(({ outputs = [] }) => outputs)) {
      const size = JSON.stringify(output).length;
      assert(size <= LARGEST_OUTPUT, `${notebook.name}: an output of ${size} bytes`);
      if (output.data && "application/vnd.vegalite.v5+json" in output.data) {
        figures++;
        assert("image/png" in output.data, notebook.name);
        assert(!("text/html" in output.data), notebook.name);
      }
    }
  }
  console.log(`${figures} figures in ${notebooks.length} notebooks`);
  assert(figures >= 4 * notebooks.length);
});

Deno.test("each begins with a question and a prediction, and ends with references", () => {
  for (const notebook of notebooks) {
    const text = prose(notebook);
    const title = `# ${notebook.name.slice(0, 2)} · `;
    assert(text.startsWith(title), `${notebook.name} begins with "${text.slice(0, 20)}"`);
    assert(/prediction/i.test(text.slice(0, 4000)), `${notebook.name}: no prediction`);
    assert((text.match(/your prediction/gi) ?? []).length >= 1, `${notebook.name}: no answer`);
    assert(/^## References/m.test(text), `${notebook.name}: no references`);
  }
});

Deno.test("each but the first has a checkpoint and an exercise with a folded solution", () => {
  for (const notebook of notebooks.slice(1)) {
    const cells = code(notebook).map(({ source }) => source.join("")).join("\n");
    assert(/^\s*check\(/m.test(cells), `${notebook.name}: no check()`);
    assert(prose(notebook).includes("<details>"), `${notebook.name}: no folded solution`);
  }
});

Deno.test("cells import the library alone, and data are switched by one constant", () => {
  for (const notebook of notebooks) {
    const cells = code(notebook).map(({ source }) => source.join("")).join("\n");
    const imports = [...cells.matchAll(/from "([^"]+)"/g)].map((match) => match[1]);
    assertEquals([...new Set(imports)], ["@kizu/kizu"], notebook.name);
    assertEquals((cells.match(/^const DATA\b/gm) ?? []).length, 1, notebook.name);
  }
});

Deno.test("links between notebooks lead somewhere", () => {
  let links = 0;
  for (const notebook of notebooks) {
    for (const [, target] of prose(notebook).matchAll(/\]\(([\w./-]+\.ipynb)\)/g)) {
      links++;
      assert(NAMES.includes(target.replace(/\.ipynb$/, "")), `${notebook.name} links to ${target}`);
    }
  }
  assert(links >= NAMES.length, `${links} links`);
});

for (const name of NAMES) {
  Deno.test(`notebook ${name} says what it computes`, async () => {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "notebooks", name, "--check"],
      cwd: root,
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder();
    assert(success, `${text.decode(stdout)}\n${text.decode(stderr)}`);
  });
}
