import { MenuSvg } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';

/** An entry of a menu; `null` is a line between two groups. */
export type MenuItem = {
  label: string;
  onSelect: () => void;
  disabled?: boolean;
  toggled?: boolean;
} | null;

/** Open a menu below an element, or at a point; it closes by itself and gives the focus back. */
export function openMenu(
  at: HTMLElement | { x: number; y: number },
  items: readonly MenuItem[]
): void {
  const commands = new CommandRegistry();
  const menu = new MenuSvg({ commands });
  menu.addClass('gj-Menu');
  items.forEach((item, index) => {
    if (item === null) {
      menu.addItem({ type: 'separator' });
      return;
    }
    const command = `item-${index}`;
    commands.addCommand(command, {
      label: item.label,
      execute: item.onSelect,
      isEnabled: () => !item.disabled,
      isToggled: () => item.toggled === true,
      isToggleable: item.toggled !== undefined
    });
    menu.addItem({ command });
  });
  const before = document.activeElement;
  menu.aboutToClose.connect(() => {
    requestAnimationFrame(() => {
      if (document.activeElement === document.body && before instanceof HTMLElement) {
        before.focus();
      }
      menu.dispose();
    });
  });
  if (at instanceof HTMLElement) {
    const box = at.getBoundingClientRect();
    menu.open(box.left, box.bottom);
  } else {
    menu.open(at.x, at.y);
  }
}
