// The line between two parts of the screen: dragged, or moved by the arrow keys.
import { useState, type KeyboardEvent, type PointerEvent } from "react";

export function useSize(first: number, smallest: number, largest: number) {
  const [size, setSize] = useState(first);
  const set = (wanted: number) => setSize(Math.round(Math.min(largest, Math.max(smallest, wanted))));
  return { size, set, smallest, largest };
}

export function Splitter(props: { label: string; size: ReturnType<typeof useSize>; along: "width" | "height" }) {
  const { size, along } = props;
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    event.preventDefault();
    const line = event.currentTarget;
    const begun = { at: along === "width" ? event.clientX : event.clientY, size: size.size };
    line.setPointerCapture(event.pointerId);
    line.onpointermove = (moved) => size.set(begun.size + begun.at - (along === "width" ? moved.clientX : moved.clientY));
    line.onpointerup = () => {
      line.onpointermove = line.onpointerup = null;
    };
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const more = along === "width" ? "ArrowLeft" : "ArrowUp";
    const less = along === "width" ? "ArrowRight" : "ArrowDown";
    if (event.key !== more && event.key !== less) return;
    event.preventDefault();
    size.set(size.size + (event.key === more ? 24 : -24));
  };
  return (
    <div
      className={`lq-splitter lq-splitter-${along}`}
      role="separator"
      tabIndex={0}
      aria-label={props.label}
      aria-orientation={along === "width" ? "vertical" : "horizontal"}
      aria-valuenow={size.size}
      aria-valuemin={size.smallest}
      aria-valuemax={size.largest}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
    />
  );
}
