// The steps of the working day, in their order.
import type { ComponentType } from "react";

import type { Working } from "../parts/StatusLine";
import { compose } from "./compose/Compose";
import { desk } from "./desk/Desk";
import { impact } from "./impact/Impact";
import { lineage } from "./lineage/Lineage";
import { run } from "./run/Run";
import { scenarios } from "./scenarios/Scenarios";

export interface Step {
  /** The panel's name in the kernel. */
  name: string;
  title: string;
  Main: ComponentType;
  Details?: ComponentType;
  /** What it has going on, told at the foot of every step. */
  working?: Working;
}

export const steps: Step[] = [compose, scenarios, run, impact, lineage, desk];
