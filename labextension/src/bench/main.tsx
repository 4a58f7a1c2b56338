// The widget: anywidget gives a model and an element, the bench does the rest.
import type { RenderProps } from "@anywidget/types";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { Kernel } from "./kernel";
import "./style/bench.css";
import "./style/parts.css";

function render({ model, el }: RenderProps): () => void {
  const kernel = new Kernel(model);
  // The element's own style is the notebook's, which sets it anew.
  const frame = el.appendChild(document.createElement("div"));
  // Labels and fields find each other by ids, and a page may hold many benches.
  const root = createRoot(frame, { identifierPrefix: `lq${Math.random().toString(36).slice(2)}` });
  frame.className = "lq-bench";
  frame.style.height = `${model.get("height")}px`;
  root.render(<App kernel={kernel} />);
  return () => {
    root.unmount();
    kernel.close();
    frame.remove();
  };
}

export default { render };
