// The cells that open a bench, as an analyst would write them.

/** The bench as it was left in this folder, or an empty one. */
export const EMPTY_BENCH = `import liqbench as lq

wb = lq.Workbench("workspace")
wb.show()`;

/** A bench of its own for the calculation in a file that lies beside the notebook. */
export function benchOf(file: string, today: Date): string {
  const name = nameFrom(file);
  const named = name ? `, name=${JSON.stringify(name)}` : "";
  return `import liqbench as lq

wb = lq.Workbench("workspace")
dag = lq.Dag.load(${JSON.stringify(file)})
wb.show(dag, as_of="${lastMonthEnd(today)}"${named})`;
}

/** A bench's name is a file's name too: letters, digits, blanks, points and hyphens. */
function nameFrom(file: string): string {
  const stem = file.slice(0, file.toLowerCase().indexOf(".liqdag.json"));
  return stem.replace(/[^A-Za-z0-9 ._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "").slice(0, 80);
}

function lastMonthEnd(today: Date): string {
  const last = new Date(Date.UTC(today.getFullYear(), today.getMonth(), 0));
  return last.toISOString().slice(0, 10);
}
