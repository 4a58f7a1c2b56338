// A fault of the screen's own: the step says so, and the rest of the bench goes on.
import { Component, type ReactNode } from "react";

import { Button } from "./Button";

interface Props {
  /** What is shown; another begins without the fault. */
  of: string;
  children: ReactNode;
}

export class Caught extends Component<Props, { fault?: Error | undefined }> {
  override state: { fault?: Error | undefined } = {};

  static getDerivedStateFromError(fault: Error) {
    return { fault };
  }

  override componentDidUpdate(before: Props): void {
    if (before.of !== this.props.of && this.state.fault) this.setState({ fault: undefined });
  }

  override render(): ReactNode {
    const { fault } = this.state;
    if (!fault) return this.props.children;
    return (
      <div className="lq-note lq-bad" role="alert">
        <p>
          This part of the screen can't be shown: {fault.message}. Nothing that was stored is touched; the other steps work, and so do the calls under Code.
        </p>
        <Button onClick={() => this.setState({ fault: undefined })}>Show it again</Button>
      </div>
    );
  }
}
