// The graph that was submitted, as the page that it is: shut off from this one.
import { useAnswer } from "../../parts/answers";
import { Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";

export function Picture({ submission, name }: { submission: string; name: string }) {
  const { answer, fault } = useAnswer<string>("desk.text", { submission, name });
  return (
    <section className="lq-desk-section" aria-label="The graph of the run">
      <h3>The graph of the run</h3>
      {fault && <FaultText fault={fault} />}
      {!answer && !fault && <Waiting what="Reading the graph" />}
      {answer && <iframe className="lq-desk-picture" title="The graph of the run, as it was submitted" sandbox="allow-scripts" srcDoc={answer} />}
    </section>
  );
}
