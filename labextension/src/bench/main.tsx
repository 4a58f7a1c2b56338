// The widget: anywidget gives a model and an element, the bench does the rest.
import type { RenderProps } from "@anywidget/types";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { Kernel } from "./kernel";
import "./style/bench.css";
import "./style/parts.css";

function render({ model, el }: RenderProps): () => void {
  const kernel = new Kernel(model);
  const root = createRoot(el);
  el.classList.add("lq-bench");
  el.style.height = `${model.get("height")}px`;
  root.render(<App kernel={kernel} />);
  return () => {
    root.unmount();
    kernel.close();
  };
}

export default { render };
