let region: HTMLElement | undefined;

/** Say something to users of screen readers, politely. */
export function announce(text: string): void {
  if (!region?.isConnected) {
    region = document.createElement('div');
    region.className = 'gj-Announcer';
    region.setAttribute('role', 'status');
    region.setAttribute('aria-live', 'polite');
    document.body.append(region);
  }
  region.textContent = '';
  // A text that stays the same is not read again.
  requestAnimationFrame(() => {
    if (region) {
      region.textContent = text;
    }
  });
}
