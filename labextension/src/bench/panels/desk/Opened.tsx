// An opened submission as one screen: what is decided on, and behind it the way into a warehouse.
import { useState } from "react";

import { useScreen } from "../../context";
import { Button } from "../../parts/Button";
import { Tabs } from "../../parts/Tabs";
import type { Opened } from "./model";
import { Publishing } from "./Publishing";
import { ReviewPart } from "./Review";
import { State } from "./states";

export function OpenedPart({ opened }: { opened: Opened }) {
  const { act, bench } = useScreen();
  const [part, setPart] = useState(opened.approval ? "publish" : "review");
  // Once it is approved there is something to publish, and that is what comes next.
  const [decided, setDecided] = useState(Boolean(opened.approval));
  if (opened.approval && !decided) {
    setDecided(true);
    setPart("publish");
  }
  const panel = `${bench.name}-paper`;
  const tabs = [
    { name: "review", title: opened.approval ? "What was approved" : "What is submitted" },
    ...(opened.approval ? [{ name: "publish", title: "Publish" }] : []),
  ];
  const current = opened.approval ? part : "review";
  return (
    <article className="lq-desk-paper" aria-label={`Submission of ${opened.variant}`}>
      <header className="lq-desk-line">
        <Button look="quiet" icon="left" onClick={() => void act("desk.close")}>
          Inbox
        </Button>
        <h2 className="lq-cut" title={opened.variant}>
          {opened.variant}
        </h2>
        <State state={opened.state} />
        <span className="lq-quiet lq-cut">
          by {opened.author}, {opened.at}, {opened.id}
        </span>
      </header>
      {tabs.length > 1 && <Tabs label="Parts of the submission" tabs={tabs} current={current} controls={panel} onChoose={setPart} />}
      <div id={panel} role={tabs.length > 1 ? "tabpanel" : undefined} aria-label={tabs.length > 1 ? "The submission" : undefined}>
        {current === "review" ? <ReviewPart opened={opened} /> : <Publishing opened={opened} approval={opened.approval!} />}
      </div>
    </article>
  );
}
