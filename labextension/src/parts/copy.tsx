import { checkIcon, copyIcon } from '@jupyterlab/ui-components';
import React, { useEffect, useState } from 'react';

import { announce } from './announce';
import { IconButton } from './button';
import { trans } from '../text/trans';

/** Put a text on the clipboard, and say so. */
export async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  announce(trans.__('Copied.'));
}

/** A button that copies a text, and shows for a moment that it did. */
export function CopyButton(props: { text: string; label: string }): React.JSX.Element {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    const timer = copied ? window.setTimeout(() => setCopied(false), 2000) : undefined;
    return () => window.clearTimeout(timer);
  }, [copied]);
  return (
    <IconButton
      icon={copied ? checkIcon : copyIcon}
      label={props.label}
      onClick={() => void copyText(props.text).then(() => setCopied(true))}
    />
  );
}
