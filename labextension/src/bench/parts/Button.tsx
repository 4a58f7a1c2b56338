// Buttons. One with a sign only has its label for a name and a hint.
import type { ButtonHTMLAttributes, ReactNode } from "react";

import { Icon, type IconName } from "./Icon";

type Own = Omit<ButtonHTMLAttributes<HTMLButtonElement>, "className" | "type">;

export interface ButtonProps extends Own {
  look?: "plain" | "primary" | "danger" | "quiet" | "link";
  icon?: IconName;
  /** What it waits for, while it does: the button rests until then. */
  busy?: boolean;
  children: ReactNode;
}

export function Button({ look = "plain", icon, busy, children, disabled, ...rest }: ButtonProps) {
  return (
    <button type="button" className={`lq-button lq-${look}`} disabled={disabled || busy} aria-busy={busy} {...rest}>
      {busy ? <span className="lq-spinner" /> : icon && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  );
}

export function IconButton({ icon, label, title, pressed, ...rest }: Own & {
  icon: IconName;
  label: string;
  /** For one that is switched on and off. */
  pressed?: boolean;
}) {
  return (
    <button
      type="button"
      className="lq-button lq-quiet-button"
      aria-label={label}
      title={title ?? label}
      aria-pressed={pressed}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  );
}
