// A count with its word.
import { figure } from "./numbers";

/** 1 rule, 1,200 rules; the word for several where it isn't the one with an s. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${figure(count)} ${count === 1 ? one : several}`;
}
