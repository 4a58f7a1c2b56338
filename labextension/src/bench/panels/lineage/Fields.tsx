// Where a field comes from: back through the steps to the sources, and how.
import { useState } from "react";

import { Waiting } from "../../parts/Empty";
import { FaultText } from "../../parts/FaultText";
import { SelectField } from "../../parts/Field";
import { useAnswer } from "../../parts/answers";
import type { Stage } from "./model";

interface Edges {
  nodes: [string, string][];
  edges: { from: [string, string]; to: [string, string]; how: string[] }[];
}

export function Fields({ variant, stage, stages }: { variant: string; stage: Stage; stages: readonly Stage[] }) {
  const [field, setField] = useState("");
  const asked = field ? { variant, table: stage.operator, field } : undefined;
  const { answer, fault } = useAnswer<Edges>("lineage.columns", asked);
  const order = new Map(stages.map(({ operator }, place) => [operator, place]));
  return (
    <div className="lq-field-way">
      <SelectField label={`A field of ${stage.operator}`} value={field} empty="choose a field" options={stage.fields.map((value) => ({ value }))} onDone={setField} />
      {fault && <FaultText fault={fault} />}
      {field && !answer && !fault && <Waiting what={`Following ${field} back`} />}
      {answer && (
        <ol className="lq-way">
          {ordered(answer, order, [stage.operator, field]).map(([node, origins]) => (
            <li key={node.join(".")}>
              <p>
                <b>{node[1]}</b> <small>of {node[0]}</small>
              </p>
              {origins.length ? (
                <ul>
                  {origins.map(({ from, how }) => (
                    <li key={from.join(".")}>
                      <small className="lq-how">{how.join(", ")}</small> {from[1]} <small>of {from[0]}</small>
                    </li>
                  ))}
                </ul>
              ) : (
                <small className="lq-quiet">as it was read</small>
              )}
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

type Origin = Edges["edges"][number];

/** The fields from the asked one back, step by step; what is only handed on is passed over. */
function ordered(found: Edges, order: ReadonlyMap<string, number>, asked: [string, string]): [[string, string], Origin[]][] {
  const name = (node: [string, string]) => node.join("\n");
  const behind = new Map<string, Origin[]>();
  for (const edge of found.edges) behind.set(name(edge.to), [...(behind.get(name(edge.to)) ?? []), edge]);
  const handed = (edges: Origin[]) => edges.length === 1 && edges[0]!.how.join() === "same";
  const source = (node: [string, string]): [string, string] => {
    const edges = behind.get(name(node)) ?? [];
    return handed(edges) ? source(edges[0]!.from) : node;
  };
  return found.nodes
    .filter((node) => name(node) === name(asked) || !handed(behind.get(name(node)) ?? []))
    .sort(([one], [other]) => (order.get(other) ?? -1) - (order.get(one) ?? -1))
    .map((node) => [node, (behind.get(name(node)) ?? []).map((edge) => ({ ...edge, from: source(edge.from) }))]);
}
