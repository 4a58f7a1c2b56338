// How a variant was computed, in a sentence.
const BY: Record<string, string> = {
  stored: "It was stored from before",
  local: "It was computed from small results only",
  cube: "It was priced from sums",
  delta: "Only the rows that change were computed",
  full: "It was computed in full",
};

export function Plan({ plan }: { plan: Record<string, string> }) {
  if (!plan.strategy) return null;
  return (
    <>
      <h3>How it was computed</h3>
      <p>
        {BY[plan.strategy] ?? plan.strategy}
        {plan.reason && `: ${plan.reason}`}.
      </p>
      {plan.reused && <p className="lq-quiet">Reused: {plan.reused}.</p>}
      {plan.computed && <p className="lq-quiet">Computed: {plan.computed}.</p>}
    </>
  );
}
