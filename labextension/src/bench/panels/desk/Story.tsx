// How a publication came to be, from the files that were read to the warehouse.
import { useAnswer } from "../../parts/answers";
import { Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import type { Publication } from "./model";

export function StoryPart({ publication }: { publication: Publication }) {
  const { answer, fault } = useAnswer<[string, string][]>("history.story", { publication: publication.id });
  return (
    <section className="lq-desk-section" aria-label="How it came to be">
      <h3>How it came to be</h3>
      {fault && <FaultText fault={fault} />}
      {!answer && !fault && <Waiting what="Reading its story" />}
      {answer && (
        <dl className="lq-desk-story">
          {answer.map(([heading, line], n) => (
            <div key={n}>
              <dt>{heading === answer[n - 1]?.[0] ? "" : heading}</dt>
              <dd>{line}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
