import { Dialog, showDialog } from '@jupyterlab/apputils';

/**
 * Ask before something that cannot be taken back; keeping things as they are has the focus.
 *
 * @returns Whether the answer is to do it.
 */
export async function ask(question: {
  title: string;
  body: string;
  keep: string;
  act: string;
}): Promise<boolean> {
  const reply = await showDialog({
    title: question.title,
    body: question.body,
    buttons: [
      Dialog.cancelButton({ label: question.keep }),
      Dialog.warnButton({ label: question.act })
    ],
    defaultButton: 0
  });
  return reply.button.accept;
}
