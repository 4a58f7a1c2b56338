// Run: begin, watch, cancel, and what came of it.
import { useEffect, useMemo, useRef, useState } from "react";

import type { Step } from "..";
import { useScreen, useSelected, useStateOf } from "../../context";
import { Button } from "../../parts/Button";
import { Empty } from "../../parts/Empty";
import { figure } from "../../parts/numbers";
import { Tabs } from "../../parts/Tabs";
import { Graph, type GraphBox } from "../../parts/graph/Graph";
import type { ComposeState } from "../compose/model";
import { History } from "./History";
import { marked } from "./marks";
import type { RunState } from "./model";
import { Operators, Variants } from "./Operators";
import { Progress } from "./Progress";
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
  const { bench } = useScreen();
  const [view, setView] = useState<View>("graph");
  if (!state || !compose) return null;
  return (
    <div className="lq-run">
      <Start state={state} />
      <Progress state={state} />
      {state.title ? (
        <>
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
            The base calculation runs first, then every scenario against it. What is stored from before is reused; how long the rest takes, the plan in
            Scenarios tells before. You can go on working meanwhile.
          </p>
        </Empty>
      )}
    </div>
  );
}

function Start({ state }: { state: RunState }) {
  const { act } = useScreen();
  const several = state.variants_asked;
  const busy = state.going ? "A run goes on: wait for its end, or cancel it" : "";
  const refused = busy || state.refused;
  const result = state.result;
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
      {state.refused && <span className="lq-warn">{state.refused}.</span>}
      <span className="lq-space" />
      {result && !result.current && !state.going && <span className="lq-warn">The draft changed since this run.</span>}
      {result && (
        <span className="lq-quiet">
          Results of {result.run}
          {result.variants ? ` with ${figure(result.variants)} ${result.variants === 1 ? "variant" : "variants"}` : ""}
        </span>
      )}
    </div>
  );
}

function RunGraph({ state, compose }: { state: RunState; compose: ComposeState }) {
  const { select } = useScreen();
  const chosen = useSelected("operator");
  const boxes = useMemo<GraphBox[]>(
    () =>
      compose.operators.map(({ id, kind, family }) => {
        const mark = state.operators[id];
        const marks = mark ? marked(mark) : { note: "not part of this run", tone: "quiet" as const, mark: undefined };
        return { id, family, ...marks, said: `${id}, ${kind}, ${marks.note}` };
      }),
    [compose.operators, state.operators],
  );
  return (
    <Graph
      label="The run's operators"
      boxes={boxes}
      edges={compose.edges}
      places={compose.places}
      chosen={chosen}
      onChoose={([id]) => select(id === undefined ? {} : { kind: "operator", id })}
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
  const { kernel } = useScreen();
  const [lines, setLines] = useState<string[]>([]);
  const end = useRef<HTMLPreElement>(null);
  useEffect(() => {
    let current = true;
    void kernel.ask<string[]>("run.log").then((told) => current && setLines(told));
    return () => {
      current = false;
    };
  }, [kernel, state.title, state.lines]);
  useEffect(() => end.current?.scrollTo(0, end.current.scrollHeight), [lines]);
  return (
    <pre ref={end} className="lq-log" tabIndex={0} aria-label="Log of the run">
      {lines.join("\n")}
    </pre>
  );
}

function Details() {
  const state = useStateOf<RunState>("run");
  if (!state) return null;
  return (
    <>
      <h2>History</h2>
      <History state={state} />
    </>
  );
}

export const run: Step = { name: "run", title: "Run", Main, Details };
