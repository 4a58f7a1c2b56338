// Compose: palette, canvas, the form of what is chosen, and its data below.
import { useCallback, useEffect, useMemo, useRef, useState, type ClipboardEvent, type KeyboardEvent } from "react";

import type { Step } from "..";
import { useScreen, useSelected, useStateOf } from "../../context";
import { Button } from "../../parts/Button";
import { Empty } from "../../parts/Empty";
import { copyText, pastedText } from "../../parts/clipboard";
import { useFormOf } from "../../parts/formOf";
import { useFocus } from "../../parts/graph/focus";
import { Canvas } from "./Canvas";
import { Drawer } from "./Drawer";
import { OperatorForm } from "./OperatorForm";
import { CalculationForm, EdgeForm, SeveralForm } from "./OtherForms";
import { Palette, usePalette } from "./Palette";
import { Toolbar } from "./Toolbar";
import { COPY_BY_KEY, NOTHING_TO_PASTE, PASTE_BY_KEY, asJson, operatorsIn } from "./clipboard";
import { Examples } from "./dialogs";
import type { ComposeState } from "./model";
import { shared, useToFault } from "./shared";
import "./compose.css";

const LARGE = 60;

function useRunTo() {
  const { kernel, act } = useScreen();
  const [, set] = shared.use(kernel);
  return useCallback(
    (operator: string) => {
      set({ tab: "data" });
      void act("run.start", { to: operator });
    },
    [act, set],
  );
}

function useCopy(state: ComposeState | undefined) {
  const { setFault } = useScreen();
  const chosen = useSelected("operator");
  return useCallback(async () => {
    if (state && chosen.length) setFault(await copyText(asJson(state, chosen), COPY_BY_KEY));
  }, [state, chosen, setFault]);
}

function Main() {
  const state = useStateOf<ComposeState>("compose");
  const { kernel, act, select, setFault } = useScreen();
  const kinds = usePalette();
  const chosen = useSelected("operator");
  const [{ tab, dialog }, set] = shared.use(kernel);
  const [fit, setFit] = useState(0);
  const root = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const ids = useMemo(() => state?.operators.map(({ id }) => id) ?? [], [state?.operators]);
  const large = ids.length > LARGE;
  const focus = useFocus(ids, state?.edges ?? NO_EDGES, large ? ids[0] : undefined);
  const onRunTo = useRunTo();
  const onFault = useToFault();
  const onCopy = useCopy(state);
  if (!state) return null;

  const enter = (id: string | undefined) => set({ entering: id === undefined ? undefined : { id } });
  const paste = async (text: string) => {
    const operators = operatorsIn(text);
    if (operators) await act("compose.paste", { operators });
    else setFault(NOTHING_TO_PASTE);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if ((event.target as HTMLElement).closest("input, textarea, select, dialog")) return;
    const key = event.key.toLowerCase();
    const command = event.ctrlKey || event.metaKey;
    if (command && key === "a") {
      event.preventDefault();
      if (ids[0] !== undefined) select({ kind: "operator", id: ids[0], ids });
      return;
    }
    const plain: Record<string, () => void> = {
      a: () => search.current?.focus(),
      "/": () => root.current?.querySelector<HTMLElement>(".lq-find input")?.focus(),
      "?": () => set({ dialog: "keys" }),
      d: () => set({ tab: "data" }),
      f: () => (focus.shown ? focus.all() : chosen[0] !== undefined && focus.on(chosen[0])),
    };
    const act1 = plain[key];
    if (command || event.altKey || !act1) return;
    event.preventDefault();
    act1();
  };
  const typing = (event: ClipboardEvent) => (event.target as HTMLElement).closest("input, textarea, dialog") !== null;
  const onCopyEvent = (event: ClipboardEvent, cut: boolean) => {
    if (typing(event) || !chosen.length || window.getSelection()?.toString()) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", asJson(state, chosen));
    if (cut) void act("compose.remove", { operators: [...chosen] });
  };
  return (
    <div
      className="lq-compose"
      ref={root}
      onKeyDown={onKeyDown}
      onCopy={(event) => onCopyEvent(event, false)}
      onCut={(event) => onCopyEvent(event, true)}
      onPaste={(event) => {
        if (typing(event)) return;
        event.preventDefault();
        void paste(event.clipboardData.getData("text/plain"));
      }}
    >
      <Toolbar
        state={state}
        focus={focus}
        dialog={dialog}
        setDialog={(next) => set({ dialog: next })}
        onCopy={() => void onCopy()}
        onPaste={() => void pastedText(PASTE_BY_KEY).then((got) => (typeof got === "string" ? paste(got) : setFault(got)))}
        onArrange={() => void act("compose.arrange").then(() => setFit((now) => now + 1))}
      />
      <div className="lq-compose-middle">
        <Palette kinds={kinds} search={search} onAdded={enter} />
        <div className="lq-canvas" tabIndex={-1}>
          <Canvas state={state} focus={focus} fit={fit} onEnter={enter} />
          {!state.operators.length && (
            <div className="lq-begin">
              <Empty title="An empty calculation">
                <p>Begin with a source: an ingest reads the deals, and everything else follows from it.</p>
                <div className="lq-buttons lq-left">
                  <Button
                    look="primary"
                    icon="add"
                    onClick={() => void act<string>("compose.add", { kind: "ingest" }).then(enter)}
                  >
                    Add an ingest
                  </Button>
                  <Button icon="open" onClick={() => set({ dialog: "open" })}>
                    Open a file
                  </Button>
                </div>
                <p>Or start from an example:</p>
                <Examples />
              </Empty>
            </div>
          )}
          {focus.shown && (
            <p className="lq-focused">
              {focus.shown.size} of {ids.length} operators{" "}
              <Button look="link" onClick={focus.all}>
                show all
              </Button>
            </p>
          )}
        </div>
      </div>
      <Drawer state={state} tab={tab} setTab={(next) => set({ tab: next })} onRunTo={onRunTo} onFault={onFault} />
    </div>
  );
}

const NO_EDGES: [string, string][] = [];

function Details() {
  const state = useStateOf<ComposeState>("compose");
  const kinds = usePalette();
  const { kernel, selection } = useScreen();
  const chosen = useSelected("operator");
  const [{ entering }, set] = shared.use(kernel);
  const onRunTo = useRunTo();
  const onCopy = useCopy(state);
  const place = useRef<HTMLDivElement>(null);
  const operator = chosen.length === 1 ? state?.operators.find((each) => each.id === chosen[0]) : undefined;
  const form = useFormOf(operator?.id, state?.operators);
  const arrived = entering && operator?.id === entering.id ? entering : undefined;
  useEffect(() => {
    if (!arrived) return;
    const fields = [...place.current!.querySelectorAll<HTMLElement>("input, textarea, select")];
    const wrong = (selector: string) => (arrived.wrong ? fields.find((each) => each.matches(selector)) : undefined);
    (wrong("[aria-invalid]") ?? wrong(".lq-wrong *") ?? fields[0])?.focus();
    set({ entering: undefined });
  }, [arrived, set]);
  if (!state) return null;
  if (selection.kind === "edge") {
    const [source, to] = (selection.id ?? "").split("→");
    if (state.edges.some((edge) => edge[0] === source && edge[1] === to)) return <EdgeForm source={source!} to={to!} />;
  }
  if (chosen.length > 1)
    return <SeveralForm ids={chosen} onCopy={() => void onCopy()} onTemplate={() => set({ dialog: "templates" })} />;
  if (!operator) return <CalculationForm state={state} />;
  const toCanvas = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.key !== "Escape") return;
    const screen = event.currentTarget.closest(".lq-screen");
    screen?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(operator.id)}"]`)?.focus();
  };
  return (
    <div ref={place} onKeyDown={toCanvas}>
      <OperatorForm
        key={form}
        state={state}
        operator={operator}
        kind={kinds.find((each) => each.kind === operator.kind)}
        onLook={() => set({ tab: "data" })}
        onRunTo={() => onRunTo(operator.id)}
      />
    </div>
  );
}

export const compose: Step = { name: "compose", title: "Compose", Main, Details };
