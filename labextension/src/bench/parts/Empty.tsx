// What stands where nothing is yet: what would be here, and what to do for it.
import { useEffect, useState, type ReactNode } from "react";

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="lq-empty">
      <p className="lq-empty-title">{title}</p>
      {children}
    </div>
  );
}

/** A wait says what for, and for how long it has been waited. */
export function Waiting({ what }: { what: string }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const clock = setInterval(() => setSeconds((now) => now + 1), 1000);
    return () => clearInterval(clock);
  }, []);
  return (
    <p className="lq-waiting" role="status">
      <span className="lq-spinner" /> {what} …{seconds > 0 && <span className="lq-quiet lq-numbers"> {seconds} s</span>}
    </p>
  );
}
