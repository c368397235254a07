import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import createClient, { Client as OpenApiClient } from 'openapi-fetch';

import { trans } from '../text/trans';
import { Memory } from './memory';
import { Reach } from './reach';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

/** The routes, typed by the server's own description. */
export type Api = OpenApiClient<paths>;

/** What the server, or the way to it, did not do, in one sentence. */
export class Refusal extends Error {
  /**
   * @param message What is wrong and what to do instead: the core's own sentence where it has one.
   * @param status The HTTP status; 0 where no answer came.
   * @param problem The server's answer.
   */
  constructor(
    message: string,
    readonly status: number,
    readonly problem?: Schemas['Problem']
  ) {
    super(message);
  }

  /** Whether it is the server that does not answer, and not the request that is wrong. */
  get away(): boolean {
    return isAway(this.status);
  }
}

/** Where the routes are. */
export function apiUrl(settings: ServerConnection.ISettings): string {
  return URLExt.join(settings.baseUrl, 'grid-jupyter', 'api');
}

/** Where a file that a trial wrote is. */
export function artifactUrl(
  settings: ServerConnection.ISettings,
  run: string,
  trial: number | string,
  path: string
): string {
  const parts = path.split('/').map(encodeURIComponent).join('/');
  return `${apiUrl(settings)}/runs/${run}/artifacts/${trial}/${parts}`;
}

/** Return a client whose requests are signed in, and carry the XSRF token, as all of Lab's are. */
export function makeApi(settings: ServerConnection.ISettings, reach: Reach): Api {
  const memory = new Memory();
  return createClient<paths>({
    baseUrl: apiUrl(settings),
    fetch: async (request: Request) => {
      const init: RequestInit = {
        method: request.method,
        headers: { ...Object.fromEntries(request.headers), ...memory.headers(request) },
        signal: request.signal
      };
      if (request.method !== 'GET') {
        init.body = await request.text();
      }
      const response = await reached(
        reach,
        ServerConnection.makeRequest(request.url, init, settings)
      );
      return memory.remember(request, response);
    }
  });
}

/** Note whether an answer came; one of a proxy in its place is none. */
async function reached(reach: Reach, asked: Promise<Response>): Promise<Response> {
  try {
    const response = await asked;
    reach.note(isAway(response.status));
    return response;
  } catch (error) {
    if (!isAborted(error)) {
      reach.note(true);
    }
    throw error;
  }
}

function isAway(status: number): boolean {
  return status === 0 || status === 502 || status === 504;
}

function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

interface IReply<T> {
  data?: T;
  error?: Schemas['Problem'];
  response: Response;
}

/**
 * Return the data of a reply.
 *
 * @throws Refusal The server refused, or did not answer.
 */
export async function answer<T>(asked: Promise<IReply<T>>): Promise<T> {
  let reply: IReply<T>;
  try {
    reply = await asked;
  } catch (error) {
    if (isAborted(error)) {
      throw error;
    }
    throw new Refusal(trans.__('No answer from Jupyter.'), 0);
  }
  if (reply.error !== undefined || !reply.response.ok) {
    const problem = reply.error;
    throw new Refusal(
      problem?.message || trans.__('Jupyter answered %1.', reply.response.status),
      reply.response.status,
      problem
    );
  }
  return reply.data as T;
}
