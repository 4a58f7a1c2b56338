// The screen as a whole: head, steps, the one thing this step is about, details, status line.
import { useRef, type KeyboardEvent } from "react";

import { ScreenProvider, useScreen, type BenchState } from "./context";
import { useLine, usePanel, type Kernel } from "./kernel";
import { steps } from "./panels";
import { CodePart } from "./parts/CodePart";
import { Head } from "./parts/Head";
import { StatusLine } from "./parts/StatusLine";

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
  const current = steps.find((each) => each.name === step)!;
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
      className={`lq-screen lq-line-${line}`}
      aria-label={`Bench ${bench.name}`}
      onKeyDown={onKeyDown}
      data-lm-suppress-shortcuts="true"
    >
      <Head />
      <Steps />
      <div className="lq-work" role="tabpanel" id={`${bench.name}-panel`} aria-label={current.title}>
        <main className="lq-main">
          <current.Main />
        </main>
        {current.Details && (
          <aside className="lq-details" aria-label="Details">
            <current.Details />
          </aside>
        )}
      </div>
      <StatusLine />
    </section>
  );
}

function Steps() {
  const { bench, step, setStep } = useScreen();
  const tabs = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    const now = steps.findIndex((each) => each.name === step);
    const next = (now + move + steps.length) % steps.length;
    setStep(steps[next]!.name);
    tabs.current?.querySelectorAll<HTMLElement>('[role="tab"]')[next]?.focus();
  };
  return (
    <nav className="lq-steps">
      <div role="tablist" aria-label="Steps" ref={tabs} onKeyDown={onKeyDown}>
        {steps.map((each) => (
          <button
            key={each.name}
            role="tab"
            aria-selected={each.name === step}
            aria-controls={`${bench.name}-panel`}
            tabIndex={each.name === step ? 0 : -1}
            onClick={() => setStep(each.name)}
          >
            {each.title}
          </button>
        ))}
      </div>
      <CodePart code={bench.code[step] ?? ""} />
    </nav>
  );
}
