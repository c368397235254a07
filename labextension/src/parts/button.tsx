import { LabIcon } from '@jupyterlab/ui-components';
import React, { forwardRef } from 'react';

interface IButton {
  children: React.ReactNode;
  onClick: () => void;
  /** The one button of a view that is filled. */
  main?: boolean;
  disabled?: boolean;
  /** Its name, and tooltip, where its text is a sign. */
  label?: string;
  describedBy?: string;
}

/** A button that says verb and amount. */
export const Button = forwardRef<HTMLButtonElement, IButton>(function Button(props, ref) {
  return (
    <button
      ref={ref}
      type="button"
      className={props.main ? 'gj-Button gj-mod-main' : 'gj-Button'}
      disabled={props.disabled}
      title={props.label}
      aria-label={props.label}
      aria-describedby={props.describedBy}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
});

interface IIconButton {
  icon: LabIcon;
  /** What it does: its name for screen readers, and its tooltip. */
  label: string;
  onClick: (event: React.MouseEvent<HTMLButtonElement>) => void;
  disabled?: boolean;
  pressed?: boolean;
  menu?: boolean;
}

/** A button that is an icon. */
export const IconButton = forwardRef<HTMLButtonElement, IIconButton>(
  function IconButton(props, ref) {
    return (
      <button
        ref={ref}
        type="button"
        className="gj-IconButton"
        title={props.label}
        aria-label={props.label}
        aria-pressed={props.pressed}
        aria-haspopup={props.menu ? 'menu' : undefined}
        disabled={props.disabled}
        onClick={props.onClick}
      >
        <props.icon.react tag="span" className="gj-Icon" />
      </button>
    );
  }
);
