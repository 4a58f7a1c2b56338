// What the parts of Compose tell each other, and what leads to them; the kernel knows nothing of it.
import { useCallback } from "react";

import { useScreen } from "../../context";
import { create } from "../../shared";
import type { DrawerTab } from "./Drawer";
import type { DialogName } from "./Toolbar";

export const shared = create<{
  tab: DrawerTab;
  dialog: DialogName | undefined;
  /** The operator whose form takes the focus as soon as it is there; at what is wrong, if so. */
  entering: { id: string; wrong?: boolean } | undefined;
}>({ tab: undefined, dialog: undefined, entering: undefined });

/** To the form of an operator, at what is wrong in it, from wherever she is. */
export function useToFault(): (operator: string) => void {
  const { kernel, select, setStep } = useScreen();
  const [, set] = shared.use(kernel);
  return useCallback(
    (id) => {
      select({ kind: "operator", id });
      setStep("compose");
      set({ entering: { id, wrong: true } });
    },
    [select, setStep, set],
  );
}
