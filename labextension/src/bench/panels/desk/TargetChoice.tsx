// The warehouses, and what became of the approval at each.
import { useId } from "react";

import { useScreen } from "../../context";
import type { Place } from "./model";

export function TargetChoice({ places, chosen, going }: { places: readonly Place[]; chosen: string; going: boolean }) {
  const { act } = useScreen();
  const id = useId();
  return (
    <fieldset className="lq-desk-choice">
      <legend>Warehouse</legend>
      <div>
        {places.map((place) => (
          <label key={place.name} className={place.name === chosen ? "lq-here" : undefined}>
            <input type="radio" name={id} value={place.name} checked={place.name === chosen} disabled={going} onChange={() => void act("publishing.choose", { target: place.name })} />
            <span>
              <b>{place.name}</b>
              <small className="lq-desk-place" title={place.identity}>
                {place.identity}
              </small>
              <How place={place} />
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function How({ place }: { place: Place }) {
  if (place.published?.withdrawn) return <small className="lq-warn">published, then withdrawn</small>;
  if (place.published) return <small className="lq-good">published {place.published.at}</small>;
  if (place.faults.length) return <small className="lq-warn">not for this approval as it is</small>;
  return <small className="lq-quiet">not published there yet</small>;
}
