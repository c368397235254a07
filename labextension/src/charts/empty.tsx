import React from 'react';

import { trans } from '../text/trans';

const EXAMPLE = `print(f"val_loss={loss}")

# or, for values that are not to stand in the log:
with open(os.environ["GRID_METRICS_FILE"], "a") as file:
    file.write(json.dumps({"step": step, "val_loss": loss}) + "\\n")`;

/** What is said where no trial has written a metric. */
export function NoMetrics(): React.JSX.Element {
  return (
    <div className="gj-Empty">
      {trans.__('No metrics yet. Print "val_loss=0.31", or write JSON lines to GRID_METRICS_FILE.')}
      <details>
        <summary>{trans.__('How')}</summary>
        <pre>{EXAMPLE}</pre>
      </details>
    </div>
  );
}
