// What the fields of a form offer: columns of the data at that point, files, sets, functions.
import { createContext, useContext, useMemo, type ReactNode } from "react";

import type { Offer } from "../../parts/Completion";
import { useAnswer } from "../../parts/answers";
import type { ComposeState, FieldType, OperatorState, Vocabulary } from "./model";
import type { Written } from "./written";

interface Offers {
  operator: string;
  written: Written;
  /** The fields of the main input, then of the others. */
  columns: FieldType[];
  vocabulary: Vocabulary | undefined;
  of: (what: string | undefined, beside?: Record<string, unknown>) => Offer[];
}

const Context = createContext<Offers | undefined>(undefined);

export function useOffers(): Offers {
  const offers = useContext(Context);
  if (!offers) throw new Error("a field stands outside of a form");
  return offers;
}

interface Sources {
  files: { path: string; format: string }[];
  frames: string[];
}

export function OffersProvider(props: { state: ComposeState; operator: OperatorState; written: Written; children: ReactNode }) {
  const { state, operator, written } = props;
  const { parameters } = written;
  const { answer: vocabulary } = useAnswer<Vocabulary>("compose.vocabulary", NOTHING);
  const reads = operator.kind === "ingest" || operator.kind === "enrich";
  const { answer: sources } = useAnswer<Sources>("data.sources", reads ? { ...NOTHING } : undefined);
  const ofSource = useSourceFields(parameters["source"]);
  const known = state.known?.operator === operator.id ? state.known : undefined;
  const offers = useMemo<Offers>(() => {
    const all = new Map<string, FieldType>();
    for (const { fields } of known?.inputs ?? []) for (const field of fields) if (!all.has(field.name)) all.set(field.name, field);
    const columns = [...all.values()];
    const told = (fields: FieldType[]): Offer[] => fields.map(({ name, type }) => ({ value: name, hint: type }));
    const own = Array.isArray(parameters["fields"]) ? (parameters["fields"] as Partial<FieldType>[]) : [];
    const declared = own.flatMap(({ name, type }) => (name ? [{ name, type: type ?? "" }] : []));
    return {
      operator: operator.id,
      written,
      columns,
      vocabulary,
      of: (what, beside) => {
        if (what === "fields") return told(columns);
        if (what === "own fields") return told(declared.length ? declared : ofSource.length ? ofSource : (known?.fields ?? []));
        if (what === "operators") return state.operators.map(({ id, kind }) => ({ value: id, hint: kind }));
        if (what === "files")
          return (sources?.files ?? [])
            .filter(({ format }) => !beside?.["format"] || beside["format"] === format)
            .map(({ path, format }) => ({ value: path, hint: format }));
        if (what === "types" || what === "parameter sets" || what === "classifications")
          return (vocabulary?.[what] ?? []).map((value) => ({ value }));
        if (what === "source names") {
          if (beside?.["format"] === "frame") return (sources?.frames ?? []).map((value) => ({ value }));
          const sets = beside?.["format"] === "parameters" ? "parameter sets" : "classifications";
          return (vocabulary?.[sets] ?? []).map((value) => ({ value }));
        }
        return [];
      },
    };
  }, [state.operators, operator.id, written, known, ofSource, vocabulary, sources]);
  return <Context.Provider value={offers}>{props.children}</Context.Provider>;
}

const NOTHING = {};

/** The fields that a source has, once it says enough of itself. */
export function useSourceFields(source: unknown): FieldType[] {
  const given = source as { format?: string; path?: string; name?: string } | undefined;
  const ready = Boolean(given?.format && (given.path || given.name) && given.format !== "classification");
  // What is offered stays while she goes on writing what the source is.
  const { former } = useAnswer<FieldType[]>("data.source_fields", ready ? { source } : undefined);
  return former ?? [];
}
