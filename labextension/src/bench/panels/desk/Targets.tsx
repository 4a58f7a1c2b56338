// The warehouses that an approval is for: any, or only some.
import { useStateOf } from "../../context";
import { CheckField } from "../../parts/Field";
import type { Form } from "./form";
import type { PublishingState } from "./model";

/** The chosen ones; for any, none are named. */
export function chosenTargets({ fields }: Form): string[] | null {
  return fields.only ? (fields.targets ?? "").split("\n").filter(Boolean) : null;
}

export function Targets({ form }: { form: Form }) {
  const state = useStateOf<PublishingState>("publishing");
  const chosen = chosenTargets(form);
  const known = state?.targets ?? [];
  const choose = (name: string, is: boolean) => {
    const others = (chosen ?? []).filter((each) => each !== name);
    form.set({ targets: [...others, ...(is ? [name] : [])].join("\n") });
  };
  return (
    <fieldset className="lq-desk-targets">
      <legend>It may be published to</legend>
      <CheckField label="any warehouse of this bench" value={chosen === null} onDone={(any) => form.set(any ? { only: "", targets: "" } : { only: "yes", targets: known.map(({ name }) => name).join("\n") })} />
      {chosen !== null &&
        known.map(({ name, identity }) => (
          <CheckField key={name} label={name} help={<span className="lq-desk-place">{identity}</span>} value={chosen.includes(name)} onDone={(is) => choose(name, is)} />
        ))}
    </fieldset>
  );
}
