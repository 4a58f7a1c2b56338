// Compose: the DAG as a canvas.
import type { Step } from "..";

function Main() {
  return <p className="lq-empty">The DAG has no operator yet.</p>;
}

export const compose: Step = { name: "compose", title: "Compose", Main };
