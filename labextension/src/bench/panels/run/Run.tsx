// Run: begin, watch, cancel, and what came of it.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";

import type { Step } from "..";
import { useScreen, useSelected, useStateOf } from "../../context";
import { Button } from "../../parts/Button";
import { useAsk } from "../../parts/answers";
import { Empty } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import { figure } from "../../parts/numbers";
import { Tabs } from "../../parts/Tabs";
import { Graph, type GraphBox } from "../../parts/graph/Graph";
import type { ComposeState } from "../compose/model";
import { History } from "./History";
import { marked, resultOf } from "./marks";
import { working, type RunState } from "./model";
import { OperatorFacts, Operators, Variants } from "./Operators";
import { Outcome } from "./Outcome";
import "./run.css";

type View = "graph" | "table" | "log";
const VIEWS = [
  { name: "graph", title: "Graph" },
  { name: "table", title: "Operators" },
  { name: "log", title: "Log" },
];

function Main() {
  const state = useStateOf<RunState>("run");
  const compose = useStateOf<ComposeState>("compose");
  const { bench, setStep } = useScreen();
  const [view, setView] = useState<View>("graph");
  if (!state || !compose) return null;
  return (
    <div className="lq-run">
      <Start state={state} empty={!compose.operators.length} />
      {state.title ? (
        <>
          <Outcome state={state} />
          <div className="lq-bar lq-run-views">
            <Tabs label="Views of the run" tabs={VIEWS} current={view} controls={`${bench.name}-run-view`} onChoose={(name) => setView(name as View)} />
          </div>
          <div className="lq-run-view" role="tabpanel" id={`${bench.name}-run-view`} aria-label="The run">
            {view === "graph" && <RunGraph state={state} compose={compose} />}
            {view === "table" && (
              <div className="lq-run-tables">
                <Operators state={state} />
                <Variants state={state} />
                <Notices notices={state.notices} />
              </div>
            )}
            {view === "log" && <Log state={state} />}
          </div>
        </>
      ) : (
        <Empty title="Nothing was run yet">
          <p>
            The base calculation runs first, then every scenario against it. What is stored from before is reused. You can go on working meanwhile, and cancel
            it at any time.
          </p>
          {state.variants_asked > 0 && (
            <p>
              What will be reused, what is computed, and how long that takes, the plan says before:{" "}
              <Button look="link" onClick={() => setStep("scenarios")}>
                see it in Scenarios
              </Button>
            </p>
          )}
        </Empty>
      )}
    </div>
  );
}

function Start({ state, empty }: { state: RunState; empty: boolean }) {
  const { act } = useScreen();
  const several = state.variants_asked;
  const busy = state.going ? "A run goes on: wait for its end, or cancel it below" : empty ? "The calculation is empty: add an operator in Compose" : "";
  const refused = busy || state.refused;
  const result = state.going ? null : state.result;
  return (
    <div className="lq-bar lq-run-start" role="toolbar" aria-label="Run">
      {several > 0 && (
        <Button look="primary" icon="run" disabled={Boolean(refused)} title={refused || undefined} onClick={() => void act("run.start", { scenarios: true })}>
          {several === 1 ? "Run with 1 variant" : `Run with ${figure(several)} variants`}
        </Button>
      )}
      <Button
        look={several ? "plain" : "primary"}
        icon="run"
        disabled={Boolean(busy)}
        title={busy || undefined}
        onClick={() => void act("run.start", { scenarios: false })}
      >
        Run the base
      </Button>
      {state.refused && !state.going && <span className="lq-warn">{state.refused}.</span>}
      <span className="lq-space" />
      {result && !result.current && <span className="lq-warn">The draft changed since this run.</span>}
      {result && <span className="lq-quiet">{resultTold(result)}</span>}
    </div>
  );
}

function resultTold({ run: name, to, variants }: NonNullable<RunState["result"]>): string {
  const part = to && ` up to ${to}`;
  const more = variants ? ` with ${figure(variants)} ${variants === 1 ? "variant" : "variants"}` : "";
  return `Results of ${name}${part}${more}`;
}

function RunGraph({ state, compose }: { state: RunState; compose: ComposeState }) {
  const { select } = useScreen();
  const chosen = useSelected("operator");
  const boxes = useMemo<GraphBox[]>(
    () =>
      compose.operators.map(({ id, kind, family }) => {
        const mark = state.operators[id];
        const marks = mark ? marked(mark) : { note: "not part of this run", tone: "quiet" as const };
        return { id, family, ...marks, said: [`${id}, ${kind}`, marks.note, mark && resultOf(mark)].filter(Boolean).join(", ") };
      }),
    [compose.operators, state.operators],
  );
  const onChoose = useCallback(([id]: string[]) => select(id === undefined ? {} : { kind: "operator", id }), [select]);
  return (
    <Graph
      label="The run's operators"
      boxes={boxes}
      edges={compose.edges}
      places={compose.places}
      chosen={chosen}
      onChoose={onChoose}
    />
  );
}

function Notices({ notices }: { notices: readonly string[] }) {
  if (!notices.length) return null;
  return (
    <>
      <h3>Notices</h3>
      <ul className="lq-notices">
        {notices.map((notice) => (
          <li key={notice}>{notice}</li>
        ))}
      </ul>
    </>
  );
}

/** The log, asked for only while it is looked at. */
function Log({ state }: { state: RunState }) {
  const { answer: lines, fault, ask } = useAsk<string[]>("run.log");
  const end = useRef<HTMLPreElement>(null);
  useEffect(() => void ask(), [ask, state.title, state.lines]);
  useEffect(() => void end.current?.scrollTo(0, end.current.scrollHeight), [lines]);
  if (fault) return <FaultText fault={fault} />;
  return (
    <pre ref={end} className="lq-log" tabIndex={0} role="log" aria-label="Log of the run">
      {lines?.join("\n")}
    </pre>
  );
}

function Details() {
  const state = useStateOf<RunState>("run");
  if (!state) return null;
  return (
    <>
      <OperatorFacts state={state} />
      <h2>History</h2>
      <History state={state} />
    </>
  );
}

export const run: Step = { name: "run", title: "Run", Main, Details, working };
