// The screen as a whole: head, steps, the one thing this step is about, details, status line.
import { useDeferredValue, useEffect, useId, useRef, type KeyboardEvent } from "react";

import { ScreenProvider, useScreen, type BenchState } from "./context";
import { useLine, usePanel, type Kernel } from "./kernel";
import { steps } from "./panels";
import { LastRun } from "./panels/run/LastRun";
import { Caught } from "./parts/Caught";
import { CodePart } from "./parts/CodePart";
import { Head } from "./parts/Head";
import { useKeptFocus } from "./parts/keptFocus";
import { useOwnKeys } from "./parts/ownKeys";
import { Splitter, useSize } from "./parts/Splitter";
import { StatusLine } from "./parts/StatusLine";
import { Tabs } from "./parts/Tabs";

export function App({ kernel }: { kernel: Kernel }) {
  const bench = usePanel<BenchState>(kernel, "bench");
  if (!bench) return <p className="lq-empty">Waiting for the kernel …</p>;
  return (
    <ScreenProvider kernel={kernel} bench={bench} first={steps[0]!.name}>
      <Screen />
    </ScreenProvider>
  );
}

function Screen() {
  const { kernel, bench, act, step } = useScreen();
  const line = useLine(kernel);
  const details = useSize(340, 240, 720);
  const root = useRef<HTMLElement>(null);
  const panel = useId();
  useKeptFocus(root);
  useOwnKeys(root);
  // The tab answers at once; what stands under it follows, and until then can't be clicked.
  const shown = useDeferredValue(step);
  const current = steps.find((each) => each.name === shown)!;
  const work = useRef<HTMLDivElement>(null);
  useEffect(() => void work.current!.toggleAttribute("inert", shown !== step), [shown, step]);
  const onKeyDown = (event: KeyboardEvent) => {
    // Undo belongs to the field while one is being typed in.
    const typing = (event.target as HTMLElement).closest("input, textarea, [contenteditable]");
    if (typing || !(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    event.stopPropagation();
    void act(key === "y" || event.shiftKey ? "bench.redo" : "bench.undo");
  };
  return (
    <section
      ref={root}
      className={`lq-screen lq-line-${line}`}
      aria-label={`Bench ${bench.name}`}
      onKeyDown={onKeyDown}
    >
      <Head>
        <LastRun />
      </Head>
      <Steps panel={panel} />
      <div className="lq-work" ref={work} role="tabpanel" id={panel} aria-label={current.title}>
        <main className="lq-main">
          <Caught of={shown}>
            <current.Main />
          </Caught>
        </main>
        {current.Details && (
          <>
            <Splitter label="Width of the details" size={details} along="width" />
            <aside className="lq-details" aria-label="Details" style={{ width: details.size }}>
              <Caught of={shown}>
                <current.Details />
              </Caught>
            </aside>
          </>
        )}
      </div>
      <StatusLine steps={steps} />
    </section>
  );
}

function Steps({ panel }: { panel: string }) {
  const { step, setStep } = useScreen();
  return (
    <nav className="lq-steps" aria-label="Steps of the day">
      <Tabs label="Steps" tabs={steps} current={step} controls={panel} onChoose={setStep} />
      <CodePart panel={step} />
    </nav>
  );
}
