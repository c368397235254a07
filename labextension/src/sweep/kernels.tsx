import React, { useEffect, useState } from 'react';

import { useServices } from '../state/services';
import { trans } from '../text/trans';

/** Which Python runs the script: those that Jupyter knows as kernels. */
export function Kernels(props: {
  kernel: string | null;
  onChange: (kernel: string | null) => void;
}): React.JSX.Element {
  const { services } = useServices();
  const { kernelspecs } = services;
  const [specs, setSpecs] = useState(kernelspecs.specs);
  useEffect(() => {
    const update = (): void => setSpecs(kernelspecs.specs);
    kernelspecs.specsChanged.connect(update);
    return () => {
      kernelspecs.specsChanged.disconnect(update);
    };
  }, [kernelspecs]);
  const python = Object.values(specs?.kernelspecs ?? {}).filter(
    spec => spec?.language === 'python'
  );
  return (
    <label className="gj-Field">
      {trans.__('Python')}
      <select
        className="gj-Select"
        value={props.kernel ?? ''}
        onChange={event => props.onChange(event.target.value || null)}
      >
        <option value="">{trans.__('as in a terminal')}</option>
        {python.map(spec => (
          <option key={spec?.name} value={spec?.name}>
            {spec?.display_name}
          </option>
        ))}
      </select>
    </label>
  );
}
