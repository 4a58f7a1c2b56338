// Declaring what a source has: its fields with their types, taken over at once.
import { Button } from "../../parts/Button";
import { useSourceFields } from "./offers";

export function SourceFields(props: { source: unknown; declared: readonly unknown[]; onTake: (fields: Record<string, unknown>[]) => void }) {
  const fields = useSourceFields(props.source);
  const known = new Set(props.declared.map((each) => (each as { name?: string }).name));
  const missing = fields.filter(({ name }) => !known.has(name));
  if (!missing.length) return null;
  return (
    <Button look="quiet" onClick={() => props.onTake([...(props.declared as Record<string, unknown>[]), ...missing.map(({ name, type }) => ({ name, type }))])}>
      Take {missing.length === fields.length ? `all ${missing.length}` : `${missing.length} more`} from the source
    </Button>
  );
}
